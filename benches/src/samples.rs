//! Arithmetic on what was measured.

use std::time::Duration;

/// How long operations took, exactly: every one is kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(Vec<u64>);

impl Samples {
    pub(crate) fn record(&mut self, took: Duration) {
        self.0.push(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn append(&mut self, other: &mut Self) {
        self.0.append(&mut other.0);
    }

    pub(crate) fn sort(&mut self) {
        self.0.sort_unstable();
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The shortest time that `share` of the operations did not exceed; zero if there were none. They must be sorted.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        debug_assert!(self.0.is_sorted());
        let rank = (share * self.0.len() as f64).ceil() as usize;
        let index = rank.clamp(1, self.0.len().max(1)) - 1;
        Duration::from_nanos(self.0.get(index).copied().unwrap_or_default())
    }
}

/// A ratio that was taken in every round: the middle one, and the range of the middle half.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ratio {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Ratio {
    /// `measured` divided by `baseline`, both of the same round. A machine that is slow for a while is slow for both.
    /// Rounds without a baseline count for nothing; `None` if there are no others.
    pub(crate) fn by_round(measured: &[f64], baseline: &[f64]) -> Option<Self> {
        let pairs = measured.iter().zip(baseline).filter(|(_, baseline)| **baseline > 0.0);
        let mut ratios: Vec<_> = pairs.map(|(measured, baseline)| measured / baseline).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        let last = ratios.len().checked_sub(1)?;
        let quarter = ratios.len() / 4;
        Some(Self {
            median: f64::midpoint(ratios[last / 2], ratios[last.div_ceil(2)]),
            low: ratios[quarter],
            high: ratios[last - quarter],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_nearest_rank() {
        let mut samples = Samples::default();
        assert_eq!(samples.quantile(0.5), Duration::ZERO);
        for nanos in [40, 10, 30, 20] {
            samples.record(Duration::from_nanos(nanos));
        }
        samples.sort();
        for (share, nanos) in [(0.0, 10), (0.25, 10), (0.5, 20), (0.51, 30), (0.99, 40), (1.0, 40)] {
            assert_eq!(samples.quantile(share), Duration::from_nanos(nanos), "{share}");
        }
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        // The second round was ten times as slow for both, and the third disturbed only one.
        let (measured, baseline) = ([11.0, 110.0, 99.0, 11.0, 9.0], [10.0, 100.0, 10.0, 10.0, 10.0]);
        let ratio = Ratio::by_round(&measured, &baseline).unwrap();
        assert_eq!(ratio, Ratio { median: 1.1, low: 1.1, high: 1.1 });
        assert_eq!(Ratio::by_round(&measured, &[0.0; 5]), None);
        assert_eq!(Ratio::by_round(&[], &[]), None);
    }

    #[test]
    fn an_even_number_has_two_in_the_middle() {
        let ratio = Ratio::by_round(&[4.0, 1.0, 2.0, 3.0], &[1.0; 4]).unwrap();
        assert_eq!(ratio, Ratio { median: 2.5, low: 2.0, high: 3.0 });
        let ratio = Ratio::by_round(&[3.0], &[2.0]).unwrap();
        assert_eq!(ratio, Ratio { median: 1.5, low: 1.5, high: 1.5 });
    }
}
