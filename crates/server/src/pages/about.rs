//! Which fields of a form its message is about: a page ties the two together for whoever hears it.

use crate::words::Text;
use serde_json::Value;

/// The fields that the message among a page's values is about, as the templates call them; none where it is about no field.
pub(super) fn fields(values: &Value) -> &'static [&'static str] {
    let message = |name: &&str| Text::of(values.get(name)?.as_object()?);
    let told = MESSAGES.iter().find_map(message);
    told.map_or(&[], |told| of(told.id()))
}

fn of(message: &str) -> &'static [&'static str] {
    match message {
        "name-blank"
        | "name-control"
        | "name-empty"
        | "name-hides"
        | "name-space"
        | "name-too-long"
        | "sign-up-name-taken"
        | "admin-account-taken" => &["name"],
        "password-too-short" => &["new"],
        "password-differs" => &["new", "again"],
        "account-password-wrong" | "confirm-wrong-password" | "confirm-wrong-id" => &["proof"],
        "sign-up-not-invited" => &["invitation"],
        "transfer-refused" | "admin-owner-none" => &["to"],
        "admin-invitations-bad-note" => &["note"],
        "admin-invitations-bad-days" => &["days"],
        "key-other-algorithm" | "key-private" | "key-ssh" | "key-too-small" | "key-unreadable" => {
            &["public_key"]
        }
        _ => &[],
    }
}

/// Under which names a page is given what is wrong with its form.
const MESSAGES: [&str; 3] = ["problem", "wrong", "identity_problem"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::text;
    use serde_json::json;

    #[test]
    fn a_message_is_tied_to_the_fields_that_it_is_about_and_to_no_other() {
        assert_eq!(fields(&json!({ "problem": text("password-differs") })), ["new", "again"]);
        assert_eq!(fields(&json!({ "wrong": text("confirm-wrong-id"), "problem": null })), ["proof"]);
        for values in [
            json!({}),
            json!({ "wrong": "password-differs" }),
            json!({ "problem": text("too-many-attempts") }),
        ] {
            assert!(fields(&values).is_empty(), "{values}");
        }
    }
}
