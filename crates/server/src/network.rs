//! Whom a stranger's address stands for, wherever something is counted by it.

use std::net::IpAddr;

/// What one person can be expected to hold: an address of version 4, but of version 6 a whole `/64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Network {
    Unknown,
    V4(u32),
    V6(u64),
}

impl Network {
    pub(crate) fn of(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            None => Self::Unknown,
            Some(IpAddr::V4(address)) => Self::V4(address.to_bits()),
            Some(IpAddr::V6(address)) => Self::V6((address.to_bits() >> 64) as u64),
        }
    }
}
