//! What a child process serves: one of three apps, on one core, on one thread.

use crate::{
    fairness,
    fixture::{self, ORIGIN, OWNER, client},
    nonces, opened,
    process::{self, SERVER_CORE},
};
use aws_lc_rs::digest::{SHA256, digest};
use axum::{Router, routing::get};
use countersign_axum::{Authorized, protect};
use countersign_provider::{Clock, Provider, System};
use countersign_server::{Ready, app::App, config::Config, serve, stores::Stores, unverified};
use countersign_store::{Account, Outcome, SessionRecord};
use std::{path::Path, sync::Arc};
use tokio::net::TcpListener;

/// Serves until the parent ends.
pub(crate) fn run(mode: &str, arguments: &[String]) {
    process::pin_self(SERVER_CORE);
    log();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match (mode, arguments) {
            ("naked", []) => naked().await,
            ("protected", [store, tokens, synchronous]) => {
                protected(path, store, tokens.parse().unwrap(), synchronous).await;
            }
            ("app", []) => whole(path).await,
            ("inline", [upstream, tokens, cache]) => {
                inline(path, upstream, tokens.parse().unwrap(), cache).await;
            }
            ("limited", [a_minute, tokens]) => {
                limited(path, a_minute.parse().unwrap(), tokens.parse().unwrap()).await;
            }
            ("forward", [upstream]) => forward(path, upstream).await,
            ("nonces", [live]) => println!("{}", nonces::fill(live.parse().unwrap()).await),
            other => panic!("{other:?}"),
        }
    });
}

/// As the binary does.
fn log() {
    let filter = tracing_subscriber::EnvFilter::new("info");
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
}

/// The app without a provider: what the framework, the sockets and the system take.
async fn naked() {
    let photos = async || format!("the photos of {OWNER}");
    listen(Router::new().route("/photos", get(photos))).await;
}

/// The same app, its one route protected.
async fn protected(folder: &Path, store: &str, tokens: usize, synchronous: &str) {
    let store = opened::open(store, folder, synchronous).await;
    let issue = |from: usize| {
        let store = Arc::clone(&store);
        async move {
            for number in (from..tokens).step_by(AT_ONCE) {
                store.issue(&fixture::token(number)).await.unwrap();
            }
        }
    };
    let tasks: Vec<_> = (0..AT_ONCE).map(|from| tokio::spawn(issue(from))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let provider = Provider::builder(ORIGIN).shared_store(store).danger_insecure_http(true).build().unwrap();
    let photos = async |caller: Authorized| format!("the photos of {}", caller.resource_owner());
    listen(Router::new().route("/photos", get(photos).route_layer(protect(&provider)))).await;
}

/// The server with one route to an upstream.
async fn inline(folder: &Path, upstream: &str, tokens: usize, cache: &str) {
    let ready = Ready::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let mut config = routed(folder, upstream);
    config.cache.url = cache.into();
    let app = provisioned(config, tokens).await;
    println!("{}", ready.address);
    process::answer_the_parent();
    serve(ready, &app, std::future::pending()).await;
}

/// The server with a limit to each address, and what it verifies behind it answered by itself.
async fn limited(folder: &Path, a_minute: u64, tokens: usize) {
    let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = upstream.local_addr().unwrap().to_string();
    let photos = Router::new().route("/photos", get(async || "a photo"));
    tokio::spawn(async { axum::serve(upstream, photos).await.unwrap() });
    let ready = Ready::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let mut config = routed(folder, &address);
    config.rate.address = a_minute;
    config.rate.address_burst = fairness::BURST as u64;
    let app = provisioned(config, tokens).await;
    println!("{}", ready.address);
    process::answer_the_parent();
    serve(ready, &app, std::future::pending()).await;
}

/// The server with a client and so many tokens.
async fn provisioned(config: Config, tokens: usize) -> App {
    let stores = Stores::open(&config, None).await.unwrap();
    stores.rows.add_client(&stores.sealed.seal_client(&client()).unwrap()).await.unwrap();
    for number in 0..tokens {
        stores.provider.issue(&fixture::token(number)).await.unwrap();
    }
    App::new(config, stores).unwrap()
}

/// The same without a provider: what it takes to pass a request on.
async fn forward(folder: &Path, upstream: &str) {
    let ready = Ready::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    println!("{}", ready.address);
    process::answer_the_parent();
    unverified(ready, &routed(folder, upstream)).await;
}

fn routed(folder: &Path, upstream: &str) -> Config {
    let route = format!("path = \"/photos\"\nupstream = \"http://{upstream}\"\npolicy = {{}}");
    let mut config = Config { insecure_http: true, public_url: ORIGIN.into(), ..Config::default() };
    config.database.url = format!("sqlite:{}", folder.join("countersign.db").display());
    config.route = vec![toml::from_str(&route).unwrap()];
    config
}

async fn listen(app: Router) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    process::answer_the_parent();
    axum::serve(listener, app).await.unwrap();
}

/// The server as `countersign serve` starts it, with an owner who has signed in.
async fn whole(folder: &Path) {
    let ready = Ready::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let mut config = Config { listen: ready.address, insecure_http: true, ..Config::default() };
    config.database.url = format!("sqlite:{}", folder.join("countersign.db").display());
    let stores = Stores::open(&config, None).await.unwrap();
    let rows = &stores.rows;
    rows.add_client(&stores.sealed.seal_client(&client()).unwrap()).await.unwrap();
    let account = Account {
        name: OWNER.into(),
        password_hash: Some("$argon2id$never$asked".into()),
        admin: false,
        disabled: false,
        created: System.now(),
    };
    rows.add_account(&account).await.unwrap();
    let cookie = countersign_provider::token(&System, 32);
    let mut id_hash = [0; 32];
    id_hash.copy_from_slice(digest(&SHA256, cookie.as_bytes()).as_ref());
    let session = SessionRecord::new(id_hash, OWNER, System.now(), fixture::in_an_hour());
    assert_eq!(rows.put_session(&session).await.unwrap(), Outcome::Done);

    let app = App::new(config, stores).unwrap();
    println!("{} {cookie}", ready.address);
    process::answer_the_parent();
    serve(ready, &app, std::future::pending()).await;
}

/// Tokens that are issued side by side, so that they share commits.
const AT_ONCE: usize = 256;
