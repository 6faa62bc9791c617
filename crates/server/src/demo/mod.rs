//! `countersign demo`: a server on a temporary database, and a client and a resource owner that walk through the whole
//! protocol over real HTTP, each message shown.

mod dance;
mod http;
mod show;

use crate::{
    app::App,
    cli::{open, serve::address, stop::Stop},
    config::Config,
    error::Error,
    password,
    serve::{Ready, serve},
    telemetry,
};
use clap::Args;
use countersign_core::{ClientId, Secret};
use countersign_provider::{Clock, System, token};
use countersign_store::{Account, ClientKey, ClientRecord};
use dance::Dance;
use show::Show;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Walk through the whole protocol on a temporary server, and show every message.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Listen here; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", value_parser = address)]
    listen: SocketAddr,
    /// Keep the database in this directory [default: a temporary one, removed at the end]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Stop after the walk; exit code 0 only if every step went as it should
    #[arg(long)]
    once: bool,
}

/// Who takes part.
pub(crate) struct Cast {
    pub(crate) client: ClientRecord,
    pub(crate) client_secret: Secret,
    pub(crate) account: &'static str,
    pub(crate) password: String,
}

impl Demo {
    pub(crate) fn run(self) -> Result<ExitCode, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let passed = runtime.block_on(async {
            let stop = Stop::listen()?;
            let folder = Folder::new(self.data.clone())?;
            self.play(&folder.path, stop).await
        })?;
        Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn play(&self, folder: &Path, stop: Stop) -> Result<bool, Error> {
        let ready = Ready::bind(self.listen).await?;
        let (app, address) = (configured(folder, ready.address).await?, ready.address);
        telemetry::start(&app.config().log)?;
        let cast = Cast::enter(&app).await?;
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let server = tokio::spawn({
            let app = app.clone();
            async move { serve(ready, &app, async { drop(ended.await) }).await }
        });

        let show = Show::new();
        let dance = Dance::new(&cast, address, &show);
        let mut asked = std::pin::pin!(stop.asked());
        let passed = tokio::select! {
            danced = dance.run() => {
                match &danced {
                    Ok(token) if !self.once => show.paste(&cast, address, token),
                    Ok(_) => {}
                    Err(why) => show.failed(why),
                }
                if danced.is_ok() && !self.once && !show.is_broken() {
                    (&mut asked).await;
                }
                danced.is_ok()
            }
            () = &mut asked => false,
        };
        drop(end);
        drop(server.await);
        app.stores().rows.close().await;
        show.end()?;
        Ok(passed)
    }
}

async fn configured(folder: &Path, address: SocketAddr) -> Result<App, Error> {
    let mut config = Config {
        listen: address,
        insecure_http: true,
        echo: true,
        name: "Countersign demo".into(),
        ..Config::default()
    };
    config.database.url = format!("sqlite:{}", folder.join("demo.db").display());
    config.log.level = "warn".into();
    config.scopes.insert("photos".into(), "See your photos".into());
    config.scopes.insert("print".into(), "Order prints of them".into());
    let stores = open(&config).await?;
    App::new(config, stores)
}

impl Cast {
    async fn enter(app: &App) -> Result<Self, Error> {
        let (account, password) = ("jane", token(&System, 12));
        let (id, secret) = (token(&System, 24), Secret::from(token(&System, 43)));
        let id = ClientId::new(&id).map_err(|bad| Error::Refused(bad.to_string()))?;
        let mut client = ClientRecord::new(id, "Printer", ClientKey::Secret(secret.clone()));
        client.callbacks = vec!["http://127.0.0.1/ready".into()];
        client.allow_oob = true;
        client.two_legged = true;
        client.scopes = vec!["photos".into(), "print".into()];
        client.default_scopes.clone_from(&client.scopes);
        client.created = System.now();
        client.key_since = client.created;
        let stores = app.stores();
        stores.rows.add_client(&stores.sealed.seal_client(&client)?).await?;
        let hash = password::hash(&password);
        let jane = Account {
            name: account.into(),
            password_hash: Some(hash.clone()),
            admin: false,
            disabled: false,
            created: System.now(),
        };
        // With --data the account may be there from an earlier demo: its password is this demo's now.
        if stores.rows.account(account).await?.is_some() {
            let _ = stores.rows.set_password(account, &hash).await?;
        } else {
            stores.rows.add_account(&jane).await?;
        }
        Ok(Self { client, client_secret: secret, account, password })
    }
}

/// The demo's directory, removed at the end unless it was asked for by name.
struct Folder {
    path: PathBuf,
    temporary: bool,
}

impl Folder {
    fn new(named: Option<PathBuf>) -> Result<Self, Error> {
        let temporary = named.is_none();
        let path = named
            .unwrap_or_else(|| std::env::temp_dir().join(format!("countersign-demo-{}", token(&System, 12))));
        std::fs::create_dir_all(&path).map_err(|source| Error::File { path: path.clone(), source })?;
        Ok(Self { path, temporary })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.temporary {
            drop(std::fs::remove_dir_all(&self.path));
        }
    }
}
