//! Over TCP: the same, and a port where somebody listens who is no Redis.

use crate::{
    redis::Redis,
    support::{block_on, claim, claim_in_the_end, open_url},
};
use countersign_store::{Freshness, StoreErrorKind};
use countersign_store_redis::OpenError;
use std::{
    io::Write,
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

#[test]
fn a_redis_on_a_port_is_used_lost_and_found_again() {
    let (mut redis, [port, _]) = Redis::on_ports(|_, _| vec!["--appendonly yes".into()]);
    block_on(async {
        let url = format!("redis://127.0.0.1:{port}/3?connect_timeout_ms=300&response_timeout_ms=300");
        let (store, other) = (open_url(&url), open_url(&url.replace("/3", "/4")));
        assert_eq!(store.place(), format!("127.0.0.1:{port}"));
        assert_eq!(claim(&store, "n-1").await, Ok(Freshness::Fresh));
        assert_eq!(claim(&store, "n-1").await, Ok(Freshness::Replayed));
        assert_eq!(
            claim(&other, "n-1").await,
            Ok(Freshness::Fresh),
            "another database of it is another store"
        );

        redis.signal("STOP");
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(claim(&store, "n-2").await, Err(StoreErrorKind::Unavailable));
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        redis.signal("CONT");
        assert_eq!(claim_in_the_end(&store, "n-1").await, Freshness::Replayed);

        redis.kill();
        assert_eq!(claim(&store, "n-3").await, Err(StoreErrorKind::Unavailable));
        redis.start_again();
        assert_eq!(claim_in_the_end(&store, "n-3").await, Freshness::Fresh);
        assert_eq!(claim(&store, "n-1").await, Ok(Freshness::Replayed));
    });
}

#[test]
fn who_listens_and_never_answers_is_unreachable_in_bounded_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}/?connect_timeout_ms=200", silent.local_addr().unwrap());
    block_on(async {
        let (store, start) = (open_url(&url), Instant::now());
        let error = store.connect().await.unwrap_err();
        assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
        assert_eq!(claim(&store, "n-1").await, Err(StoreErrorKind::Unavailable));
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    });
}

#[test]
fn who_speaks_another_protocol_is_unreachable() {
    let web = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}/?connect_timeout_ms=1000", web.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = web.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    block_on(async {
        let store = open_url(&url);
        let error = store.connect().await.unwrap_err();
        assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
    });
    server.join().unwrap();
}
