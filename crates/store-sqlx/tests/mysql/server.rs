//! A MariaDB of the tests' own: started, killed, stopped, and gone with whoever started it.

use countersign_store_sqlx::{MySqlStore, Options};
use mysql_async::{Conn, Opts, OptsBuilder};
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

/// What a test waits for something, at most.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// One server, its data in a folder of its own.
pub(crate) struct Server {
    folder: PathBuf,
    settings: Vec<String>,
    mariadb: Option<Child>,
    /// Ends the server and removes the folder as soon as its input is closed, be it by the end of this process.
    janitor: Child,
}

impl Server {
    /// A new one, on a socket alone; `settings` such as `--max-connections=9`.
    pub(crate) fn start(settings: &[&str]) -> Self {
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
        let made = program("mariadb-install-db")
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .arg("--skip-name-resolve")
            .args(SMALL)
            // Each that starts clears what others left in a folder that they share.
            .arg(format!("--tmpdir={}", folder.display()))
            .arg(format!("--datadir={}", folder.join("data").display()))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
        fs::write(folder.join("users.sql"), USERS).unwrap();
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let mut server = Self { folder, settings, mariadb: None, janitor };
        server.again();
        server
    }

    /// Starts it again on the same data, with other settings too; returns once it takes connections.
    pub(crate) fn again_with(&mut self, settings: &[String]) {
        self.settings.extend_from_slice(settings);
        self.again();
    }

    /// Starts it again on the same data; returns once it takes connections.
    pub(crate) fn again(&mut self) {
        let log = fs::File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        let at = |name: &str| self.folder.join(name).display().to_string();
        let start = || {
            let mut command = program("mariadbd");
            command
                .arg("--no-defaults")
                .arg(format!("--tmpdir={}", self.folder.display()))
                .arg(format!("--datadir={}", at("data")))
                .arg(format!("--socket={}", at("socket")))
                .arg(format!("--pid-file={}", at("data/pid")))
                .arg(format!("--init-file={}", at("users.sql")))
                .args(["--skip-networking", "--skip-name-resolve"])
                .args(SMALL)
                .args(&self.settings)
                .stderr(log.try_clone().unwrap());
            let started = command.spawn().unwrap();
            fs::write(self.folder.join("started"), started.id().to_string()).unwrap();
            started
        };
        // A killed one leaves it behind.
        let _ = fs::remove_file(self.folder.join("socket"));
        let mut mariadb = start();
        let ready = || {
            // It ends at once while a killed one's process still holds the data.
            if mariadb.try_wait().unwrap().is_some() {
                mariadb = start();
            }
            let mut ask = program("mariadb-admin");
            ask.args(["--no-defaults", "--silent", "--user=countersign", "--password=own"]);
            ask.arg(format!("--socket={}", at("socket"))).arg("ping");
            ask.stderr(Stdio::null()).stdout(Stdio::null()).status().unwrap().success()
        };
        assert!(until(ready), "{}", fs::read_to_string(self.folder.join("log")).unwrap());
        self.mariadb = Some(mariadb);
    }

    /// Its process.
    #[allow(dead_code, clippy::allow_attributes, reason = "for tests of the server and its benches")]
    pub(crate) fn pid(&self) -> Option<u32> {
        self.mariadb.as_ref().map(Child::id)
    }

    /// The folder of its data, its log and its socket.
    #[allow(dead_code, clippy::allow_attributes, reason = "for tests of the server")]
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How to reach it, for a test that names a database by its options.
    pub(crate) fn url(&self) -> String {
        format!("mysql://countersign:own@localhost?socket={}", self.folder.join("socket").display())
    }

    /// Gives it a certificate for `localhost`, and its path.
    pub(crate) fn certify(&self) -> (PathBuf, Vec<String>) {
        let at = |name: &str| self.folder.join(name);
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=DNS:localhost"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .arg("-keyout")
            .arg(at("key.pem"))
            .arg("-out")
            .arg(at("certificate.pem"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        if let Some((uid, gid)) = *SERVANT {
            chown(at("key.pem"), Some(uid), Some(gid)).unwrap();
        }
        let settings = vec![
            format!("--ssl-cert={}", at("certificate.pem").display()),
            format!("--ssl-key={}", at("key.pem").display()),
        ];
        (at("certificate.pem"), settings)
    }

    /// A program that knows how to reach it.
    pub(crate) fn tool(&self, name: &str) -> Command {
        let mut command = program(name);
        command.args(["--no-defaults", "--user=countersign", "--password=own"]);
        command.arg(format!("--socket={}", self.folder.join("socket").display()));
        command
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.send("-KILL");
        self.mariadb.take().unwrap().wait().unwrap();
        fs::remove_file(self.folder.join("started")).unwrap();
    }

    /// It stands still.
    pub(crate) fn stop(&self) {
        self.send("-STOP");
    }

    /// It goes on.
    pub(crate) fn go_on(&self) {
        self.send("-CONT");
    }

    fn send(&self, signal: &str) {
        // One process with many threads; `setpriv` becomes it.
        let pid = self.mariadb.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.janitor.stdin.take());
        let _ = self.janitor.wait();
        if let Some(mariadb) = &mut self.mariadb {
            let _ = mariadb.wait();
        }
    }
}

/// A port of 127.0.0.1 that is free.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
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
            let server = Server::start(&["--innodb-flush-log-at-trx-commit=2", "--max-connections=900"]);
            (server.url(), Some(server))
        }
    });
    &SHARED.0
}

/// Options with a database that no other test has.
pub(crate) fn new_database() -> (Options, String) {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    static RUN: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0_u8));
    let database = format!("test_{:x}_{}", *RUN, NEXT.fetch_add(1, Ordering::Relaxed));
    // Patient: here it is the answers that count, on a machine that does much else.
    let options = Options::default().connect_timeout(PATIENCE).statement_timeout(PATIENCE);
    (options.schema(&database), database)
}

/// A new, empty store on the server of all.
pub(crate) async fn new_store() -> MySqlStore {
    MySqlStore::open(shared(), new_database().0).await.unwrap()
}

/// A connection beside the store's, to look and to meddle.
pub(crate) async fn raw(url: &str, database: Option<&str>) -> Conn {
    let (server, query) = url.split_once('?').unwrap_or((url, ""));
    let socket = query.split('&').find_map(|pair| pair.strip_prefix("socket="));
    let opts = OptsBuilder::from_opts(Opts::from_url(server).unwrap());
    let opts = opts.socket(socket).prefer_socket(false).db_name(database);
    Conn::new(opts).await.unwrap()
}

/// A program of MariaDB. It does not like to run as root, and so another user does.
fn program(name: &str) -> Command {
    let mut command = match *SERVANT {
        Some((uid, gid)) => {
            let mut command = Command::new("setpriv");
            command
                .args([format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".into()])
                .arg(name);
            command
        }
        None => Command::new(name),
    };
    let path = std::env::var("PATH").unwrap_or_default();
    command.current_dir("/").env("LC_ALL", "C").env("PATH", format!("{path}:/usr/sbin:/usr/local/sbin"));
    command.stdin(Stdio::null());
    command
}

/// Who runs the server where we are root.
static SERVANT: LazyLock<Option<(u32, u32)>> = LazyLock::new(|| {
    let id = |flag: &str, user: &str| -> Option<u32> {
        let asked = Command::new("id").args([flag, user]).output().ok()?;
        String::from_utf8(asked.stdout).ok()?.trim().parse().ok()
    };
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    ["mysql", "nobody"].iter().find_map(|user| Some((id("-u", user)?, id("-g", user)?)))
});

const URL: &str = "COUNTERSIGN_TEST_MYSQL_URL";

/// Many run at once.
const SMALL: [&str; 2] = ["--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M"];

/// Read at each start.
const USERS: &str = "DELETE FROM mysql.global_priv WHERE User = '';
FLUSH PRIVILEGES;
CREATE USER IF NOT EXISTS 'countersign'@'%' IDENTIFIED BY 'own';
GRANT ALL ON *.* TO 'countersign'@'%' WITH GRANT OPTION;
";

/// Whatever state the server is in: it is stopped for good, then its files removed.
const JANITOR: &str = r#"
    trap '' INT TERM
    cat >/dev/null
    pid=$(cat "$1/started" 2>/dev/null)
    if [ -n "$pid" ]; then kill -KILL "$pid" 2>/dev/null; fi
    rm -rf "$1" 2>/dev/null || rm -rf "$1"
"#;
