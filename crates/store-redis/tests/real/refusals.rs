//! What cannot be relied on is refused at connecting, and says what to set; what a user must be allowed is tried.

use crate::{
    redis::Redis,
    support::{NOW, block_on, claim, client, id, kind, open, open_fenced, open_url, pending, yes},
};
use countersign_store::{Freshness, Outcome, StoreErrorKind, TemporaryStore};
use countersign_store_redis::{OpenError, RedisStore};
use std::error::Error;

async fn refusal(store: &RedisStore) -> (String, OpenError) {
    let error = store.connect().await.expect_err("a refusal");
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    (format!("{error}: {cause}"), error)
}

#[test]
fn a_redis_that_may_evict_nonces_is_refused() {
    let redis = Redis::start_with(&["--maxmemory 100mb", "--maxmemory-policy volatile-lru"]);
    block_on(async {
        let store = open_url(&redis.url());
        let (text, error) = refusal(&store).await;
        assert!(
            matches!(error, OpenError::Evicts { .. }) && text.contains("maxmemory-policy noeviction"),
            "{text}"
        );
        assert_eq!(claim(&store, "n-1").await, Err(StoreErrorKind::Unavailable));
        assert_eq!(redis.ask("CONFIG SET maxmemory-policy noeviction"), "+OK");
        assert_eq!(claim(&store, "n-1").await, Ok(Freshness::Fresh));
    });
}

#[test]
fn a_node_of_a_cluster_that_is_not_said_to_be_one_is_refused() {
    let redis = Redis::start_with(&["--cluster-enabled yes", "--port 0"]);
    block_on(async {
        let (text, error) = refusal(&open(&redis)).await;
        assert!(matches!(error, OpenError::Cluster { .. }) && text.contains("?cluster"), "{text}");
    });
}

#[test]
fn nobody_there_is_unreachable_and_no_password_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("unix://{}/none.sock?pass=s3cret", folder.path().display());
    block_on(async {
        let (text, error) = refusal(&open_url(&url)).await;
        assert!(matches!(error, OpenError::Unreachable { .. }) && text.contains("none.sock"), "{text}");
        assert!(!text.contains("s3cret") && !format!("{error:?}").contains("s3cret"), "{error:?}");
    });
}

#[test]
fn a_wrong_password_is_refused_and_the_right_one_accepted() {
    let redis = Redis::start_with(&["--requirepass s3cret-and-right"]);
    block_on(async {
        for query in ["", "pass=s3cret-and-wrong"] {
            let (text, error) = refusal(&open_url(&redis.url_with(query))).await;
            assert!(matches!(error, OpenError::Unreachable { .. }) && !text.contains("s3cret"), "{text}");
        }
        let store = open_url(&redis.url_with("pass=s3cret-and-right"));
        assert_eq!(claim(&store, "n-1").await, Ok(Freshness::Fresh));
        assert!(!format!("{store:?}").contains("s3cret"));
    });
}

/// The rights that the documentation names are enough.
#[test]
fn a_user_with_the_rights_that_the_documentation_names_can_do_everything() {
    let redis = Redis::start();
    let rights = rights_of_the_documentation();
    block_on(async {
        assert_eq!(redis.ask(&format!("ACL SETUSER c {rights}")), "+OK");
        // A user of Redis may have no password; a URL without a user has the rights of `default`.
        redis.ask("ACL SETUSER c nopass");
        crate::support::seasoned(&redis);
        let store = open_fenced(&redis.url_with("user=c&pass=any"));
        store.check(NOW).await.unwrap();
        assert_eq!(claim(&store, "n-1").await, Ok(Freshness::Fresh));
        for name in ["t-1", "t-2"] {
            store.create(&pending(name, NOW.plus(600)), NOW).await.unwrap();
            assert!(store.temporary(&id(name)).await.unwrap().is_some());
            assert_eq!(kind(store.grant(&id(name), &yes(&id(name)), NOW).await), Ok(Outcome::Done));
        }
        assert_eq!(kind(store.count_wrong_verifier(&id("t-1"), 1, NOW).await), Ok(1));
        assert_eq!(kind(store.consume(&id("t-2"), &client(), NOW).await), Ok(Outcome::Done));

        redis.ask("ACL SETUSER c -info");
        let (text, _) = refusal(&open_url(&redis.url_with("user=c&pass=any"))).await;
        assert!(text.contains("+info"), "{text}");
    });
}

pub(crate) fn rights_of_the_documentation() -> String {
    let documentation = include_str!("../../src/lib.rs");
    let line =
        documentation.lines().find_map(|line| line.strip_prefix("//! ACL SETUSER countersign on >PASSWORD "));
    format!("on {}", line.expect("the line that names the rights"))
}
