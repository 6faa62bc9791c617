//! What Redis must be, so that it can be relied on: asked on every new connection, since it may be another one.

use crate::{connection::Connection, error::OpenError};
use redis::{ErrorKind, RedisError, ServerErrorKind};
use std::error::Error;

/// What Redis says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts {
    /// Its version; of a Valkey, that of the Redis that it is compatible with.
    pub version: String,
    /// Whether it keeps an append-only file. Without one it forgets with its process, replays included.
    pub append_only: bool,
    /// How many replicas it has. One that takes over may not have heard of the last moments.
    pub replicas: u32,
}

/// Asks, and refuses what cannot be relied on.
pub(crate) async fn check(connection: &mut Connection, place: &str) -> Result<Facts, OpenError> {
    // Not CONFIG GET, which is forbidden at many a provider and says no more.
    let asked = connection.ask_each::<String>(redis::cmd("INFO")).await;
    let each = asked.map_err(|error| refused(place, error))?;
    let cluster = connection.is_cluster();
    let facts = each.iter().map(|info| judge(info, cluster, place.to_owned()));
    // All of a Cluster are as good as the worst of them.
    let worst = facts.reduce(|one, other| {
        let (one, other) = (one?, other?);
        let append_only = one.append_only && other.append_only;
        Ok(Facts { append_only, replicas: one.replicas + other.replicas, ..one })
    });
    worst.unwrap_or_else(|| Err(unreachable(place, "a Cluster without nodes".into())))
}

fn refused(place: &str, error: RedisError) -> OpenError {
    let source: Box<dyn Error + Send + Sync> = match error.kind() {
        ErrorKind::Server(ServerErrorKind::NoPerm) => {
            format!("its user may not ask INFO, which tells the eviction policy: allow +info ({error})")
                .into()
        }
        _ => error.into(),
    };
    unreachable(place, source)
}

fn unreachable(place: &str, source: Box<dyn Error + Send + Sync>) -> OpenError {
    OpenError::Unreachable { place: place.into(), source }
}

fn judge(info: &str, cluster: bool, place: String) -> Result<Facts, OpenError> {
    let value = |name: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_default().trim()
    };
    let version = value("redis_version").to_owned();
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0_u32));
    if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < OLDEST {
        return Err(OpenError::Old { place, version });
    }
    if !cluster && value("cluster_enabled") == "1" {
        return Err(OpenError::Cluster { place });
    }
    if value("role") != "master" {
        return Err(OpenError::Replica { place });
    }
    match value("maxmemory_policy") {
        "noeviction" => {}
        policy => return Err(OpenError::Evicts { place, policy: policy.into() }),
    }
    let replicas = value("connected_slaves").parse().unwrap_or(0);
    Ok(Facts { version, append_only: value("aof_enabled") == "1", replicas })
}

/// `EXAT` of `SET`.
const OLDEST: (u32, u32) = (6, 2);

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: &str = "# Server\r\nredis_version:7.0.15\r\n# Memory\r\nmaxmemory_policy:noeviction\r\n\
                        # Persistence\r\naof_enabled:1\r\n# Replication\r\nrole:master\r\nconnected_slaves:2\r\n\
                        # Cluster\r\ncluster_enabled:0\r\n";

    #[test]
    fn what_can_be_relied_on_is_accepted() {
        let facts = Facts { version: "7.0.15".into(), append_only: true, replicas: 2 };
        assert_eq!(judge(INFO, false, "h".into()).unwrap(), facts);
        judge(&INFO.replace("7.0.15", "6.2.0"), false, "h".into()).unwrap();
        judge(&INFO.replace("7.0.15", "10.0"), false, "h".into()).unwrap();
    }

    #[test]
    fn what_cannot_be_relied_on_is_refused_with_what_to_do() {
        for (from, to, told) in [
            ("7.0.15", "6.0.16", "6.2 or newer"),
            ("redis_version:7.0.15", "", "6.2 or newer"),
            ("noeviction", "volatile-lru", "maxmemory-policy noeviction` there (it is volatile-lru)"),
            ("maxmemory_policy:noeviction", "", "maxmemory-policy noeviction"),
            ("role:master", "role:slave", "name its master"),
            ("cluster_enabled:0", "cluster_enabled:1", "a node of a Cluster"),
        ] {
            let error = judge(&INFO.replace(from, to), false, "h:1".into()).unwrap_err().to_string();
            assert!(error.contains(told) && error.contains("h:1"), "{error}");
        }
    }
}
