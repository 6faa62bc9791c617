//! Sentinels: who says which Redis is the master now.

use redis::{AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, Pipeline, RedisResult};
use std::{
    collections::HashMap,
    error::Error,
    fmt,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::timeout};

/// Some Sentinels, and how whom they name is spoken to.
pub(crate) struct Sentinels {
    each: Vec<Client>,
    name: String,
    /// User, password, database and certificates; the address is that of a Sentinel.
    redis: ConnectionInfo,
}

/// What one of them says.
struct Word {
    master: Master,
    /// How many failovers it has heard of: the one who knows the most of them is believed.
    epoch: u64,
}

type Address = Option<(String, u16)>;

/// Where the master is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Master {
    host: String,
    port: u16,
}

impl Sentinels {
    pub(crate) fn new(each: Vec<Client>, name: String, redis: ConnectionInfo) -> Self {
        Self { each, name, redis }
    }

    /// Asks all of them at once, and believes the one that knows the latest failover. One that hangs costs no more than `patience`.
    pub(crate) async fn master(&self, patience: Duration) -> Result<Master, NoMaster> {
        let until = Instant::now() + patience;
        let mut asked = JoinSet::new();
        for client in &self.each {
            let (client, name) = (client.clone(), self.name.clone());
            asked.spawn(async move { timeout(patience, ask(&client, &name)).await });
        }
        let (mut words, mut cause) = (Vec::new(), None);
        while let Ok(Some(answer)) =
            timeout(until.saturating_duration_since(Instant::now()), asked.join_next()).await
        {
            match answer {
                Ok(Ok(Ok(Some(word)))) => words.push(word),
                Ok(Ok(Err(error))) => cause = Some(error),
                // It does not know the name, or hangs.
                _ => {}
            }
            // A failover needs the word of most of them, so most of them know of it.
            if words.len() * 2 > self.each.len() {
                break;
            }
        }
        let latest = words.into_iter().max_by_key(|word| word.epoch);
        latest
            .map(|word| word.master)
            .ok_or_else(|| NoMaster { name: self.name.clone(), cause: cause.map(Into::into) })
    }

    /// Which Redis that is, with user, password, database and certificates.
    pub(crate) fn client(&self, master: &Master) -> RedisResult<Client> {
        let Master { host, port } = master.clone();
        let address = match self.redis.addr() {
            ConnectionAddr::TcpTls { tls_params, .. } => {
                ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: tls_params.clone() }
            }
            _ => ConnectionAddr::Tcp(host, port),
        };
        Client::open(self.redis.clone().set_addr(address))
    }
}

/// `None` where it does not know the name.
async fn ask(client: &Client, name: &str) -> RedisResult<Option<Word>> {
    let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
    let mut sentinel = client.get_multiplexed_async_connection_with_config(&config).await?;
    // While it promotes a replica, it answers the first with that one.
    let mut both = Pipeline::with_capacity(2);
    both.cmd("SENTINEL").arg("get-master-addr-by-name").arg(name);
    both.cmd("SENTINEL").arg("master").arg(name);
    let answer: RedisResult<(Address, HashMap<String, String>)> = both.query_async(&mut sentinel).await;
    let (address, told) = match answer {
        Err(error) if error.detail().is_some_and(|detail| detail.contains("No such master")) => {
            return Ok(None);
        }
        answer => answer?,
    };
    let epoch = told.get("config-epoch").and_then(|epoch| epoch.parse().ok()).unwrap_or(0);
    Ok(address.map(|(host, port)| Word { master: Master { host, port }, epoch }))
}

impl fmt::Display for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// No Sentinel names a master.
#[derive(Debug, thiserror::Error)]
#[error("no Sentinel that answers in time knows a master called {name}")]
pub(crate) struct NoMaster {
    name: String,
    #[source]
    cause: Option<Box<dyn Error + Send + Sync>>,
}
