//! The inline proxy: a signed GET on its way to an upstream, beside the same way unverified, and beside nginx's.

use crate::{
    Effort,
    cpu::{Busy, compare},
    figure::{Bound, Figure},
    fixture::{ORIGIN, Signer},
    load::{self, Connection},
    process::{self, Process},
};
use std::{
    fs,
    net::{SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub(crate) fn inline(effort: Effort) -> Vec<Figure> {
    let upstream = Process::start("naked", &[]);
    let address = upstream.address().to_string();
    let tokens = effort.tokens.min(HOT);
    let mut signer = Signer::new(ORIGIN);
    let mut gets = || signer.gets(effort.batch, tokens, true);
    let mut floor = Busy::new(Process::start("forward", &[&address]));
    let mut against = |cache: &str, floor: &mut dyn FnMut(&[Vec<u8>]) -> f64| {
        let mut subject = Busy::new(Process::start("inline", &[&address, &tokens.to_string(), cache]));
        let requests = std::cell::RefCell::new(&mut gets);
        compare(
            effort,
            || subject.send(&(requests.borrow_mut())(), 200),
            || floor(&(requests.borrow_mut())()),
        )
    };
    let mut unverified = |requests: &[Vec<u8>]| floor.send(requests, 200);
    let mut figures = vec![
        Figure::of_rounds(
            "signed GET, inline, SQLite, against unverified",
            "µs",
            &against("sql:", &mut unverified),
            Bound::at_most(1.6, 1.4),
        ),
        Figure::of_rounds(
            "  the same, nonces in memory",
            "µs",
            &against("memory:", &mut unverified),
            Bound::at_most(1.6, 1.4),
        ),
    ];
    match Nginx::start(&address) {
        Some(mut nginx) => {
            let rounds = against("sql:", &mut |requests| nginx.send(requests));
            figures.push(Figure::of_rounds("  against nginx proxy_pass alone", "µs", &rounds, None));
        }
        None => eprintln!("nginx is not installed: the row that compares with it is left out"),
    }
    figures
}

/// nginx in one process, which only passes on.
struct Nginx {
    child: Child,
    connections: Vec<Connection>,
    _folder: TempDir,
}

impl Nginx {
    fn start(upstream: &str) -> Option<Self> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let address = free();
        let place = folder.path().display();
        let configuration = format!(
            "daemon off; master_process off; pid {place}/pid; error_log {place}/error.log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{\n  access_log off;\n  upstream up {{ server {upstream}; keepalive 64; }}\n\
             server {{\n    listen {address};\n    keepalive_requests 1000000;\n    location / {{\n\
             proxy_pass http://up;\n proxy_http_version 1.1;\n proxy_set_header Connection \"\";\n\
             proxy_set_header Host $http_host;\n }} }} }}\n"
        );
        let file = folder.path().join("nginx.conf");
        fs::write(&file, configuration).unwrap();
        let nginx =
            Command::new("nginx").arg("-c").arg(&file).stdin(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = nginx.ok()?;
        process::pin_other(child.id(), process::SERVER_CORE);
        let began = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "nginx does not listen");
        }
        Some(Self { child, connections: load::connections(address), _folder: folder })
    }

    fn send(&mut self, requests: &[Vec<u8>]) -> f64 {
        let before = process::cpu_of(self.child.id());
        load::send_all(&mut self.connections, requests, 200);
        let used = process::cpu_of(self.child.id()) - before;
        used.as_secs_f64() * 1e6 / requests.len() as f64
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // OK because a process that has ended already is what we want
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Tokens that a cache of five seconds knows after the first round.
const HOT: usize = 1_000;
