//! What a session is shown of its own writes.

use ryw_core::Context;

use super::world::{MOMENT, NewBook, Process, WINDOW, World, key, longest};

/// A book that `ctx` has renamed; what the cache of `reader` has of it is from before, though asked for later, and now
/// everybody could know better.
async fn cached_late(world: &World, writer: &Process, reader: &Process, ctx: &Context) {
    writer.insert(&Context::new(), "old").await;
    world.hold();
    writer.rename(ctx, "new").await;
    world.clock.advance(WINDOW - MOMENT);
    let other = Context::new();
    assert_eq!(reader.title(&other).await.as_deref(), Some("old"));
    assert_eq!(reader.titles(&other).await, ["old"]);
    world.deliver();
    world.clock.advance(2 * MOMENT);
    assert_eq!(reader.title(&other).await.as_deref(), Some("old"), "from the cache: the test can fail");
    assert_eq!(reader.titles(&other).await, ["old"]);
}

#[tokio::test]
async fn an_answer_from_within_the_window_is_not_for_its_session() {
    let (world, ctx) = (World::start().await, Context::new());
    let process = world.process(longest());
    cached_late(&world, &process, &process, &ctx).await;
    assert_eq!(process.title(&ctx).await.as_deref(), Some("new"));
    assert_eq!(process.titles(&ctx).await, ["new"]);
}

#[tokio::test]
async fn nor_is_it_in_another_process() {
    let (world, ctx) = (World::start().await, Context::new());
    let (writer, reader) = (world.process(longest()), world.process(longest()));
    cached_late(&world, &writer, &reader, &ctx).await;
    assert_eq!(reader.title(&ctx).await.as_deref(), Some("new"));
    assert_eq!(reader.titles(&ctx).await, ["new"]);
}

#[tokio::test]
async fn a_later_write_of_something_else_does_not_make_it_forgotten() {
    let (world, ctx) = (World::start().await, Context::new());
    let (writer, reader) = (world.process(longest()), world.process(longest()));
    cached_late(&world, &writer, &reader, &ctx).await;
    let new = NewBook { shelf: "bottom".into(), number: 2, title: "another".into() };
    writer.books.insert(&ctx, new).await.unwrap();
    assert_eq!(reader.title(&ctx).await.as_deref(), Some("new"));
}

#[tokio::test]
async fn what_was_not_there_yet_is_found_by_its_session() {
    let (world, ctx) = (World::start().await, Context::new());
    let (writer, reader) = (world.process(longest()), world.process(longest()));
    world.hold();
    writer.insert(&ctx, "new").await;
    world.clock.advance(WINDOW - MOMENT);
    assert_eq!(reader.title(&Context::new()).await, None);
    world.deliver();
    world.clock.advance(2 * MOMENT);
    assert_eq!(reader.books.find(&Context::new(), &key()).await.unwrap(), None, "from the cache");
    assert_eq!(reader.title(&ctx).await.as_deref(), Some("new"));
}

/// An answer of the future is older than it says.
#[tokio::test]
async fn nor_is_an_answer_from_before_the_clock_was_set_back() {
    let (world, ctx) = (World::start().await, Context::new());
    let (writer, reader) = (world.process(longest()), world.process(longest()));
    writer.insert(&Context::new(), "old").await;
    world.clock.advance(WINDOW);
    assert_eq!(reader.title(&Context::new()).await.as_deref(), Some("old"));
    assert_eq!(reader.titles(&Context::new()).await, ["old"]);
    world.set_back(100 * WINDOW);
    writer.rename(&ctx, "new").await;
    world.clock.advance(WINDOW);
    assert_eq!(reader.title(&ctx).await.as_deref(), Some("new"));
    assert_eq!(reader.titles(&ctx).await, ["new"]);
}

#[tokio::test]
async fn what_was_read_strongly_is_not_gone_behind() {
    let (world, reader) = (World::start().await, Context::new());
    let process = world.process(longest());
    process.insert(&Context::new(), "old").await;
    world.hold();
    world.process(longest()).rename(&Context::new(), "new").await;
    assert_eq!(process.title(&reader.strong()).await.as_deref(), Some("new"));
    world.clock.advance(WINDOW - MOMENT);
    assert_eq!(process.title(&Context::new()).await.as_deref(), Some("old"));
    world.deliver();
    world.clock.advance(MOMENT);
    assert_eq!(process.title(&Context::new()).await.as_deref(), Some("old"), "from the cache");
    assert_eq!(process.title(&reader).await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_session_is_served_from_the_cache_again() {
    let (world, ctx) = (World::start().await, Context::new());
    let process = world.process(longest());
    process.insert(&ctx, "new").await;
    world.clock.advance(WINDOW);
    assert_eq!(process.title(&ctx).await.as_deref(), Some("new"));
    let (reads, cached) = (world.reads(), process.cache_reads());
    assert_eq!(process.title(&ctx).await.as_deref(), Some("new"));
    assert_eq!((world.reads() - reads, process.cache_reads() - cached), (0, 3));
}
