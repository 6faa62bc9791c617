//! Connections: made when they are needed, one verb at a time on each, given up when one is silent.

use crate::error::{OpenError, Silent};
use async_memcached::{Client, Error, MetaProtocol as _, Status};
use countersign_store::StoreError;
use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

pub(crate) struct Lanes {
    target: String,
    place: String,
    connect: Duration,
    response: Duration,
    idle: Mutex<Vec<Client>>,
    room: Arc<Semaphore>,
}

/// One connection, for one verb. Dropped before it is given back, it is closed.
pub(crate) struct Lane {
    client: Client,
    response: Duration,
    _room: OwnedSemaphorePermit,
}

/// A value, and which one it is of all that have stood there.
pub(crate) struct Versioned {
    pub(crate) value: Vec<u8>,
    pub(crate) version: u64,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    Done,
    /// Something else stands there.
    Other,
    /// Nothing does.
    Absent,
}

impl Lanes {
    pub(crate) fn new(target: String, place: String, connect: Duration, response: Duration) -> Self {
        let room = Arc::new(Semaphore::new(MOST));
        Self { target, place, connect, response, idle: Mutex::default(), room }
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// A connection for one verb. Who waits for room waits no longer than for a connection.
    pub(crate) async fn take(&self) -> Result<Lane, StoreError> {
        self.lane().await.map_err(StoreError::unavailable)
    }

    /// Of a new connection.
    pub(crate) async fn version(&self) -> Result<String, OpenError> {
        let dialled = timeout(self.connect, self.dial()).await;
        let (client, version) = dialled.unwrap_or_else(|_| Err(self.silent()))?;
        self.idle().push(client);
        Ok(version)
    }

    pub(crate) fn give_back(&self, lane: Lane) {
        if !lane.client.is_closed() {
            self.idle().push(lane.client);
        }
    }

    async fn lane(&self) -> Result<Lane, OpenError> {
        let taken = timeout(self.connect, async {
            let room = Arc::clone(&self.room).acquire_owned().await;
            // OK because the semaphore is never closed
            let room = room.expect("room");
            let idle = self.idle().pop();
            let client = match idle {
                Some(client) => client,
                None => self.dial().await?.0,
            };
            Ok(Lane { client, response: self.response, _room: room })
        });
        taken.await.unwrap_or_else(|_| Err(self.silent()))
    }

    async fn dial(&self) -> Result<(Client, String), OpenError> {
        let mut client = Client::new(&self.target).await.map_err(|error| self.unreachable(error))?;
        let version = client.version().await.map_err(|error| self.unreachable(error))?;
        let mut numbers = version.trim().split('.').map(|number| number.parse().unwrap_or(0_u32));
        if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < OLDEST {
            return Err(OpenError::Old { place: self.place.clone(), version });
        }
        Ok((client, version))
    }

    fn silent(&self) -> OpenError {
        self.unreachable(Silent(self.connect.as_millis()))
    }

    fn unreachable(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> OpenError {
        OpenError::Unreachable { place: self.place.clone(), source: source.into() }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Client>> {
        // A panic while it is held leaves it whole.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane {
    pub(crate) async fn get(&mut self, key: &str) -> Result<Option<Versioned>, StoreError> {
        let asked = within(self.response, self.client.meta_get(key, false, None, Some(&["v", "c"]))).await?;
        let Some(found) = asked.map_err(StoreError::unavailable)? else { return Ok(None) };
        match (found.data, found.cas) {
            (value, Some(version)) => Ok(Some(Versioned { value: value.unwrap_or_default(), version })),
            _ => Err(StoreError::corrupt("Memcached gave back a value without its version")),
        }
    }

    /// Stores, as the flags allow.
    pub(crate) async fn set(
        &mut self,
        key: &str,
        value: &str,
        flags: &[&str],
    ) -> Result<Changed, StoreError> {
        outcome(within(self.response, self.client.meta_set(key, value, false, None, Some(flags))).await?)
    }

    /// Deletes that version, and no other.
    pub(crate) async fn delete(&mut self, key: &str, version: u64) -> Result<Changed, StoreError> {
        let version = format!("C{version}");
        outcome(within(self.response, self.client.meta_delete(key, false, None, Some(&[&version]))).await?)
    }
}

async fn within<T>(response: Duration, asked: impl Future<Output = T>) -> Result<T, StoreError> {
    timeout(response, asked).await.map_err(|_| StoreError::unavailable(Silent(response.as_millis())))
}

fn outcome<T>(answer: Result<T, Error>) -> Result<Changed, StoreError> {
    match answer {
        Ok(_) => Ok(Changed::Done),
        Err(Error::Protocol(Status::Exists | Status::NotStored)) => Ok(Changed::Other),
        Err(Error::Protocol(Status::NotFound)) => Ok(Changed::Absent),
        Err(error) => Err(StoreError::unavailable(error)),
    }
}

/// Connections of one process: Memcached takes 1,024 of all, unless told otherwise.
const MOST: usize = 32;
/// Commands that carry a version, and answer in one line.
const OLDEST: (u32, u32) = (1, 6);
