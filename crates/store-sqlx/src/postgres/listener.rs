//! Hears what others change, on a connection of its own, and tells a cache: made again by itself, and never trusted to have missed nothing.

use super::{
    failure::Told,
    session::{Dial, Wire},
};
use crate::bounded::bounded;
use countersign_store::{Change, Lookups};
use std::{
    error::Error as StdError,
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    sync::oneshot,
    task::{AbortHandle, JoinHandle},
    time::{sleep, timeout},
};
use tokio_postgres::{AsyncMessage, Client, Error};

/// Those that listen for a store. They end with it.
#[derive(Default)]
pub(crate) struct Listeners {
    tasks: Mutex<Vec<AbortHandle>>,
}

impl Listeners {
    /// Tells `lookups` from now on; returns once it listens, or could not.
    pub(crate) async fn begin(&self, dial: Arc<Dial>, patience: Duration, lookups: Lookups) {
        let (tried, first) = oneshot::channel();
        let task = tokio::spawn(listen(dial, patience, lookups, tried));
        {
            // OK because the list stays whole even if a thread panics while it holds the lock
            let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
            tasks.retain(|task| !task.is_finished());
            tasks.push(task.abort_handle());
        }
        // OK because a task that has ended has tried too
        let _ = first.await;
    }

    pub(crate) fn end(&self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..).for_each(|task| task.abort());
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.end();
    }
}

async fn listen(dial: Arc<Dial>, patience: Duration, lookups: Lookups, tried: oneshot::Sender<()>) {
    let (mut tried, mut pause, mut lost) = (Some(tried), SHORTEST, false);
    while !lookups.are_gone() {
        let ended = match Ear::open(&dial, patience, &lookups).await {
            Ok(ear) => {
                if std::mem::take(&mut lost) {
                    tracing::info!("what others change is heard at once again");
                }
                drop(tried.take());
                ear.listen(patience, &lookups, &mut pause).await
            }
            Err(error) => Some(error),
        };
        drop(tried.take());
        let Some(error) = ended else { return };
        if !std::mem::replace(&mut lost, true) {
            tracing::warn!(
                error = &*error,
                "what others change is not heard: a lookup may be as old as its cache allows"
            );
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
    }
}

type Ended = Box<dyn StdError + Send + Sync>;

/// A connection that listens.
struct Ear {
    client: Client,
    heard: JoinHandle<Result<(), Error>>,
}

impl Ear {
    /// Listens, and only then has everything forgotten: what changed before was perhaps not heard.
    async fn open(dial: &Dial, patience: Duration, lookups: &Lookups) -> Result<Self, Ended> {
        let opened = async {
            let (client, mut wire) = dial.listener().await?;
            let heard = lookups.clone();
            let heard = tokio::spawn(async move { poll_fn(|cx| hear(&mut wire, &heard, cx)).await });
            let ear = Self { client, heard };
            // The channel is called as the schema is: a plain word.
            ear.client.batch_execute(&format!("LISTEN \"{}\"", dial.schema)).await?;
            Ok::<_, Error>(ear)
        };
        let ear = bounded(dial.connect_timeout + patience, opened).await?.map_err(Told::boxed)?;
        lookups.forget(&[Change::Everything]);
        Ok(ear)
    }

    /// Listens until the connection ends, and tells why; `None` where nobody needs to be told any more.
    ///
    /// It is asked for a sign of life now and then: a server that is gone without a word would be listened to for ever.
    async fn listen(mut self, patience: Duration, lookups: &Lookups, pause: &mut Duration) -> Option<Ended> {
        while !lookups.are_gone() {
            match timeout(BEAT, &mut self.heard).await {
                Ok(Ok(Err(error))) => return Some(Told::boxed(error)),
                Ok(ended) => return Some(ended.err().map_or_else(|| "it was closed".into(), Into::into)),
                Err(_) => match bounded(patience, self.client.batch_execute("")).await {
                    Ok(Ok(())) => *pause = SHORTEST,
                    Ok(Err(error)) => return Some(Told::boxed(error)),
                    Err(late) => return Some(late.into()),
                },
            }
        }
        None
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.heard.abort();
    }
}

/// Reads what is there, and tells all of it at once. Anybody who may connect to the database can send any text: at worst everything is
/// forgotten and looked up again.
fn hear(wire: &mut Wire, lookups: &Lookups, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
    let mut changes = Vec::new();
    let ended = loop {
        match wire.poll_message(cx) {
            Poll::Ready(Some(Ok(AsyncMessage::Notification(told)))) => {
                changes.push(Change::heard(told.payload()));
            }
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(error))) => break Poll::Ready(Err(error)),
            Poll::Ready(None) => break Poll::Ready(Ok(())),
            Poll::Pending => break Poll::Pending,
        }
        if changes.len() > MANY {
            changes = vec![Change::Everything];
        }
    };
    if !changes.is_empty() {
        tracing::debug!(changes = changes.len(), "others changed what may have been looked up");
        lookups.forget(&changes);
    }
    ended
}

/// How long it waits after a connection has ended: first, and at most.
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);
/// How often it asks for a sign of life.
const BEAT: Duration = Duration::from_secs(5);
/// More changes at once than these are everything.
const MANY: usize = 1000;
