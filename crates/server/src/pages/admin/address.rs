//! Where the pages of one thing are. The `@` keeps a name apart from the pages beside it, and one such as `..` from a step up.

use countersign_core::percent;

/// The page of an account, or one below it.
pub(super) fn account(name: &str, below: &str) -> String {
    format!("/admin/accounts/@{}{below}", percent::encode(name))
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
