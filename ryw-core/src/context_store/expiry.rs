//! How long a context is kept.

use std::time::Duration;

use crate::Error;

/// What a context is kept for beyond the tolerated lag, at least: clocks differ, and a save takes its time.
const MARGIN: Duration = Duration::from_secs(60);

/// How long a context is kept after its last change: always longer than a replica may lag.
///
/// A context that was dropped is one that has done nothing, and may be read from any replica. So by then every replica has to
/// have what it wrote; otherwise its user is shown a world without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    tolerated_lag: Duration,
    time_to_live: Duration,
}

impl Expiry {
    /// Twice the `tolerated_lag`, and a minute longer than it at least.
    ///
    /// Give the most that any replica which any process reads may be behind, an incident included: not what it usually is.
    /// Contexts are small; an hour or a day costs little.
    #[must_use]
    pub const fn longer_than(tolerated_lag: Duration) -> Self {
        let (double, margin) = (tolerated_lag.saturating_mul(2), tolerated_lag.saturating_add(MARGIN));
        let time_to_live = if double.as_nanos() > margin.as_nanos() { double } else { margin };
        Self { tolerated_lag, time_to_live }
    }

    /// The same, kept for `time_to_live`.
    ///
    /// # Errors
    /// [Config](Error::is_config), if that is not a minute longer than the tolerated lag.
    pub fn kept_for(self, time_to_live: Duration) -> Result<Self, Error> {
        let least = self.tolerated_lag.saturating_add(MARGIN);
        if time_to_live < least {
            return Err(Error::config(format!(
                "contexts would be dropped after {time_to_live:?}, while replicas may lag by {:?}: keep them for {least:?} \
                 at least, or their users would not see what they wrote",
                self.tolerated_lag
            )));
        }
        Ok(Self { time_to_live, ..self })
    }

    /// For how long.
    #[must_use]
    pub const fn time_to_live(self) -> Duration {
        self.time_to_live
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn it_is_longer_than_the_lag_however_it_is_made() {
        for (lag, kept) in [(0, 60), (30, 90), (60, 120), (600, 1200)] {
            assert_eq!(Expiry::longer_than(seconds(lag)).time_to_live(), seconds(kept));
        }
        assert_eq!(Expiry::longer_than(Duration::MAX).time_to_live(), Duration::MAX);
        let expiry = Expiry::longer_than(seconds(600));
        assert_eq!(expiry.kept_for(seconds(660)).unwrap().time_to_live(), seconds(660));
        for wrong in [0, 30, 600, 659] {
            let error = expiry.kept_for(seconds(wrong)).unwrap_err();
            assert!(error.is_config() && error.to_string().contains("660s"), "{error}");
        }
    }
}
