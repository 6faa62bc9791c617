//! One connection: how it is made, and what it has prepared.

use super::{failure::Told, tls};
use crate::{bounded::bounded, error::OpenError, options::Options};
use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock, atomic::AtomicU64},
    time::Duration,
};
use tokio::task::AbortHandle;
use tokio_postgres::{
    Client, Config, Connection, Error, Socket, Statement, config::Host, tls::MakeTlsConnect,
};

/// How connections are made.
pub(crate) struct Dial {
    config: Config,
    connector: tls::Connector,
    settings: String,
    pub(crate) schema: String,
    pub(crate) connect_timeout: Duration,
}

impl Dial {
    pub(crate) fn parse(url: &str, options: &Options) -> Result<Self, OpenError> {
        if !options.names_a_schema() {
            return Err(OpenError::unusable("the schema's name is not a plain lower-case word"));
        }
        // The parser names the part that is wrong, never its value.
        let mut config: Config = url.parse().map_err(OpenError::unusable)?;
        if config.get_application_name().is_none() {
            config.application_name("countersign");
        }
        Ok(Self {
            config,
            connector: tls::connector(options)?,
            settings: settings(options),
            schema: options.schema.clone(),
            connect_timeout: options.connect_timeout,
        })
    }

    /// Hosts and database, without user and password.
    pub(crate) fn place(&self) -> String {
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(folder) => folder.display().to_string(),
        });
        let mut hosts: Vec<_> = hosts.collect();
        if hosts.is_empty() {
            hosts = self.config.get_hostaddrs().iter().map(ToString::to_string).collect();
        }
        let ports = self.config.get_ports();
        for (number, host) in hosts.iter_mut().enumerate() {
            // One port may stand for all hosts.
            let port = ports.get(number).or(ports.first()).copied().unwrap_or(5432);
            *host = format!("{host}:{port}");
        }
        let database = self.config.get_dbname().or(self.config.get_user()).unwrap_or_default();
        format!("postgres at {}/{database}", hosts.join(","))
    }

    /// A connection, or an error in bounded time.
    pub(crate) async fn session(&self) -> Result<Session, Box<dyn std::error::Error + Send + Sync>> {
        bounded(self.connect_timeout, self.connect()).await?.map_err(Told::boxed)
    }

    /// A connection that listens, told apart from the others where an operator looks; whoever asks has a timer, and drives it.
    pub(crate) async fn listener(&self) -> Result<(Client, Wire), Error> {
        let mut config = self.config.clone();
        let name = config.get_application_name().unwrap_or_default().to_owned();
        config.application_name(format!("{name} listener"));
        config.connect(tls::Connector::clone(&self.connector)).await
    }

    async fn connect(&self) -> Result<Session, Error> {
        let (client, connection) = self.config.connect(tls::Connector::clone(&self.connector)).await?;
        let task = tokio::spawn(async move {
            // Whoever waits for an answer is told the error too.
            if let Err(error) = connection.await {
                tracing::debug!(error = &*Told::boxed(error) as &dyn std::error::Error, "a connection ended");
            }
        });
        let session = Session {
            client,
            answers: AtomicU64::new(0),
            task: task.abort_handle(),
            prepared: RwLock::default(),
        };
        session.client.batch_execute(&self.settings).await?;
        Ok(session)
    }
}

/// What a connection is driven by.
pub(crate) type Wire = Connection<Socket, <tls::Connector as MakeTlsConnect<Socket>>::Stream>;

/// What every statement relies on, whatever the role or the database is set to.
///
/// Each goes by an index, also while a table is too new for its statistics to say so; plans are made once, and never compiled. Row
/// locks are waited for, and the guards looked at again (`read committed`). What is acknowledged survives a crash of the server.
fn settings(options: &Options) -> String {
    format!(
        "SET search_path = \"{}\"; SET statement_timeout = {}; SET plan_cache_mode = force_generic_plan;
         SET enable_seqscan = off; SET jit = off; SET default_transaction_isolation = 'read committed';
         SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
        options.schema,
        options.statement_timeout.as_millis().max(1),
    )
}

/// A connection that any number of tasks use at once: what they send stands in one queue. Dropped, it says goodbye.
pub(crate) struct Session {
    pub(crate) client: Client,
    /// How many statements were answered.
    pub(crate) answers: AtomicU64,
    task: AbortHandle,
    prepared: RwLock<HashMap<&'static str, Statement>>,
}

impl Session {
    /// A statement of the program, prepared at its first use.
    pub(crate) async fn statement(&self, sql: &'static str) -> Result<Statement, Error> {
        // OK because the map stays whole even if a thread panics while it holds the lock
        let known = self.prepared.read().unwrap_or_else(PoisonError::into_inner).get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        let mut prepared = self.prepared.write().unwrap_or_else(PoisonError::into_inner);
        Ok(prepared.entry(sql).or_insert(statement).clone())
    }

    /// Ends it at once: whoever still waits is told an error.
    pub(crate) fn end(&self) {
        self.task.abort();
    }
}
