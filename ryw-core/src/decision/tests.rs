//! The decision, by table.

use super::*;
use crate::{Branch, Place, Position, Seen, Ticket};

const BUDGET: Duration = Duration::from_millis(10);
const WINDOW: Duration = Duration::from_millis(500);

fn at(timeline: u64, offset: u64) -> Position {
    Position::new("a".into(), timeline, offset)
}

fn reached(timeline: u64, offset: u64) -> Progress {
    Progress::new(Branch::new("a".into(), timeline), offset)
}

fn ticket(timeline: u64, id: u64) -> Position {
    Position::ticketed(Branch::new("a".into(), timeline), Ticket { id, after: 0 })
}

fn ask<'a>(frontier: &'a Frontier, primary: Option<&'a Progress>) -> Ask<'a> {
    Ask {
        mode: Mode::Position,
        policy: ReadPolicy::Session,
        frontier,
        primary,
        budget: BUDGET,
        now: Timestamp::from_unix_millis(1_000),
    }
}

/// Replicas that stand as given, known recently, with no estimate.
fn replicas(coverage: &[Option<Coverage>]) -> Vec<Replica> {
    let replica = |(index, coverage): (usize, &Option<Coverage>)| Replica {
        index,
        usable: true,
        tried: false,
        coverage: *coverage,
        recent: false,
        catch_up: None,
    };
    coverage.iter().enumerate().map(replica).collect()
}

fn plan(ask: &Ask<'_>, replicas: &[Replica]) -> Plan {
    decide(ask, replicas.iter().copied())
}

#[test]
fn what_the_read_requires() {
    let primary = reached(2, 50);
    let two = replicas(&[None, None]);
    let known = Frontier::from(at(2, 40));
    let table: Vec<(Mode, ReadPolicy, Frontier, Plan)> = vec![
        (Mode::PrimaryOnly, ReadPolicy::Eventual, known.clone(), Plan::Primary(Reason::Mode)),
        (Mode::Position, ReadPolicy::Strong, Frontier::default(), Plan::Primary(Reason::Policy)),
        (
            Mode::Position,
            ReadPolicy::Eventual,
            Frontier::unknown(),
            Plan::Replica { index: 0, reason: Reason::Policy },
        ),
        (
            Mode::Position,
            ReadPolicy::Session,
            Frontier::default(),
            Plan::Replica { index: 0, reason: Reason::NothingToCover },
        ),
        (Mode::Position, ReadPolicy::Session, Frontier::unknown(), Plan::Primary(Reason::PositionUnknown)),
        (Mode::Position, ReadPolicy::Session, known.clone(), Plan::Check { index: 0, wait: BUDGET }),
        (
            Mode::Position,
            ReadPolicy::Session,
            Position::new("b".into(), 2, 1).into(),
            Plan::Primary(Reason::PositionForeign),
        ),
        (Mode::Position, ReadPolicy::Session, at(1, 1).into(), Plan::Primary(Reason::PositionOtherTimeline)),
        (Mode::Position, ReadPolicy::Session, at(3, 1).into(), Plan::Primary(Reason::PositionOtherTimeline)),
        // Past anything the primary is known to have reached: asked once, never waited for.
        (
            Mode::Position,
            ReadPolicy::Session,
            at(2, 51).into(),
            Plan::Check { index: 0, wait: Duration::ZERO },
        ),
        // A bound on staleness needs positions whatever the mode.
        (
            Mode::TimeToLive(WINDOW),
            ReadPolicy::BoundedStaleness(WINDOW),
            known,
            Plan::Check { index: 0, wait: BUDGET },
        ),
    ];
    for (mode, policy, frontier, expected) in table {
        let ask = Ask { mode, policy, ..ask(&frontier, Some(&primary)) };
        assert_eq!(plan(&ask, &two), expected, "{mode:?} {policy:?} {frontier:?}");
    }
}

#[test]
fn a_primary_never_asked_allows_no_wait() {
    let frontier = at(2, 40).into();
    assert_eq!(
        plan(&ask(&frontier, None), &replicas(&[None])),
        Plan::Check { index: 0, wait: Duration::ZERO }
    );
}

#[test]
fn time_to_live_counts_from_the_last_write() {
    let two = replicas(&[Some(Coverage::Behind), None]);
    let (anywhere, unknown) =
        (|reason| Plan::Replica { index: 0, reason }, Plan::Primary(Reason::PositionUnknown));
    for (written_at, known, doubted) in [
        (None, anywhere(Reason::NothingToCover), unknown),
        (Some(501), Plan::Primary(Reason::RecentWrite), Plan::Primary(Reason::RecentWrite)),
        (Some(500), anywhere(Reason::WindowPassed), unknown),
        (Some(9_999), Plan::Primary(Reason::RecentWrite), Plan::Primary(Reason::RecentWrite)),
    ] {
        // Positions are not looked at, and that there is none that could be known says that a window may be open.
        for (frontier, expected) in [(at(2, 99).into(), known), (Frontier::unknown(), doubted)] {
            let frontier = match written_at {
                Some(millis) => Frontier::written(frontier, Timestamp::from_unix_millis(millis)),
                None => frontier,
            };
            let ask = Ask { mode: Mode::TimeToLive(WINDOW), ..ask(&frontier, None) };
            assert_eq!(plan(&ask, &two), expected, "{written_at:?} {frontier:?}");
        }
    }
}

#[test]
fn which_replica() {
    use Coverage::{Behind, Covers};
    let timeline = Coverage::Unordered(Unordered::Timeline);
    let (frontier, primary) = (at(2, 40).into(), reached(2, 50));
    let ask = ask(&frontier, Some(&primary));
    let caught_up = |index| Plan::Replica { index, reason: Reason::CaughtUp };
    let check = |index| Plan::Check { index, wait: BUDGET };
    for (coverage, expected) in [
        (vec![], Plan::Primary(Reason::NoReplica)),
        (vec![None, Some(Covers)], caught_up(1)),
        (vec![Some(Covers), Some(Covers)], caught_up(0)),
        (vec![Some(Behind), None], check(0)),
        (vec![Some(timeline), Some(Covers)], caught_up(1)),
        (vec![Some(timeline)], check(0)),
    ] {
        assert_eq!(plan(&ask, &replicas(&coverage)), expected, "{coverage:?}");
    }
}

#[test]
fn a_wait_must_have_a_chance() {
    let (frontier, primary) = (at(2, 40).into(), reached(2, 50));
    let ask = ask(&frontier, Some(&primary));
    let behind = |recent, catch_up: Option<u64>| Replica {
        recent,
        catch_up: catch_up.map(Duration::from_millis),
        ..replicas(&[Some(Coverage::Behind)])[0]
    };
    let gone = Plan::Primary(Reason::ReplicasBehind);
    let check = |millis| Plan::Check { index: 0, wait: Duration::from_millis(millis) };
    for (recent, catch_up, expected) in [
        (true, None, gone),
        (true, Some(11), gone),
        (true, Some(10), check(10)),
        (false, None, check(10)),
        (false, Some(11), check(0)),
    ] {
        assert_eq!(plan(&ask, &[behind(recent, catch_up)]), expected, "{recent} {catch_up:?}");
    }
}

#[test]
fn a_replica_of_another_timeline_is_asked_again_in_time() {
    let (frontier, primary) = (at(2, 40).into(), reached(2, 50));
    let mut one = replicas(&[Some(Coverage::Unordered(Unordered::Timeline))]);
    assert_eq!(plan(&ask(&frontier, Some(&primary)), &one), Plan::Check { index: 0, wait: BUDGET });
    one[0].recent = true;
    assert_eq!(plan(&ask(&frontier, Some(&primary)), &one), Plan::Primary(Reason::ReplicasBehind));
}

#[test]
fn a_replica_that_cannot_be_used_never_is() {
    let (frontier, primary) = (at(2, 40).into(), reached(2, 50));
    let mut two = replicas(&[Some(Coverage::Covers), None]);
    two[0].usable = false;
    assert_eq!(plan(&ask(&frontier, Some(&primary)), &two), Plan::Check { index: 1, wait: BUDGET });
    two[1].usable = false;
    assert_eq!(plan(&ask(&frontier, Some(&primary)), &two), Plan::Primary(Reason::NoReplica));
    let eventual = Ask { policy: ReadPolicy::Eventual, ..ask(&frontier, Some(&primary)) };
    assert_eq!(plan(&eventual, &two), Plan::Primary(Reason::NoReplica));
}

#[test]
fn a_replica_tried_in_vain_is_behind_not_missing() {
    let (frontier, primary) = (at(2, 40).into(), reached(2, 50));
    let mut two = replicas(&[Some(Coverage::Covers), None]);
    two[0].tried = true;
    assert_eq!(plan(&ask(&frontier, Some(&primary)), &two), Plan::Check { index: 1, wait: BUDGET });
    two[1].usable = false;
    assert_eq!(plan(&ask(&frontier, Some(&primary)), &two), Plan::Primary(Reason::ReplicasBehind));
}

/// What a session that has written and read requires, and what a replica is known to hold.
#[test]
fn tickets_and_floors() {
    let branch = || Branch::new("a".into(), 2);
    let replica = Progress::new(branch(), 40).with_below(800).with_place(Place { node: 1, at: 5 });
    let read = |at| Seen::new(branch(), 41).with_below(801).with_place(Place { node: 1, at });
    let both = |position: Position, seen: Seen| {
        let mut frontier = Frontier::from(position);
        frontier.join(&seen.into());
        frontier
    };
    let caught_up = Plan::Replica { index: 0, reason: Reason::CaughtUp };
    let wait = Plan::Check { index: 0, wait: BUDGET };
    let ask_once = Plan::Check { index: 0, wait: Duration::ZERO };
    let other_timeline = Plan::Primary(Reason::PositionOtherTimeline);
    // The primary is known to have come to 50, and to have given out the tickets below 900.
    let primary = reached(2, 50).with_below(900);
    let table: Vec<(&str, Frontier, Plan)> = vec![
        ("a ticket below the replica's", ticket(2, 799).into(), caught_up),
        ("a ticket that it may not hold", ticket(2, 800).into(), wait),
        ("whose offset it has passed", ticket(2, 800).with_offset(40).into(), caught_up),
        ("whose offset it has not passed", ticket(2, 800).with_offset(41).into(), wait),
        ("a ticket past any that was given out", ticket(2, 900).into(), ask_once),
        ("a ticket of the old timeline", ticket(1, 1).into(), other_timeline),
        ("a read of the same replica", read(5).into(), caught_up),
        ("a read of it before it was restarted", read(4).into(), wait),
        ("both covered", both(ticket(2, 799), read(5)), caught_up),
        ("the write not covered", both(ticket(2, 800), read(5)), wait),
        ("the read not covered", both(ticket(2, 799), read(4)), wait),
    ];
    for (what, frontier, expected) in table {
        let one = replicas(&[Some(frontier.covered_by(&replica))]);
        assert_eq!(plan(&ask(&frontier, Some(&primary)), &one), expected, "{what}");
    }
}

#[test]
fn too_many_tickets_go_to_the_primary() {
    let primary = reached(2, 50).with_below(900);
    let mut frontier = Frontier::default();
    for id in 0..crate::MAX_TICKETS as u64 {
        frontier.join(&ticket(2, id).into());
        assert!(!matches!(plan(&ask(&frontier, Some(&primary)), &replicas(&[None])), Plan::Primary(_)));
    }
    frontier.join(&ticket(2, 99).into());
    let plan = plan(&ask(&frontier, Some(&primary)), &replicas(&[None]));
    assert_eq!(plan, Plan::Primary(Reason::PositionUnknown));
}
