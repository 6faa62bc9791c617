//! A connection to one Redis, or to a Cluster of them.

use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, Pipeline, RedisFuture, RedisResult, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
    cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo},
};

/// What is connected to.
pub(crate) enum Target {
    Single(Client),
    Cluster(Box<ClusterClient>),
}

#[derive(Clone)]
pub(crate) enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Target {
    pub(crate) async fn dial(&self) -> RedisResult<Connection> {
        match self {
            Self::Single(client) => {
                // Whoever calls has a timer for connecting, and one for each answer.
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(None)
                    .set_response_timeout(None)
                    .set_pipeline_buffer_size(QUEUE);
                client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::Single)
            }
            Self::Cluster(client) => client.get_async_connection().await.map(Connection::Cluster),
        }
    }
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
