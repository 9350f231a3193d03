//! What reads and writes cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};

use crate::observe::Observer;

/// Capacity units that a source's requests have consumed, as the service told.
///
/// An eventually consistent read of up to 4 KB is half a unit, a strongly consistent one a whole, a transactional one two.
#[derive(Debug)]
pub struct Cost {
    /// In tenths: the service counts halves.
    read: AtomicU64,
    written: AtomicU64,
    observer: Arc<Observer>,
    /// Whether the service is asked for it.
    is_counted: bool,
}

impl Cost {
    pub(crate) fn new(observer: Arc<Observer>, is_counted: bool) -> Self {
        Self { read: AtomicU64::new(0), written: AtomicU64::new(0), observer, is_counted }
    }

    /// It, if it is counted.
    pub(crate) fn counted(&self) -> Option<&Self> {
        self.is_counted.then_some(self)
    }

    /// What each request asks for.
    pub(crate) fn asked(&self) -> Option<ReturnConsumedCapacity> {
        self.is_counted.then_some(ReturnConsumedCapacity::Total)
    }

    /// Read units.
    #[must_use]
    pub fn read_units(&self) -> f64 {
        units(&self.read)
    }

    /// Write units.
    #[must_use]
    pub fn write_units(&self) -> f64 {
        units(&self.written)
    }

    pub(crate) fn read<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.observer.consumed_by_reads(add(&self.read, consumed));
    }

    pub(crate) fn wrote<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.observer.consumed_by_writes(add(&self.written, consumed));
    }
}

/// Adds it, and says how much it is.
fn add<'a>(total: &AtomicU64, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) -> u64 {
    let units: f64 = consumed.into_iter().filter_map(ConsumedCapacity::capacity_units).sum();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small sum of halves")]
    let tenths = (units * 10.0).round() as u64;
    total.fetch_add(tenths, Ordering::Relaxed);
    tenths
}

fn units(total: &AtomicU64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "for people to look at")]
    let units = total.load(Ordering::Relaxed) as f64 / 10.0;
    units
}
