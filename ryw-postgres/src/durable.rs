//! What a replica holds for good: what it will hold when it next answers, whatever happens to it until then.
//!
//! A standby that starts does not take connections before it has replayed up to its *minimum recovery end*, which its control
//! file names (`pg_control_recovery()`). That only moves forward: with the pages of data that are written, and with each
//! restartpoint. So what lies below it is never missing again, while what the standby has merely shown may be
//! (`watermark`).
//!
//! It may be a record ahead of what the standby shows, for it counts the one that is being replayed. So of the minimum
//! recovery end and the replay LSN the lesser counts, which is held now and after a crash.
//!
//! In transaction ids the control file says as much: the checkpoint that the last restartpoint was made of names the oldest
//! transaction that was not over then. All before it had their commit records before that of the checkpoint, which lies
//! below the minimum recovery end.
//!
//! Two things move it back, and neither is a crash: a server is replaced by one that was built from an older backup, or
//! is rewound. Where that is seen, all that was known is forgotten; `docs/stores.md` says what of it cannot be seen.
//!
//! Rejected: the watermark (`tests/tests/stores/retirement.rs` shows the stale read). Rejected: the flush LSN of
//! `pg_stat_replication`, which is what was received, and not what is replayed before the standby answers; nor may a plain
//! role see it. Rejected: the `xmin` of snapshots that the minimum recovery end has passed since. It is as sound, but an idle
//! primary goes on to log what is running for a moment after its last checkpoint, so that a process that was not there
//! before would wait for the next write.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ryw_core::Progress;

/// What is known of one server.
#[derive(Debug, Default)]
pub(crate) struct Durable(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When the last answer was noted.
    noted_at: Option<Instant>,
    held: Option<Progress>,
}

impl Durable {
    /// Everything that it holds for good.
    pub(crate) fn held(&self) -> Option<Progress> {
        self.lock().held.clone()
    }

    /// Notes an answer to a question of `asked_at`. One that may have been overtaken by another is not taken for a server that
    /// went back.
    pub(crate) fn note(&self, asked_at: Instant, told: &Progress) {
        let mut state = self.lock();
        let is_overtaken = state.noted_at.is_some_and(|noted| asked_at < noted);
        let goes_on = |held: &Progress| held.branch() == told.branch() && held.offset() <= told.offset();
        match &mut state.held {
            Some(held) if goes_on(held) => held.advance(told),
            _ if is_overtaken => return,
            held => *held = Some(told.clone()),
        }
        state.noted_at = Some(Instant::now());
    }

    /// Forgets everything: it plays another part from now on.
    pub(crate) fn reset(&self) {
        *self.lock() = State { noted_at: Some(Instant::now()), held: None };
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A change that was cut short has added nothing that does not hold.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Below which transaction id all were over at a checkpoint, by its `next_xid` (`epoch:xid`) and its `oldest_active_xid`;
/// 0 if it does not say, as one of a shutdown.
pub(crate) fn over(next: &str, oldest: u64) -> u64 {
    let parts = next.split_once(':').and_then(|(epoch, xid)| Some((epoch.parse().ok()?, xid.parse().ok()?)));
    let Some((epoch, next)): Option<(u64, u64)> = parts.filter(|_| oldest != 0) else { return 0 };
    // The oldest is of the epoch before if it is the greater number.
    let epoch = if oldest <= next { Some(epoch) } else { epoch.checked_sub(1) };
    epoch.map_or(0, |epoch| (epoch << 32) + oldest)
}

#[cfg(test)]
mod tests {
    use ryw_core::Branch;

    use super::*;

    fn at(timeline: u64, offset: u64, below: u64) -> Progress {
        Progress::new(Branch::new("a".into(), timeline), offset).with_below(below)
    }

    #[test]
    fn it_moves_forward_unless_the_server_is_another() {
        let durable = Durable::default();
        assert_eq!(durable.held(), None, "nobody has asked");
        for (told, held) in [
            (at(1, 10, 5), at(1, 10, 5)),
            (at(1, 20, 5), at(1, 20, 5)),
            // A checkpoint of a shutdown.
            (at(1, 30, 0), at(1, 30, 5)),
            (at(1, 29, 5), at(1, 29, 5)),
            (at(1, 28, 0), at(1, 28, 0)),
            (at(2, 9, 1), at(2, 9, 1)),
        ] {
            durable.note(Instant::now(), &told);
            assert_eq!(durable.held(), Some(held), "{told:?}");
        }
    }

    #[test]
    fn a_late_answer_is_not_taken_for_a_server_that_went_back() {
        let (durable, early) = (Durable::default(), Instant::now());
        durable.note(Instant::now(), &at(1, 20, 5));
        durable.note(early, &at(1, 10, 4));
        assert_eq!(durable.held(), Some(at(1, 20, 5)));
        durable.note(early, &at(1, 30, 6));
        assert_eq!(durable.held(), Some(at(1, 30, 6)));
        durable.reset();
        durable.note(early, &at(1, 40, 7));
        assert_eq!(durable.held(), None, "that was its word in another part");
    }

    #[test]
    fn the_oldest_transaction_is_of_this_epoch_or_the_one_before() {
        for (next, oldest, below) in [
            ("0:736", 736, 736),
            ("0:736", 730, 730),
            ("2:5", 5, (2 << 32) + 5),
            ("2:5", 4_294_967_290, (1 << 32) + 4_294_967_290),
            ("0:736", 0, 0),
            ("0:5", 6, 0),
            ("736", 736, 0),
            ("", 1, 0),
        ] {
            assert_eq!(over(next, oldest), below, "{next} {oldest}");
        }
    }
}
