//! A PostgreSQL of the tests' own: started, killed, stopped, and gone with whoever started it.

use countersign_store_sqlx::{Options, PostgresStore};
use std::{
    collections::hash_map::RandomState,
    fs,
    hash::BuildHasher,
    net::TcpListener,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tokio_postgres::{Client, NoTls};

/// What a test waits for something, at most.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// One server, its data in a folder of its own.
pub(crate) struct Server {
    folder: PathBuf,
    port: u16,
    postgres: Option<Child>,
    /// Ends the server and removes the folder as soon as its input is closed, be it by the end of this process.
    janitor: Child,
}

impl Server {
    /// A new one; `settings` such as `fsync = off`.
    pub(crate) fn start(settings: &[&str]) -> Self {
        // It names the socket in its folder, and no other.
        Self::start_at(5432, settings)
    }

    /// The same, on 127.0.0.1 too.
    pub(crate) fn start_on_the_network() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self::start_at(port, &["fsync = off", "listen_addresses = '127.0.0.1'"])
    }

    fn start_at(port: u16, settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap().keep();
        let janitor = Command::new("sh")
            .args(["-c", JANITOR, "sh"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        if let Some((uid, gid)) = *SERVANT {
            chown(&folder, Some(uid), Some(gid)).unwrap();
        }
        let made = program("initdb")
            .args([
                "--auth=trust",
                "--username=countersign",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "-D",
            ])
            .arg(folder.join("data"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let lines: String = settings.iter().map(|line| format!("{line}\n")).collect();
        let own = format!(
            "port = {port}\nlisten_addresses = ''\nunix_socket_directories = '{}'\n{lines}",
            folder.display()
        );
        let file = folder.join("data/postgresql.conf");
        fs::write(&file, fs::read_to_string(&file).unwrap() + &own).unwrap();
        let mut server = Self { folder, port, postgres: None, janitor };
        server.again();
        server
    }

    /// Starts it again on the same data; returns once it takes connections.
    pub(crate) fn again(&mut self) {
        let log = fs::File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        let start = || {
            let mut command = program("postgres");
            command.arg("-D").arg(self.folder.join("data")).stderr(log.try_clone().unwrap());
            command.spawn().unwrap()
        };
        let mut postgres = start();
        let ready = || {
            // It ends at once while a killed one's process still holds the data.
            if postgres.try_wait().unwrap().is_some() {
                postgres = start();
            }
            let mut ask = program("pg_isready");
            ask.arg("-q").arg("-h").arg(&self.folder).arg("-p").arg(self.port.to_string());
            ask.status().unwrap().success()
        };
        assert!(until(ready), "{}", fs::read_to_string(self.folder.join("log")).unwrap());
        self.postgres = Some(postgres);
    }

    /// How to reach it.
    pub(crate) fn url(&self) -> String {
        format!("host={} port={} user=countersign dbname=postgres", self.folder.display(), self.port)
    }

    /// The same as a URL, for who does not read words.
    #[allow(dead_code, clippy::allow_attributes, reason = "for tests of the server and its benches")]
    pub(crate) fn server_url(&self) -> String {
        format!("postgres:///postgres?host={}&port={}&user=countersign", self.folder.display(), self.port)
    }

    /// The process that starts the others.
    #[allow(dead_code, clippy::allow_attributes, reason = "for tests of the server and its benches")]
    pub(crate) fn pid(&self) -> Option<u32> {
        self.postgres.as_ref().map(Child::id)
    }

    /// The folder of its data, its log and its socket.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How to reach it by its network name `host`.
    pub(crate) fn network_url(&self, host: &str) -> String {
        format!("host={host} hostaddr=127.0.0.1 port={} user=countersign dbname=postgres", self.port)
    }

    /// Gives it a certificate for `localhost`, and its path.
    pub(crate) fn certify(&self) -> PathBuf {
        let at = |name: &str| self.folder.join("data").join(name);
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
            .args([
                "-addext",
                "subjectAltName=DNS:localhost",
                "-addext",
                "basicConstraints=critical,CA:FALSE",
            ])
            .arg("-keyout")
            .arg(at("server.key"))
            .arg("-out")
            .arg(at("server.crt"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        if let Some((uid, gid)) = *SERVANT {
            chown(at("server.key"), Some(uid), Some(gid)).unwrap();
        }
        at("server.crt")
    }

    /// A program that knows how to reach it.
    pub(crate) fn tool(&self, name: &str) -> Command {
        let mut command = program(name);
        command.arg("-h").arg(&self.folder).arg("-p").arg(self.port.to_string());
        command.args(["-U", "countersign", "-d", "postgres"]);
        command
    }

    /// `kill -9` of every process that it has.
    pub(crate) fn kill(&mut self) {
        // Stopped first, so that none is forked meanwhile.
        self.stop();
        send("-KILL", &self.processes());
        self.postgres.take().unwrap().wait().unwrap();
    }

    /// Every process of it stands still.
    pub(crate) fn stop(&self) {
        send("-STOP", &self.processes()[..1]);
        send("-STOP", &self.processes());
    }

    /// They go on.
    pub(crate) fn go_on(&self) {
        send("-CONT", &self.processes());
    }

    /// The first one, then its children.
    fn processes(&self) -> Vec<u32> {
        let first = self.postgres.as_ref().unwrap().id();
        let listed = fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap();
        let children = listed.split_whitespace().map(|pid| pid.parse().unwrap());
        std::iter::once(first).chain(children).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.janitor.stdin.take());
        let _ = self.janitor.wait();
        if let Some(postgres) = &mut self.postgres {
            let _ = postgres.wait();
        }
    }
}

/// Polls until it holds; whether it did in time.
pub(crate) fn until(mut holds: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !holds() {
        if start.elapsed() > PATIENCE {
            return false;
        }
        thread::park_timeout(Duration::from_millis(5));
    }
    true
}

/// The server of all tests that leave it alone, by the URL of the environment or started here.
pub(crate) fn shared() -> &'static str {
    static SHARED: LazyLock<(String, Option<Server>)> = LazyLock::new(|| match std::env::var(URL) {
        Ok(url) => (url, None),
        Err(_) => {
            let server = Server::start(&["fsync = off", "max_connections = 400"]);
            (server.url(), Some(server))
        }
    });
    &SHARED.0
}

/// Options with a schema that no other test has.
pub(crate) fn new_schema() -> (Options, String) {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    static RUN: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0_u8));
    let schema = format!("test_{:x}_{}", *RUN, NEXT.fetch_add(1, Ordering::Relaxed));
    // Patient: here it is the answers that count, on a machine that does much else.
    let options = Options::default().connect_timeout(PATIENCE).statement_timeout(PATIENCE);
    (options.schema(&schema), schema)
}

/// A new, empty store on the server of all.
pub(crate) async fn new_store() -> PostgresStore {
    PostgresStore::open(shared(), new_schema().0).await.unwrap()
}

/// A connection beside the store's, to look and to meddle.
pub(crate) async fn raw(url: &str, schema: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("SET search_path = {schema}")).await.unwrap();
    client
}

/// A program of the newest PostgreSQL that is installed; it refuses to run as root, and so another user does.
fn program(name: &str) -> Command {
    let path = BIN.join(name);
    let mut command = match *SERVANT {
        Some((uid, gid)) => {
            let mut command = Command::new("setpriv");
            command
                .args([format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".into()])
                .arg(path);
            command
        }
        None => Command::new(path),
    };
    command.current_dir("/").env("LC_ALL", "C").stdin(Stdio::null());
    command
}

static BIN: LazyLock<PathBuf> = LazyLock::new(|| {
    let found = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = found.map(|entry| entry.path().join("bin")).filter(|bin| bin.join("initdb").exists()).max();
    newest.expect("PostgreSQL is not installed: crates/store-sqlx/tests/setup.sh installs it")
});

/// Who runs the server where we are root.
static SERVANT: LazyLock<Option<(u32, u32)>> = LazyLock::new(|| {
    let id = |flag: &str, user: &str| -> Option<u32> {
        let asked = Command::new("id").args([flag, user]).output().ok()?;
        String::from_utf8(asked.stdout).ok()?.trim().parse().ok()
    };
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    ["postgres", "nobody"].iter().find_map(|user| Some((id("-u", user)?, id("-g", user)?)))
});

fn send(signal: &str, pids: &[u32]) {
    // One that is gone already is no failure.
    let _ = Command::new("kill").arg(signal).args(pids.iter().map(u32::to_string)).output().unwrap();
}

const URL: &str = "COUNTERSIGN_TEST_POSTGRES_URL";

/// Whatever state the server is in: its processes are stopped for good, then its files removed.
const JANITOR: &str = r#"
    trap '' INT TERM
    cat >/dev/null
    first=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
    if [ -n "$first" ]; then kill -KILL $first $(cat /proc/$first/task/$first/children) 2>/dev/null; fi
    rm -rf "$1" 2>/dev/null || rm -rf "$1"
"#;
