//! The fence: what a loss of data could let in again is refused.
//!
//! Redis holds a record of where its data set comes from. Whoever connects compares it with what is there: where a master is not the
//! one of the record, and cannot be shown to hold everything that was acknowledged, nonces may be missing. From then on the record holds
//! the moment of that loss, for every node, and a new *epoch*, to which temporary credentials belong.

use crate::{
    RedisStore,
    link::{Ask, Open},
    requirements::Found,
};
use countersign_core::Timestamp;
use countersign_store::StoreError;
use redis::{Script, ScriptInvocation};
use std::sync::{
    Arc, LazyLock, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// What this process knows of the record.
#[derive(Default)]
pub(crate) struct Fence {
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    /// On which connection it was read.
    connection: u64,
    mark: Option<Arc<Mark>>,
    /// Whether nonces were claimed before the first record was read: where there is none, they are lost.
    claimed: bool,
}

/// The record, as it was when it was read.
#[derive(Debug)]
pub(crate) struct Mark {
    /// Another one after each loss.
    pub(crate) epoch: String,
    /// What was claimed up to here may be forgotten.
    lost: Timestamp,
    /// When the record was made: of what came before nothing is known.
    made: Timestamp,
    /// The names of the data sets that it is about.
    pub(crate) lines: Vec<String>,
    /// Whether somebody was refused by it, which the log holds once.
    met: AtomicBool,
}

impl Mark {
    /// Refuses a nonce that could have been claimed before the loss.
    ///
    /// A timestamp may lie as far ahead of the claim as the window is wide; `until` is later than it by that, and by some time
    /// for clocks that disagree.
    pub(crate) fn admit(&self, stamp: Timestamp, until: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let width = until.seconds().saturating_sub(stamp.seconds());
        let last = self.lost.plus(width).max(self.made);
        if stamp > last {
            return Ok(());
        }
        let wait = last.seconds().saturating_sub(now.seconds()).saturating_add(1);
        let fenced = Fenced { last: last.seconds() };
        if !self.met.swap(true, Ordering::Relaxed) {
            tracing::warn!(until = fenced.last, "the fence holds: {fenced}");
        }
        Err(StoreError::unavailable_for(wait, fenced))
    }
}

impl RedisStore {
    /// The record, read once on each connection; `None` without a fence.
    pub(crate) async fn mark(&self, open: &Open, now: Timestamp) -> Result<Option<Arc<Mark>>, StoreError> {
        self.mark_from(open, None, now).await
    }

    /// The same; where there is no record yet, but this [`Beginning`](crate::Beginning) since before the first claim, one without a loss
    /// is made.
    pub(crate) async fn mark_from(
        &self,
        open: &Open,
        beginning: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<Arc<Mark>>, StoreError> {
        let Some(fence) = &self.shared.fence else { return Ok(None) };
        let known = {
            let memory = fence.memory();
            if let Some(mark) = memory.mark.as_ref().filter(|_| memory.connection == open.number) {
                return Ok(Some(Arc::clone(mark)));
            }
            memory.mark.is_some() || memory.claimed
        };
        let found = &open.found;
        if found.lines.iter().any(|line| line.replication.is_empty() || line.run.is_empty()) {
            return Err(StoreError::unavailable(Nameless));
        }
        let mut observe = observe(self.key("fence", b""), found, known, now);
        observe.arg(beginning.filter(|_| !known).unwrap_or_default());
        for line in &found.lines {
            observe.arg(&line.replication).arg(&line.run).arg(u8::from(line.promoted));
        }
        let (epoch, lost, made) = self.shared.link.ask_on(open, &Ask::Script(observe)).await?;
        let seconds = Timestamp::from_seconds;
        let lines = found.lines.iter().map(|line| line.replication.clone()).collect();
        let met = AtomicBool::default();
        let mark = Arc::new(Mark { epoch, lost: seconds(lost), made: seconds(made), lines, met });
        let mut memory = fence.memory();
        // Two may have read it, of one connection and of the next.
        if memory.connection <= open.number {
            memory.connection = open.number;
            memory.mark = Some(Arc::clone(&mark));
        }
        Ok(Some(mark))
    }

    /// From now on a Redis without a record has lost it.
    pub(crate) fn expect_record(&self) {
        if let Some(fence) = &self.shared.fence {
            fence.memory().claimed = true;
        }
    }

    /// Whoever comes next reads the record again; that there was one stays known.
    pub(crate) fn forget_mark(&self) {
        if let Some(fence) = &self.shared.fence {
            fence.memory().connection = 0;
        }
    }
}

impl Fence {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        // A panic while it is held leaves it whole.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn observe(key: Vec<u8>, found: &Found, known: bool, now: Timestamp) -> ScriptInvocation<'static> {
    let mut observe = OBSERVE.key(key);
    observe.arg(now.seconds());
    // Who has seen a record that is gone knows of a loss; so does who finds a replica that never had one.
    observe.arg(found.running.filter(|_| !known).map_or(-1, u64::cast_signed));
    observe.arg(u8::from(found.durable));
    observe.arg(found.master.as_ref().map(ToString::to_string).unwrap_or_default());
    observe
}

/// Nonces may be missing.
#[derive(Debug, thiserror::Error)]
#[error(
    "Redis may have forgotten nonces (a replica took over, or it was restarted or emptied): timestamps up to {last} could be of \
     replays, and are refused"
)]
struct Fenced {
    last: u64,
}

/// Without its name a data set cannot be told from another.
#[derive(Debug, thiserror::Error)]
#[error(
    "INFO tells no master_replid or no run_id, which the fence needs: use another Redis, or add danger_no_fence to its URL"
)]
struct Nameless;

/// The record is kept where nothing was lost:
/// - it names this data set;
/// - or this process, which was never a replica: its data set gets a new name when the first replica comes;
/// - or it was one Redis at this address that had each change on its disk before it acknowledged it, still does, and was started anew.
///
/// Where there is none, nothing can have been lost since Redis was started, unless somebody knows better: that there must be one, or that
/// nothing was claimed before a beginning that is still there.
static OBSERVE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local clock = redis.call('TIME')
        local now = math.max(tonumber(ARGV[1]), tonumber(clock[1]))
        local kept = redis.call('HMGET', KEYS[1], 'lines', 'epoch', 'lost', 'made', 'durable', 'place', 'beginning')
        local known, epoch, lost, made = kept[1], kept[2], tonumber(kept[3]), tonumber(kept[4])
        local function has(name) return string.find(known, name, 1, true) end
        local untouched = ARGV[5] ~= '' and kept[7] == ARGV[5] and not (known or epoch or lost or made)
        local restarts = kept[5] == '1' and ARGV[3] == '1' and kept[6] == ARGV[4]
        local whole, lines = known and epoch and lost and made, ''
        for i = 6, #ARGV, 3 do
            local line, run, first = ARGV[i], ARGV[i + 1], ARGV[i + 2] == '0'
            lines = lines .. line .. ' ' .. run .. ' '
            if whole and not has(line) and not (first and (has(run) or restarts)) then whole = false end
        end
        if not whole then
            local running = tonumber(ARGV[2])
            lost = now
            if not known and running >= 0 then lost = now - running end
            made = made or now
            if untouched then lost, made = 0, 0 end
            epoch = clock[1] .. '.' .. clock[2]
        end
        redis.call('HSET', KEYS[1], 'lines', lines, 'epoch', epoch, 'lost', string.format('%.0f', lost),
            'made', string.format('%.0f', made), 'durable', ARGV[3], 'place', ARGV[4])
        return {epoch, lost, made}",
    )
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_have_been_claimed_before_the_loss_is_refused() {
        let at = Timestamp::from_seconds;
        let mark = Mark {
            epoch: "1".into(),
            lost: at(1000),
            made: at(10),
            lines: Vec::new(),
            met: AtomicBool::default(),
        };
        // A window of 300 and a minute more, then one of a day.
        for (stamp, width, admitted) in [
            (1000, 360, false),
            (1360, 360, false),
            (1361, 360, true),
            (700, 360, false),
            (1361, 86_460, false),
        ] {
            let outcome = mark.admit(at(stamp), at(stamp + width), at(1001));
            assert_eq!(outcome.is_ok(), admitted, "{stamp} {width}");
        }
        let error = mark.admit(at(1200), at(1560), at(1200)).unwrap_err();
        assert_eq!(error.retry_after(), Some(161));
    }

    #[test]
    fn what_came_before_the_record_is_refused() {
        let at = Timestamp::from_seconds;
        let mark = Mark {
            epoch: "1".into(),
            lost: at(0),
            made: at(5000),
            lines: Vec::new(),
            met: AtomicBool::default(),
        };
        assert!(mark.admit(at(5000), at(5360), at(5000)).is_err());
        assert!(mark.admit(at(5001), at(5361), at(5001)).is_ok());
    }
}
