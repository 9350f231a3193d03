//! What was certainly in the database by when, of one object.

use super::bound::Bound;

/// Bounds on what an object holds, each from some time on, and each at least the one before.
#[derive(Debug, Default)]
pub(super) struct Evident(Vec<(u64, Bound)>);

impl Evident {
    /// From `time` on, which is no earlier than any time before, the object holds at least `bound`.
    pub(super) fn raise(&mut self, time: u64, bound: Bound) {
        let mut whole = self.0.last().map_or_else(Bound::default, |(_, last)| *last);
        if whole.raise(&bound) {
            self.0.push((time, whole));
        }
    }

    /// What the object held at the latest before `time`, and in how many steps that was found.
    ///
    /// Looks back from the end in ever longer strides: what is asked for is seldom far back, however long the history is.
    pub(super) fn before(&self, time: u64) -> (Option<&Bound>, u64) {
        let (mut steps, mut stride, mut end) = (1, 1, self.0.len());
        while end > 0 && self.0[end - 1].0 >= time {
            end = end.saturating_sub(stride);
            (stride, steps) = (stride * 2, steps + 1);
        }
        // The place sought lies between `end` and the stride before it.
        let upto = (end + stride / 2 + 1).min(self.0.len());
        let place = end + self.0[end..upto].partition_point(|(at, _)| *at < time);
        steps += u64::from((upto - end).max(1).ilog2());
        (place.checked_sub(1).map(|index| &self.0[index].1), steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::bound::Witness;

    #[test]
    fn finds_what_a_plain_search_finds() {
        let mut evident = Evident::default();
        for number in 1..=40 {
            let witness = Witness { write: number, by: number };
            evident.raise(u64::from(number) * 10, Bound::of(Some(number.into()), 0, witness));
        }
        for time in 0..=420 {
            let expected = (1..=40).rfind(|number| number * 10 < time);
            assert_eq!(evident.before(time).0.and_then(Bound::version), expected, "{time}");
        }
        assert!(evident.before(405).1 <= 2, "what is near the end is found at once");
    }

    #[test]
    fn what_says_less_is_not_kept() {
        let mut evident = Evident::default();
        let witness = Witness { write: 0, by: 0 };
        evident.raise(1, Bound::of(Some(5), 3, witness));
        evident.raise(2, Bound::of(Some(4), 3, witness));
        assert_eq!(evident.0.len(), 1);
    }
}
