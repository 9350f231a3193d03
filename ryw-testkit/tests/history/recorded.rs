//! What is recorded is what is read back.

use std::time::Duration;

use ryw_core::{Error, Position, Reason, Route, Routed, Ticket, Written};
use ryw_testkit::history::{Action, Answer, Outcome, Policy, Recorder, Shape};

use crate::scene::per_object;

#[test]
fn every_part_of_an_operation() {
    let scene = per_object();
    let x = scene.object("x", Shape::Register);
    let id = scene
        .alice
        .write(x, 11)
        .version(2)
        .via(Route::Replica(3), "why")
        .mark("b/1", Some(7), Some(255))
        .ok();
    let history = scene.recorder.history();
    let write = history.operation(id).unwrap();
    assert_eq!((write.action, write.outcome, write.version), (Action::Write(11), Outcome::Ok, Some(2)));
    assert_eq!((write.start, write.end), (1_000_000, Some(2_000_000)));
    assert_eq!((write.route, write.reason), (Some(Route::Replica(3)), Some("why")));
    assert_eq!(write.mark.unwrap().to_string(), "b/1#7@FF");
    assert_eq!((history.session_name(write.session), history.object_name(write.object)), ("alice", "x"));
    assert_eq!(history.source_named(history.source(x)).0, "main");
}

#[test]
fn every_policy() {
    let bounded = Policy::Bounded(Duration::from_millis(1500));
    for policy in
        [Policy::Session, Policy::OwnWrites, Policy::Strong, bounded, Policy::Eventual, Policy::Final]
    {
        let scene = per_object();
        let x = scene.register("x");
        let id = scene.alice.read(x).policy(policy).absent();
        assert_eq!(scene.recorder.history().operation(id).unwrap().policy, policy);
    }
}

#[test]
fn what_ryw_returns() {
    let scene = per_object();
    let x = scene.object("x", Shape::Register);
    let position = Position::new("postgres:7".into(), 1, 0x1F).clone();
    let ticket = Position::ticketed(position.branch().clone(), Ticket { id: 801, after: 0 });
    let routed = Routed { route: Route::Primary, reason: Reason::Write };
    let outcomes = [
        (Ok(Written::new((), Some(ticket.with_offset(0x1F)))), Outcome::Ok),
        (Ok(Written::new((), None)), Outcome::Ok),
        (Err(Error::commit_unknown()), Outcome::Unknown),
        (Err(Error::unavailable("gone")), Outcome::Failed),
    ];
    for (value, (result, outcome)) in (1..).zip(outcomes) {
        let id = scene.alice.write(x, value).routed(routed).settle(&result);
        let history = scene.recorder.history();
        let write = history.operation(id).unwrap();
        assert_eq!((write.outcome, write.reason), (outcome, Some("write")));
        let shown = (value == 1).then(|| "postgres:7/1#801@1F".to_owned());
        assert_eq!(write.mark.map(|mark| mark.to_string()), shown);
    }
}

#[test]
fn what_ryw_may_serve_stale_is_not_checked() {
    for (reason, policy) in [
        (Reason::CaughtUp, Policy::Session),
        (Reason::Overloaded, Policy::Eventual),
        (Reason::HomeDown, Policy::Eventual),
    ] {
        let scene = per_object();
        let x = scene.register("x");
        let id = scene.alice.read(x).routed(Routed { route: Route::Replica(0), reason }).found(10);
        assert_eq!(scene.recorder.history().operation(id).unwrap().policy, policy);
    }
}

#[test]
fn what_is_dropped_is_unknown_and_has_no_end() {
    let scene = per_object();
    let x = scene.register("x");
    drop((scene.alice.write(x, 11), scene.alice.read(x)));
    let history = scene.recorder.history();
    let dropped: Vec<_> = history.operations().skip(1).collect();
    assert!(dropped.iter().all(|operation| (operation.outcome, operation.end) == (Outcome::Unknown, None)));
    assert_eq!(dropped[1].action, Action::Read(Answer::None));
}

/// From many threads: each has its own times, and none stands still.
#[test]
fn it_is_shared_between_threads() {
    let recorder = Recorder::new();
    let main = recorder.source("main", ryw_testkit::history::Order::OneLog);
    std::thread::scope(|threads| {
        for thread in 0..4 {
            let (recorder, session) = (recorder.clone(), recorder.session(&format!("s{thread}")));
            threads.spawn(move || {
                let own = recorder.object(main, &format!("x{thread}"), Shape::Register);
                for value in 0..1000 {
                    session.write(own, value).version(value).ok();
                    session.read(own).found(value);
                }
            });
        }
    });
    let history = recorder.history();
    assert_eq!(history.len(), 8000);
    assert!(history.operations().is_sorted_by(|one, other| one.start < other.start));
    ryw_testkit::check::check(&history).unwrap().assert_clean();
}
