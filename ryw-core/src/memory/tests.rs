//! The in-memory source keeps the guarantees, and loses them exactly where they are given up.

use super::*;
use crate::{Change, Column, Cursor, EntityStream, Generator, ManualClock, PageRequest, Stored, Timestamp};

#[derive(Clone, Debug, PartialEq)]
struct Counter {
    id: u32,
    value: u32,
    version: u32,
    deleted: bool,
}

/// The version and the mark are the database's.
#[derive(Clone, Debug)]
struct NewCounter {
    id: u32,
    value: u32,
}

#[derive(Clone, Debug, Default)]
struct CounterPatch {
    value: Change<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CounterColumn {
    Value,
}

impl Column for CounterColumn {
    fn name(self) -> &'static str {
        "value"
    }

    fn table(self) -> &'static str {
        "counters"
    }
}

impl From<NewCounter> for CounterPatch {
    fn from(new: NewCounter) -> Self {
        Self { value: new.value.into() }
    }
}

impl Entity for Counter {
    type Key = u32;
    const NAME: &'static str = "Counter";

    fn key(&self) -> u32 {
        self.id
    }

    fn is_deleted(&self) -> bool {
        self.deleted
    }
}

impl Stored for Counter {
    type New = NewCounter;
    type Patch = CounterPatch;
    type Column = CounterColumn;

    fn to_new(&self) -> NewCounter {
        NewCounter { id: self.id, value: self.value }
    }
}

impl Versioned for Counter {
    type Version = u32;

    fn version(&self) -> u32 {
        self.version
    }
}

impl SoftDelete for Counter {}

impl InMemory for Counter {
    const UNIQUE: &'static [CounterColumn] = &[CounterColumn::Value];

    fn create(new: NewCounter, _: &mut Generator) -> Result<Self, Error> {
        Ok(Self { id: new.id, value: new.value, version: 1, deleted: false })
    }

    fn change(&mut self, patch: CounterPatch, _: &mut Generator) -> Result<(), Error> {
        patch.value.apply(&mut self.value);
        self.version += 1;
        Ok(())
    }

    fn shares(&self, other: &Self, _: CounterColumn) -> bool {
        self.value == other.value
    }

    fn is_version_of(&self, current: &Self) -> bool {
        self.version == current.version
    }

    fn mark_deleted(&mut self, _: &mut Generator) -> Result<bool, Error> {
        self.deleted = true;
        Ok(true)
    }

    fn unmark_deleted(&mut self) {
        self.deleted = false;
    }
}

fn counter(value: u32) -> NewCounter {
    NewCounter { id: 1, value }
}

fn set(value: u32) -> CounterPatch {
    CounterPatch { value: Change::Set(value) }
}

fn insert(source: &MemorySource, ctx: &Context, new: NewCounter) -> Result<Written<Counter>, Error> {
    source.insert::<Counter>(ctx, new)
}

fn value(source: &MemorySource, ctx: &Context) -> Option<u32> {
    source.find::<Counter>(ctx, &1).unwrap().map(|counter| counter.value)
}

#[test]
fn a_session_reads_its_own_write_and_a_stranger_does_not() {
    let source = MemorySource::builder("main").replicas(2).build();
    let ctx = Context::new();
    insert(&source, &ctx, counter(1)).unwrap();
    assert_eq!(value(&source, &ctx), Some(1));
    assert_eq!(value(&source, &Context::new()), None);
    assert_eq!(value(&source, &ctx.eventual()), None, "eventual gives the guarantee up");

    source.replica(1).apply_all();
    assert_eq!(value(&source, &ctx), Some(1));
    assert_eq!(source.counts().by_reason(Reason::CaughtUp), 1, "the replica that caught up served it");
}

#[test]
fn what_every_replica_has_applied_is_let_go_of() {
    let source = MemorySource::builder("main").replicas(2).build();
    let ctx = Context::new();
    insert(&source, &ctx, counter(1)).unwrap();
    source.replica(0).apply_all();
    source.retire(&ctx);
    assert!(!ctx.frontier(source.id()).is_empty(), "replica 1 does not have it");
    source.replica(1).apply_all();
    source.retire(&ctx);
    assert!(ctx.frontier(source.id()).is_empty());
    for _ in 0..3 {
        assert_eq!(value(&source, &ctx), Some(1));
    }
    source.retire(&ctx);
    assert!(ctx.frontier(source.id()).is_empty(), "neither do its reads stay");
}

#[test]
fn without_replicas_nothing_is_let_go_of() {
    let source = MemorySource::builder("main").replicas(0).build();
    let ctx = Context::new();
    insert(&source, &ctx, counter(1)).unwrap();
    source.retire(&ctx);
    assert!(!ctx.frontier(source.id()).is_empty());
}

#[test]
fn a_window_outlives_the_positions() {
    let clock = Arc::new(ManualClock::new(Timestamp::from_unix_millis(1_000)));
    let builder = MemorySource::builder("main").clock(Arc::<ManualClock>::clone(&clock));
    let source = builder.mode(Mode::TimeToLive(Duration::from_secs(5))).build();
    let ctx = Context::new();
    insert(&source, &ctx, counter(1)).unwrap();
    source.replica(0).apply_all();
    source.retire(&ctx);
    assert_eq!(ctx.frontiers().len(), 1);
    clock.advance(Duration::from_secs(6));
    source.retire(&ctx);
    assert!(ctx.frontiers().is_empty());
}

#[test]
fn reads_do_not_go_back_unless_allowed_to() {
    let source = MemorySource::builder("main").replicas(2).build();
    insert(&source, &Context::new(), counter(1)).unwrap();
    source.replica(1).apply_all();

    let reader = Context::new();
    assert_eq!(value(&source, &reader.strong()), Some(1));
    assert_eq!(value(&source, &reader), Some(1), "replica 0 is behind what was read");
    assert_eq!(value(&source, &reader.eventual()), None);

    let forgetful = Context::new().without_monotonic_reads();
    source.replica(0).apply_all();
    source.update::<Counter>(&Context::new(), &1, set(2)).unwrap();
    source.replica(0).apply_all();
    assert_eq!(value(&source, &forgetful), Some(2));
    assert!(forgetful.frontier(source.id()).is_empty());
}

#[test]
fn positions_without_order_go_to_the_primary_once() {
    let source = MemorySource::builder("main").build();
    insert(&source, &Context::new(), counter(1)).unwrap();
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
    insert(&source, &ctx, counter(1)).unwrap();
    assert_eq!(value(&source, &ctx), Some(1));
    clock.advance(window);
    assert_eq!(value(&source, &ctx), None, "what a window cannot promise");
}

/// Its token was forged, or its store was away: what it wrote may be as young as can be.
#[test]
fn of_whom_nothing_is_known_the_window_begins_at_the_first_read() {
    let clock = Arc::new(ManualClock::new(Timestamp::from_unix_millis(5_000)));
    let window = Duration::from_secs(1);
    let source = MemorySource::builder("main").mode(Mode::TimeToLive(window)).clock(clock.clone()).build();
    insert(&source, &Context::new(), counter(1)).unwrap();
    let written_long_ago = Context::new();
    written_long_ago.join(source.id(), &Frontier::default().written(Timestamp::default()));
    written_long_ago.merge(&Context::unknown());
    for ctx in [Context::unknown(), written_long_ago] {
        assert_eq!(value(&source, &ctx), Some(1));
        assert_eq!(value(&source, &ctx), Some(1), "one read on the primary does not bring the replica on");
    }
    assert_eq!(source.counts().by_reason(Reason::PositionUnknown), 2);
    assert_eq!(source.counts().by_reason(Reason::RecentWrite), 2);
    let ctx = Context::unknown();
    value(&source, &ctx);
    clock.advance(window);
    assert_eq!(value(&source, &ctx), None, "what a window cannot promise");
}

#[test]
fn writes_answer_as_a_database_would() {
    let source = MemorySource::builder("main").replicas(0).build();
    let ctx = Context::new();
    assert!(source.update::<Counter>(&ctx, &1, set(1)).unwrap_err().is_not_found());
    assert_eq!(source.purge::<Counter>(&ctx, &1).unwrap().into_inner(), None);
    let first = insert(&source, &ctx, counter(1)).unwrap();
    assert!(insert(&source, &ctx, counter(2)).unwrap_err().is_conflict());
    assert!(
        insert(&source, &ctx, NewCounter { id: 2, value: 1 }).unwrap_err().is_conflict(),
        "a unique value"
    );
    let second = source.upsert::<Counter>(&ctx, counter(3)).unwrap();
    assert_eq!((second.value, second.version), (3, 2));
    assert!(second.position().unwrap().offset() > first.position().unwrap().offset());
    let by_value = source.upsert_by::<Counter>(&ctx, CounterColumn::Value, NewCounter { id: 9, value: 3 });
    assert_eq!(by_value.unwrap().id, 1, "the row of the value keeps its key");
    assert_eq!(source.purge::<Counter>(&ctx, &1).unwrap().map(|row| row.unwrap().version).into_inner(), 3);
    assert_eq!(value(&source, &ctx), None);
}

#[test]
fn many_rows_are_one_write_or_none() {
    let source = MemorySource::builder("main").replicas(0).build();
    let ctx = Context::new();
    let new = |id, value| NewCounter { id, value };
    for twice in [vec![new(1, 1), new(1, 2)], vec![new(1, 1), new(2, 1)]] {
        assert!(source.insert_many::<Counter>(&ctx, twice).unwrap_err().is_conflict());
        assert_eq!(value(&source, &ctx), None);
    }
    let rows = source.insert_many::<Counter>(&ctx, [new(2, 20), new(1, 10)]).unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(rows.position().unwrap().offset(), Some(1));
    let none = source.insert_many::<Counter>(&ctx, Vec::<NewCounter>::new()).unwrap();
    assert_eq!((none.len(), none.position()), (0, None));
}

#[test]
fn nobody_overwrites_a_change_he_has_not_seen() {
    let source = MemorySource::builder("main").replicas(0).build();
    let ctx = Context::new();
    let read = insert(&source, &ctx, counter(1)).unwrap().into_inner();
    source.update_if::<Counter>(&ctx, &1, read.version, set(2)).unwrap();
    for conflict in [
        source.update_if::<Counter>(&ctx, &1, read.version, set(3)).unwrap_err(),
        source.replace(&ctx, &read).unwrap_err(),
    ] {
        assert!(conflict.is_version_conflict(), "{conflict}");
        assert_eq!(conflict.current::<Counter>().map(|row| (row.value, row.version)), Some((2, 2)));
    }
    assert_eq!(value(&source, &ctx), Some(2));
}

#[test]
fn who_was_told_of_a_row_sees_it_from_then_on() {
    let source = MemorySource::builder("main").build();
    insert(&source, &Context::new(), counter(1)).unwrap();
    let told = Context::new();
    assert!(source.update_if::<Counter>(&told, &1, 9, set(2)).unwrap_err().is_version_conflict());
    assert_eq!((value(&source, &told), value(&source, &Context::new())), (Some(1), None));
}

#[test]
fn a_softly_deleted_row_is_there_for_whoever_names_it() {
    let source = MemorySource::builder("main").replicas(0).build();
    let ctx = Context::new();
    insert(&source, &ctx, counter(1)).unwrap();
    let deleted = source.delete::<Counter>(&ctx, &1).unwrap().into_inner().unwrap();
    assert_eq!((deleted.deleted, deleted.version), (true, 2));

    assert_eq!(value(&source, &ctx), None);
    assert_eq!(source.find_many::<Counter>(&ctx, &[1]).unwrap(), []);
    assert_eq!(source.list::<Counter>(&ctx, &PageRequest::first(9)).unwrap().items, []);
    assert_eq!(source.delete::<Counter>(&ctx, &1).unwrap().into_inner(), None);
    assert!(source.update::<Counter>(&ctx, &1, set(2)).unwrap_err().is_not_found());
    assert!(insert(&source, &ctx, counter(2)).unwrap_err().is_conflict(), "its key is taken");
    assert_eq!(source.find_with_deleted::<Counter>(&ctx, &1).unwrap(), Some(deleted));

    assert!(!source.restore::<Counter>(&ctx, &1).unwrap().deleted);
    assert!(source.restore::<Counter>(&ctx, &1).unwrap_err().is_not_found(), "it is not deleted any more");
    source.delete::<Counter>(&ctx, &1).unwrap();
    let back = source.upsert::<Counter>(&ctx, counter(5)).unwrap();
    assert_eq!((back.value, back.deleted), (5, false), "who stores a row finds it");
    assert_eq!(value(&source, &ctx), Some(5));
}

fn filled(ids: &[u32]) -> MemorySource {
    let source = MemorySource::builder("main").replicas(1).build();
    for id in ids {
        insert(&source, &Context::new(), NewCounter { id: *id, value: id * 10 }).unwrap();
    }
    source.replica(0).apply_all();
    source
}

fn ids(rows: &[Counter]) -> Vec<u32> {
    rows.iter().map(|row| row.id).collect()
}

#[test]
fn find_many_follows_the_request() {
    let (source, ctx) = (filled(&[3, 1, 2]), Context::new());
    assert_eq!(ids(&source.find_many::<Counter>(&ctx, &[3, 9, 1, 3]).unwrap()), [3, 1]);
    assert!(source.exists::<Counter>(&ctx, &3).unwrap() && !source.exists::<Counter>(&ctx, &9).unwrap());
    assert_eq!(source.count::<Counter>(&ctx).unwrap(), 3);
    let odd = source.find_by(&ctx, |row: &Counter| row.id % 2 == 1).unwrap();
    assert_eq!(odd.map(|row| row.id), Some(1));
}

#[test]
fn pages_lead_to_the_last_row_and_back_to_the_first() {
    let (source, ctx) = (filled(&[5, 3, 1, 2, 4]), Context::new());
    let list = |request| source.list::<Counter>(&ctx, &request).unwrap();
    for limit in 1..7 {
        let (mut forwards, mut page) = (Vec::new(), list(PageRequest::first(limit)));
        assert_eq!(page.previous, None);
        loop {
            assert!(!page.items.is_empty() && page.items.len() <= limit as usize);
            forwards.extend(ids(&page.items));
            let Some(next) = page.next else { break };
            page = list(PageRequest::first(limit).after(next));
        }
        assert_eq!(forwards, [1, 2, 3, 4, 5]);
        let (mut backwards, mut page) = (Vec::new(), list(PageRequest::last(limit)));
        assert_eq!(page.next, None);
        loop {
            assert!(!page.items.is_empty() && page.items.len() <= limit as usize);
            backwards.extend(ids(&page.items).into_iter().rev());
            let Some(previous) = page.previous else { break };
            page = list(PageRequest::last(limit).before(previous));
        }
        assert_eq!(backwards, [5, 4, 3, 2, 1]);
    }
}

#[test]
fn a_page_knows_its_neighbours() {
    let (source, ctx) = (filled(&[1, 2, 3, 4, 5]), Context::new());
    let around = |request: PageRequest<u32>| {
        let page = source.list::<Counter>(&ctx, &request).unwrap();
        (ids(&page.items), page.previous.map(|cursor| *cursor.key()), page.next.map(|cursor| *cursor.key()))
    };
    let (first, last) = (PageRequest::first, PageRequest::last);
    for (request, expected) in [
        (first(2), (vec![1, 2], None, Some(2))),
        (first(5), (vec![1, 2, 3, 4, 5], None, None)),
        (first(2).after(Cursor::new(2)), (vec![3, 4], Some(3), Some(4))),
        (first(2).after(Cursor::new(3)), (vec![4, 5], Some(4), None)),
        (first(2).after(Cursor::new(5)), (vec![], None, None)),
        (last(2), (vec![4, 5], Some(4), None)),
        (last(2).before(Cursor::new(4)), (vec![2, 3], Some(2), Some(3))),
        (last(3).before(Cursor::new(4)), (vec![1, 2, 3], None, Some(3))),
        (last(2).before(Cursor::new(1)), (vec![], None, None)),
        // The cursor says in which direction.
        (first(2).before(Cursor::new(4)), (vec![2, 3], Some(2), Some(3))),
        (last(2).after(Cursor::new(1)), (vec![2, 3], Some(2), Some(3))),
        (first(0), (vec![], None, None)),
        (last(0).before(Cursor::new(4)), (vec![], None, None)),
        (first(u32::MAX), (vec![1, 2, 3, 4, 5], None, None)),
    ] {
        assert_eq!(around(request.clone()), expected, "{request:?}");
    }
    let odd = source.list_by(&ctx, |row: &Counter| row.id % 2 == 1, &first(2)).unwrap();
    assert_eq!((ids(&odd.items), odd.next), (vec![1, 3], Some(Cursor::new(3))));
}

async fn drained(mut rows: EntityStream<Counter>) -> Vec<u32> {
    let mut ids = Vec::new();
    while let Some(row) = rows.try_next().await.unwrap() {
        ids.push(row.id);
    }
    assert_eq!(rows.try_next().await.unwrap(), None, "the end is the end");
    ids
}

#[tokio::test]
async fn a_stream_is_of_the_moment_of_its_first_row_and_keeps_the_context() {
    let source = filled(&[2, 1]);
    let ctx = Context::new();
    let (mine, theirs) = (source.stream::<Counter>(&ctx), source.stream::<Counter>(&Context::new()));
    insert(&source, &ctx, NewCounter { id: 3, value: 30 }).unwrap();
    let mut begun = source.stream::<Counter>(&ctx);
    assert_eq!(begun.try_next().await.unwrap().map(|row| row.id), Some(1));
    source.delete::<Counter>(&ctx, &2).unwrap();
    assert_eq!(drained(begun).await, [2, 3], "of one moment");
    assert_eq!(drained(mine).await, [1, 3], "its own writes until the first row was asked for");
    assert_eq!(drained(theirs).await, [1, 2], "the replica has applied none of them");
    assert_eq!(drained(source.stream_by(&ctx, |row: &Counter| row.id % 2 == 1)).await, [1, 3]);
}

#[test]
fn the_trait_works_as_an_object() {
    let source: Box<dyn ConsistencySource> = Box::new(MemorySource::builder("main").build());
    assert_eq!(source.id().as_str(), "main");
}
