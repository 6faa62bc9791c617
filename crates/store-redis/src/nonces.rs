//! Nonces: one small key each, named by what was signed.

use crate::{
    RedisStore,
    fence::Mark,
    link::{Ask, Open},
};
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Freshness, NonceStore, NonceUse, StoreError};
use redis::{Cmd, Pipeline, Script};
use std::sync::LazyLock;

#[async_trait]
impl NonceStore for RedisStore {
    async fn remember(
        &self,
        used: &NonceUse<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Freshness, StoreError> {
        let link = &self.shared.link;
        let open = link.open().await?;
        link.still_there(&open, now).await?;
        let mark = self.mark(&open, now).await?;
        // Kept as long as either clock asks for. By the caller's alone, a nonce that came through a node whose clock is behind
        // would be gone at once, and fresh again.
        let till = until.plus(link.ahead(&open, now).await?).min(LATEST);
        let key = self.key("n:", &used.digest(&self.shared.nonce_key));
        let claimed = match mark {
            None => link.ask_on(&open, &Ask::Command(claim(&key, till))).await?,
            Some(mark) => {
                mark.admit(used.timestamp, until, now)?;
                self.claim_fenced(&open, &mark, &key, till).await?
            }
        };
        Ok(if claimed { Freshness::Fresh } else { Freshness::Replayed })
    }
}

impl RedisStore {
    /// A claim counts in the data set alone that the record was read of.
    async fn claim_fenced(
        &self,
        open: &Open,
        mark: &Mark,
        key: &[u8],
        till: Timestamp,
    ) -> Result<bool, StoreError> {
        let link = &self.shared.link;
        let claimed = if open.is_cluster() {
            // Its connection goes on to another node by itself, and the record is in another slot.
            let mut claim = CLAIM.key(key);
            claim.arg(till.seconds()).arg(&mark.lines);
            match link.ask_on(open, &Ask::Script(claim)).await? {
                UNKNOWN => None,
                claimed => Some(claimed == 1),
            }
        } else {
            // The record is looked at after the claim: had Redis been emptied before, it would be gone.
            let mut both = Pipeline::with_capacity(2);
            both.add_command(claim(key, till));
            both.cmd("HGET").arg(self.key("fence", b"")).arg("epoch");
            let (claimed, epoch): (bool, Option<String>) = link.ask_on(open, &Ask::Pipeline(both)).await?;
            (epoch.as_ref() == Some(&mark.epoch)).then_some(claimed)
        };
        claimed.ok_or_else(|| {
            self.forget_mark();
            if open.is_cluster() {
                link.give_up(open.number);
            }
            StoreError::unavailable("the data in Redis are others than those that nonces were looked for in")
        })
    }
}

fn claim(key: &[u8], till: Timestamp) -> Cmd {
    let mut claim = redis::cmd("SET");
    claim.arg(key).arg(1).arg("NX").arg("EXAT").arg(till.seconds());
    claim
}

/// Claims in a data set of one of these names, and does nothing in another.
static CLAIM: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local name = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
        for i = 2, #ARGV do
            if ARGV[i] == name then
                if redis.call('SET', KEYS[1], 1, 'NX', 'EXAT', ARGV[1]) then return 1 end
                return 0
            end
        end
        return -1",
    )
});

/// What [`CLAIM`] answers in a data set that nobody has looked at.
const UNKNOWN: i64 = -1;
/// Redis refuses a time that is too late for it to count in milliseconds.
const LATEST: Timestamp = Timestamp::from_seconds(99_999_999_999);
