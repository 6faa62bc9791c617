//! Deletes what has expired, a bounded number of rows at a time, so that no request waits for it.

use super::{
    MySqlStore,
    failure::Told,
    pool::{Work, exec, positional},
    rows::Columns,
    values::time,
};
use crate::swept::Swept;
use countersign_core::Timestamp;
use countersign_store::StoreError;
use mysql_async::{Conn, Row, Value, prelude::Queryable as _};
use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Mutex;

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
        let mut place = self.shared.sweeper.place.lock().await;
        self.sweep_from(&mut place, now, most).await
    }

    /// Sweeps beside the request, unless that was done in this second, or is being done.
    pub(crate) fn sweep_soon(&self, now: Timestamp) {
        let sweeper = &self.shared.sweeper;
        if sweeper.swept.load(Ordering::Relaxed) == now.seconds() {
            return;
        }
        let Ok(mut place) = Arc::clone(&sweeper.place).try_lock_owned() else { return };
        sweeper.swept.store(now.seconds(), Ordering::Relaxed);
        let store = self.clone();
        tokio::spawn(async move {
            for _ in 0..BATCHES {
                match store.sweep_from(&mut place, now, BATCH).await {
                    Ok(swept) if swept.more => {}
                    Ok(_) => return,
                    Err(error) => {
                        return tracing::warn!(error = &error as &dyn Error, "expired rows were not deleted");
                    }
                }
            }
        });
    }

    async fn sweep_from(&self, place: &mut Place, now: Timestamp, most: u32) -> Result<Swept, StoreError> {
        let pool = &self.shared.pool;
        let temporaries = pool.change(TEMPORARIES, vec![time(now), most.into()]).await?;
        let sessions = pool.change(SESSIONS, vec![time(now), most.into()]).await?;
        let (others, fullest) = self.delete_expired(now, most).await?;
        pool.change(HORIZON, vec![time(now)]).await?;
        // From the start again once a minute, for those that lived longer; a clock that was set back counts as a minute.
        if place.began.is_none_or(|began| now < began || began.plus(60) <= now) {
            *place = Place { began: Some(now), ..Place::default() };
        }
        let from = (place.stamp, place.digest);
        let walk = pool.run(move |connection| walk_alone(connection, from, most)).await?;
        if let Some(last) = walk.last {
            (place.stamp, place.digest) = last;
        }
        let most = u64::from(most);
        Ok(Swept {
            deleted: temporaries + sessions + others + walk.deleted,
            more: temporaries.max(sessions).max(fullest) >= most || walk.walked >= most,
        })
    }
}

/// What a node knows about its sweeps.
#[derive(Default)]
pub(crate) struct Sweeper {
    /// The second in which it last swept.
    swept: AtomicU64,
    place: Arc<Mutex<Place>>,
}

/// How far the walk through the nonces has come, in the order of their key, which is nearly that of their expiry: so it deletes
/// whole runs of neighbours, and stays where live rows begin.
#[derive(Default)]
struct Place {
    began: Option<Timestamp>,
    stamp: Timestamp,
    digest: [u8; 16],
}

#[derive(Default)]
struct Walk {
    walked: u64,
    deleted: u64,
    last: Option<Key>,
}

type Key = (Timestamp, [u8; 16]);

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

const BATCH: u32 = 1000;
const BATCHES: usize = 20;

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
