//! Free ports.
//!
//! A server that is stopped or was killed comes back to its own port, which nobody listens on meanwhile. So a port stays with
//! its server until that is dropped: another cluster of this process would else be given it now and then.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};

/// Below the ports that operating systems hand out by themselves (Linux from 32768, others from 49152).
/// Binding port 0 would take one of those, and while a server is stopped any outgoing connection on the
/// machine could take it away.
const RANGE: Range<u16> = 20_000..32_000;

const TRIES: u32 = 200;

/// The ports that belong to servers of this process, whether these run or not.
static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// A port of the loopback interface that nobody listens on at this moment, and that is nobody else's in this process until
/// it is [given back](give_back).
///
/// Another process may take it before a server does; the caller then asks again.
pub(crate) fn free() -> Result<u16> {
    (0..TRIES)
        .map(|_| RANGE.start + random(RANGE.end - RANGE.start))
        .find(|port| take(*port))
        .ok_or_else(|| Error::system(format!("found no free port in {RANGE:?} after {TRIES} tries")))
}

/// The server of this port is gone for good, or has another.
pub(crate) fn give_back(port: u16) {
    given().remove(&port);
}

fn take(port: u16) -> bool {
    let mut given = given();
    !given.contains(&port) && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() && given.insert(port)
}

fn given() -> MutexGuard<'static, BTreeSet<u16>> {
    // Each change is a single one.
    GIVEN.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn a_port_is_its_servers_while_that_is_stopped() {
        let port = free().unwrap();
        assert!(!take(port), "nobody listens there, and yet it is taken");
        give_back(port);
        // Others may be quicker, but not always.
        let again = |_| {
            let port = free().unwrap();
            give_back(port);
            take(port)
        };
        assert!((0..TRIES).any(again), "it can be given again");
    }
}
