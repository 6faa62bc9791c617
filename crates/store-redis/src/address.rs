//! The URL: where Redis is, the prefix of keys, and how long anything may take. What is wrong is told without the URL, which
//! may hold a password.

use crate::{connection::Target, error::OpenError};
use countersign_core::percent;
use redis::{Client, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, cluster::ClusterClient};
use std::time::Duration;

pub(crate) struct Address {
    pub(crate) target: Target,
    /// For people: no password.
    pub(crate) place: String,
    pub(crate) prefix: String,
    pub(crate) connect: Duration,
    pub(crate) response: Duration,
}

impl Address {
    pub(crate) fn parse(url: &str) -> Result<Self, OpenError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let unix = check_scheme(base)?;
        let mut prefix = "countersign:".to_owned();
        let (mut connect, mut response) = (PATIENCE, PATIENCE);
        let (mut rest, mut cluster) = (Vec::new(), false);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=').unwrap_or((pair, "")) {
                ("prefix", value) => prefix = decoded(value)?,
                ("cluster", "") if !unix => cluster = true,
                ("connect_timeout_ms", value) => connect = milliseconds(value)?,
                ("response_timeout_ms", value) => response = milliseconds(value)?,
                ("db" | "user" | "pass", _) if unix => rest.push(pair),
                _ => {
                    return Err(bad(
                        "what stands after the ? is not known: use prefix, connect_timeout_ms or \
                                     response_timeout_ms, and write ? and & of a password as %3F and %26",
                    ));
                }
            }
        }
        let query = rest.join("&");
        let nodes = nodes(base).iter().map(|node| settings(node, &query)).collect::<Result<Vec<_>, _>>()?;
        let place = nodes.iter().map(|node| node.addr().to_string()).collect::<Vec<_>>().join(",");
        let unusable = |_| bad("it cannot be used on this system");
        let target = match <[_; 1]>::try_from(nodes) {
            Ok([node]) if !cluster => Target::Single(Client::open(node).map_err(unusable)?),
            Err(_) if !cluster => {
                return Err(bad("it names several hosts: a Cluster is named with ?cluster"));
            }
            nodes => {
                let nodes = nodes.map_or_else(|nodes| nodes, Vec::from);
                // A command whose answer got lost is never sent again: nobody knows whether it was done.
                let client = ClusterClient::builder(nodes).retries(0);
                let client = client.connection_timeout(connect).response_timeout(response);
                Target::Cluster(client.build().map_err(unusable)?.into())
            }
        };
        Ok(Self { target, place, prefix, connect, response })
    }
}

/// One base for each host, with the user and the database of all.
fn nodes(base: &str) -> Vec<String> {
    let Some((scheme, rest)) = base.split_once("://") else { return vec![base.into()] };
    let (user, rest) = rest.rsplit_once('@').map_or(("", rest), |(user, rest)| (user, rest));
    let at = if user.is_empty() { "" } else { "@" };
    let (hosts, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    hosts.split(',').map(|host| [scheme, "://", user, at, host, path].concat()).collect()
}

fn settings(node: &str, query: &str) -> Result<ConnectionInfo, OpenError> {
    let info = [node, "?", query].concat().into_connection_info();
    info.map(speaking_resp2)
        .map_err(|_| bad("it does not read redis://[user][:password@]host[:port][/db] or unix:///path"))
}

/// Whether it is the path of a socket.
fn check_scheme(base: &str) -> Result<bool, OpenError> {
    if base.contains('#') {
        return Err(bad("a # stands in it: write one of a password as %23"));
    }
    let (scheme, _) = base.split_once("://").ok_or_else(|| bad("it has no ://"))?;
    match scheme {
        "redis" | "valkey" => Ok(false),
        "unix" | "redis+unix" | "valkey+unix" => Ok(true),
        "rediss" | "valkeys" => Err(bad(
            "TLS to Redis is not supported: use a private network, a unix socket, or a tunnel such as stunnel",
        )),
        _ => Err(bad("its scheme is not redis or unix")),
    }
}

/// The older protocol is all that is needed, and every proxy speaks it.
fn speaking_resp2(info: ConnectionInfo) -> ConnectionInfo {
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP2).set_skip_set_lib_name();
    info.set_redis_settings(settings)
}

fn decoded(value: &str) -> Result<String, OpenError> {
    let bytes = percent::decode(value.as_bytes()).map_err(|_| bad("its prefix has a broken escape"))?;
    String::from_utf8(bytes.into_owned()).map_err(|_| bad("its prefix is not UTF-8"))
}

fn milliseconds(value: &str) -> Result<Duration, OpenError> {
    let number = value.parse().ok().filter(|number| (1..=60_000).contains(number));
    number.map(Duration::from_millis).ok_or_else(|| bad("a timeout is 1 to 60000 milliseconds, as digits"))
}

fn bad(reason: &'static str) -> OpenError {
    OpenError::BadUrl { reason }
}

/// How long anything may take where the URL says nothing.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    fn single(address: &Address) -> &Client {
        match &address.target {
            Target::Single(client) => client,
            Target::Cluster(_) => panic!("a Cluster"),
        }
    }

    #[test]
    fn a_cluster_is_named_by_any_of_its_nodes() {
        let address = Address::parse("redis://me:s3cret@h1:7001,h2,[::1]:7003/?cluster&prefix=a:").unwrap();
        assert_eq!((&*address.place, &*address.prefix), ("h1:7001,h2:6379,::1:7003", "a:"));
        assert!(matches!(address.target, Target::Cluster(_)));
        assert!(matches!(Address::parse("redis://h1/?cluster").unwrap().target, Target::Cluster(_)));
    }

    #[test]
    fn a_url_says_where_and_how_long_and_shows_no_password() {
        let address =
            Address::parse("redis://me:s3cret%23@h:7000/3?prefix=a%20%7Bb%7D:&response_timeout_ms=50")
                .unwrap();
        assert_eq!((&*address.place, &*address.prefix), ("h:7000", "a {b}:"));
        assert_eq!((address.connect, address.response), (PATIENCE, Duration::from_millis(50)));
        let redis = single(&address).get_connection_info().redis_settings();
        assert_eq!((redis.username(), redis.password(), redis.db()), (Some("me"), Some("s3cret#"), 3));

        let address = Address::parse("unix:///run/r.sock?pass=s3cret&connect_timeout_ms=9").unwrap();
        assert_eq!((&*address.place, &*address.prefix), ("/run/r.sock", "countersign:"));
        assert_eq!(single(&address).get_connection_info().redis_settings().password(), Some("s3cret"));
    }

    #[test]
    fn a_url_that_cannot_work_is_refused_without_its_password() {
        for (url, told) in [
            ("127.0.0.1:6379", "no ://"),
            ("memcached://h", "scheme"),
            ("rediss://:s3cret@h", "TLS"),
            ("redis://:s3cret@h1,h2", "several hosts"),
            ("redis://:s3cret#@h", "%23"),
            ("redis://:s3cret?@h", "%3F"),
            ("redis://h?cluster=yes", "after the ?"),
            ("unix:///s?cluster", "after the ?"),
            ("redis://h?pass=s3cret", "after the ?"),
            ("redis://:s3cret@h/x", "does not read"),
            ("redis://h?connect_timeout_ms=0", "1 to 60000"),
            ("redis://h?response_timeout_ms=s3cret", "1 to 60000"),
            ("redis://h?prefix=%zz", "broken escape"),
            ("redis://", "does not read"),
        ] {
            let Err(error) = Address::parse(url) else { panic!("{url} is accepted") };
            let text = error.to_string();
            assert!(text.contains(told) && !text.contains("s3cret"), "{url}: {text}");
        }
    }
}
