//! `countersign serve`.

use super::{Place, open, patience::Patience, stop::Stop};
use crate::{
    app::App,
    config::Config,
    error::{Error, chain},
    gate::{Gate, Routes},
    serve::{Ready, serve_behind, serve_metrics},
    stores::Stores,
    telemetry,
};
use clap::Args;
use countersign_provider::{Clock, System};
use countersign_store::StoreError;
use ipnet::IpNet;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::task::JoinError;

/// Start the server. Flags win over the environment, the environment over the file.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    overrides: Overrides,
}

/// Flags that win over the environment and the file.
#[derive(Debug, Args)]
pub(crate) struct Overrides {
    /// Listen here; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", value_parser = address)]
    listen: Option<SocketAddr>,
    /// The origin that clients sign, such as https://photos.example.net
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Believe this network's forwarded headers, such as 127.0.0.1/32; may be given several times
    #[arg(long, value_name = "NETWORK", value_parser = network)]
    trusted_proxy: Vec<IpNet>,
    /// Where temporary credentials and nonces live: sql: (in the database), memory:, redis://HOST or memcached://HOST
    #[arg(long, value_name = "URL")]
    cache: Option<String>,
    /// Where nonces live, if apart from temporary credentials: sql:, memory: or redis://HOST
    #[arg(long, value_name = "URL")]
    nonces: Option<String>,
    /// Accept http: on your own machine alone
    #[arg(long)]
    insecure_http: bool,
    /// Accept PLAINTEXT, whose signature is the secrets
    #[arg(long)]
    allow_plaintext: bool,
    /// Serve /echo: any method, protected, answered with what was verified
    #[arg(long)]
    echo: bool,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Error> {
        let config = self.overrides.over(self.place.read()?);
        config.check()?;
        telemetry::start(&config.log)?;
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(config))
    }
}

impl Overrides {
    pub(super) fn over(self, mut config: Config) -> Config {
        for (flag, key, given) in [
            ("--listen", "listen", self.listen.is_some()),
            ("--public-url", "public_url", self.public_url.is_some()),
            ("--trusted-proxy", "trusted_proxies", !self.trusted_proxy.is_empty()),
            ("--cache", "cache.url", self.cache.is_some()),
            ("--nonces", "nonces.url", self.nonces.is_some()),
            ("--allow-plaintext", "allow_plaintext", self.allow_plaintext),
        ] {
            if given {
                config.source.overridden(flag, key);
            }
        }
        config.listen = self.listen.unwrap_or(config.listen);
        config.public_url = self.public_url.unwrap_or(config.public_url);
        if !self.trusted_proxy.is_empty() {
            config.trusted_proxies = self.trusted_proxy;
        }
        config.cache.url = self.cache.unwrap_or(config.cache.url);
        config.nonces.url = self.nonces.unwrap_or(config.nonces.url);
        config.insecure_http |= self.insecure_http;
        config.allow_plaintext |= self.allow_plaintext;
        config.echo |= self.echo;
        config
    }
}

/// An address to listen on, as an argument.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        let port = text.trim_start_matches(':').parse::<u16>().unwrap_or(8080);
        format!("write an address and a port, such as 127.0.0.1:{port}")
    })
}

fn network(text: &str) -> Result<IpNet, String> {
    let one = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| one()).map_err(|_| "write a network, such as 127.0.0.1/32 or 10.0.0.0/8".into())
}

async fn run(mut config: Config) -> Result<(), Error> {
    let stop = Stop::listen()?;
    let ready =
        Ready::bind(config.listen).await?.secured(&config.tls).map_err(|error| config.located(error))?;
    let for_metrics = match config.metrics.listen.0 {
        Some(address) => {
            let bound = Ready::bind_for("metrics.listen", address).await;
            Some(bound.map_err(|error| config.located(error))?)
        }
        None => None,
    };
    config.listen = ready.address;
    let gate = Gate::closed(&config)?;
    config.check_public()?;
    // A task of its own: opening a file takes the thread that it is done on.
    let mut serving = tokio::spawn(serve_behind(ready, gate.clone(), config.limits, stop.asked()));
    let stores = tokio::select! {
        stores = opened(&config, &gate) => stores?,
        ended = &mut serving => {
            tracing::info!("stopped before its stores were there");
            return ended.map_err(broken);
        }
    };
    let address = config.listen;
    let app = App::new(config, stores)?;
    gate.open(Routes::of(&app));
    announce(&app, address);
    let metrics = for_metrics.zip(app.stores().metrics.as_ref());
    let metrics = async {
        if let Some((ready, metrics)) = metrics {
            tracing::info!(listening = %ready.address, "metrics are served at http://{}/metrics", ready.address);
            serve_metrics(ready, metrics, app.config().limits).await;
        }
        std::future::pending::<()>().await;
    };
    let (usage, rows) = (app.usage.clone(), Arc::clone(&app.stores().rows));
    let served = tokio::select! {
        served = serving => served.map_err(broken),
        () = metrics => Ok(()),
        () = usage.keep_flushing(rows) => Ok(()),
        () = app.audit.clone().keep_forgetting(app.config().audit.keep) => Ok(()),
        () = app.audit.clone().keep_counting_guesses() => Ok(()),
    };
    app.usage.flush(&*app.stores().rows).await;
    app.audit.flush(System.now());
    if let Some(tracer) = &app.tracer {
        tracer.end().await;
    }
    app.stores().rows.close().await;
    tracing::info!("stopped");
    served
}

fn broken(error: JoinError) -> Error {
    Error::System(std::io::Error::other(error))
}

/// The stores, waited for where they are not there yet.
async fn opened(config: &Config, gate: &Gate) -> Result<Stores, Error> {
    let mut patience = Patience::new(Duration::from_secs(config.wait_for_stores), config.listen, gate);
    let mut stores = loop {
        match open(config).await {
            Err(error) => patience.after(DATABASE, error).await?,
            Ok(stores) => break stores,
        }
    };
    loop {
        match stores.cache.connect().await {
            Err(error) => patience.after(CACHE, config.located(error)).await?,
            Ok(notices) => {
                stores.notices.extend(notices);
                stores.follow_changes().await;
                break;
            }
        }
    }
    let moved = loop {
        match stores.cache.begin(&*stores.rows).await {
            Err(error) => patience.after(CACHE, begin_failed(&stores, &error)).await?,
            Ok(moved) => break moved,
        }
    };
    if let Some(since) = moved {
        stores.nonces_moved(since);
    }
    Ok(stores)
}

/// All were there a moment ago.
fn begin_failed(stores: &Stores, error: &StoreError) -> Error {
    let message = format!("whether nonces were claimed before cannot be found out: {}", chain(error));
    Error::Away { place: stores.cache.key_of_nonces().into(), message }
}

/// Where it listens, what it trusts, and what is unsafe.
fn announce(app: &App, address: SocketAddr) {
    let config = app.config();
    for notice in &app.stores().notices {
        tracing::warn!("{notice}");
    }
    if let Err(error) = config.check_tls() {
        tracing::warn!("{error}");
    }
    if let Some(network) = config.trusted_proxies.iter().find(|network| network.prefix_len() == 0) {
        tracing::warn!(
            "trusted_proxies holds {network}, which is everybody: anybody can say that a request came over TLS, and from where"
        );
    }
    if config.rate.address > 0 && config.tls_terminated_upstream && config.trusted_proxies.is_empty() {
        tracing::warn!(
            "rate.address counts by address, but no proxy may say whose request it passes on: all of its clients share one limit; \
             name it in trusted_proxies"
        );
    }
    if config.insecure_http {
        tracing::warn!("insecure_http: secrets travel in the clear; never on a network");
    }
    if config.allow_plaintext {
        tracing::warn!(
            "allow_plaintext: signatures under PLAINTEXT are the secrets, and nothing stops a replay"
        );
    }
    if config.tls_terminated_upstream {
        tracing::warn!(
            "tls_terminated_upstream: every request counts as https; let nobody but the proxy reach this port"
        );
    }
    tracing::info!(
        listening = %address,
        clients_sign = %config.public_url(),
        trusted_proxies = ?config.trusted_proxies,
        database = %app.stores().database,
        cache = %app.stores().cache,
        "countersign {} serves {}://{address}", env!("CARGO_PKG_VERSION"), if config.tls.is_on() { "https" } else { "http" },
    );
}

/// What is waited for, as anybody may be told.
const DATABASE: &str = "the database";
const CACHE: &str = "the store of nonces and temporary credentials";

pub(super) const EXAMPLES: &str = "\
Examples:
  countersign serve --insecure-http                                          on your own machine
  countersign serve --public-url https://photos.example.net --trusted-proxy 127.0.0.1/32
                                                                             behind a proxy on it that terminates TLS";
