//! A read on the primary settles what no replica can be held against. It must not settle what came after it began.

use ryw_core::{Branch, Context, Coverage, Frontier, Position, Progress, Seen, SourceId, Timestamp};

fn at(offset: u64) -> Position {
    Position::new("a".into(), 1, offset)
}

fn seen(offset: u64) -> Seen {
    Seen::new(Branch::new("a".into(), 1), offset)
}

fn come_to(timeline: u64, offset: u64) -> Progress {
    Progress::new(Branch::new("a".into(), timeline), offset)
}

/// A task reads on the primary, and sees the state of 5; meanwhile another task of the session writes, at 8.
fn write_during_a_settling_read(unsettled: &Frontier) -> Frontier {
    let (ctx, main) = (Context::new(), SourceId::new("main"));
    ctx.join(&main, unsettled);
    let before = ctx.frontier(&main);
    ctx.clone().record_write(&main, &before, Some(at(8)), Timestamp::default());
    ctx.record_primary_read(&main, &before, seen(5));
    ctx.frontier(&main)
}

#[test]
fn a_write_acknowledged_during_a_settling_read_is_kept() {
    for unsettled in [
        Frontier::unknown(),
        at(100).into(),
        Position::new("a".into(), 2, 9).into(),
        Position::new("elsewhere".into(), 1, 9).into(),
        Frontier::default(),
    ] {
        let left = write_during_a_settling_read(&unsettled);
        assert_ne!(left.covered_by(&come_to(1, 7)), Coverage::Covers, "of {unsettled:?} is left {left:?}");
    }
}

/// The same, but the write is of a timeline that a mark of the session claimed to be far along on.
#[test]
fn a_write_hidden_by_a_mark_of_another_timeline_is_kept() {
    let (ctx, main) = (Context::new(), SourceId::new("main"));
    let newer = |offset| Position::new("a".into(), 2, offset);
    ctx.join(&main, &newer(500).into());
    let before = ctx.frontier(&main);
    ctx.record_write(&main, &Frontier::default(), Some(newer(300)), Timestamp::default());
    ctx.record_primary_read(&main, &before, seen(5));
    assert_ne!(
        ctx.frontier(&main).covered_by(&come_to(2, 299)),
        Coverage::Covers,
        "{:?}",
        ctx.frontier(&main)
    );
}

/// A loss that another session brings in counts from when it is joined.
#[test]
fn a_merge_during_a_settling_read_is_kept() {
    let (ctx, other, main) = (Context::new(), Context::new(), SourceId::new("main"));
    ctx.join(&main, &Frontier::unknown());
    let before = ctx.frontier(&main);
    other.join(&main, &Frontier::unknown());
    other.record_write(&main, &Frontier::unknown(), Some(at(8)), Timestamp::default());
    ctx.merge(&other);
    ctx.record_primary_read(&main, &before, seen(5));
    assert!(ctx.frontier(&main).is_unknown());
}
