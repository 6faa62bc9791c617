//! TLS: to a Redis, to Sentinels and to a Cluster's first node; whoever has no certificate that is believed gets nothing.

use crate::{
    redis::Redis,
    support::{HASTY, NOW, block_on, claim, open_url, pending},
};
use countersign_store::{Freshness, StoreErrorKind, TemporaryStore};
use countersign_store_redis::OpenError;
use std::{path::Path, process::Command};
use tempfile::TempDir;

/// A certificate for 127.0.0.1 and localhost, signed by itself.
struct Certificate(TempDir);

impl Certificate {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
        openssl.args([
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ]);
        openssl.args([
            "-addext",
            "subjectAltName=IP:127.0.0.1,DNS:localhost",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
        ]);
        let made = openssl.current_dir(&folder).output();
        assert!(
            made.is_ok_and(|made| made.status.success()),
            "openssl makes no certificate: run ./dev setup"
        );
        Self(folder)
    }

    fn file(&self) -> String {
        self.0.path().join("cert.pem").display().to_string()
    }

    fn key(&self) -> String {
        self.0.path().join("key.pem").display().to_string()
    }

    /// A Redis that speaks TLS alone, on one port.
    fn redis(&self) -> (Redis, u16) {
        let (redis, [_, port]) = Redis::on_ports(|_, port| {
            vec![
                format!("--tls-port {port} --tls-cert-file {} --tls-key-file {}", self.file(), self.key()),
                format!("--tls-ca-cert-file {} --tls-auth-clients no", self.file()),
            ]
        });
        (redis, port)
    }
}

#[test]
fn a_redis_that_speaks_tls_is_used_under_the_certificate_that_is_named() {
    let certificate = Certificate::new();
    let (mut redis, port) = certificate.redis();
    block_on(async {
        for host in ["127.0.0.1", "localhost"] {
            let store = open_url(&format!("rediss://{host}:{port}/?ca={}&{HASTY}", certificate.file()));
            store.check(NOW).await.unwrap();
            assert_eq!(claim(&store, host).await, Ok(Freshness::Fresh));
            assert_eq!(claim(&store, host).await, Ok(Freshness::Replayed));
            store.create(&pending(host, NOW.plus(600)), NOW).await.unwrap();
        }
        let store = open_url(&format!("rediss://127.0.0.1:{port}/?ca={}&{HASTY}", certificate.file()));
        assert_eq!(claim(&store, "n-1").await, Ok(Freshness::Fresh));
        redis.kill();
        assert_eq!(claim(&store, "n-2").await, Err(StoreErrorKind::Unavailable));
    });
}

#[test]
fn a_redis_with_a_certificate_of_somebody_else_is_refused() {
    let (certificate, other) = (Certificate::new(), Certificate::new());
    let (redis, port) = certificate.redis();
    block_on(async {
        for query in [String::new(), format!("ca={}", other.file())] {
            let store = open_url(&format!("rediss://127.0.0.1:{port}/?{query}&{HASTY}"));
            let error = store.connect().await.unwrap_err();
            assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
            assert_eq!(claim(&store, "n-1").await, Err(StoreErrorKind::Unavailable));
        }
        assert_eq!(redis.number("#redis.call('KEYS', '*')"), 0);
    });
}

/// Believed, but issued for another name.
#[test]
fn a_redis_under_a_name_that_its_certificate_does_not_have_is_refused() {
    let certificate = Certificate::new();
    let (_redis, port) = certificate.redis();
    block_on(async {
        let store = open_url(&format!("rediss://127.0.0.2:{port}/?ca={}&{HASTY}", certificate.file()));
        assert!(store.connect().await.is_err());
    });
}

#[test]
fn a_redis_that_speaks_no_tls_is_never_spoken_to_without() {
    let (redis, [port, _]) = Redis::on_ports(|_, _| Vec::new());
    block_on(async {
        let store = open_url(&format!("rediss://:s3cret@127.0.0.1:{port}/?{HASTY}"));
        let error = store.connect().await.unwrap_err();
        assert!(
            matches!(error, OpenError::Unreachable { .. }) && !format!("{error:?}").contains("s3cret"),
            "{error:?}"
        );
        assert!(Path::new(redis.folder()).exists());
    });
}
