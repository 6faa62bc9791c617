//! Child processes: started, asked what they cost, ended.

use rustix::{
    thread::{CpuSet, Pid, sched_setaffinity},
    time::{ClockId, clock_gettime},
};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::Duration,
};

/// This program again, in another mode; it ends with its parent, whose end closes its standard input.
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// What it said once it was ready, its address first.
    pub(crate) said: Vec<String>,
}

impl Process {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(mode: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([CHILD, mode])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut process = Self { child, input, output, said: Vec::new() };
        process.said = process.line().split(' ').map(Into::into).collect();
        process
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.said[0].parse().unwrap()
    }

    /// The processor time that all its threads have used until now, once they rest.
    pub(crate) fn cpu(&mut self) -> Duration {
        let mut before = self.cpu_now();
        for _ in 0..100 {
            thread::sleep(Duration::from_millis(2));
            let now = self.cpu_now();
            // To answer takes some time itself.
            if now.saturating_sub(before) < Duration::from_micros(200) {
                return now;
            }
            before = now;
        }
        before
    }

    /// Asks a child for a line of its own.
    pub(crate) fn ask(&mut self, question: &str) -> String {
        writeln!(self.input, "{question}").unwrap();
        self.line()
    }

    fn cpu_now(&mut self) -> Duration {
        Duration::from_nanos(self.ask("cpu").parse().unwrap())
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the child process ended");
        line.trim_end().into()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // OK because a process that has ended already is what we want
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The child's side: answers the parent's questions, and ends with it.
pub(crate) fn answer_the_parent() {
    thread::spawn(|| {
        for line in std::io::stdin().lines() {
            match line.as_deref() {
                Ok("cpu") => println!("{}", own_cpu().as_nanos()),
                _ => break,
            }
        }
        std::process::exit(0);
    });
}

fn own_cpu() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap()
}

/// What of a process is in memory, in KiB.
pub(crate) fn resident(process: u32) -> f64 {
    let status = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The processor time that another process has used.
pub(crate) fn cpu_of(process: u32) -> Duration {
    let tasks = fs::read_dir(Path::new("/proc").join(process.to_string()).join("task")).unwrap();
    let spent = tasks.map(|task| {
        let text = fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
        text.split(' ').next().unwrap().parse::<u64>().unwrap()
    });
    Duration::from_nanos(spent.sum())
}

/// Keeps this process, and what it starts from now on, on one core; where there is but one, that is so anyway.
pub(crate) fn pin_self(core: usize) {
    pin(None, core);
}

/// The same for another process.
pub(crate) fn pin_other(process: u32, core: usize) {
    pin(Pid::from_raw(process.try_into().unwrap()), core);
}

fn pin(process: Option<Pid>, core: usize) {
    if thread::available_parallelism().is_ok_and(|cores| cores.get() > core) {
        let mut set = CpuSet::new();
        set.set(core);
        sched_setaffinity(process, &set).unwrap();
    }
}

/// The first argument of a child.
pub(crate) const CHILD: &str = "--child";
pub(crate) const SERVER_CORE: usize = 0;
pub(crate) const LOAD_CORE: usize = 1;
