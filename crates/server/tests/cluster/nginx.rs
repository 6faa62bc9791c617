//! nginx before the nodes: what reached a node is never sent to another, and the answer names who gave it.

use crate::{
    nodes::NODES,
    support::{PATIENCE, server::signal, until},
};
use std::{
    fmt::Write as _,
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};
use tempfile::TempDir;

pub(crate) struct Nginx {
    child: Child,
    pub(crate) address: SocketAddr,
    _folder: TempDir,
}

impl Nginx {
    pub(crate) fn start(nodes: &[SocketAddr; NODES]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = held.local_addr().expect("an address");
        let file = folder.path().join("nginx.conf");
        fs::write(&file, configuration(nodes, address)).expect("a file");
        drop(held);
        let program = Path::new("/usr/sbin/nginx");
        let mut nginx = Command::new(if program.exists() { program } else { Path::new("nginx") });
        nginx.arg("-p").arg(folder.path()).arg("-c").arg(&file).args(["-e", "stderr"]);
        let child = nginx.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("nginx: run ./dev setup");
        until("nginx listens", || TcpStream::connect(address).is_ok());
        Self { child, address, _folder: folder }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        signal(&self.child, "TERM");
        let start = Instant::now();
        while start.elapsed() < PATIENCE && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::yield_now();
        }
        // OK because it has ended, unless it was deaf
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The methods of the requests are not idempotent: such nginx passes on to the next node only where it could not connect.
fn configuration(nodes: &[SocketAddr; NODES], address: SocketAddr) -> String {
    let mut upstream = String::new();
    for node in nodes {
        // A node that is away is tried again at once: it is the requests that count it out.
        writeln!(upstream, "server {node} max_fails=0;").expect("text");
    }
    format!(
        "daemon off; master_process off; user root; pid nginx.pid; error_log stderr;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  upstream nodes {{ {upstream} }}
  server {{
    listen {address};
    keepalive_requests 1000000;
    location / {{
      proxy_pass http://nodes;
      proxy_set_header Host $http_host;
      proxy_next_upstream error;
      proxy_connect_timeout 1s;
      add_header X-Node $upstream_addr always;
    }}
  }}
}}
"
    )
}
