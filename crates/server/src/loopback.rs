//! Which hosts are this machine: nobody is on the way to it, so that http will do.

use std::net::IpAddr;

/// Whether the host of a configured URL is this machine, by one of the three names that it has everywhere.
pub(crate) fn is_loopback(host: &str) -> bool {
    ["127.0.0.1", "[::1]", "localhost"].contains(&host)
}

/// The same of a host that a person typed, without brackets: any address of loopback, as tunnels have them.
pub(crate) fn is_any_loopback(host: &str) -> bool {
    is_loopback(host) || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_this_machine_is_taken_for_it() {
        for host in ["127.0.0.1", "localhost"] {
            assert!(is_loopback(host) && is_any_loopback(host), "{host}");
        }
        assert!(is_loopback("[::1]") && is_any_loopback("::1"));
        assert!(is_any_loopback("127.9.9.9") && !is_loopback("127.9.9.9"));
        for host in [
            "",
            "192.0.2.1",
            "0.0.0.0",
            "[::]",
            "::",
            "127.0.0.1.example",
            "localhost.example",
            "localhost.",
            "0x7f.1",
            "127.1",
        ] {
            assert!(!is_loopback(host) && !is_any_loopback(host), "{host}");
        }
    }
}
