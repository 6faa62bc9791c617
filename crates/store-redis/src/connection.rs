//! A connection to one Redis, to the one that Sentinels name, or to a Cluster of them.

use crate::sentinel::{Master, Sentinels};
use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, Pipeline, RedisFuture, RedisResult, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
    cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo},
};
use std::{error::Error, time::Duration};

/// What is connected to.
pub(crate) enum Target {
    Single(Client),
    Sentinel(Sentinels),
    /// Also each node by itself, to listen to.
    Cluster(Box<ClusterClient>, Vec<Client>),
}

/// What a target has led to.
pub(crate) struct Dialled {
    pub(crate) connection: Connection,
    /// Whom the Sentinels named, where there are some.
    pub(crate) master: Option<Master>,
}

#[derive(Clone)]
pub(crate) enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Target {
    /// Whoever calls has a timer for all of it, `patience`: Sentinels get half of that.
    pub(crate) async fn dial(&self, patience: Duration) -> Result<Dialled, Box<dyn Error + Send + Sync>> {
        let (connection, master) = match self {
            Self::Single(client) => (single(client).await?, None),
            Self::Sentinel(sentinels) => {
                let master = sentinels.master(patience / 2).await?;
                (single(&sentinels.client(&master)?).await?, Some(master))
            }
            Self::Cluster(client, _) => (Connection::Cluster(client.get_async_connection().await?), None),
        };
        Ok(Dialled { connection, master })
    }

    /// Who may be listened to, and who of them is the master that Sentinels name. Any node of a Cluster hears what is said to another.
    pub(crate) async fn speakers(
        &self,
        patience: Duration,
    ) -> Result<(Vec<Client>, Option<Master>), Box<dyn Error + Send + Sync>> {
        match self {
            Self::Single(client) => Ok((vec![client.clone()], None)),
            Self::Sentinel(sentinels) => {
                let master = sentinels.master(patience).await?;
                Ok((vec![sentinels.client(&master)?], Some(master)))
            }
            Self::Cluster(_, nodes) => Ok((nodes.clone(), None)),
        }
    }

    /// Whether Sentinels name another master by now. Who hears from none of them goes on with the one that answers.
    pub(crate) async fn has_moved(&self, from: Option<&Master>, patience: Duration) -> bool {
        match (self, from) {
            (Self::Sentinel(sentinels), Some(from)) => {
                sentinels.master(patience).await.is_ok_and(|master| master != *from)
            }
            _ => false,
        }
    }
}

async fn single(client: &Client) -> RedisResult<Connection> {
    // Whoever calls has a timer for connecting, and one for each answer.
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None)
        .set_pipeline_buffer_size(QUEUE);
    client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::Single)
}

impl Connection {
    pub(crate) fn is_cluster(&self) -> bool {
        matches!(self, Self::Cluster(_))
    }

    /// Asks every Redis that takes writes; an error of one is an error.
    pub(crate) async fn ask_each<T: FromRedisValue>(&mut self, command: Cmd) -> RedisResult<Vec<T>> {
        match self {
            Self::Single(connection) => Ok(vec![command.query_async(connection).await?]),
            Self::Cluster(connection) => {
                let each = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
                let answers: Vec<(String, T)> =
                    redis::from_redis_value(connection.route_command(command, each).await?)?;
                Ok(answers.into_iter().map(|(_, answer)| answer).collect())
            }
        }
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Single(connection) => connection.req_packed_command(command),
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Single(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Single(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

/// How many requests may wait to be written.
const QUEUE: usize = 1024;
