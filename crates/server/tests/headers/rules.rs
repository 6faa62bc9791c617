//! What every answer must carry for browsers.

use crate::support::http::Answer;

pub(super) fn cookies(answer: &Answer) -> impl Iterator<Item = &str> {
    answer.fields.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str())
}

/// What is wrong with an answer's fields.
pub(super) fn faults(what: &str, answer: &Answer) -> Vec<String> {
    let mut faults = Vec::new();
    let field = |name| answer.field(name).unwrap_or_default();
    let mut check = |holds: bool, rule: &str| {
        if !holds {
            faults.push(format!("{what} ({}): {rule}: {:?}", answer.status, answer.fields));
        }
    };
    check(answer.status < 500, "no fault of the server");
    check(field("x-content-type-options") == "nosniff", "nosniff");
    let kept = what.contains("/assets/") || what.contains("/.well-known/");
    check(kept || field("cache-control") == "no-store", "no-store");
    check(!kept || field("cache-control").contains("max-age"), "kept for a while");
    let is_page = field("content-type").starts_with("text/html");
    if is_page || (300..400).contains(&answer.status) {
        check(["same-origin", "no-referrer"].contains(&field("referrer-policy")), "a referrer policy");
    }
    if is_page {
        let policy = field("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            check(policy.contains(part), part);
        }
        check(!policy.contains("unsafe") && !policy.contains('*'), "a policy without exceptions");
        check(field("x-frame-options") == "DENY", "no frames");
        check(!has_inline_code(&answer.body), "no inline code");
    }
    for cookie in cookies(answer) {
        let has = |part: &str| cookie.split("; ").any(|known| known == part);
        check(cookie.starts_with("__Host-"), "__Host-");
        check(["Secure", "HttpOnly", "Path=/"].into_iter().all(has) && !cookie.contains("Domain"), "bound");
        check(has("SameSite=Lax") || has("SameSite=Strict"), "SameSite");
    }
    faults
}

fn has_inline_code(body: &str) -> bool {
    let handler =
        |rest: &str| rest.trim_start_matches(|char: char| char.is_ascii_lowercase()).starts_with('=');
    let scripts = body
        .split("<script")
        .skip(1)
        .any(|rest| !rest.split('>').next().is_some_and(|tag| tag.contains(" src=")));
    scripts || body.contains("<style") || body.contains(" style=") || body.split(" on").skip(1).any(handler)
}
