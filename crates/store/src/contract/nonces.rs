//! Nonces: fresh once, and each combination apart.

use super::{NOW, client, id};
use crate::{Freshness, NonceUse, Store};
use countersign_core::{ClientId, Nonce, Timestamp};
use std::sync::Arc;

/// Remembers one combination with a window of 300 seconds.
pub(super) async fn remember(
    store: &impl Store,
    (client, token): (&ClientId, Option<&str>),
    (timestamp, nonce): (Timestamp, &str),
    now: Timestamp,
) -> Freshness {
    let used = NonceUse { client, token, timestamp, nonce: Nonce::new(nonce).expect("a nonce") };
    store.remember(&used, timestamp.plus(360), now).await.expect("remember")
}

/// The second use of a combination is a replay.
pub async fn a_nonce_is_fresh_once(store: Arc<impl Store>) {
    let client = client();
    for (round, expected) in
        [Freshness::Fresh, Freshness::Replayed, Freshness::Replayed].into_iter().enumerate()
    {
        let later = NOW.plus(round as u64);
        assert_eq!(remember(&*store, (&client, Some("k-1")), (NOW, "n"), later).await, expected);
    }
}

/// Client, token, timestamp and nonce all count, byte by byte.
pub async fn nonces_differ_if_any_part_differs(store: Arc<impl Store>) {
    let (one, other): (ClientId, ClientId) = (client(), id("Client-1"));
    for (who, at, nonce) in [
        ((&one, Some("k-1")), NOW, "n"),
        ((&one, Some("K-1")), NOW, "n"),
        ((&one, None), NOW, "n"),
        ((&other, Some("k-1")), NOW, "n"),
        ((&one, Some("k-1")), NOW.plus(1), "n"),
        ((&one, Some("k-1")), NOW, "N"),
        ((&one, Some("k-1")), NOW, "n "),
        ((&one, Some("k-1")), NOW, "ñ"),
        ((&one, Some("k-")), NOW, "1n"),
    ] {
        assert_eq!(remember(&*store, who, (at, nonce), NOW).await, Freshness::Fresh, "{who:?} {nonce}");
        assert_eq!(remember(&*store, who, (at, nonce), NOW).await, Freshness::Replayed, "{who:?} {nonce}");
    }
}

/// Whatever a store forgets on the way, it is never one whose time has not passed.
pub async fn an_expired_nonce_may_be_forgotten_and_a_live_one_never(store: Arc<impl Store>) {
    let client = client();
    for step in 0..600_u64 {
        let now = NOW.plus(step * 10);
        let name = format!("n-{step}");
        assert_eq!(remember(&*store, (&client, None), (now, &name), now).await, Freshness::Fresh);
        let oldest_live = step.saturating_sub(35);
        let (at, name) = (NOW.plus(oldest_live * 10), format!("n-{oldest_live}"));
        assert_eq!(remember(&*store, (&client, None), (at, &name), now).await, Freshness::Replayed, "{name}");
    }
}
