//! What later reads must not go behind.

use crate::{Place, Progress, Seen};

/// A [`Seen`] without its branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Floor {
    pub(super) offset: u64,
    /// 0 if nothing is known of tickets.
    pub(super) below: u64,
    pub(super) place: Option<Place>,
}

impl From<&Seen> for Floor {
    fn from(seen: &Seen) -> Self {
        Self { offset: seen.offset(), below: seen.below(), place: seen.place() }
    }
}

impl Floor {
    /// The least floor that is no lower than either.
    pub(super) fn join(self, other: Self) -> Self {
        // What the one read saw can be bounded by a ticket only if it is known for both.
        let bounded = self.below != 0 && other.below != 0;
        Self {
            offset: self.offset.max(other.offset),
            below: if bounded { self.below.max(other.below) } else { 0 },
            place: self.joined_place(other),
        }
    }

    /// The server that had come further held everything before its offset, and so what the other read saw. Of two that
    /// had come equally far neither is certain to hold what the other showed.
    fn joined_place(self, other: Self) -> Option<Place> {
        if self.offset != other.offset {
            return if self.offset > other.offset { self.place } else { other.place };
        }
        let (one, two) = (self.place?, other.place?);
        (one.node == two.node).then_some(Place { node: one.node, at: one.at.min(two.at) })
    }

    /// Whether a server of the same branch is above it: any one proof suffices.
    pub(super) fn is_covered_by(self, progress: &Progress) -> bool {
        let by_place = match (progress.place(), self.place) {
            (Some(server), Some(read)) => server.keeps(read),
            (None, _) | (_, None) => false,
        };
        by_place || self.is_below(progress)
    }

    /// Whether all that it stands for is held by whoever has come this far, whichever server that is.
    pub(super) fn is_below(self, progress: &Progress) -> bool {
        self.offset <= progress.offset() || (self.below != 0 && self.below <= progress.below())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Branch;

    fn floor(offset: u64, below: u64, place: Option<(u64, u64)>) -> Floor {
        Floor { offset, below, place: place.map(|(node, at)| Place { node, at }) }
    }

    #[test]
    fn any_one_proof_suffices() {
        let branch = Branch::new("a".into(), 1);
        let server = Progress::new(branch, 5).with_below(20).with_place(Place { node: 3, at: 7 });
        for (asked, covered) in [
            (floor(5, 99, None), true),
            (floor(6, 20, None), true),
            (floor(6, 21, None), false),
            (floor(6, 0, None), false),
            (floor(6, 21, Some((3, 7))), true),
            (floor(6, 21, Some((3, 6))), false),
            (floor(6, 21, Some((4, 9))), false),
        ] {
            assert_eq!(asked.is_covered_by(&server), covered, "{asked:?}");
        }
    }

    #[test]
    fn the_place_is_that_of_the_further_read() {
        for (one, two, joined) in [
            (floor(5, 2, Some((1, 1))), floor(6, 3, Some((2, 1))), floor(6, 3, Some((2, 1)))),
            (floor(5, 2, Some((1, 1))), floor(6, 0, None), floor(6, 0, None)),
            (floor(6, 2, Some((1, 4))), floor(6, 1, Some((1, 3))), floor(6, 2, Some((1, 3)))),
            (floor(6, 2, Some((1, 4))), floor(6, 2, Some((2, 4))), floor(6, 2, None)),
            (floor(6, 2, Some((1, 4))), floor(6, 2, None), floor(6, 2, None)),
        ] {
            assert_eq!((one.join(two), two.join(one)), (joined, joined), "{one:?} {two:?}");
        }
    }
}
