//! The contract, temporary credentials and nonces in Redis: bare, and as the server wraps it.

use crate::{cluster::Cluster, redis::Redis, rows::Rows, support::open};
use countersign_store::{Cached, KeyRing, Sealed, Split, contract};
use countersign_store_redis::RedisStore;
use std::sync::Arc;

async fn bare() -> Split<RedisStore, Rows> {
    let redis = Redis::start();
    Split::new(open(&redis), Rows::beside(redis))
}

async fn sealed_and_cached() -> Cached<Split<Sealed<RedisStore>, Sealed<Rows>>> {
    let (redis, ring) = (Redis::start(), Arc::new(KeyRing::generate()));
    let temporaries = Sealed::new(open(&redis), ring.clone());
    Cached::new(Split::new(temporaries, Sealed::new(Rows::beside(redis), ring)), 1000)
}

async fn in_a_fenced_cluster() -> Split<RedisStore, Rows> {
    let cluster = Cluster::start();
    Split::new(cluster.seasoned(), Rows::beside(cluster.nodes))
}

async fn in_a_cluster() -> Split<RedisStore, Rows> {
    let cluster = Cluster::start();
    Split::new(cluster.open(), Rows::beside(cluster.nodes))
}

mod plain {
    use super::*;

    contract!(bare);
}

mod as_the_server_wraps_it {
    use super::*;

    contract!(sealed_and_cached);
}

mod fenced_cluster {
    use super::*;

    contract!(in_a_fenced_cluster);
}

mod cluster {
    use super::*;

    contract!(in_a_cluster);
}
