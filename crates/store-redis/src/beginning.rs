//! The beginning: a Redis that is new, told from one that was emptied, by whoever knows whether a nonce was ever claimed.
//!
//! Redis cannot know it; a database can. But between its answer and the record Redis could be emptied, after others have claimed. So a name
//! is left in Redis before the database is asked, and the record is made where that name still is: then everything since is there too.

use crate::{RedisStore, link::Ask};
use countersign_core::Timestamp;
use countersign_store::StoreError;
use redis::Script;
use std::sync::LazyLock;

/// What [`RedisStore::beginning`] found.
#[derive(Debug)]
pub struct Beginning {
    recorded: bool,
    /// What was left there.
    name: String,
    /// On which connection: another may lead to a copy that has the name, and lacks claims.
    connection: u64,
}

impl Beginning {
    /// Whether there is a record: what was claimed before is known from it. Also where the fence is switched off.
    #[must_use]
    pub fn has_record(&self) -> bool {
        self.recorded
    }
}

impl RedisStore {
    /// Looks for the record, and leaves a name where there is none. To be called before it is found out whether a nonce was ever
    /// claimed with the key of this store.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if Redis does not answer.
    pub async fn beginning(&self) -> Result<Beginning, StoreError> {
        if !self.is_fenced() {
            return Ok(Beginning { recorded: true, name: String::new(), connection: 0 });
        }
        let open = self.shared.link.open().await?;
        let look = Ask::Script(LOOK.key(self.key("fence", b"")));
        let (recorded, name) = self.shared.link.ask_on(&open, &look).await?;
        Ok(Beginning { recorded, name, connection: open.number })
    }

    /// Says that before `beginning` was looked for no nonce was claimed with the key of this store, in this Redis or elsewhere. A record
    /// without a loss is made, and nothing is refused.
    ///
    /// A record that is there is kept. Where Redis has lost something since, or the connection was, it is as if this was not said, and so is
    /// every loss that comes later.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the record could not be made, or nobody knows whether it was. Do not say it again then, but
    /// [`claimed_before`](Self::claimed_before).
    ///
    /// # Security
    ///
    /// Whoever says so and is wrong lets in again what was claimed before, as long as its timestamp is in the window. So it takes a memory
    /// that outlives Redis, is asked after `beginning`, and tells one caller alone that it is the first, such as
    /// [`AdminStore::begin_claims`](countersign_store::AdminStore::begin_claims). The memory must hold the key too, so that who loses one
    /// loses both.
    pub async fn nothing_claimed_before(
        &self,
        beginning: Beginning,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let open = self.shared.link.open().await?;
        let name = Some(&*beginning.name).filter(|_| open.number == beginning.connection);
        self.mark_from(&open, name, now).await?;
        Ok(())
    }

    /// Says that nonces were claimed with the key of this store: a Redis without a record has lost them, or never had them. The record is
    /// made now if there is none, with a loss of this moment.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the record could not be made or read.
    pub async fn claimed_before(&self, now: Timestamp) -> Result<(), StoreError> {
        self.expect_record();
        let open = self.shared.link.open().await?;
        self.mark(&open, now).await.map(drop)
    }
}

/// The name is another one after each loss: it is the moment at which it was left.
static LOOK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local kept = redis.call('HMGET', KEYS[1], 'epoch', 'beginning')
        if not kept[1] and not kept[2] then
            local clock = redis.call('TIME')
            kept[2] = clock[1] .. '.' .. clock[2]
            redis.call('HSET', KEYS[1], 'beginning', kept[2])
        end
        return {kept[1] and 1 or 0, kept[2] or ''}",
    )
});
