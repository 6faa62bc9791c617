//! Where the pages of one thing are. The `@` keeps a name apart from the pages beside it, and one such as `..` from a step up.

use countersign_core::{ClientId, percent};

/// The page of an account, or one below it.
pub(super) fn account(name: &str, below: &str) -> String {
    format!("/admin/accounts/@{}{below}", percent::encode(name))
}

/// The page of an application, or one below it.
pub(super) fn application(id: &ClientId, below: &str) -> String {
    format!("/admin/applications/@{}{below}", percent::encode(id.as_str()))
}

/// All applications of an account.
pub(super) fn applications_of(owner: &str) -> String {
    format!("/admin/applications?owner={}", percent::encode(owner))
}

/// All that an account granted.
pub(super) fn tokens_of(owner: &str) -> String {
    format!("/admin/tokens?owner={}", percent::encode(owner))
}

/// All that was granted to an application.
pub(super) fn tokens_by(client: &ClientId) -> String {
    format!("/admin/tokens?client={}", percent::encode(client.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_elsewhere() {
        assert_eq!(account("..", "/disable"), "/admin/accounts/@../disable");
        assert_eq!(account("new", ""), "/admin/accounts/@new");
        assert_eq!(account("a/b?c#<d>", ""), "/admin/accounts/@a%2Fb%3Fc%23%3Cd%3E");
    }
}
