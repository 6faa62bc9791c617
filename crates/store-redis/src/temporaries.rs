//! Temporary credentials: a hash each, and every verb one script with its guard inside.

use crate::{
    RedisStore,
    link::{Ask, Open},
};
use async_trait::async_trait;
use countersign_core::{ClientId, Secret, TemporaryId, Timestamp};
use countersign_store::{
    Callback, Grant, Outcome, StoreError, TemporaryRecord, TemporaryState, TemporaryStore, VerifierHash,
};
use redis::{Script, ScriptInvocation};
use std::sync::LazyLock;

#[async_trait]
impl TemporaryStore for RedisStore {
    async fn create(&self, record: &TemporaryRecord, now: Timestamp) -> Result<(), StoreError> {
        let (open, mut create) = self.verb(&CREATE, &record.id, now).await?;
        create.arg(record.expires.seconds());
        create.arg("expires").arg(record.expires.seconds());
        create.arg("secret").arg(record.secret.expose());
        create.arg("client").arg(record.client.as_str());
        create.arg("callback").arg(record.callback.as_str());
        create.arg("scopes").arg(serde_json::to_string(&record.scopes).map_err(StoreError::corrupt)?);
        state(&mut create, &record.state);
        match self.changed(&open, create).await? {
            Outcome::Done => Ok(()),
            Outcome::Refused => Err(StoreError::conflict()),
        }
    }

    async fn temporary(&self, id: &TemporaryId) -> Result<Option<TemporaryRecord>, StoreError> {
        let mut find = redis::cmd("HMGET");
        find.arg(self.key("t:", id.as_str().as_bytes())).arg(&FIELDS);
        let found: Vec<Option<Vec<u8>>> = self.shared.link.ask(&Ask::Command(find)).await?;
        // A key that is not there has none of its fields.
        if found.iter().all(Option::is_none) { Ok(None) } else { read(id, found).map(Some) }
    }

    async fn grant(&self, id: &TemporaryId, grant: &Grant, now: Timestamp) -> Result<Outcome, StoreError> {
        let (open, mut answer) = self.verb(&ANSWER, id, now).await?;
        state(&mut answer, &TemporaryState::Granted(grant.clone()));
        self.changed(&open, answer).await
    }

    async fn deny(&self, id: &TemporaryId, now: Timestamp) -> Result<Outcome, StoreError> {
        let (open, mut answer) = self.verb(&ANSWER, id, now).await?;
        state(&mut answer, &TemporaryState::Denied);
        self.changed(&open, answer).await
    }

    async fn count_wrong_verifier(
        &self,
        id: &TemporaryId,
        most: u32,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let (open, mut guess) = self.verb(&GUESS, id, now).await?;
        guess.arg(most);
        self.shared.link.ask_on(&open, &Ask::Script(guess)).await
    }

    async fn consume(
        &self,
        id: &TemporaryId,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let (open, mut consume) = self.verb(&CONSUME, id, now).await?;
        consume.arg(client.as_str());
        self.changed(&open, consume).await
    }
}

impl RedisStore {
    /// A script that starts with what all of them need: the time, and the epoch.
    async fn verb(
        &self,
        script: &'static Script,
        id: &TemporaryId,
        now: Timestamp,
    ) -> Result<(Open, ScriptInvocation<'static>), StoreError> {
        let open = self.shared.link.open().await?;
        let epoch = self.mark(&open, now).await?.map(|mark| mark.epoch.clone());
        let mut verb = script.key(self.key("t:", id.as_str().as_bytes()));
        verb.arg(now.seconds()).arg(epoch.unwrap_or_default());
        Ok((open, verb))
    }

    async fn changed(&self, open: &Open, verb: ScriptInvocation<'_>) -> Result<Outcome, StoreError> {
        self.shared.link.ask_on(open, &Ask::Script(verb)).await.map(Outcome::of_rows)
    }
}

fn state(verb: &mut ScriptInvocation<'_>, state: &TemporaryState) {
    match state {
        TemporaryState::Pending => verb.arg("state").arg("pending"),
        TemporaryState::Denied => verb.arg("state").arg("denied"),
        TemporaryState::Granted(grant) => {
            verb.arg("owner").arg(grant.owner.as_str()).arg("verifier").arg(grant.verifier.as_bytes());
            verb.arg("state").arg("granted")
        }
    };
}

fn read(id: &TemporaryId, fields: Vec<Option<Vec<u8>>>) -> Result<TemporaryRecord, StoreError> {
    let broken = || StoreError::corrupt("temporary credentials lack a field, or are in no known state");
    let fields = <[_; FIELDS.len()]>::try_from(fields).map_err(|_| broken())?;
    let [secret, client, callback, scopes, expires, state, owner, verifier] = fields;
    let text = |field: Option<Vec<u8>>| {
        String::from_utf8(field.ok_or_else(broken)?).map_err(|_| StoreError::corrupt("a field is not UTF-8"))
    };
    Ok(TemporaryRecord {
        id: id.clone(),
        secret: Secret::from(text(secret)?),
        client: text(client)?.parse().map_err(StoreError::corrupt)?,
        callback: Callback::from(text(callback)?),
        scopes: serde_json::from_str(&text(scopes)?).map_err(StoreError::corrupt)?,
        expires: Timestamp::from_seconds(text(expires)?.parse().map_err(StoreError::corrupt)?),
        state: match (&*text(state)?, owner, verifier) {
            ("pending", None, None) => TemporaryState::Pending,
            ("denied", None, None) => TemporaryState::Denied,
            ("granted", Some(owner), Some(verifier)) => {
                let verifier = <[u8; 32]>::try_from(verifier).map_err(|_| broken())?;
                let owner = text(Some(owner))?.into();
                TemporaryState::Granted(Grant { owner, verifier: VerifierHash::from(verifier) })
            }
            _ => return Err(broken()),
        },
    })
}

/// What is read back, in the order of [`read`]; beside them stands the count of wrong verifiers.
const FIELDS: [&str; 8] = ["secret", "client", "callback", "scopes", "expires", "state", "owner", "verifier"];

/// Where a verb starts: the first argument is the time, and a record past its expiry is not there. Nor is one of another epoch, the
/// second: what was consumed, denied or guessed at since may have been lost.
const LIVE: &str = "local function is(field, value) return redis.call('HGET', KEYS[1], field) == value end
    local function live()
        local expires = redis.call('HGET', KEYS[1], 'expires')
        return expires and tonumber(expires) > tonumber(ARGV[1]) and is('epoch', ARGV[2])
    end
    ";

fn verb(body: &str) -> Script {
    Script::new(&[LIVE, body].concat())
}

/// Redis throws it away once its time has passed by both clocks: that of the caller, and its own.
static CREATE: LazyLock<Script> = LazyLock::new(|| {
    verb(
        "if live() then return 0 end
        local left = ARGV[3] - ARGV[1]
        local till = math.min(math.max(ARGV[3], redis.call('TIME')[1] + left), 99999999999)
        if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DEL', KEYS[1]) end
        redis.call('HSET', KEYS[1], 'epoch', ARGV[2], unpack(ARGV, 4))
        redis.call('EXPIREAT', KEYS[1], string.format('%.0f', till))
        return 1",
    )
});

static ANSWER: LazyLock<Script> = LazyLock::new(|| {
    verb(
        "if not live() or not is('state', 'pending') then return 0 end
        redis.call('HSET', KEYS[1], unpack(ARGV, 3))
        return 1",
    )
});

static GUESS: LazyLock<Script> = LazyLock::new(|| {
    verb(
        "local most = tonumber(ARGV[3])
        if not live() then return most end
        local counted = redis.call('HINCRBY', KEYS[1], 'wrong', 1)
        if counted >= most then redis.call('DEL', KEYS[1]) end
        return counted",
    )
});

static CONSUME: LazyLock<Script> = LazyLock::new(|| {
    verb(
        "if not live() or not is('state', 'granted') or not is('client', ARGV[3]) then return 0 end
        return redis.call('DEL', KEYS[1])",
    )
});
