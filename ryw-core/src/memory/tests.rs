//! The in-memory source keeps the guarantees, and loses them exactly where they are given up.

use super::*;
use crate::{ManualClock, Timestamp};

#[derive(Clone, Debug, PartialEq)]
struct Counter {
    id: u32,
    value: u32,
}

impl Entity for Counter {
    type Key = u32;
    const NAME: &'static str = "Counter";

    fn key(&self) -> &u32 {
        &self.id
    }
}

fn counter(value: u32) -> Counter {
    Counter { id: 1, value }
}

fn value(source: &MemorySource, ctx: &Context) -> Option<u32> {
    source.find::<Counter>(ctx, &1).unwrap().map(|counter| counter.value)
}

#[test]
fn a_session_reads_its_own_write_and_a_stranger_does_not() {
    let source = MemorySource::builder("main").replicas(2).build();
    let ctx = Context::new();
    let _ = source.insert(&ctx, &counter(1)).unwrap();
    assert_eq!(value(&source, &ctx), Some(1));
    assert_eq!(value(&source, &Context::new()), None);
    assert_eq!(value(&source, &ctx.eventual()), None, "eventual gives the guarantee up");

    source.replica(1).apply_all();
    assert_eq!(value(&source, &ctx), Some(1));
    assert_eq!(source.counts().by_reason(Reason::CaughtUp), 1, "the replica that caught up served it");
}

#[test]
fn reads_do_not_go_back_unless_allowed_to() {
    let source = MemorySource::builder("main").replicas(2).build();
    let _ = source.insert(&Context::new(), &counter(1)).unwrap();
    source.replica(1).apply_all();

    let reader = Context::new();
    assert_eq!(value(&source, &reader.strong()), Some(1));
    assert_eq!(value(&source, &reader), Some(1), "replica 0 is behind what was read");
    assert_eq!(value(&source, &reader.eventual()), None);

    let forgetful = Context::new().without_monotonic_reads();
    source.replica(0).apply_all();
    let _ = source.update(&Context::new(), &counter(2)).unwrap();
    source.replica(0).apply_all();
    assert_eq!(value(&source, &forgetful), Some(2));
    assert!(forgetful.frontier(source.id()).is_empty());
}

#[test]
fn positions_without_order_go_to_the_primary_once() {
    let source = MemorySource::builder("main").build();
    let _ = source.insert(&Context::new(), &counter(1)).unwrap();
    let identity = source.identity().unwrap();
    for (frontier, reason) in [
        (Frontier::unknown(), Reason::PositionUnknown),
        (Position::new("memory:other".into(), 1, 1).into(), Reason::PositionForeign),
        (Position::new(identity.clone(), 2, 1).into(), Reason::PositionOtherTimeline),
        (Position::new(identity, 1, 99).into(), Reason::PositionFromFuture),
    ] {
        let ctx = Context::new();
        ctx.join(source.id(), &frontier);
        assert_eq!(value(&source, &ctx), Some(1), "{reason}");
        assert_eq!(source.counts().by_reason(reason), 1, "{reason}");
        let seen = Seen::new(source.branch(), 1);
        assert_eq!(ctx.frontier(source.id()), seen.into(), "{reason} is settled by the read");
    }
}

#[test]
fn time_to_live_ends_by_the_clock_and_is_stale_after_it() {
    let clock = Arc::new(ManualClock::new(Timestamp::from_unix_millis(5_000)));
    let window = Duration::from_secs(1);
    let source = MemorySource::builder("main").mode(Mode::TimeToLive(window)).clock(clock.clone()).build();
    let ctx = Context::new();
    let _ = source.insert(&ctx, &counter(1)).unwrap();
    assert_eq!(value(&source, &ctx), Some(1));
    clock.advance(window);
    assert_eq!(value(&source, &ctx), None, "what a window cannot promise");
}

#[test]
fn writes_answer_as_a_database_would() {
    let source = MemorySource::builder("main").replicas(0).build();
    let ctx = Context::new();
    assert!(source.update(&ctx, &counter(1)).unwrap_err().is_not_found());
    assert_eq!(source.delete::<Counter>(&ctx, &1).unwrap().into_inner(), None);
    let first = source.insert(&ctx, &counter(1)).unwrap();
    assert!(source.insert(&ctx, &counter(2)).unwrap_err().is_conflict());
    let second = source.upsert(&ctx, &counter(3)).unwrap();
    assert_eq!(second.value, 3);
    assert!(second.position().unwrap().offset() > first.position().unwrap().offset());
    assert_eq!(source.delete::<Counter>(&ctx, &1).unwrap().into_inner(), Some(counter(3)));
    assert_eq!(value(&source, &ctx), None);
}

#[test]
fn pages_follow_the_key_and_find_many_the_request() {
    let source = MemorySource::builder("main").replicas(0).build();
    let ctx = Context::new();
    for id in [3, 1, 2] {
        let _ = source.insert(&ctx, &Counter { id, value: id * 10 }).unwrap();
    }
    let ids = |rows: &[Counter]| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    let first = source.list::<Counter>(&ctx, &PageRequest::first(2)).unwrap();
    assert_eq!(ids(&first.items), [1, 2]);
    let last = source.list::<Counter>(&ctx, &first.next.unwrap()).unwrap();
    assert_eq!((ids(&last.items), last.next), (vec![3], None));
    assert_eq!(ids(&source.find_many::<Counter>(&ctx, &[3, 9, 1, 3]).unwrap()), [3, 1]);
}

#[test]
fn the_trait_works_as_an_object() {
    let source: Box<dyn ConsistencySource> = Box::new(MemorySource::builder("main").build());
    assert_eq!(source.id().as_str(), "main");
}
