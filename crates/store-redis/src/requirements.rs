//! What Redis must be, so that it can be relied on: asked on every new connection, since it may be another one.

use crate::{connection::Connection, error::OpenError, sentinel::Master};
use redis::{ErrorKind, RedisError, RedisResult, ServerErrorKind};
use std::error::Error;

/// What Redis says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts {
    /// Its version; of a Valkey, that of the Redis that it is compatible with.
    pub version: String,
    /// Whether it keeps an append-only file. Without one it forgets with its process, replays included.
    pub append_only: bool,
    /// How many replicas it has. One that takes over may not have heard of the last moments.
    pub replicas: u32,
    /// Whether it takes no change while its replicas are away (`min-replicas-to-write`).
    pub waits_for_replicas: bool,
}

/// What was found: the facts, and what the fence needs.
pub(crate) struct Found {
    pub(crate) facts: Facts,
    /// One for each Redis that takes writes.
    pub(crate) lines: Vec<Line>,
    /// Whether what it has acknowledged is on its disk: it is one Redis, with `appendfsync always`.
    pub(crate) durable: bool,
    /// For how many seconds all of them have been running; `None` where one became a master on the way.
    pub(crate) running: Option<u64>,
    /// The master that Sentinels named.
    pub(crate) master: Option<Master>,
}

impl Found {
    /// Whether what INFO tells is of the same data set.
    pub(crate) fn is_of(&self, info: &str) -> bool {
        let name = value(info, "master_replid");
        self.lines.iter().all(|line| line.replication == name)
    }
}

/// From whom a data set comes: Redis names it anew at each start, and whenever a replica becomes a master.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// `master_replid`. It also changes when the first replica comes, or after the last one has been away for an hour.
    pub(crate) replication: String,
    /// `run_id`, of the process.
    pub(crate) run: String,
    /// Whether it has been a replica since it was started.
    pub(crate) promoted: bool,
    running: u64,
}

/// Asks, and refuses what cannot be relied on.
pub(crate) async fn check(
    connection: &mut Connection,
    place: &str,
    master: Option<Master>,
) -> Result<Found, OpenError> {
    // Not CONFIG GET, which is forbidden at many a provider and says no more.
    let asked = connection.ask_each::<String>(redis::cmd("INFO")).await;
    let each = asked.map_err(|error| refused(place, error))?;
    let cluster = connection.is_cluster();
    let place = master.as_ref().map_or_else(|| place.to_owned(), |master| format!("{master} ({place})"));
    let judged = each.iter().map(|info| Ok((judge(info, cluster, place.clone())?, line(info))));
    let (all, lines): (Vec<_>, Vec<_>) = judged.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    // All of a Cluster are as good as the worst of them.
    let worst = all.into_iter().reduce(|one, other| Facts {
        append_only: one.append_only && other.append_only,
        replicas: one.replicas + other.replicas,
        waits_for_replicas: one.waits_for_replicas && other.waits_for_replicas,
        ..one
    });
    let facts = worst.ok_or_else(|| unreachable(&place, "a Cluster without nodes".into()))?;
    let durable = !cluster && facts.append_only && always(connection).await;
    let unbroken = lines.iter().all(|line| !line.promoted);
    let running = lines.iter().map(|line| line.running).min().filter(|_| unbroken);
    Ok(Found { facts, lines, durable, running, master })
}

/// Whether each change is on the disk before it is acknowledged. Where that may not be asked, it is not known to be.
async fn always(connection: &mut Connection) -> bool {
    let mut ask = redis::cmd("CONFIG");
    ask.arg("GET").arg("appendfsync");
    let answers: RedisResult<Vec<Vec<String>>> = connection.ask_each(ask).await;
    answers.is_ok_and(|each| each.iter().all(|pair| pair.get(1).is_some_and(|value| value == "always")))
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
    let value = |name| value(info, name);
    // Until then it tells of no append-only file, and has a part of its data.
    if value("loading") == "1" {
        return Err(unreachable(&place, "it is still loading its data".into()));
    }
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
    // It is told only where it is set.
    let waits_for_replicas = !value("min_slaves_good_slaves").is_empty();
    Ok(Facts { version, append_only: value("aof_enabled") == "1", replicas, waits_for_replicas })
}

fn line(info: &str) -> Line {
    let value = |name| value(info, name);
    Line {
        replication: value("master_replid").to_owned(),
        run: value("run_id").to_owned(),
        // One that was never a replica has zeros there.
        promoted: value("master_replid2").bytes().any(|byte| byte != b'0'),
        running: value("uptime_in_seconds").parse().unwrap_or(0),
    }
}

fn value<'a>(info: &'a str, name: &str) -> &'a str {
    let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_default().trim()
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
        let facts =
            Facts { version: "7.0.15".into(), append_only: true, replicas: 2, waits_for_replicas: false };
        assert_eq!(judge(INFO, false, "h".into()).unwrap(), facts);
        judge(&INFO.replace("7.0.15", "6.2.0"), false, "h".into()).unwrap();
        judge(&INFO.replace("7.0.15", "10.0"), false, "h".into()).unwrap();
    }

    #[test]
    fn one_that_is_loading_is_not_there_yet() {
        let error = judge(&[INFO, "loading:1\r\n"].concat(), false, "h".into()).unwrap_err();
        assert!(matches!(error, OpenError::Unreachable { .. }));
    }

    #[test]
    fn one_that_has_been_a_replica_is_told_from_one_that_has_not() {
        let info = |second: &str| {
            format!("run_id:abc\r\nuptime_in_seconds:7\r\nmaster_replid:def\r\nmaster_replid2:{second}\r\n")
        };
        let line_of = |second: &str| line(&info(second));
        assert!(!line_of(&"0".repeat(40)).promoted && line_of(&"0a".repeat(20)).promoted);
        assert_eq!((&*line_of("0").replication, &*line_of("0").run), ("def", "abc"));
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
