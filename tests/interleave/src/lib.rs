//! Locks and counters that let a test try every order in which threads come to them.
//!
//! A crate's `sync` module is `std`'s in what users get, and this in its own unit tests. Outside of [`every_order`] these types
//! do what `std`'s do, so all the other tests run as ever; within it each lock taken and each counter touched is a point at
//! which [shuttle](https://docs.rs/shuttle) may let another thread go first, and it tries them all.
//!
//! That is every interleaving there is, as long as threads share nothing but these, and futures nothing but these and what
//! they await. Memory is sequentially consistent: what only a weaker order would break is not found. (The code that is
//! checked uses locks and `SeqCst`.)
//!
//! Rejected: shuttle's own types, and loom's. Either panics outside of its checker, so that a crate's other unit tests would
//! need a second build under a `cfg`; and loom's `cfg(loom)` changes tokio as well.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{LockResult, TryLockError};

use shuttle::scheduler::{DfsScheduler, RandomScheduler};
use shuttle::{Config, Runner};

pub use shuttle::{future, thread};
pub use std::sync::MutexGuard;

thread_local! {
    static CHECKING: Cell<bool> = const { Cell::new(false) };
}

/// Runs `test` once for every order of its threads' steps, and says how often that was.
///
/// # Panics
/// As `test` does in any of them.
pub fn every_order(test: impl Fn() + Send + Sync + 'static) -> usize {
    let _checking = Checking::begin();
    Runner::new(DfsScheduler::new(None, false), Config::new()).run(test)
}

/// Runs `test` in `count` orders of its threads' steps, taken at random, the same ones each time: for tests that have too
/// many.
///
/// # Panics
/// As `test` does in any of them.
pub fn some_orders(count: usize, test: impl Fn() + Send + Sync + 'static) {
    const SEED: u64 = 7;
    let _checking = Checking::begin();
    Runner::new(RandomScheduler::new_from_seed(SEED, count), Config::new()).run(test);
}

/// Shuttle runs all that it schedules on the thread that it was started on.
struct Checking;

impl Checking {
    fn begin() -> Self {
        CHECKING.set(true);
        Self
    }
}

impl Drop for Checking {
    fn drop(&mut self) {
        CHECKING.set(false);
    }
}

/// Lets another thread go first.
fn switch() {
    if CHECKING.get() {
        thread::yield_now();
    }
}

/// As [`std::sync::Mutex`].
#[derive(Default)]
pub struct Mutex<T>(std::sync::Mutex<T>);

impl<T> Mutex<T> {
    /// A lock around `value`.
    pub const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    /// Takes the lock.
    ///
    /// # Errors
    /// If a thread that held it panicked.
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        if !CHECKING.get() {
            return self.0.lock();
        }
        loop {
            switch();
            match self.0.try_lock() {
                Ok(guard) => return Ok(guard),
                Err(TryLockError::Poisoned(guard)) => return Err(guard),
                // Somebody was let go first while holding it.
                Err(TryLockError::WouldBlock) => {}
            }
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// As [`std::sync::atomic::AtomicU64`], as far as it is used.
#[derive(Debug, Default)]
pub struct AtomicU64(std::sync::atomic::AtomicU64);

impl AtomicU64 {
    /// The number.
    pub fn load(&self, order: Ordering) -> u64 {
        switch();
        self.0.load(order)
    }

    /// Adds to it; says what it was.
    pub fn fetch_add(&self, number: u64, order: Ordering) -> u64 {
        switch();
        self.0.fetch_add(number, order)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn two(increment: fn(&Mutex<u64>)) -> usize {
        every_order(move || {
            let count = Arc::new(Mutex::new(0));
            let threads = [0, 1].map(|_| {
                let count = Arc::clone(&count);
                thread::spawn(move || increment(&count))
            });
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            assert_eq!(*count.lock().unwrap(), 2);
        })
    }

    #[test]
    fn every_order_of_two_threads_is_tried() {
        assert!(two(|count| *count.lock().unwrap() += 1) > 1);
    }

    #[test]
    #[should_panic(expected = "left: 1")]
    fn a_change_in_two_parts_is_found() {
        two(|count| {
            let was = *count.lock().unwrap();
            *count.lock().unwrap() = was + 1;
        });
    }

    #[test]
    fn outside_of_a_check_they_are_what_they_stand_for() {
        let count = AtomicU64::default();
        std::thread::scope(|threads| {
            threads.spawn(|| count.fetch_add(1, Ordering::SeqCst));
        });
        assert_eq!(count.load(Ordering::SeqCst), 1);
        assert_eq!(format!("{:?}", Mutex::new(1)), format!("{:?}", std::sync::Mutex::new(1)));
    }
}
