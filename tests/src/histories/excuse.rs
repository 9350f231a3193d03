//! What the checker finds, and ryw does not promise.
//!
//! A replica can show a commit before the primary does: while the commit waits for synchronous standbys, and without any for
//! the moment between shipping its record and letting go of the transaction. A session that has seen another's write on a
//! replica just then does not see it on the primary, until that write was acknowledged (`ryw-postgres`, "What is not
//! promised"). Nothing that ryw could ask tells the two apart. Such reads are counted by themselves.

use ryw_core::Route;
use ryw_testkit::check::{Guarantee, Violation};
use ryw_testkit::history::{Action, History, Operation, Outcome};

/// Whether a violation is a read on the primary that misses what only a replica had shown, of a write that nobody had been
/// acknowledged when the read began.
pub(crate) fn primary_was_behind(history: &History, violation: &Violation) -> bool {
    let mut shown: Vec<_> = violation.operations.iter().filter_map(|id| history.operation(*id)).collect();
    let (Some(wrong), Some(missed)) = (shown.pop(), shown.first().copied()) else { return false };
    let seen_on_a_replica =
        |of: &Operation<'_>| !of.action.is_read() || of.route.is_some_and(Route::is_replica);
    violation.guarantee == Guarantee::MonotonicReads
        && wrong.action.is_read()
        && wrong.route == Some(Route::Primary)
        && shown.iter().all(seen_on_a_replica)
        && if missed.action.is_read() {
            is_sum_under_way(history, &missed, &wrong)
        } else {
            is_under_way(&missed, wrong.start)
        }
}

/// Whether a write was not acknowledged by then.
fn is_under_way(write: &Operation<'_>, by: u64) -> bool {
    write.end.is_none_or(|end| end > by) || write.outcome != Outcome::Ok
}

/// Of a sum nobody knows whose increments it holds; one that was under way is enough.
fn is_sum_under_way(history: &History, seen: &Operation<'_>, wrong: &Operation<'_>) -> bool {
    history.operations().any(|operation| {
        operation.object == seen.object
            && matches!(operation.action, Action::Increment(_))
            && operation.start < seen.end.unwrap_or(0)
            && is_under_way(&operation, wrong.start)
    })
}

#[cfg(test)]
mod tests {
    use ryw_testkit::check::check;
    use ryw_testkit::history::{Order, Recorder, Shape};

    use super::*;

    /// Bob's write is seen by Alice in one place, and not in the other, before or after he was acknowledged.
    fn is_excused(first: Route, second: Route, acknowledged: bool) -> bool {
        let recorder = Recorder::new();
        let note = recorder.object(recorder.source("main", Order::OneLog), "note", Shape::Register);
        recorder.existing(note, 1, Some(1));
        let (alice, bob) = (recorder.session("alice"), recorder.session("bob"));
        let mut write = Some(bob.write(note, 2).version(2));
        alice.read(note).via(first, "caught_up").version(2).found(2);
        if acknowledged {
            write.take().map(|write| write.ok());
        }
        alice.read(note).via(second, "replicas_behind").version(1).found(1);
        write.map(|write| write.ok());
        let history = recorder.history();
        let report = check(&history).unwrap();
        assert_eq!(report.count(Guarantee::MonotonicReads), 1, "{report}");
        primary_was_behind(&history, &report.violations[0])
    }

    #[test]
    fn only_what_a_replica_shows_before_the_primary_is_excused() {
        let (primary, replica) = (Route::Primary, Route::Replica(0));
        assert!(is_excused(replica, primary, false));
        for (first, second, acknowledged) in [
            (replica, primary, true),
            (replica, Route::Replica(1), false),
            (primary, replica, false),
            (primary, primary, false),
        ] {
            assert!(!is_excused(first, second, acknowledged), "{first}, {second}, {acknowledged}");
        }
    }
}
