//! How far a replica is known to have come, in memory.
//!
//! A replica only moves forward, so what it has once been seen to pass it has passed for good, both by LSN and by the
//! transactions that are finished there, and a read whose position lies below that needs no verdict. With one exception: a replica that crashes restarts from its
//! last restartpoint and may accept queries at an *earlier* position than it had shown before. So the watermark belongs
//! to one run of the server, and these rules hold it there:
//!
//! * Every new connection asks the server first ([`Watermark::connected`]); finding it below the mark resets the mark.
//! * An answer may raise the mark only if no connection was made between asking and raising ([`Asked`]): otherwise it
//!   may be the word of the run before the crash, arriving late.
//! * The mark is read *after* a connection is in hand, so the reset by that connection has happened.
//!
//! Rejected: remembering `pg_postmaster_start_time()`; a crash of one backend restarts recovery under the same
//! postmaster, with the same start time.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use ryw_core::Progress;

use crate::report::Report;
use crate::sync::{Mutex, MutexGuard};

#[derive(Debug, Default)]
pub(crate) struct Watermark(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// How many connections have been made; see [`Asked`].
    connections: u64,
    known: Option<Known>,
}

/// What is known of a replica, and since when.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) report: Report,
    pub(crate) asked_at: Instant,
    /// How old the replica's state was then, as far as that can be told.
    pub(crate) lag: Duration,
}

/// Proof of when a question was asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    connections: u64,
    at: Instant,
}

impl Asked {
    /// When.
    pub(crate) const fn at(self) -> Instant {
        self.at
    }
}

impl Known {
    /// What is certain.
    pub(crate) const fn progress(&self) -> &Progress {
        &self.report.progress
    }
}

impl Watermark {
    pub(crate) fn known(&self) -> Option<Known> {
        self.lock().known.clone()
    }

    /// To be taken before the server is asked.
    pub(crate) fn ask(&self) -> Asked {
        Asked { connections: self.lock().connections, at: Instant::now() }
    }

    /// Notes what a new connection found.
    pub(crate) fn connected(&self, asked: Asked, report: Report, lag: Duration) {
        let mut state = self.lock();
        let overtaken = state.connections != asked.connections;
        state.connections += 1;
        let ahead = |known: &Known| {
            let (found, known) = (&report.progress, known.progress());
            found.branch() != known.branch() || found.offset() >= known.offset()
        };
        if overtaken && state.known.as_ref().is_some_and(ahead) {
            // A younger connection has spoken since; this word may be from the run before.
            return;
        }
        state.known = Some(Known { report, asked_at: asked.at, lag });
    }

    /// Notes an answer to a question.
    pub(crate) fn raise(&self, asked: Asked, report: &Report, lag: Duration) {
        let mut state = self.lock();
        if state.connections != asked.connections {
            return;
        }
        match &mut state.known {
            Some(known) if known.progress().branch() == report.progress.branch() => {
                if report.progress.offset() >= known.progress().offset() {
                    known.asked_at = known.asked_at.max(asked.at);
                    known.lag = lag;
                }
                known.report.advance(report);
            }
            known => *known = Some(Known { report: report.clone(), asked_at: asked.at, lag }),
        }
    }

    /// Forgets everything, and every answer still under way.
    pub(crate) fn reset(&self) {
        let mut state = self.lock();
        state.connections += 1;
        state.known = None;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change is one assignment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod orders;
#[cfg(test)]
mod tests {
    use ryw_core::Branch;

    use super::*;

    fn at(timeline: u64, offset: u64) -> Report {
        below(timeline, offset, 0)
    }

    fn below(timeline: u64, offset: u64, below: u64) -> Report {
        Progress::new(Branch::new("a".into(), timeline), offset).with_below(below).into()
    }

    fn offset(watermark: &Watermark) -> Option<u64> {
        watermark.known().map(|known| known.progress().offset())
    }

    #[test]
    fn answers_raise_and_never_lower() {
        let mark = Watermark::default();
        let (early, late) = (mark.ask(), mark.ask());
        mark.raise(late, &at(1, 20), Duration::ZERO);
        mark.raise(early, &at(1, 10), Duration::ZERO);
        assert_eq!(offset(&mark), Some(20));
    }

    #[test]
    fn a_server_that_came_back_earlier_resets_the_mark() {
        let mark = Watermark::default();
        mark.raise(mark.ask(), &at(1, 20), Duration::ZERO);
        mark.connected(mark.ask(), at(1, 5), Duration::ZERO);
        assert_eq!(offset(&mark), Some(5));
    }

    #[test]
    fn an_answer_from_before_a_restart_is_dropped() {
        let mark = Watermark::default();
        let before_the_crash = mark.ask();
        mark.connected(mark.ask(), at(1, 5), Duration::ZERO);
        mark.raise(before_the_crash, &at(1, 20), Duration::ZERO);
        assert_eq!(offset(&mark), Some(5));
    }

    #[test]
    fn a_connection_of_the_run_before_does_not_raise_either() {
        let mark = Watermark::default();
        let before_the_crash = mark.ask();
        mark.connected(mark.ask(), at(1, 5), Duration::ZERO);
        mark.connected(before_the_crash, at(1, 20), Duration::ZERO);
        assert_eq!(offset(&mark), Some(5));
        mark.connected(before_the_crash, at(1, 3), Duration::ZERO);
        assert_eq!(offset(&mark), Some(3));
    }

    #[test]
    fn another_timeline_replaces_the_mark() {
        let mark = Watermark::default();
        mark.raise(mark.ask(), &at(1, 20), Duration::ZERO);
        mark.raise(mark.ask(), &at(2, 5), Duration::ZERO);
        assert_eq!(mark.known().map(|known| known.report), Some(at(2, 5)));
    }

    #[test]
    fn both_measures_rise_by_themselves() {
        let mark = Watermark::default();
        mark.raise(mark.ask(), &below(1, 20, 7), Duration::ZERO);
        mark.raise(mark.ask(), &below(1, 10, 9), Duration::ZERO);
        assert_eq!(mark.known().map(|known| known.report), Some(below(1, 20, 9)));
    }
}
