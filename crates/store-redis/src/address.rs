//! The URL: where Redis is, the prefix of keys, and how long anything may take. What is wrong is told without the URL, which
//! may hold a password.

use crate::{
    connection::Target,
    error::OpenError,
    query::Query,
    sentinel::Sentinels,
    tls::{self, Roots},
};
use redis::{Client, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, cluster::ClusterClient};
use std::time::Duration;

pub(crate) struct Address {
    pub(crate) target: Target,
    /// For people: no password.
    pub(crate) place: String,
    pub(crate) prefix: String,
    pub(crate) connect: Duration,
    pub(crate) response: Duration,
    /// Whether nonces from before a loss are refused.
    pub(crate) fenced: bool,
}

impl Address {
    pub(crate) fn parse(url: &str) -> Result<Self, OpenError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let Scheme { unix, tls } = check_scheme(base)?;
        let query = Query::parse(query, unix, tls)?;
        let roots = if tls { Some(Roots::read(query.ca.as_deref())?) } else { None };
        let port = query.sentinel.is_some().then_some(SENTINEL_PORT);
        let nodes = nodes(base, port);
        let nodes = nodes.iter().map(|node| settings(node, &query.rest)).collect::<Result<Vec<_>, _>>()?;
        let place = nodes.iter().map(|node| node.addr().to_string()).collect::<Vec<_>>().join(",");
        let place = query.sentinel.as_ref().map_or(place.clone(), |name| format!("{name} of {place}"));
        let target = target(nodes, &query, roots.as_ref())?;
        let Query { prefix, connect, response, fenced, .. } = query;
        Ok(Self { target, place, prefix, connect, response, fenced })
    }
}

fn target(nodes: Vec<ConnectionInfo>, query: &Query, roots: Option<&Roots>) -> Result<Target, OpenError> {
    let client = |info| match roots {
        Some(roots) => tls::client(info, roots),
        None => Client::open(info),
    };
    let unusable = |_| bad("it cannot be used on this system");
    if let Some(name) = &query.sentinel {
        let redis = client(nodes[0].clone()).map_err(unusable)?.get_connection_info().clone();
        let own = |node: ConnectionInfo| client(as_sentinel(node, query)).map_err(unusable);
        let each = nodes.into_iter().map(own).collect::<Result<_, _>>()?;
        return Ok(Target::Sentinel(Sentinels::new(each, name.clone(), redis)));
    }
    match <[_; 1]>::try_from(nodes) {
        Ok([node]) if !query.cluster => client(node).map(Target::Single).map_err(unusable),
        Err(_) if !query.cluster => Err(bad(
            "it names several hosts: a Cluster is named with ?cluster, Sentinels with ?sentinel=NAME",
        )),
        nodes => {
            let nodes = nodes.map_or_else(|nodes| nodes, Vec::from);
            // A command whose answer got lost is never sent again: nobody knows whether it was done.
            let each = nodes.iter().cloned().map(client).collect::<Result<_, _>>().map_err(unusable)?;
            let client = ClusterClient::builder(nodes).retries(0);
            let client = client.connection_timeout(query.connect).response_timeout(query.response);
            let client = match roots {
                Some(roots) => tls::cluster(client, roots),
                None => client,
            };
            Ok(Target::Cluster(client.build().map_err(unusable)?.into(), each))
        }
    }
}

/// A Sentinel has a user and a password of its own, or none, and no databases.
fn as_sentinel(node: ConnectionInfo, query: &Query) -> ConnectionInfo {
    let mut own =
        redis::RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP2).set_skip_set_lib_name();
    if let Some(user) = &query.sentinel_user {
        own = own.set_username(user);
    }
    if let Some(password) = &query.sentinel_pass {
        own = own.set_password(password);
    }
    node.set_redis_settings(own)
}

/// One base for each host, with the user and the database of all; `port` where a host names none.
fn nodes(base: &str, port: Option<&str>) -> Vec<String> {
    let Some((scheme, rest)) = base.split_once("://") else { return vec![base.into()] };
    let (user, rest) = rest.rsplit_once('@').map_or(("", rest), |(user, rest)| (user, rest));
    let at = if user.is_empty() { "" } else { "@" };
    let (hosts, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let node = |host: &str| {
        let named = host.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
        let port = port.filter(|_| !named && !host.is_empty()).unwrap_or_default();
        [scheme, "://", user, at, host, port, path].concat()
    };
    hosts.split(',').map(node).collect()
}

fn settings(node: &str, query: &str) -> Result<ConnectionInfo, OpenError> {
    let info = [node, "?", query].concat().into_connection_info();
    info.map(speaking_resp2)
        .map_err(|_| bad("it does not read redis://[user][:password@]host[:port][/db] or unix:///path"))
}

struct Scheme {
    /// It is the path of a socket.
    unix: bool,
    tls: bool,
}

fn check_scheme(base: &str) -> Result<Scheme, OpenError> {
    if base.contains('#') {
        return Err(bad("a # stands in it: write one of a password as %23"));
    }
    let (scheme, _) = base.split_once("://").ok_or_else(|| bad("it has no ://"))?;
    match scheme {
        "redis" | "valkey" => Ok(Scheme { unix: false, tls: false }),
        "unix" | "redis+unix" | "valkey+unix" => Ok(Scheme { unix: true, tls: false }),
        "rediss" | "valkeys" if tls::BUILT_IN => Ok(Scheme { unix: false, tls: true }),
        "rediss" | "valkeys" => Err(bad("TLS to Redis is not built in: feature `tls`")),
        _ => Err(bad("its scheme is not redis or unix")),
    }
}

/// The older protocol is all that is needed, and every proxy speaks it.
fn speaking_resp2(info: ConnectionInfo) -> ConnectionInfo {
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP2).set_skip_set_lib_name();
    info.set_redis_settings(settings)
}

pub(crate) fn bad(reason: &'static str) -> OpenError {
    OpenError::BadUrl { reason }
}

const SENTINEL_PORT: &str = ":26379";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::PATIENCE;

    fn single(address: &Address) -> &Client {
        match &address.target {
            Target::Single(client) => client,
            _ => panic!("more than one"),
        }
    }

    #[test]
    fn a_cluster_is_named_by_any_of_its_nodes() {
        let address = Address::parse("redis://me:s3cret@h1:7001,h2,[::1]:7003/?cluster&prefix=a:").unwrap();
        assert_eq!((&*address.place, &*address.prefix), ("h1:7001,h2:6379,::1:7003", "a:"));
        assert!(matches!(address.target, Target::Cluster(..)));
        assert!(matches!(Address::parse("redis://h1/?cluster").unwrap().target, Target::Cluster(..)));
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
            ("rediss://:s3cret@h?ca=/nowhere/at/all", "its ca names cannot be read"),
            ("redis://:s3cret@h?ca=/etc/hosts", "after the ?"),
            ("redis://:s3cret@h?sentinel=a&cluster", "only one"),
            ("redis://:s3cret@h?sentinel_pass=s3cret", "sentinel=NAME"),
            ("redis://:s3cret@h?sentinel=a&sentinel_user=s3cret", "sentinel_pass"),
            ("redis://:s3cret@h?sentinel=", "after the ?"),
            ("redis://:s3cret@h?danger_no_fence=maybe", "after the ?"),
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
