//! One order for the things that happen in this process: connections made, reads sent.
//!
//! A server that crashes takes all its connections with it. So a connection that was made before some read was sent, and
//! still answers, proves that the server has not restarted since: what that read found there is there still. The numbers
//! say which came first, and mean nothing outside the process.

use std::sync::atomic::{AtomicU64, Ordering};

static MOMENTS: AtomicU64 = AtomicU64::new(0);

/// A number larger than that of everything which came before.
pub(crate) fn next() -> u64 {
    MOMENTS.fetch_add(1, Ordering::SeqCst) + 1
}

/// The number of the latest [`next`]: smaller than that of everything still to come.
pub(crate) fn now() -> u64 {
    MOMENTS.load(Ordering::SeqCst)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_comes_later_has_the_larger_number() {
        let before = super::next();
        let read = super::now();
        let after = super::next();
        assert!(before <= read && read < after);
    }
}
