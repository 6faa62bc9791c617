//! What a person at a terminal meets: lost output, wrong folders, signals, registrations that could never work.

mod support;

use std::{
    fs::File,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};
use support::{
    client::{Call, Pair},
    http::Request,
    place::Place,
    server::signal,
    until,
};

fn prepared() -> (Place, Pair) {
    let place = Place::new();
    place.add_user("jane", "correct horse");
    let client = place.add_client(&["--name", "Printer", "--two-legged", "--scope", "photos"]);
    (place, client)
}

/// What is in the folder, by name.
fn files(place: &Place) -> Vec<String> {
    let names = std::fs::read_dir(place.path()).expect("the folder");
    let mut names: Vec<_> =
        names.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn full_disk_behind_the_log_does_not_end_the_server() {
    let place = Place::new();
    let listen = ["serve", "--insecure-http", "--listen", "127.0.0.1:0"];
    let full = File::options().write(true).open("/dev/full").expect("/dev/full");
    let mut child = place.command().args(listen).stderr(full).spawn().expect("the binary");
    // By then it listens for signals too, and it announces itself before it ends.
    until("it starts", || place.database().exists());
    signal(&child, "TERM");
    assert!(child.wait().expect("an end").success());
}

#[test]
fn database_is_complete_in_one_file_after_a_stop() {
    let (place, client) = prepared();
    assert_eq!(files(&place), ["countersign.keys", "x.db"]);
    for hang_up in [false, true] {
        let server = place.server().start();
        Call::get("/api/whoami", &client).send(&server).expect(200);
        Request::get("/login").send(&server).expect(200);
        if hang_up {
            server.hang_up();
        } else {
            server.terminate();
        }
        let (status, log, _) = server.ended();
        let log = String::from_utf8_lossy(&log).into_owned();
        assert!(status.success() && log.contains("stopped"), "{status}: {log}");
        assert_eq!(files(&place), ["countersign.keys", "x.db"]);
    }
}

#[test]
fn demo_that_is_ended_leaves_nothing_behind() {
    for name in ["TERM", "HUP", "INT"] {
        let place = Place::new();
        let mut demo = place.command();
        demo.arg("demo").env("TMPDIR", place.path()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = demo.spawn().expect("the binary");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        assert!(lines.any(|line| line.is_ok_and(|line| line.contains("curl -i"))), "the whole demo");
        assert_eq!(files(&place).len(), 1, "its folder");
        signal(&child, name);
        assert!(child.wait().expect("an end").success());
        assert_eq!(files(&place), [""; 0], "SIG{name}");
    }
}

#[test]
fn python_of_the_demo_can_be_pasted() {
    let place = Place::new();
    let mut child = place.command();
    let mut child = child.arg("demo").stdout(Stdio::piped()).spawn().expect("the binary");
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut lines = lines.map(|line| line.expect("text")).skip_while(|line| !line.contains("In Python"));
    let pasted: Vec<_> = lines.by_ref().skip(1).take_while(|line| !line.is_empty()).collect();
    lines.find(|line| line.contains("curl -i")).expect("the rest");
    signal(&child, "TERM");
    assert!(child.wait().expect("an end").success());
    assert!(pasted.len() == 4 && pasted.iter().all(|line| !line.starts_with(' ')), "{pasted:#?}");
    let python = Command::new("python3")
        .args(["-c", &format!("compile({:?}, 'demo', 'exec')", pasted.join("\n"))])
        .status();
    match python {
        Ok(status) => assert!(status.success()),
        Err(why) => println!("SKIPPED: its syntax was not looked at, without python3: {why}"),
    }
}
