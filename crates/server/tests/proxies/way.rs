//! A way in: a proxy and how it asks, from its recipe.

use crate::{process::Process, scene::Stage};
use std::net::SocketAddr;

/// One of the recipes.
pub(crate) struct Way {
    /// The column's heading.
    pub(crate) name: &'static str,
    /// The file of `docs/recipes` that configures Countersign.
    pub(crate) countersign: &'static str,
    pub(crate) bodies: Bodies,
    pub(crate) statuses: Statuses,
    /// Settings that this way adds in the environment.
    pub(crate) settings: &'static [(&'static str, &'static str)],
    /// Starts the proxy, which listens at the port with TLS; `None` where clients reach Countersign itself.
    pub(crate) start: Option<Start>,
}

pub(crate) type Start = fn(&Stage, u16) -> Result<Process, String>;

/// Which bodies Countersign gets to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bodies {
    All,
    /// All, but a form without a byte looks like one that was kept back.
    IfAny,
    /// Those that fit into a buffer, and the proxy takes none in chunks.
    Buffered,
    None,
}

/// How the proxy answers what Countersign refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Statuses {
    AsTheyAre,
    /// nginx's question knows 401 and 403 alone.
    Two,
}

impl Statuses {
    pub(crate) fn of(self, status: u16) -> u16 {
        match (self, status) {
            (Self::Two, 400) => 401,
            (Self::Two, 404 | 405 | 413 | 429) => 403,
            _ => status,
        }
    }
}

/// A way that is open.
pub(crate) struct Open<'a> {
    pub(crate) way: &'a Way,
    /// Where bytes of a client go, which TLS is put around.
    pub(crate) address: SocketAddr,
    pub(crate) countersign: crate::support::server::Server,
    /// Ended when dropped.
    pub(crate) _proxies: Vec<Process>,
}
