//! What the checker finds, and ryw does not promise.
//!
//! A replica can show a commit before the primary does: while the commit waits for synchronous standbys, and without any for
//! the moment between shipping its record and letting go of the transaction. A session that has seen another's write on a
//! replica just then does not see it on the primary, until that write was acknowledged (`ryw-postgres`, "What is not
//! promised"). Nothing that ryw could ask tells the two apart. Such reads are counted by themselves.

use ryw_core::Route;
use ryw_testkit::check::{Guarantee, Violation};
use ryw_testkit::history::{Action, Answer, History, Operation, Outcome};

/// What alone is excused.
pub(crate) const OF: Guarantee = Guarantee::MonotonicReads;

/// Whether a violation is a read on the primary that misses what only a replica had shown, of writes that nobody had been
/// acknowledged when the read began.
pub(crate) fn primary_was_behind(history: &History, violation: &Violation) -> bool {
    let mut shown: Vec<_> = violation.operations.iter().filter_map(|id| history.operation(*id)).collect();
    let Some(wrong) = shown.pop() else { return false };
    shown.retain(|operation| operation.object == wrong.object);
    let on_a_replica = |of: &Operation<'_>| !of.action.is_read() || of.route.is_some_and(Route::is_replica);
    violation.guarantee == OF
        && wrong.action.is_read()
        && wrong.route == Some(Route::Primary)
        && shown.iter().all(on_a_replica)
        && misses_only_what_is_under_way(history, &shown, &wrong)
}

/// There is such a write, and no other is missed.
fn misses_only_what_is_under_way(history: &History, shown: &[Operation<'_>], wrong: &Operation<'_>) -> bool {
    let mut some = false;
    for earlier in shown {
        let missed = if earlier.action.is_read() {
            missed_of(history, earlier, wrong)
        } else if shows(wrong, earlier) {
            Vec::new()
        } else {
            vec![*earlier]
        };
        if missed.iter().any(|write| !is_under_way(write, wrong.start)) {
            return false;
        }
        some |= !missed.is_empty();
    }
    some
}

/// The writes that an earlier read shows, and a later one does not.
fn missed_of<'h>(history: &'h History, earlier: &Operation<'_>, later: &Operation<'_>) -> Vec<Operation<'h>> {
    let of_object = || history.operations().filter(|operation| operation.object == later.object);
    let lacks = |write: &Operation<'_>| shows(earlier, write) && !shows(later, write);
    let removed = |value| {
        of_object().any(|write| {
            write.action == Action::Remove(value) && later.end.is_none_or(|end| write.start < end)
        })
    };
    of_object()
        .filter(|write| match write.action {
            // Of a sum nobody knows which increments it holds: one that was under way is enough.
            Action::Increment(_) => {
                earlier.end.is_none_or(|end| write.start < end) && is_under_way(write, later.start)
            }
            Action::Add(value) => lacks(write) && !removed(value),
            Action::Write(_) | Action::Append(_) => lacks(write),
            Action::Delete | Action::Remove(_) | Action::Read(_) => false,
        })
        .collect()
}

/// Whether a read shows what a write wrote.
fn shows(read: &Operation<'_>, write: &Operation<'_>) -> bool {
    let (Action::Read(answer), Action::Write(value) | Action::Append(value) | Action::Add(value)) =
        (read.action, write.action)
    else {
        return false;
    };
    match answer {
        Answer::None | Answer::Absent => false,
        Answer::Value(shown) => shown == value,
        Answer::Many(elements) => elements.contains(&value),
    }
}

/// Whether a write was not acknowledged by then.
fn is_under_way(write: &Operation<'_>, by: u64) -> bool {
    write.end.is_none_or(|end| end > by) || write.outcome != Outcome::Ok
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

    /// The same of a list, a sum and a set.
    #[test]
    fn whatever_is_read() {
        let recorder = Recorder::new();
        let main = recorder.source("main", Order::OneLog);
        let object = |shape| recorder.object(main, "object", shape);
        let (list, sum, set) = (object(Shape::List), object(Shape::Counter), object(Shape::Set));
        let (alice, bob) = (recorder.session("alice"), recorder.session("bob"));
        let under_way = (bob.append(list, 7), bob.increment(sum, 1), bob.add(set, 7));
        for (route, elements) in [(Route::Replica(0), vec![7]), (Route::Primary, vec![])] {
            alice.read(list).via(route, "").found_all(elements.clone());
            alice.read(sum).via(route, "").found(elements.len() as u64);
            alice.read(set).via(route, "").found_all(elements);
        }
        under_way.0.ok();
        under_way.1.ok();
        under_way.2.ok();
        let history = recorder.history();
        let report = check(&history).unwrap();
        assert_eq!(report.count(Guarantee::MonotonicReads), 3, "{report}");
        let excused = report.violations.iter().filter(|found| primary_was_behind(&history, found));
        assert_eq!(excused.count(), 3, "{report}");
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
