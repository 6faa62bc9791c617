//! The connections of a node: each serves one task at a time, and comes back by itself.

use super::{
    failure::{self, failed, is_a_deadlock, is_of_the_connection},
    session::Dial,
};
use crate::{bounded::bounded, options::Options};
use countersign_store::{Outcome, StoreError};
use mysql_async::{Conn, Error, Params, Row, Value, prelude::Queryable as _};
use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

/// At most so many connections, made when they are first needed.
pub(crate) struct Pool {
    dial: Dial,
    permits: Semaphore,
    idle: Mutex<Vec<Idle>>,
    patience: Duration,
}

struct Idle {
    connection: Conn,
    since: Instant,
}

/// What is done with a connection.
pub(crate) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'c>>;

/// How a transaction ends where no statement of it failed.
pub(crate) enum End<T> {
    Commit(T),
    RollBack(T),
}

impl Pool {
    pub(crate) fn new(dial: Dial, options: &Options) -> Arc<Self> {
        let most = options.connections.get().min(Semaphore::MAX_PERMITS);
        let patience = options.statement_timeout + GRACE;
        Arc::new(Self { dial, permits: Semaphore::new(most), idle: Mutex::default(), patience })
    }

    /// Runs a statement that changes rows, and tells how many.
    pub(crate) async fn change(
        self: &Arc<Self>,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        self.run(move |connection| {
            let values = values.clone();
            Box::pin(async move { exec(connection, sql, values).await })
        })
        .await
    }

    /// Runs a statement that changes one row or, where its guard does not hold, none.
    pub(crate) async fn guarded(
        self: &Arc<Self>,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Outcome, StoreError> {
        let changed = self.change(sql, values).await?;
        Ok(if changed == 1 { Outcome::Done } else { Outcome::Refused })
    }

    /// Runs a statement, and gives back its first row.
    pub(crate) async fn first(
        self: &Arc<Self>,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        self.run(move |connection| {
            let values = values.clone();
            Box::pin(async move { connection.exec_first(sql, positional(values)).await })
        })
        .await
    }

    /// Runs a statement, and gives back its rows.
    pub(crate) async fn all(
        self: &Arc<Self>,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        self.run(move |connection| {
            let values = values.clone();
            Box::pin(async move { connection.exec(sql, positional(values)).await })
        })
        .await
    }

    /// Runs a transaction: `work` is tried again from its start where the server undid it for another one's sake.
    pub(crate) async fn transaction<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl for<'c> Fn(&'c mut Conn) -> Work<'c, End<T>> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        self.long_transaction(0, work).await
    }

    /// The same, of so many statements.
    pub(crate) async fn long_transaction<T: Send + 'static>(
        self: &Arc<Self>,
        statements: usize,
        work: impl for<'c> Fn(&'c mut Conn) -> Work<'c, End<T>> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        let work = Arc::new(work);
        let hundreds = u32::try_from(statements / 100).unwrap_or(u32::MAX);
        self.run_within(self.patience.saturating_mul(hundreds.saturating_add(1)), move |connection| {
            let work = Arc::clone(&work);
            Box::pin(async move {
                connection.query_drop("START TRANSACTION").await?;
                match work(connection).await {
                    Ok(End::Commit(told)) => {
                        connection.query_drop("COMMIT").await.map_err(failure::unclear)?;
                        Ok(told)
                    }
                    Ok(End::RollBack(told)) => connection.query_drop("ROLLBACK").await.map(|()| told),
                    Err(error) => {
                        connection.query_drop("ROLLBACK").await?;
                        Err(error)
                    }
                }
            })
        })
        .await
    }

    /// Runs `work` on a connection of its own, in a task of its own: whoever asked may go away and leaves nothing half-read.
    ///
    /// What a deadlock ended was undone as a whole, so `work` is tried again then; after no other error is it.
    pub(crate) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl for<'c> Fn(&'c mut Conn) -> Work<'c, T> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        self.run_within(self.patience, work).await
    }

    async fn run_within<T: Send + 'static>(
        self: &Arc<Self>,
        patience: Duration,
        work: impl for<'c> Fn(&'c mut Conn) -> Work<'c, T> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        let pool = Arc::clone(self);
        let task = tokio::spawn(async move {
            // Whoever removes a key counts on it: a verb ends after these two times, whatever it waits for.
            let mine = bounded(pool.dial.connect_timeout, pool.connection()).await;
            let (_permit, mut connection) = mine.map_err(StoreError::unavailable)??;
            match bounded(patience, patiently(&mut connection, work)).await {
                Ok(Ok(answer)) => {
                    pool.keep(connection);
                    Ok(answer)
                }
                Ok(Err(error)) => {
                    if is_of_the_connection(&error) {
                        pool.forget();
                    } else {
                        pool.keep(connection);
                    }
                    Err(failed(error))
                }
                // Whether a change happened that nobody answered for cannot be known: that is an error. The connection ends.
                Err(late) => {
                    pool.forget();
                    Err(StoreError::unavailable(late))
                }
            }
        });
        task.await.map_err(StoreError::unavailable)?
    }

    /// Waits until one is free, and takes one that is at hand and was used a moment ago, or still answers; else a new one.
    async fn connection(&self) -> Result<(SemaphorePermit<'_>, Conn), StoreError> {
        let permit = self.permits.acquire().await.map_err(StoreError::unavailable)?;
        while let Some(mut idle) = self.take() {
            if idle.since.elapsed() < UNASKED {
                return Ok((permit, idle.connection));
            }
            // Half of the time, so that the other half is left for a new one.
            if let Ok(Ok(())) = bounded(self.dial.connect_timeout / 2, idle.connection.ping()).await {
                return Ok((permit, idle.connection));
            }
            self.forget();
        }
        let made = self.dial.connection().await.map_err(StoreError::unavailable)?;
        Ok((permit, made))
    }

    /// The one that was used last, so that the others rest.
    fn take(&self) -> Option<Idle> {
        self.idle().pop()
    }

    fn keep(&self, connection: Conn) {
        self.idle().push(Idle { connection, since: Instant::now() });
    }

    /// Where one connection is broken, those at hand are likely to be: new ones are made, instead of an error for each.
    fn forget(&self) {
        let forgotten = std::mem::take(&mut *self.idle());
        drop(forgotten);
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        // OK because the list stays whole even if a thread panics while it holds the lock
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn patiently<T>(
    connection: &mut Conn,
    work: impl for<'c> Fn(&'c mut Conn) -> Work<'c, T>,
) -> Result<T, Error> {
    let mut tries = 1;
    loop {
        match work(connection).await {
            Err(error) if tries < TRIES && is_a_deadlock(&error) => tries += 1,
            answer => return answer,
        }
    }
}

/// Runs a statement that changes rows, and tells how many.
pub(crate) async fn exec(connection: &mut Conn, sql: &'static str, values: Vec<Value>) -> Result<u64, Error> {
    connection.exec_drop(sql, positional(values)).await?;
    Ok(connection.affected_rows())
}

/// The driver wants another word for no values at all.
pub(crate) fn positional(values: Vec<Value>) -> Params {
    if values.is_empty() { Params::Empty } else { Params::Positional(values) }
}

/// What the server has, beyond a statement's time, to say that it ended it.
const GRACE: Duration = Duration::from_millis(500);
/// How long a connection may rest without being asked whether it is still there: servers and what stands between close it.
const UNASKED: Duration = Duration::from_secs(30);
/// Each time another transaction got through, so that this many may meet; the time that a verb may take ends it sooner.
const TRIES: usize = 64;
