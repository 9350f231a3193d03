//! Locks and counters: `std`'s, and in unit tests those whose every order a test can try.

#[cfg(not(test))]
pub(crate) use std::sync::{Mutex, MutexGuard};

#[cfg(test)]
pub(crate) use ryw_interleave::{Mutex, MutexGuard};
