//! What must have come back, and what must have reached the API.

use crate::{
    kinds::Sent,
    support::http::{Answer, Line},
    upstream::Received,
    way::Open,
};

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Accepted,
    /// By Countersign, with this status and problem.
    Refused(u16, &'static str),
    /// By whoever notices first, with a status of class 4xx.
    Rejected,
    /// By the proxy, with this status.
    Barred(u16),
    /// One of the first and the last.
    Either,
}

/// Sends it on a connection of its own.
pub(crate) fn answer(open: &Open<'_>, bytes: &[u8]) -> Result<Answer, String> {
    Line::open(open.address)
        .and_then(|mut line| line.exchange(bytes))
        .map_err(|error| format!("no answer: {error}"))
}

/// The status, where answer and what arrived are as expected.
pub(crate) fn check(
    open: &Open<'_>,
    expected: Expected,
    sent: &Sent,
    answer: &Answer,
    arrived: &[Received],
) -> Result<String, String> {
    let held = match expected {
        Expected::Accepted => accepted(sent, answer, arrived),
        Expected::Refused(status, problem) => refused(answer, open.way.statuses.of(status), problem),
        Expected::Barred(status) => same("status", answer.status, status),
        Expected::Rejected if (400..500).contains(&answer.status) => Ok(()),
        Expected::Rejected => Err("it should have been rejected".into()),
        Expected::Either if answer.status == 200 => accepted(sent, answer, arrived),
        Expected::Either => return check(open, Expected::Rejected, sent, answer, arrived),
    };
    let held = held.and_then(|()| match arrived {
        [] => Ok(()),
        [_] if answer.status == 200 => Ok(()),
        _ => Err(format!("{} requests reached the API", arrived.len())),
    });
    held.map(|()| answer.status.to_string()).map_err(|why| {
        let arrived: String = arrived.iter().map(|arrived| format!("\n  arrived: {arrived:?}")).collect();
        let start = String::from_utf8_lossy(&sent.bytes[..sent.bytes.len().min(600)]);
        format!(
            "{why}\n  sent: {start:?}\n  answer: {} {:?} {:.600}{arrived}",
            answer.status, answer.fields, answer.body
        )
    })
}

/// One request arrived, unchanged, and says who calls.
fn accepted(sent: &Sent, answer: &Answer, arrived: &[Received]) -> Result<(), String> {
    let [arrived] = arrived else { return Err(format!("{} requests reached the API", arrived.len())) };
    same("status", answer.status, 200)?;
    same("answer", answer.body.as_str(), "received")?;
    same("method", &arrived.method, &sent.method)?;
    same("target", &arrived.target, &sent.target)?;
    same("body", &arrived.body, &sent.body)?;
    for (name, value) in &sent.caller {
        // A field that is empty, and one that is not there, say the same.
        let values = arrived.values(name);
        let told = if values.is_empty() { vec![""] } else { values };
        same(name, told, vec![value.as_str()])?;
    }
    let signed = arrived.values("x-oauth-identity");
    let whole = signed.len() == 1 && signed[0].split('.').filter(|part| !part.is_empty()).count() == 3;
    if !whole {
        return Err(format!("X-OAuth-Identity is no JWT: {signed:?}"));
    }
    same("Authorization", arrived.values("authorization"), vec![])?;
    let authority = sent.origin.strip_prefix("https://").expect("https");
    same("Host", arrived.values("host"), vec![authority])?;
    same("X-Forwarded-Proto", arrived.values("x-forwarded-proto"), vec!["https"])?;
    let framed = [arrived.values("content-length"), arrived.values("transfer-encoding")].concat();
    if framed.len() > 1 { Err(format!("framed twice: {framed:?}")) } else { Ok(()) }
}

/// Nothing but the status differs between proxies.
fn refused(answer: &Answer, status: u16, problem: &str) -> Result<(), String> {
    same("status", answer.status, status)?;
    // Where a proxy asks, the body may be lost on the way: then the field says it.
    let told = answer.field("x-oauth-problem").map(Into::into).or_else(|| answer.problem());
    same("the problem", told.as_deref(), Some(problem))?;
    if status == 401 {
        let challenge = answer.field("www-authenticate").unwrap_or_default();
        let named = challenge.starts_with("OAuth realm=") && challenge.contains(problem);
        if !named {
            return Err(format!("the challenge does not name the problem: {challenge:?}"));
        }
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "what is compared is at hand")]
fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, wanted: T) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{what} is {found:?} and should be {wanted:?}")) }
}
