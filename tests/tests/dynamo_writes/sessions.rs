//! What a session sees of its writes while the followers are behind.

use ryw_core::{ConsistencySource as _, Context, Frontier, Reason};

use super::order::{Order, World, key, new};

/// The state of an order that a follower still has as it was.
async fn changed(world: &World, ctx: &Context) {
    world.orders.insert(&Context::new(), new(1)).await.unwrap();
    world.region().follower().hold();
    world.orders.update(ctx, &key(1), Order::patch().state("paid")).await.unwrap();
}

async fn state(world: &World, ctx: &Context) -> String {
    world.orders.find(ctx, &key(1)).await.unwrap().unwrap().state
}

#[tokio::test]
async fn a_session_sees_its_own_write_and_others_need_not() {
    let (world, ctx) = (World::start().await, Context::new());
    changed(&world, &ctx).await;
    assert_eq!(state(&world, &ctx).await, "paid");
    assert_eq!(state(&world, &Context::new()).await, "open", "the follower is behind: the test can fail");
    assert_eq!(state(&world, &ctx.eventual()).await, "open");
    assert_eq!(state(&world, &Context::new().strong()).await, "paid");
    assert_eq!(world.orders.find_many(&ctx, &[key(1)]).await.unwrap()[0].state, "paid");
    assert!(world.orders.exists(&ctx, &key(1)).await.unwrap());
}

#[tokio::test]
async fn only_what_was_written_is_read_strongly() {
    let (world, ctx) = (World::start().await, Context::new());
    changed(&world, &ctx).await;
    let before = world.region().requests();
    for number in [1, 2, 3] {
        world.orders.find(&ctx, &key(number)).await.unwrap();
    }
    world.orders.find_many(&ctx, &[key(1), key(2), key(3)]).await.unwrap();
    let after = world.region().requests();
    let asked = |operation| {
        let (strong, eventual) = (
            after.strong(operation) - before.strong(operation),
            after.eventual(operation) - before.eventual(operation),
        );
        (strong, eventual)
    };
    assert_eq!((asked("GetItem"), asked("BatchGetItem")), ((1, 2), (1, 1)));
    assert_eq!(world.source.counts().by_reason(Reason::RecentWrite), 2);
}

#[tokio::test]
async fn after_the_window_reads_are_cheap_again() {
    let (world, ctx) = (World::start().await, Context::new());
    changed(&world, &ctx).await;
    world.pass_the_window();
    assert_eq!(
        state(&world, &ctx).await,
        "open",
        "the follower is behind by more than the window was said to be"
    );
    world.region().follower().release();
    assert_eq!(state(&world, &ctx).await, "paid");
}

#[tokio::test]
async fn a_strong_read_is_not_gone_behind() {
    let (world, other) = (World::start().await, Context::new());
    changed(&world, &other).await;
    let reader = Context::new();
    assert_eq!(state(&world, &reader.strong()).await, "paid");
    assert_eq!(state(&world, &reader).await, "paid");
    let careless = Context::new().without_monotonic_reads();
    assert_eq!(state(&world, &careless.strong()).await, "paid");
    assert_eq!(state(&world, &careless).await, "open");
}

#[tokio::test]
async fn what_nobody_can_judge_is_read_strongly_for_a_window() {
    let (world, other) = (World::start().await, Context::new());
    changed(&world, &other).await;
    let foreign = ryw_core::Position::new("postgres:7".into(), 1, 5);
    for (past, reason) in
        [(Frontier::unknown(), Reason::PositionUnknown), (foreign.into(), Reason::PositionForeign)]
    {
        let ctx = Context::new();
        ctx.join(world.source.id(), &past);
        assert_eq!(state(&world, &ctx).await, "paid");
        assert_eq!(state(&world, &ctx).await, "paid", "still inside the window");
        assert_eq!(world.source.counts().by_reason(reason), 1);
        world.pass_the_window();
        assert_eq!(state(&world, &ctx).await, "open");
    }
}

#[tokio::test]
async fn a_write_by_other_means_is_seen_once_it_is_captured() {
    let (world, ctx) = (World::start().await, Context::new());
    changed(&world, &Context::new()).await;
    let position = world.source.capture().await.unwrap();
    ctx.record_write(
        world.source.id(),
        &ctx.frontier(world.source.id()),
        Some(position),
        ryw_core::Timestamp::default(),
    );
    assert_eq!(state(&world, &ctx).await, "paid");
}

#[tokio::test]
async fn a_write_that_was_dropped_is_read_strongly() {
    let (world, ctx) = (World::start().await, Context::new());
    world.orders.insert(&Context::new(), new(1)).await.unwrap();
    world.region().follower().hold();
    let key = key(1);
    let mut write = Box::pin(world.orders.update(&ctx, &key, Order::patch().state("paid")));
    // Polled once: it is under way, and nobody waits for the answer.
    let polled = std::future::poll_fn(|task| std::task::Poll::Ready(write.as_mut().poll(task))).await;
    assert!(polled.is_pending());
    drop(write);
    let anew = ctx.frontier(world.source.id());
    assert!(!anew.is_empty(), "the touch is there before anything is sent");
    world.orders.find(&ctx, &key).await.unwrap();
    assert_eq!(world.source.counts().by_reason(Reason::RecentWrite), 1);
}

/// It may have been applied at any moment until nobody waited for it any more.
#[tokio::test]
async fn the_window_of_a_write_that_nobody_heard_of_begins_when_the_wait_ends() {
    let (world, ctx) = (World::start().await, Context::new());
    world.orders.insert(&Context::new(), new(1)).await.unwrap();
    world.region().follower().hold();
    let key = key(1);
    let mut write = Box::pin(world.orders.update(&ctx, &key, Order::patch().state("paid")));
    let polled = std::future::poll_fn(|task| std::task::Poll::Ready(write.as_mut().poll(task))).await;
    assert!(polled.is_pending());
    world.pass_the_window();
    drop(write);
    world.orders.find(&ctx, &key).await.unwrap();
    assert_eq!(world.source.counts().by_reason(Reason::RecentWrite), 1);
}

#[tokio::test]
async fn who_keeps_looking_does_not_read_strongly_for_ever() {
    let (world, other) = (World::start().await, Context::new());
    changed(&world, &other).await;
    let reader = Context::new();
    assert_eq!(state(&world, &reader.strong()).await, "paid");
    // Looks within each window, at what does not change.
    for _ in 0..3 {
        world.clock.advance(super::order::WINDOW / 4);
        assert_eq!(state(&world, &reader).await, "paid");
    }
    let strong = world.region().requests().strong("GetItem");
    world.region().follower().release();
    world.clock.advance(super::order::WINDOW / 4);
    assert_eq!(state(&world, &reader).await, "paid");
    assert_eq!(world.region().requests().strong("GetItem"), strong, "its window began with the first look");

    // What does change is seen anew.
    world.region().follower().hold();
    world.orders.update(&other, &key(1), Order::patch().state("sent")).await.unwrap();
    assert_eq!(state(&world, &reader.strong()).await, "sent");
    world.clock.advance(super::order::WINDOW / 2);
    assert_eq!(state(&world, &reader).await, "sent");
}
