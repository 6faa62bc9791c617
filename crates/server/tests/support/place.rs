//! A directory of its own with a database in it, and the commands that work on it.

use super::{client::Pair, server::Starter};
use serde_json::Value;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Removed when dropped: after the servers that run in it.
pub(crate) struct Place {
    folder: TempDir,
    /// What the commands are told, which database above all.
    environment: Vec<(&'static str, String)>,
}

/// What a command came to.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with([("COUNTERSIGN_DATABASE_URL", "sqlite:x.db".into())])
    }

    /// On another database than the one in it.
    pub(crate) fn with(environment: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let folder = TempDir::new().expect("a temporary directory");
        Self { folder, environment: environment.into_iter().collect() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path().join("x.db")
    }

    /// The binary, in this directory, with nothing from the environment of whoever runs the tests.
    pub(crate) fn command(&self) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_countersign"))
    }

    /// The same for another program, such as a shell that starts the binary.
    pub(crate) fn command_of(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("COUNTERSIGN_") {
                command.env_remove(name);
            }
        }
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        command.current_dir(self.path()).envs(environment);
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> Ran {
        self.run_with(arguments, input, &[])
    }

    pub(crate) fn run_with(&self, arguments: &[&str], input: &str, environment: &[(&str, &str)]) -> Ran {
        let mut command = self.command();
        command.args(arguments).envs(environment.iter().copied());
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().expect("the binary");
        // OK because a command that refuses its arguments reads nothing
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        let start = Instant::now();
        while start.elapsed() < LONGEST && child.try_wait().is_ok_and(|ended| ended.is_none()) {
            thread::park_timeout(Duration::from_millis(2));
        }
        // OK because it has ended, unless it serves where it should have refused to
        let _ = child.kill();
        Ran::from(child.wait_with_output().expect("an end"))
    }

    /// Runs a command that must succeed.
    pub(crate) fn done(&self, arguments: &[&str], input: &str) -> Ran {
        let ran = self.run(arguments, input);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
        ran
    }

    pub(crate) fn add_user(&self, name: &str, password: &str) {
        self.done(&["user", "add", name, "--password-stdin"], password);
    }

    /// Registers a client with these flags.
    pub(crate) fn add_client(&self, flags: &[&str]) -> Pair {
        self.add_client_with(flags, "")
    }

    pub(crate) fn add_client_with(&self, flags: &[&str], input: &str) -> Pair {
        let made = self.done(&[&["client", "add", "--json"], flags].concat(), input).json();
        let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        Pair::new(&text("client_id"), &text("client_secret"))
    }

    pub(crate) fn issue_token(&self, client: &str, user: &str, flags: &[&str], input: &str) -> Pair {
        let arguments = [&["token", "issue", "--json", "--client", client, "--user", user], flags].concat();
        let made = self.done(&arguments, input).json();
        let text = |name: &str| made[name].as_str().expect("a string").to_owned();
        Pair::new(&text("token"), &text("token_secret"))
    }

    /// A server on this database, not yet started.
    pub(crate) fn server(&self) -> Starter {
        Starter::new(self.command())
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("JSON")
    }
}

/// How long a command may take on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);
