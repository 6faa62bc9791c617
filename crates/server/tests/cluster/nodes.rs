//! The nodes: three servers on one database, one Redis and one key ring, each on a port that it keeps, behind one nginx.

use crate::{
    nginx::Nginx,
    postgres,
    redis::Redis,
    support::{
        Seeded,
        client::Pair,
        place::Place,
        server::{Server, Starter},
        until,
    },
};
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{Mutex, MutexGuard, PoisonError},
};

pub(crate) const PUBLIC_URL: &str = "http://countersign.test";
pub(crate) const NODES: usize = 3;

/// Dropped in this order: who uses something goes before it.
pub(crate) struct Cluster {
    pub(crate) nginx: Nginx,
    nodes: [Mutex<Option<Server>>; NODES],
    pub(crate) addresses: [SocketAddr; NODES],
    pub(crate) client: Pair,
    pub(crate) place: Place,
    _redis: Redis,
    _postgres: postgres::Server,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        // Both as they would be run: every acknowledged change is on the disk.
        let (postgres, redis) = (postgres::Server::start(&[]), Redis::durable());
        let place = Place::with([
            ("COUNTERSIGN_DATABASE_URL", postgres.server_url()),
            ("COUNTERSIGN_CACHE_URL", redis.url()),
        ]);
        place.add_user("jane", "correct horse");
        let client = place.add_client(&["--name", "Printer", "--two-legged"]);
        let addresses = addresses();
        let nodes = addresses.map(|address| Mutex::new(Some(node(&place, address))));
        let nginx = Nginx::start(&addresses);
        Self { nginx, nodes, addresses, client, place, _redis: redis, _postgres: postgres }
    }

    /// `kill -9`.
    pub(crate) fn kill(&self, node: usize) {
        if let Some(server) = self.node(node).take() {
            server.kill();
        }
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(&self, node: usize) {
        if let Some(server) = self.node(node).take() {
            let (status, log, _) = server.stop();
            assert!(status.success(), "{status}: {}", String::from_utf8_lossy(&log));
        }
    }

    /// Starts it again, where it was.
    pub(crate) fn again(&self, node: usize) {
        *self.node(node) = Some(self::node(&self.place, self.addresses[node]));
    }

    fn node(&self, node: usize) -> MutexGuard<'_, Option<Server>> {
        self.nodes[node].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn node(place: &Place, address: SocketAddr) -> Server {
    let server = Starter::listening_at(place.command(), address)
        .public_url(PUBLIC_URL)
        .set("COUNTERSIGN_SINGLE_NODE", "false")
        .start();
    until("it listens", || TcpStream::connect(address).is_ok());
    server
}

/// Ports that nobody gets by asking for any: a node finds its own again after its end.
fn addresses() -> [SocketAddr; NODES] {
    let mut random = Seeded(std::process::id().into());
    let mut held = Vec::new();
    while held.len() < NODES {
        let port = 20_000 + u16::try_from(random.below(10_000)).expect("a small number");
        held.extend(TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
    }
    let mut addresses = held.iter().map(|held| held.local_addr().expect("an address"));
    std::array::from_fn(|_| addresses.next().expect("one for each"))
}
