//! Sealed secrets one by one: to find out at start whether a key ring fits, and to rotate keys.

use super::{
    MySqlStore,
    pool::{End, Work, exec},
    rows::Columns,
    values::time,
};
use crate::sweeper::Sweeps as _;
use async_trait::async_trait;
use countersign_core::Timestamp;
use countersign_store::{Replacement, SealedKind, SealedRow, SealedRows, SealedText, StoreError};
use mysql_async::{Conn, Row, Value};

#[async_trait]
impl SealedRows for MySqlStore {
    async fn sealed_sample(&self, now: Timestamp) -> Result<Vec<SealedText>, StoreError> {
        let rows = self.shared.pool.all(SAMPLE, vec![time(now), time(now), time(now)]).await?;
        let read = |row: &Row| {
            let mut columns = Columns::of(row);
            Ok(SealedText { row: columns.text()?.to_owned(), text: columns.secret()? })
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
        let record: Value = after.map_or(i64::MIN, |row| row.record).into();
        let (sql, values) = match kind {
            SealedKind::Answer => (ANSWERS, vec![id.into(), time(now), limit.into()]),
            SealedKind::PreviousKey => (PREVIOUS_KEYS, vec![record, limit.into()]),
            SealedKind::Client => (CLIENTS, vec![record, limit.into()]),
            SealedKind::Temporary => (TEMPORARIES, vec![id.into(), time(now), limit.into()]),
            SealedKind::Token => (TOKENS, vec![record, limit.into()]),
        };
        let rows = self.shared.pool.all(sql, values).await?;
        let read = |row: &Row| {
            let mut columns = Columns::of(row);
            let record = columns.number()?;
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
        let values = |one: &Replacement| -> Result<Vec<Value>, StoreError> {
            let (id, old) = (kind.id_of(&one.row.sealed)?, one.row.sealed.text.expose());
            Ok(vec![one.text.expose().into(), id.into(), old.into()])
        };
        let all = replacements.iter().map(values).collect::<Result<Vec<_>, _>>()?;
        let pool = &self.shared.pool;
        let replaced =
            pool.long_transaction(all.len(), move |connection| reseal(connection, sql, all.clone())).await?;
        self.sweep_soon(now);
        Ok(replaced)
    }
}

/// Replaces each secret that still stands as it was read.
fn reseal<'c>(connection: &'c mut Conn, sql: &'static str, all: Vec<Vec<Value>>) -> Work<'c, End<u64>> {
    Box::pin(async move {
        let mut replaced = 0;
        for values in all {
            replaced += exec(connection, sql, values).await?;
        }
        Ok(End::Commit(replaced))
    })
}

// The names of rows are those of `Sealed` in countersign-store. Each part walks an index and stops, a hundred rows from each end.
const SAMPLE: &str = "
    SELECT CONCAT('client:', id), secret FROM
        (SELECT id, secret FROM clients WHERE secret IS NOT NULL ORDER BY record LIMIT 100) a
    UNION ALL SELECT CONCAT('client:', id), secret FROM
        (SELECT id, secret FROM clients WHERE secret IS NOT NULL ORDER BY record DESC LIMIT 100) b
    UNION ALL SELECT CONCAT('token:', id), secret FROM
        (SELECT id, secret, revoked, expires FROM tokens ORDER BY record LIMIT 100) c
        WHERE revoked IS NULL AND (expires IS NULL OR expires > ?)
    UNION ALL SELECT CONCAT('token:', id), secret FROM
        (SELECT id, secret, revoked, expires FROM tokens ORDER BY record DESC LIMIT 100) d
        WHERE revoked IS NULL AND (expires IS NULL OR expires > ?)
    UNION ALL SELECT CONCAT('temporary:', id), secret FROM
        (SELECT id, secret FROM temporaries WHERE expires > ? AND state <> 'destroyed'
            ORDER BY expires DESC LIMIT 100) e";

const CLIENTS: &str = "SELECT record, id, secret FROM clients
    WHERE record > ? AND secret IS NOT NULL ORDER BY record LIMIT ?";
const PREVIOUS_KEYS: &str = "SELECT record, id, previous_secret FROM clients
    WHERE record > ? AND previous_secret IS NOT NULL ORDER BY record LIMIT ?";
const ANSWERS: &str = "SELECT record, name, answer FROM idempotent
    WHERE name > ? AND expires > ? AND answer IS NOT NULL ORDER BY name LIMIT ?";
const TEMPORARIES: &str = "SELECT record, id, secret FROM temporaries
    WHERE id > ? AND expires > ? AND state <> 'destroyed' ORDER BY id LIMIT ?";
const TOKENS: &str = "SELECT record, id, secret FROM tokens WHERE record > ? ORDER BY record LIMIT ?";

const RESEAL_ANSWERS: &str = "UPDATE idempotent SET answer = ? WHERE name = ? AND answer = ?";
const RESEAL_PREVIOUS_KEYS: &str =
    "UPDATE clients SET previous_secret = ? WHERE id = ? AND previous_secret = ?";
const RESEAL_CLIENTS: &str = "UPDATE clients SET secret = ? WHERE id = ? AND secret = ?";
const RESEAL_TEMPORARIES: &str = "UPDATE temporaries SET secret = ? WHERE id = ? AND secret = ?";
const RESEAL_TOKENS: &str = "UPDATE tokens SET secret = ? WHERE id = ? AND secret = ?";
