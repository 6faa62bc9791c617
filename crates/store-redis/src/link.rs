//! One connection that all share: made when it is needed, given up when it is silent, never waited for without end.

use crate::{
    connection::{Connection, Dialled, Target},
    error::{OpenError, Silent, failed, is_lost},
    requirements::{self, Facts, Found},
};
use countersign_core::Timestamp;
use countersign_store::StoreError;
use redis::{Cmd, ErrorKind, FromRedisValue, Pipeline, RedisResult, ScriptInvocation, ServerErrorKind};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{error::Elapsed, timeout};

pub(crate) struct Link {
    pub(crate) target: Arc<Target>,
    place: String,
    pub(crate) connect: Duration,
    pub(crate) response: Duration,
    state: Mutex<State>,
    /// Held by whoever makes a connection: one attempt at a time.
    dialling: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// How many there have been, so that nobody gives up a connection that was made since.
    made: u64,
    /// When the clocks were last compared, by the caller's, and by how many seconds Redis's is ahead.
    compared: Option<(Timestamp, u64)>,
    /// When it was last looked whether the master is still the one.
    asked: Option<Timestamp>,
}

impl State {
    fn is_open(&self, number: u64) -> bool {
        self.open.as_ref().is_some_and(|open| open.number == number)
    }
}

/// A connection, with what was found at its other end.
#[derive(Clone)]
pub(crate) struct Open {
    connection: Connection,
    pub(crate) number: u64,
    pub(crate) found: Arc<Found>,
}

impl Open {
    pub(crate) fn is_cluster(&self) -> bool {
        self.connection.is_cluster()
    }
}

/// What is asked of Redis.
pub(crate) enum Ask<'a> {
    Command(Cmd),
    Script(ScriptInvocation<'a>),
    Pipeline(Pipeline),
}

impl Link {
    pub(crate) fn new(target: Target, place: String, connect: Duration, response: Duration) -> Self {
        Self {
            target: Arc::new(target),
            place,
            connect,
            response,
            state: Mutex::default(),
            dialling: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    pub(crate) async fn connect(&self) -> Result<Facts, OpenError> {
        self.connected().await.map(|open| Facts::clone(&open.found.facts))
    }

    /// The connection that verbs use.
    pub(crate) async fn open(&self) -> Result<Open, StoreError> {
        self.connected().await.map_err(StoreError::unavailable)
    }

    /// Asks once. Where no answer comes nobody knows what happened, so it is not asked again.
    pub(crate) async fn ask<T: FromRedisValue>(&self, ask: &Ask<'_>) -> Result<T, StoreError> {
        self.ask_on(&self.open().await?, ask).await
    }

    /// The same, on a connection that is known to be the one that something was found out about.
    pub(crate) async fn ask_on<T: FromRedisValue>(
        &self,
        open: &Open,
        ask: &Ask<'_>,
    ) -> Result<T, StoreError> {
        let answer = timeout(self.response, put(&mut open.connection.clone(), ask)).await;
        self.judged(open, answer)
    }

    /// How many seconds Redis's clock is ahead of the caller's; 0 if it is behind. They are compared on every new connection, and
    /// again whenever the caller's has moved on, or jumped.
    pub(crate) async fn ahead(&self, open: &Open, now: Timestamp) -> Result<u64, StoreError> {
        if let Some((then, ahead)) = self.state().compared
            && then.seconds().abs_diff(now.seconds()) < COMPARED_EVERY
        {
            return Ok(ahead);
        }
        let mut connection = open.connection.clone();
        let clocks = connection.ask_each::<(u64, u64)>(redis::cmd("TIME"));
        let answer = timeout(self.response, clocks).await;
        let theirs = self.judged(open, answer)?.into_iter().map(|(seconds, _)| seconds).max();
        let ahead = theirs.unwrap_or_default().saturating_sub(now.seconds());
        let mut state = self.state();
        // Not of a Redis that has been given up meanwhile.
        if state.is_open(open.number) {
            state.compared = Some((now, ahead));
        }
        Ok(ahead)
    }

    /// Gives the connection up where it leads to other data by now, as by way of a proxy, or where Sentinels name another master: one
    /// that was only cut off would take what the others never see. Looked at as often as the clocks are, by one of all that could.
    pub(crate) async fn still_there(&self, open: &Open, now: Timestamp) -> Result<(), StoreError> {
        {
            let mut state = self.state();
            let recent = |then: Timestamp| then.seconds().abs_diff(now.seconds()) < COMPARED_EVERY;
            if open.is_cluster() || state.asked.is_some_and(recent) {
                return Ok(());
            }
            state.asked = Some(now);
        }
        let mut ask = redis::cmd("INFO");
        ask.arg("replication");
        let told: String = self.ask_on(open, &Ask::Command(ask)).await?;
        let moved = self.target.has_moved(open.found.master.as_ref(), self.response).await;
        if moved || !open.found.is_of(&told) {
            self.give_up(open.number);
            return Err(StoreError::unavailable("another Redis is the master by now"));
        }
        Ok(())
    }

    fn judged<T>(&self, open: &Open, answer: Result<RedisResult<T>, Elapsed>) -> Result<T, StoreError> {
        match answer {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                if is_lost(&error) {
                    self.give_up(open.number);
                }
                Err(failed(error))
            }
            Err(_) => {
                self.give_up(open.number);
                Err(StoreError::unavailable(Silent(self.response.as_millis())))
            }
        }
    }

    /// The connection, or a new one. Who waits for another's attempt waits no longer than for one of its own.
    async fn connected(&self) -> Result<Open, OpenError> {
        if let Some(open) = &self.state().open {
            return Ok(open.clone());
        }
        let dialled = timeout(self.connect, async {
            let _turn = self.dialling.lock().await;
            if let Some(open) = &self.state().open {
                return Ok(open.clone());
            }
            let (connection, found) = self.dial().await?;
            let mut state = self.state();
            state.made += 1;
            state.compared = None;
            let open = Open { connection, number: state.made, found: Arc::new(found) };
            Ok(state.open.insert(open).clone())
        });
        dialled.await.unwrap_or_else(|_| Err(self.unreachable(Silent(self.connect.as_millis()))))
    }

    async fn dial(&self) -> Result<(Connection, Found), OpenError> {
        let dialled = self.target.dial(self.connect).await;
        let Dialled { mut connection, master } = dialled.map_err(|error| self.unreachable(error))?;
        let found = requirements::check(&mut connection, &self.place, master).await?;
        Ok((connection, found))
    }

    /// Its answers may still come, but nobody waits for them any more.
    pub(crate) fn give_up(&self, number: u64) {
        let mut state = self.state();
        if state.is_open(number) {
            state.open = None;
            state.compared = None;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while it is held leaves it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unreachable(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> OpenError {
        OpenError::Unreachable { place: self.place.clone(), source: source.into() }
    }
}

async fn put<T: FromRedisValue>(connection: &mut Connection, ask: &Ask<'_>) -> RedisResult<T> {
    let mut redirects = REDIRECTS;
    loop {
        let answer = match ask {
            Ask::Command(command) => command.query_async(connection).await,
            // A script that Redis does not know has done nothing, and is sent again with its text.
            Ask::Script(script) => script.invoke_async(connection).await,
            Ask::Pipeline(commands) => commands.query_async(connection).await,
        };
        // Nor has a node done anything that says whose the slot is now; the connection then learns where each is.
        let moved =
            answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::Server(ServerErrorKind::Moved));
        if !moved || redirects == 0 {
            return answer;
        }
        redirects -= 1;
    }
}

const REDIRECTS: u32 = 3;
/// Seconds: far less than the minute that a nonce is kept beyond its use.
const COMPARED_EVERY: u64 = 10;
