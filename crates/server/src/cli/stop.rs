//! The wish to end: Ctrl-C, SIGTERM, or a terminal that was closed.

use std::io;

/// Listens from when it is made, so that no signal ends the process before what it left behind is tidied up.
pub(crate) struct Stop {
    #[cfg(unix)]
    signals: Vec<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Stop {
    /// Must be called inside a runtime.
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
        if !hang_up_is_ignored() {
            kinds.push(SignalKind::hangup());
        }
        Ok(Self { signals: kinds.into_iter().map(signal).collect::<io::Result<_>>()? })
    }

    /// Waits until one of them comes.
    pub(crate) async fn asked(mut self) {
        std::future::poll_fn(|context| {
            let came = |signal: &mut tokio::signal::unix::Signal| signal.poll_recv(context).is_ready();
            // Each of them, so that each wakes this task.
            if self.signals.iter_mut().map(came).fold(false, |any, one| any | one) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
    }
}

#[cfg(not(unix))]
impl Stop {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    pub(crate) async fn asked(self) {
        // OK because a terminal that cannot be listened to ends the wait
        drop(tokio::signal::ctrl_c().await);
    }
}

/// Whether `nohup` or a parent has asked for it; Linux tells, elsewhere a hang-up ends the process.
#[cfg(unix)]
fn hang_up_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}
