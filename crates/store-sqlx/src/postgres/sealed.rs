//! Sealed secrets one by one: to find out at start whether a key ring fits, and to rotate keys.

use super::{PostgresStore, values::Value};
use crate::sweeper::Sweeps as _;
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Replacement, SealedKind, SealedRow, SealedRows, SealedText, StoreError};

#[async_trait]
impl SealedRows for PostgresStore {
    async fn sealed_sample(&self, now: Timestamp) -> Result<Vec<SealedText>, StoreError> {
        let rows = self.shared.lanes.all(SAMPLE, &[now.into(), EACH.into()]).await?;
        let read = |row: &super::rows::Found| {
            let mut columns = row.columns();
            Ok(SealedText { row: columns.value()?, text: columns.secret()? })
        };
        rows.iter().map(read).collect()
    }

    async fn sealed_after(
        &self,
        kind: SealedKind,
        after: Option<&SealedRow>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<SealedRow>, StoreError> {
        let id = after.map(|row| kind.id_of(&row.sealed)).transpose()?.unwrap_or_default();
        let record = Value::Number(Some(after.map_or(i64::MIN, |row| row.record)));
        let (lanes, limit) = (&self.shared.lanes, limit.into());
        let rows = match kind {
            SealedKind::Answer => lanes.all(ANSWERS, &[id.into(), limit, now.into()]).await,
            SealedKind::PreviousKey => lanes.all(PREVIOUS_KEYS, &[record, limit]).await,
            SealedKind::Client => lanes.all(CLIENTS, &[record, limit]).await,
            SealedKind::Temporary => lanes.all(TEMPORARIES, &[id.into(), limit, now.into()]).await,
            SealedKind::Token => lanes.all(TOKENS, &[record, limit]).await,
        }?;
        let read = |row: &super::rows::Found| {
            let mut columns = row.columns();
            let record = columns.value()?;
            let row = [kind.prefix(), columns.text()?].concat();
            Ok(SealedRow { record, sealed: SealedText { row, text: columns.secret()? } })
        };
        rows.iter().map(read).collect()
    }

    async fn reseal(
        &self,
        kind: SealedKind,
        replacements: Vec<Replacement>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let sql = match kind {
            SealedKind::Answer => RESEAL_ANSWERS,
            SealedKind::PreviousKey => RESEAL_PREVIOUS_KEYS,
            SealedKind::Client => RESEAL_CLIENTS,
            SealedKind::Temporary => RESEAL_TEMPORARIES,
            SealedKind::Token => RESEAL_TOKENS,
        };
        let ids = replacements.iter().map(|one| kind.id_of(&one.row.sealed).map(Some));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        let old: Vec<_> = replacements.iter().map(|one| Some(one.row.sealed.text.expose())).collect();
        let new: Vec<_> = replacements.iter().map(|one| Some(one.text.expose())).collect();
        let values = [Value::EachText(&ids), Value::EachText(&old), Value::EachText(&new)];
        let replaced = self.shared.lanes.change(sql, &values).await?;
        self.sweep_soon(now);
        Ok(replaced)
    }
}

/// Rows of each kind, from each end.
const EACH: u32 = 100;

// The names of rows are those of `Sealed` in countersign-store. Each part walks an index and stops.
const SAMPLE: &str = "
    SELECT 'client:' || id, secret FROM
        (SELECT id, secret FROM clients WHERE secret IS NOT NULL ORDER BY record LIMIT $2::bigint) a
    UNION ALL SELECT 'client:' || id, secret FROM
        (SELECT id, secret FROM clients WHERE secret IS NOT NULL ORDER BY record DESC LIMIT $2::bigint) b
    UNION ALL SELECT 'token:' || id, secret FROM
        (SELECT id, secret, revoked, expires FROM tokens ORDER BY record LIMIT $2::bigint) c
        WHERE revoked IS NULL AND (expires IS NULL OR expires > $1::bigint)
    UNION ALL SELECT 'token:' || id, secret FROM
        (SELECT id, secret, revoked, expires FROM tokens ORDER BY record DESC LIMIT $2::bigint) d
        WHERE revoked IS NULL AND (expires IS NULL OR expires > $1::bigint)
    UNION ALL SELECT 'temporary:' || id, secret FROM
        (SELECT id, secret FROM temporaries WHERE expires > $1::bigint AND state <> 'destroyed'
            ORDER BY expires DESC LIMIT $2::bigint) e";

const CLIENTS: &str = "SELECT record, id, secret FROM clients
    WHERE record > $1 AND secret IS NOT NULL ORDER BY record LIMIT $2";
const PREVIOUS_KEYS: &str = "SELECT record, id, previous_secret FROM clients
    WHERE record > $1 AND previous_secret IS NOT NULL ORDER BY record LIMIT $2";
const ANSWERS: &str = "SELECT record, name, answer FROM idempotent
    WHERE name > $1 AND expires > $3 AND answer IS NOT NULL ORDER BY name LIMIT $2";
const TEMPORARIES: &str = "SELECT record, id, secret FROM temporaries
    WHERE id > $1 AND expires > $3 AND state <> 'destroyed' ORDER BY id LIMIT $2";
const TOKENS: &str = "SELECT record, id, secret FROM tokens WHERE record > $1 ORDER BY record LIMIT $2";

/// Replaces each secret that still stands as it was read; one statement, and so all of them or none.
macro_rules! reseal {
    ($table:literal, $id:literal, $secret:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " r SET ",
            $secret,
            " = g.new FROM unnest($1::text[], $2::text[], $3::text[]) AS g (id, old, new) WHERE r.",
            $id,
            " = g.id AND r.",
            $secret,
            " = g.old"
        )
    };
}

const RESEAL_ANSWERS: &str = reseal!("idempotent", "name", "answer");
const RESEAL_CLIENTS: &str = reseal!("clients", "id", "secret");
const RESEAL_PREVIOUS_KEYS: &str = reseal!("clients", "id", "previous_secret");
const RESEAL_TEMPORARIES: &str = reseal!("temporaries", "id", "secret");
const RESEAL_TOKENS: &str = reseal!("tokens", "id", "secret");
