//! The connections of a node: each takes statements of many tasks, and comes back by itself.

use super::{
    failure::{failed, is_of_the_connection},
    rows::Found,
    session::{Dial, Session},
    values::Value,
};
use crate::{bounded::bounded, options::Options};
use countersign_store::StoreError;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::Mutex;
use tokio_postgres::{Error, types::ToSql};

/// A fixed number of connections, made when they are first needed.
pub(crate) struct Lanes {
    pub(crate) dial: Arc<Dial>,
    lanes: Box<[Lane]>,
    pub(crate) patience: Duration,
}

#[derive(Default)]
struct Lane {
    lookups: AtomicUsize,
    /// Whatever else waits.
    others: AtomicUsize,
    /// Held while a connection is made, so that each lane makes one.
    session: Mutex<Option<Arc<Session>>>,
}

impl Lanes {
    pub(crate) fn new(dial: Dial, options: &Options) -> Self {
        let lanes = (0..options.connections.get()).map(|_| Lane::default()).collect();
        Self { dial: Arc::new(dial), lanes, patience: options.statement_timeout + GRACE }
    }

    /// Runs a statement that changes rows, and tells how many.
    pub(crate) async fn change(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let turn = self.turn();
        let session = turn.lane.session(&self.dial).await?;
        let changed =
            async { session.client.execute(&session.statement(sql).await?, &borrowed(values)).await };
        self.answer(&session, changed).await
    }

    /// Runs a statement, and gives back its first row.
    pub(crate) async fn first(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Option<Found>, StoreError> {
        Ok(self.all(sql, values).await?.into_iter().next())
    }

    /// Runs a statement, and gives back its rows.
    pub(crate) async fn all(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Found>, StoreError> {
        self.found(self.turn(), sql, values).await
    }

    /// Finds a row in microseconds. Such statements may stand in one queue, and all but few connections then sleep: to wake a
    /// process of the server's costs as much as the lookup does.
    pub(crate) async fn look_up(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Option<Found>, StoreError> {
        Ok(self.found(self.lookup(), sql, values).await?.into_iter().next())
    }

    async fn found(
        &self,
        turn: Turn<'_>,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Found>, StoreError> {
        let session = turn.lane.session(&self.dial).await?;
        let found = async { session.client.query(&session.statement(sql).await?, &borrowed(values)).await };
        Ok(self.answer(&session, found).await?.into_iter().map(Found).collect())
    }

    /// Whether a change happened that nobody answered for in time cannot be known: that is an error. Where others had no answer
    /// meanwhile either, the server hangs, and the connection ends; else it only has much to do.
    async fn answer<T>(
        &self,
        session: &Session,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, StoreError> {
        let before = session.answers.load(Ordering::Relaxed);
        match bounded(self.patience, answer).await {
            Ok(answered) => {
                session.answers.fetch_add(1, Ordering::Relaxed);
                if answered.as_ref().is_err_and(is_of_the_connection) {
                    session.end();
                }
                answered.map_err(failed)
            }
            Err(late) => {
                if session.answers.load(Ordering::Relaxed) == before {
                    session.end();
                }
                Err(StoreError::unavailable(late))
            }
        }
    }

    /// On the least busy connection, and from the end at which lookups do not begin.
    fn turn(&self) -> Turn<'_> {
        let busy = |lane: &&Lane| (lane.others.load(Ordering::Relaxed), lane.lookups.load(Ordering::Relaxed));
        // OK because the options ask for one connection or more
        let lane = self.lanes.iter().rev().min_by_key(busy).expect("a connection");
        Turn::new(lane, &lane.others)
    }

    /// Behind nothing slow where that can be had, and else on the first one whose queue is short.
    fn lookup(&self) -> Turn<'_> {
        let busy = |lane: &&Lane| {
            (lane.others.load(Ordering::Relaxed), lane.lookups.load(Ordering::Relaxed) / IN_A_QUEUE)
        };
        // OK for the same reason
        let lane = self.lanes.iter().min_by_key(busy).expect("a connection");
        Turn::new(lane, &lane.lookups)
    }
}

impl Lane {
    /// Its connection, made anew where the last one has ended.
    async fn session(&self, dial: &Dial) -> Result<Arc<Session>, StoreError> {
        let session = async {
            let mut kept = self.session.lock().await;
            match &*kept {
                Some(session) if !session.client.is_closed() => Ok(Arc::clone(session)),
                _ => Ok(Arc::clone(kept.insert(Arc::new(dial.session().await?)))),
            }
        };
        bounded(dial.connect_timeout, session)
            .await
            .map_err(StoreError::unavailable)?
            .map_err(|error: Box<dyn std::error::Error + Send + Sync>| StoreError::unavailable(error))
    }
}

/// Counts as waiting until it is dropped.
struct Turn<'a> {
    lane: &'a Lane,
    waiting: &'a AtomicUsize,
}

impl<'a> Turn<'a> {
    fn new(lane: &'a Lane, waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self { lane, waiting }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

fn borrowed<'a>(values: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

/// What the server has, beyond a statement's time, to say that it ended it.
const GRACE: Duration = Duration::from_millis(500);
/// Lookups that wait for one connection before the next one is taken.
const IN_A_QUEUE: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookups_stand_in_few_queues_and_behind_nothing_slow() {
        let options = Options::default().connections(3.try_into().unwrap());
        let lanes =
            Lanes::new(Dial::parse("postgres://nobody@127.0.0.1:1/none", &options).unwrap(), &options);
        let waiting = || {
            let of =
                |lane: &Lane| (lane.others.load(Ordering::Relaxed), lane.lookups.load(Ordering::Relaxed));
            lanes.lanes.iter().map(of).collect::<Vec<_>>()
        };
        let mut slow: Vec<_> = (0..3).map(|_| lanes.turn()).collect();
        assert_eq!(waiting(), [(1, 0), (1, 0), (1, 0)]);
        // The last of them to come is on the first connection.
        drop(slow.drain(..2));
        let lookups: Vec<_> = (0..=IN_A_QUEUE).map(|_| lanes.lookup()).collect();
        assert_eq!(waiting(), [(1, 0), (0, IN_A_QUEUE), (0, 1)]);
        slow.push(lanes.turn());
        assert_eq!(waiting(), [(1, 0), (0, IN_A_QUEUE), (1, 1)]);
        drop((slow, lookups));
        assert_eq!(waiting(), [(0, 0), (0, 0), (0, 0)]);
    }
}
