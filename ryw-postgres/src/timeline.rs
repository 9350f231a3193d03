//! What is known of the primary's own progress: how far it had come, and when.
//!
//! Three questions are answered from it, without asking anyone: is a position one the primary has reached (or is it
//! from the future, forged or lost)? how old is a replica's state? when will it have caught up with a position?
//! The first needs exactness and has it: the furthest position ever seen. The other two are estimates, and only choose
//! between waiting and not waiting.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ryw_core::{Branch, Progress};

/// Marks kept for estimates; with [`SPACING`] they reach back over half a second of steady writing at least.
const MARKS: usize = 512;
/// The least time between two marks.
const SPACING: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(crate) struct Timeline(Mutex<State>);

#[derive(Debug)]
struct State {
    /// The furthest it is known to have come; of its tickets, all below have been given out.
    furthest: Progress,
    /// When the question was sent that it answered: everything committed before then lies before it.
    asked_at: Instant,
    /// When the primary was first known to have come this far, oldest first.
    marks: VecDeque<(Instant, u64)>,
}

impl Timeline {
    pub(crate) fn new(start: Progress) -> Self {
        let marks = VecDeque::from([(Instant::now(), start.offset())]);
        Self(Mutex::new(State { furthest: start, asked_at: Instant::now(), marks }))
    }

    /// The furthest that the primary is known to have come.
    pub(crate) fn furthest(&self) -> Progress {
        self.lock().furthest.clone()
    }

    /// The branch that the primary is known to be on.
    pub(crate) fn branch(&self) -> Branch {
        self.lock().furthest.branch().clone()
    }

    /// Notes that the primary, asked at `asked_at` or later, had come to `progress`.
    pub(crate) fn note(&self, progress: &Progress, asked_at: Instant) {
        let mut state = self.lock();
        if progress.branch() != state.furthest.branch() {
            if progress.branch().timeline() < state.furthest.branch().timeline() {
                return;
            }
            state.marks.clear();
            state.furthest = progress.clone();
            state.asked_at = asked_at;
        }
        let reached = progress.offset() >= state.furthest.offset();
        state.furthest.advance(progress);
        if !reached {
            return;
        }
        state.asked_at = state.asked_at.max(asked_at);
        let spaced = state.marks.back().is_none_or(|(at, lsn)| {
            *lsn < progress.offset() && asked_at.saturating_duration_since(*at) >= SPACING
        });
        if spaced {
            if state.marks.len() == MARKS {
                state.marks.pop_front();
            }
            state.marks.push_back((asked_at, progress.offset()));
        }
    }

    /// How far the primary had come `bound` before `now` at least, if that is known.
    pub(crate) fn reached_within(&self, bound: Duration, now: Instant) -> Option<Progress> {
        let state = self.lock();
        (now.saturating_duration_since(state.asked_at) <= bound).then(|| state.furthest.clone())
    }

    /// How old the state of a replica is that has replayed up to `replayed`; an estimate.
    pub(crate) fn lag(&self, replayed: u64, now: Instant) -> Duration {
        self.age_of_first(|lsn| lsn > replayed, now)
    }

    /// How long ago the primary came to `offset`; an estimate.
    pub(crate) fn age(&self, offset: u64, now: Instant) -> Duration {
        self.age_of_first(|lsn| lsn >= offset, now)
    }

    fn age_of_first(&self, reached: impl Fn(u64) -> bool, now: Instant) -> Duration {
        let state = self.lock();
        let first = state.marks.partition_point(|(_, lsn)| !reached(*lsn));
        state.marks.get(first).map_or(Duration::ZERO, |(at, _)| now.saturating_duration_since(*at))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A half-made change misleads an estimate at worst.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(timeline: u64, offset: u64) -> Progress {
        Progress::new(Branch::new("a".into(), timeline), offset)
    }

    #[test]
    fn it_moves_forward_and_onto_newer_timelines_only() {
        let timeline = Timeline::new(at(1, 10));
        for (noted, furthest) in
            [(at(1, 20), at(1, 20)), (at(1, 15), at(1, 20)), (at(2, 12), at(2, 12)), (at(1, 99), at(2, 12))]
        {
            timeline.note(&noted, Instant::now());
            assert_eq!(timeline.furthest(), furthest, "after {noted:?}");
        }
    }

    #[test]
    fn a_replica_that_has_all_has_no_lag_however_long_nothing_is_written() {
        let timeline = Timeline::new(at(1, 10));
        let later = Instant::now() + Duration::from_secs(3600);
        assert_eq!(timeline.lag(10, later), Duration::ZERO);
        assert!(timeline.lag(9, later) >= Duration::from_secs(3600));
        assert!(timeline.age(10, later) >= Duration::from_secs(3600));
        assert_eq!(timeline.age(11, later), Duration::ZERO);
    }

    #[test]
    fn a_bound_counts_from_the_question_not_from_the_answer() {
        let timeline = Timeline::new(at(1, 10));
        let asked = Instant::now();
        timeline.note(&at(1, 20), asked);
        let bound = Duration::from_millis(5);
        assert_eq!(timeline.reached_within(bound, asked + bound), Some(at(1, 20)));
        assert_eq!(timeline.reached_within(bound, asked + bound * 2), None);
    }
}
