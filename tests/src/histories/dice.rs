//! All chance of a run comes from its seed.

use std::ops::Range;
use std::time::Duration;

/// A sequence of its own for part `number` of what has `seed`, so that no part takes from another's.
#[derive(Clone, Debug)]
pub(crate) struct Dice(fastrand::Rng);

impl Dice {
    pub(crate) fn of(seed: u64, number: u64) -> Self {
        let mut rng =
            fastrand::Rng::with_seed(seed ^ number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        // Seeds that differ in few bits begin alike.
        rng.u64(..);
        Self(rng)
    }

    /// A seed for a part.
    pub(crate) fn seed(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0.usize(0..sides)
    }

    /// One of `all`, each as often as it weighs.
    pub(crate) fn weighed<T: Copy>(&mut self, all: &[(T, u32)]) -> T {
        let mut left = self.0.u32(0..all.iter().map(|(_, weight)| weight).sum());
        for (one, weight) in all {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return *one,
            }
        }
        unreachable!("the number is below the sum of all weights")
    }

    /// Yes, so often in a hundred.
    pub(crate) fn percent(&mut self, chance: usize) -> bool {
        self.roll(100) < chance
    }

    /// So many milliseconds.
    pub(crate) fn millis(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.0.u64(range))
    }
}
