//! Word of changes over a channel: announced by whoever makes one, and heard on a connection that comes back by itself.

use crate::{
    RedisStore,
    connection::Target,
    error::{Silent, is_lost},
    link::Ask,
    sentinel::Master,
};
use async_trait::async_trait;
use countersign_store::{Announcer, Change, Lookups};
use redis::{
    AsyncConnectionConfig, Client, FromRedisValue, ProtocolVersion, PushInfo, PushKind,
    aio::MultiplexedConnection,
};
use std::{
    error::Error,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{
        mpsc::{self, UnboundedReceiver},
        oneshot,
    },
    task::AbortHandle,
    time::{sleep, timeout},
};

#[async_trait]
impl Announcer for RedisStore {
    async fn announce(&self, change: &Change) {
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(self.key("changes", b"")).arg(change.message());
        let (publish, link) = (Ask::Command(publish), &self.shared.link);
        let mut told = link.ask::<i64>(&publish).await;
        if told.is_err() {
            // Perhaps the connection was of no use any more; and said twice, it is no other change.
            told = link.ask(&publish).await;
        }
        let Err(error) = told else { return };
        tracing::warn!(
            error = &error as &dyn Error,
            "other nodes are not told of a change: their lookups may be as old as their cache allows"
        );
    }

    async fn tell_changes(&self, lookups: Lookups) {
        let link = &self.shared.link;
        let listener = Listener {
            target: Arc::clone(&link.target),
            channel: self.key("changes", b""),
            connect: link.connect,
            response: link.response,
            lookups,
        };
        self.shared.listeners.begin(listener).await;
    }
}

/// Those that listen for a store. They end with it.
#[derive(Default)]
pub(crate) struct Listeners {
    tasks: Mutex<Vec<AbortHandle>>,
}

impl Listeners {
    async fn begin(&self, listener: Listener) {
        let (tried, first) = oneshot::channel();
        let task = tokio::spawn(listener.run(tried));
        {
            // OK because the list stays whole even if a thread panics while it holds the lock
            let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
            tasks.retain(|task| !task.is_finished());
            tasks.push(task.abort_handle());
        }
        // OK because a task that has ended has tried too
        let _ = first.await;
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        let tasks = self.tasks.get_mut().unwrap_or_else(PoisonError::into_inner);
        tasks.drain(..).for_each(|task| task.abort());
    }
}

struct Listener {
    target: Arc<Target>,
    channel: Vec<u8>,
    connect: Duration,
    response: Duration,
    lookups: Lookups,
}

type Ended = Box<dyn Error + Send + Sync>;

/// A connection that listens.
struct Ear {
    connection: MultiplexedConnection,
    heard: UnboundedReceiver<PushInfo>,
    master: Option<Master>,
}

impl Listener {
    async fn run(self, tried: oneshot::Sender<()>) {
        let (mut tried, mut pause, mut lost) = (Some(tried), SHORTEST, false);
        while !self.lookups.are_gone() {
            let ended = match self.open().await {
                Ok(ear) => {
                    if std::mem::take(&mut lost) {
                        tracing::info!("what others change is heard at once again");
                    }
                    drop(tried.take());
                    self.listen(ear, &mut pause).await
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

    /// Listens to the first that answers, and only then has everything forgotten: what changed before was perhaps not heard.
    async fn open(&self) -> Result<Ear, Ended> {
        let (speakers, master) = self.target.speakers(self.connect).await?;
        let mut ended: Ended = "there is nobody to listen to".into();
        for speaker in &speakers {
            match timeout(self.connect, self.subscribe(speaker)).await {
                Ok(Ok((connection, heard))) => {
                    self.lookups.forget(&[Change::Everything]);
                    return Ok(Ear { connection, heard, master });
                }
                Ok(Err(error)) => ended = error.into(),
                Err(_) => ended = Silent(self.connect.as_millis()).into(),
            }
        }
        Err(ended)
    }

    async fn subscribe(
        &self,
        speaker: &Client,
    ) -> redis::RedisResult<(MultiplexedConnection, UnboundedReceiver<PushInfo>)> {
        let info = speaker.get_connection_info().clone();
        // A connection of this version answers and tells at once: it can be asked whether it lives.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let (told, heard) = mpsc::unbounded_channel();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_push_sender(told);
        let client = Client::open(info.set_redis_settings(settings))?;
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        connection.subscribe(&self.channel).await?;
        Ok((connection, heard))
    }

    /// Listens until the connection ends, and tells why; `None` where nobody needs to be told any more.
    async fn listen(&self, mut ear: Ear, pause: &mut Duration) -> Option<Ended> {
        let mut heard = Vec::new();
        while !self.lookups.are_gone() {
            match timeout(BEAT, ear.heard.recv_many(&mut heard, MANY)).await {
                Ok(0) => return Some("it was closed".into()),
                Ok(_) => {
                    let changes: Vec<_> = heard.iter().filter_map(change).collect();
                    if !changes.is_empty() {
                        tracing::debug!(
                            changes = changes.len(),
                            "others changed what may have been looked up"
                        );
                        self.lookups.forget(&changes);
                    }
                    if heard.drain(..).any(|push| push.kind == PushKind::Disconnection) {
                        return Some("it was closed".into());
                    }
                }
                Err(_) => match self.is_alive(&mut ear).await {
                    Ok(()) => *pause = SHORTEST,
                    Err(error) => return Some(error),
                },
            }
        }
        None
    }

    /// Whoever is gone without a word would be listened to for ever, and so would a master that is none any more.
    async fn is_alive(&self, ear: &mut Ear) -> Result<(), Ended> {
        let ping = redis::cmd("PING");
        match timeout(self.response, ping.query_async::<redis::Value>(&mut ear.connection)).await {
            Ok(Err(error)) if is_lost(&error) => return Err(error.into()),
            // A refusal is a sign of life too.
            Ok(_) => {}
            Err(_) => return Err(Silent(self.response.as_millis()).into()),
        }
        if self.target.has_moved(ear.master.as_ref(), self.response).await {
            return Err("another Redis is the master by now".into());
        }
        Ok(())
    }
}

/// What a message says; `None` for what is no message. Whoever may use the channel can send any text: at worst everything is forgotten.
fn change(push: &PushInfo) -> Option<Change> {
    if push.kind != PushKind::Message {
        return None;
    }
    let text = push.data.last().and_then(|text| String::from_redis_value_ref(text).ok());
    Some(text.map_or(Change::Everything, |text| Change::heard(&text)))
}

/// How long it waits after a connection has ended: first, and at most.
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);
/// How often it asks for a sign of life.
const BEAT: Duration = Duration::from_secs(5);
/// So many messages are heard at once.
const MANY: usize = 1000;
