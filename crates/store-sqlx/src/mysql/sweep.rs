//! Deletes what has expired.

use super::{
    MySqlStore,
    failure::Told,
    pool::{Work, exec, positional},
    rows::Columns,
    values::time,
};
use crate::{
    sweeper::{Key, Sweeper, Sweeps, Walk},
    swept::Swept,
};
use countersign_core::Timestamp;
use countersign_store::StoreError;
use mysql_async::{Conn, Row, Value, prelude::Queryable as _};

impl MySqlStore {
    /// Looks at up to `most` nonces, `most` temporary credentials and `most` web sessions, and deletes those that have expired.
    ///
    /// Claims do so by themselves, once a second and at most 20,000 rows; where nothing is claimed for long, call it if the
    /// rows are in your way. Nodes take turns: where another one is at it, this one finds no nonces.
    ///
    /// Nothing is forgotten by this machine's clock alone: what the database's clock calls live, stays, and a nonce is
    /// forgotten only a minute after all nodes refuse it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store does not know what happened. What has expired is found again.
    pub async fn sweep(&self, now: Timestamp, most: u32) -> Result<Swept, StoreError> {
        self.sweep_once(now, most).await
    }
}

impl Sweeps for MySqlStore {
    fn sweeper(&self) -> &Sweeper {
        &self.shared.sweeper
    }

    async fn clear(&self, now: Timestamp, most: u32) -> Result<(u64, u64), StoreError> {
        let pool = &self.shared.pool;
        let temporaries = pool.change(TEMPORARIES, vec![time(now), most.into()]).await?;
        let sessions = pool.change(SESSIONS, vec![time(now), most.into()]).await?;
        let (others, fullest) = self.delete_expired(now, most).await?;
        pool.change(HORIZON, vec![time(now)]).await?;
        Ok((temporaries + sessions + others, temporaries.max(sessions).max(fullest)))
    }

    async fn walk(&self, from: Key, most: u32) -> Result<Walk, StoreError> {
        self.shared.pool.run(move |connection| walk_alone(connection, from, most)).await
    }
}

/// Takes the turn that one node has at a time. Where anything fails, the connection ends, and its turn with it: kept or tried again, it
/// would have the turn for good.
fn walk_alone(connection: &mut Conn, from: Key, most: u32) -> Work<'_, Walk> {
    Box::pin(async move {
        let turn = connection.exec_first::<Row, _, _>(TURN, ()).await?;
        if turn.is_none_or(|row| Columns::of(&row).number().ok() != Some(1)) {
            return Ok(Walk::default());
        }
        let walk = walk(connection, from, most).await.map_err(ending)?;
        connection.query_drop(END_OF_TURN).await.map_err(ending)?;
        Ok(walk)
    })
}

/// Reads a run of keys, then deletes what of it is over: no row that came in between is.
async fn walk(connection: &mut Conn, from: Key, most: u32) -> Result<Walk, mysql_async::Error> {
    let Some(bound) = connection.exec_first::<Row, _, _>(BOUND, ()).await? else {
        return Ok(Walk::default());
    };
    let (forgotten, oldest_live) = bounds(&bound).map_err(unreadable)?;
    let start: [Value; 3] = [time(from.0), time(from.0), from.1[..].into()];
    let mut values = start.to_vec();
    values.extend([oldest_live.into(), most.into()]);
    let rows: Vec<Row> = connection.exec(RUN, positional(values)).await?;
    let Some(last) = rows.last() else { return Ok(Walk::default()) };
    let last = key(last).map_err(unreadable)?;
    let mut values = start.to_vec();
    values.extend([time(last.0), time(last.0), last.1[..].into(), forgotten.into()]);
    let deleted = exec(connection, DELETE, values).await?;
    Ok(Walk { walked: rows.len() as u64, deleted, last: Some(last) })
}

/// What may be forgotten, and how young a row is at least that may be: as far as the newest ones tell how long they live.
fn bounds(row: &Row) -> Result<(i64, i64), StoreError> {
    let mut columns = Columns::of(row);
    let forgotten = columns.number()?;
    Ok((forgotten, forgotten.saturating_sub(columns.optional_number()?.unwrap_or(0))))
}

fn key(row: &Row) -> Result<Key, StoreError> {
    let mut columns = Columns::of(row);
    Ok((columns.time()?, columns.bytes()?.try_into().map_err(StoreError::corrupt)?))
}

/// An error of the connection, whatever it was.
fn ending(error: mysql_async::Error) -> mysql_async::Error {
    mysql_async::Error::Other(Box::new(Told::from(error)))
}

fn unreadable(error: StoreError) -> mysql_async::Error {
    mysql_async::Error::Other(Box::new(error))
}

// Kept for an hour more, so that who comes late is told "expired" and not "unknown".
const TEMPORARIES: &str = "DELETE FROM temporaries
    WHERE expires <= LEAST(?, UNIX_TIMESTAMP()) - 3600 ORDER BY expires LIMIT ?";

const SESSIONS: &str = "DELETE FROM sessions
    WHERE expires <= LEAST(?, UNIX_TIMESTAMP()) ORDER BY expires LIMIT ?";

// What has been refused for a minute, twice the longest statement, no running claim can still think live. Assigned from left to right.
const HORIZON: &str = "UPDATE nonce_horizon SET forgotten = refused,
        refused = GREATEST(refused, LEAST(?, UNIX_TIMESTAMP())), since = UNIX_TIMESTAMP()
    WHERE since + 60 <= UNIX_TIMESTAMP()";

const TURN: &str = "SELECT GET_LOCK(CONCAT('countersign sweep ', MD5(DATABASE())), 0)";
const END_OF_TURN: &str = "DO RELEASE_LOCK(CONCAT('countersign sweep ', MD5(DATABASE())))";

const BOUND: &str = "SELECT forgotten, (SELECT MIN(newest.until - newest.stamp) FROM
        (SELECT stamp, until FROM nonces ORDER BY stamp DESC, digest DESC LIMIT 100) newest)
    FROM nonce_horizon";

// Written out: MySQL finds no range of an index in `(stamp, digest) > (?, ?)`.
const RUN: &str = "SELECT stamp, digest FROM nonces
    WHERE stamp >= ? AND (stamp > ? OR digest > ?) AND stamp <= ?
    ORDER BY stamp, digest LIMIT ?";

const DELETE: &str = "DELETE FROM nonces
    WHERE stamp >= ? AND (stamp > ? OR digest > ?)
        AND stamp <= ? AND (stamp < ? OR digest <= ?) AND until <= ?";
