//! What is counted during a run.

use std::time::Duration;

use anyhow::Result;
use hdrhistogram::Histogram;

use crate::report;
use crate::strategies::Counts;

/// Latencies are counted in microseconds, up to a minute, exact to three digits.
const LONGEST: Duration = Duration::from_secs(60);
const DIGITS: u8 = 3;

/// The sum over all users.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Reads that came to an answer.
    pub(crate) reads: Latencies,
    /// Reads among these that were older than the user's last acknowledged write.
    pub(crate) stale: u64,
    /// Reads that came to an error instead.
    pub(crate) failed_reads: u64,
    /// Writes that were acknowledged.
    pub(crate) writes: Latencies,
    /// Writes that came to an error instead.
    pub(crate) failed_writes: u64,
    /// The first of all these errors.
    pub(crate) first_error: Option<String>,
}

impl Tally {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            reads: Latencies::new()?,
            stale: 0,
            failed_reads: 0,
            writes: Latencies::new()?,
            failed_writes: 0,
            first_error: None,
        })
    }

    /// Remembers an error if it is the first.
    pub(crate) fn remember(&mut self, error: &anyhow::Error) {
        self.first_error.get_or_insert_with(|| report::in_one_line(&**error));
    }
}

/// How long operations took.
#[derive(Debug)]
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    fn new() -> Result<Self> {
        Ok(Self(Histogram::new_with_bounds(1, micros(LONGEST), DIGITS)?))
    }

    pub(crate) fn record(&mut self, took: Duration) {
        self.0.saturating_record(micros(took));
    }

    /// How many there were.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time that `percent` of them did not exceed.
    pub(crate) fn percentile(&self, percent: f64) -> Duration {
        Duration::from_micros(self.0.value_at_percentile(percent))
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// What came of a strategy.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) tally: Tally,
    pub(crate) counts: Counts,
}
