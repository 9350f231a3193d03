//! Free ports.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

use crate::error::{Error, Result};

/// Below the ports that operating systems hand out by themselves (Linux from 32768, others from 49152).
/// Binding port 0 would take one of those, and while a server is stopped any outgoing connection on the
/// machine could take it away.
const RANGE: Range<u16> = 20_000..32_000;

const TRIES: u32 = 200;

/// A port of the loopback interface that nobody listens on at this moment.
///
/// Somebody else may take it before a server does; the caller then asks again.
pub(super) fn free() -> Result<u16> {
    (0..TRIES)
        .map(|_| RANGE.start + random(RANGE.end - RANGE.start))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .ok_or_else(|| Error::system(format!("found no free port in {RANGE:?} after {TRIES} tries")))
}

fn random(below: u16) -> u16 {
    // Every `RandomState` of a thread differs, and their first keys come from the operating system.
    let bits = RandomState::new().hash_one(());
    u16::try_from(bits % u64::from(below)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_not_free() {
        // Other tests look for ports too, and may take one first.
        let listen = |_| {
            let port = free().unwrap();
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok().map(|listener| (port, listener))
        };
        let (port, _listener) = (0..TRIES).find_map(listen).unwrap();
        assert!(RANGE.contains(&port));
        assert!((0..100).all(|_| free().unwrap() != port));
    }
}
