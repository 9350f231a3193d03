//! The decision, by table.

use super::*;

const BUDGET: Duration = Duration::from_millis(10);
const WINDOW: Duration = Duration::from_millis(500);

fn at(timeline: u64, offset: u64) -> Position {
    Position::new("a".into(), timeline, offset)
}

fn ask<'a>(frontier: &'a Frontier, primary: Option<&'a Position>) -> Ask<'a> {
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
    let primary = at(2, 50);
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
    for (written_at, expected) in [
        (None, Plan::Replica { index: 0, reason: Reason::NothingToCover }),
        (Some(501), Plan::Primary(Reason::RecentWrite)),
        (Some(500), Plan::Replica { index: 0, reason: Reason::WindowPassed }),
        (Some(9_999), Plan::Primary(Reason::RecentWrite)),
    ] {
        let mut frontier = Frontier::unknown();
        if let Some(millis) = written_at {
            frontier = frontier.written(Timestamp::from_unix_millis(millis));
        }
        let ask = Ask { mode: Mode::TimeToLive(WINDOW), ..ask(&frontier, None) };
        assert_eq!(plan(&ask, &two), expected, "{written_at:?}");
    }
}

#[test]
fn which_replica() {
    use Coverage::{Behind, Covers};
    let timeline = Coverage::Unordered(Unordered::Timeline);
    let (frontier, primary) = (at(2, 40).into(), at(2, 50));
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
    let (frontier, primary) = (at(2, 40).into(), at(2, 50));
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
    let (frontier, primary) = (at(2, 40).into(), at(2, 50));
    let mut one = replicas(&[Some(Coverage::Unordered(Unordered::Timeline))]);
    assert_eq!(plan(&ask(&frontier, Some(&primary)), &one), Plan::Check { index: 0, wait: BUDGET });
    one[0].recent = true;
    assert_eq!(plan(&ask(&frontier, Some(&primary)), &one), Plan::Primary(Reason::ReplicasBehind));
}

#[test]
fn a_replica_that_cannot_be_used_never_is() {
    let (frontier, primary) = (at(2, 40).into(), at(2, 50));
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
    let (frontier, primary) = (at(2, 40).into(), at(2, 50));
    let mut two = replicas(&[Some(Coverage::Covers), None]);
    two[0].tried = true;
    assert_eq!(plan(&ask(&frontier, Some(&primary)), &two), Plan::Check { index: 1, wait: BUDGET });
    two[1].usable = false;
    assert_eq!(plan(&ask(&frontier, Some(&primary)), &two), Plan::Primary(Reason::ReplicasBehind));
}
