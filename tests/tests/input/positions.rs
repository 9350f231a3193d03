//! Positions of another cluster, of another timeline, from the future: read from the primary, counted, without a wait.
//! And the session is not held there: its next read may use a replica again.

use std::time::Duration;

use ryw_core::{ConsistencySource, Context, Frontier, Identity, Position, Reason, Route, Timestamp};
use ryw_postgres::PostgresSource;
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, eventually, source};
use ryw_tests::{Favorite, FavoriteRepository};

/// A read that took its wait would take this long.
const BUDGET: Duration = Duration::from_secs(60);
/// A read without a wait takes some milliseconds.
const NO_WAIT: Duration = Duration::from_secs(20);

struct World {
    cluster: Cluster,
    source: PostgresSource,
    favorites: FavoriteRepository,
}

async fn world(budget: Duration) -> World {
    let cluster = cluster(1).await;
    let source = source(&cluster).wait_budget(budget).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    favorites.insert(&Context::new(), &Favorite::numbered(7, 1)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    World { cluster, source, favorites }
}

impl World {
    fn position(&self, timeline: u64, offset: u64) -> Position {
        Position::new(self.source.identity().unwrap(), timeline, offset)
    }

    async fn is_read_from_the_primary(&self, hostile: Frontier, reason: Reason) {
        let ctx = Context::new();
        ctx.join(self.source.id(), &hostile);
        let (before, primary) =
            (self.source.counts().by_reason(reason), self.source.counts().primary_reads());
        let reading = tokio::time::timeout(NO_WAIT, self.favorites.find(&ctx, &7)).await;
        assert!(reading.expect("there is nothing to wait for").unwrap().is_some());
        let counts = self.source.counts();
        assert_eq!(counts.by_reason(reason), before + 1, "{hostile:?}: {:?}", counts.reasons());
        assert_eq!(counts.primary_reads(), primary + 1);

        self.cluster.wait_until_caught_up().await.unwrap();
        let routed = self.source.route_read(&ctx).await.unwrap();
        assert_eq!(routed.route, Route::Replica(0), "{hostile:?} holds its session on the primary: {ctx:?}");

        // The same through a connection.
        let ctx = Context::new();
        ctx.join(self.source.id(), &hostile);
        let reading = tokio::time::timeout(NO_WAIT, self.source.read(&ctx)).await;
        let conn = reading.expect("there is nothing to wait for").unwrap();
        assert_eq!(conn.routed().route, Route::Primary);
        conn.finish().await.unwrap();
        assert_eq!(self.source.counts().by_reason(reason), before + 2);
        self.cluster.wait_until_caught_up().await.unwrap();
        assert_eq!(self.source.route_read(&ctx).await.unwrap().route, Route::Replica(0), "{hostile:?}");
    }
}

#[tokio::test]
async fn positions_that_nobody_gave_out() {
    let world = world(BUDGET).await;
    let foreign = |name: &str| Position::new(Identity::new(name.to_owned()), 1, 1).into();
    for (hostile, reason) in [
        (foreign("postgres:1"), Reason::PositionForeign),
        (foreign(""), Reason::PositionForeign),
        (foreign(&"x".repeat(100_000)), Reason::PositionForeign),
        (world.position(2, 1).into(), Reason::PositionOtherTimeline),
        (world.position(0, 1).into(), Reason::PositionOtherTimeline),
        (world.position(u64::MAX, u64::MAX).into(), Reason::PositionOtherTimeline),
        (world.position(1, 1 << 40).into(), Reason::PositionFromFuture),
        (world.position(1, u64::MAX).into(), Reason::PositionFromFuture),
        (Frontier::unknown(), Reason::PositionUnknown),
    ] {
        world.is_read_from_the_primary(hostile, reason).await;
    }
}

#[tokio::test]
async fn a_position_from_the_future_is_not_waited_for_when_replicas_lag() {
    let world = world(BUDGET).await;
    let ctx = Context::new();
    world.cluster.replica(0).hold_replay().await.unwrap();
    ctx.join(world.source.id(), &world.position(1, u64::MAX).into());
    let reading = tokio::time::timeout(NO_WAIT, world.favorites.find(&ctx, &7)).await;
    assert!(reading.expect("there is nothing to wait for").unwrap().is_some());
    assert_eq!(world.source.counts().by_reason(Reason::PositionFromFuture), 1);
}

#[tokio::test]
async fn too_many_branches_are_unknown_and_settled_at_once() {
    let world = world(BUDGET).await;
    let ctx = Context::new();
    for timeline in 2..20 {
        ctx.join(world.source.id(), &world.position(timeline, 1).into());
    }
    world.is_read_from_the_primary(ctx.frontier(world.source.id()), Reason::PositionUnknown).await;
}

/// What is mixed with the hostile position is not forgotten with it.
#[tokio::test]
async fn a_write_beside_a_hostile_position_stays_in_view() {
    let world = world(Duration::ZERO).await;
    world.cluster.replica(0).hold_replay().await.unwrap();
    for (hostile, count) in [
        Position::new("postgres:1".into(), 1, 1).into(),
        world.position(2, 1).into(),
        world.position(1, u64::MAX).into(),
        Frontier::unknown(),
    ]
    .into_iter()
    .zip(2..)
    {
        let ctx = Context::new();
        world.favorites.upsert(&ctx, &Favorite::numbered(7, count)).await.unwrap();
        ctx.join(world.source.id(), &hostile);
        // The first read settles; the others find the replica behind the write.
        for _ in 0..3 {
            let found = world.favorites.find(&ctx.without_monotonic_reads(), &7).await.unwrap();
            assert_eq!(found.unwrap().count(), count, "{hostile:?}");
        }
        let anyone = world.favorites.find(&Context::new(), &7).await.unwrap();
        assert_eq!(anyone.unwrap().count(), 1, "the replica is behind: the test can fail");
    }
}

#[tokio::test]
async fn a_written_at_from_the_future_reads_the_primary_in_time_to_live_mode() {
    let cluster = cluster(1).await;
    let mode = ryw_core::Mode::TimeToLive(Duration::from_secs(1));
    let source = source(&cluster).mode(mode).connect().await.unwrap();
    let ctx = Context::new();
    ctx.join(source.id(), &Frontier::default().written(Timestamp::from_unix_millis(u64::MAX)));
    let favorites = FavoriteRepository::new(source.clone());
    eventually("a read", async || favorites.find(&ctx, &7).await.is_ok()).await;
    assert_eq!(source.counts().by_reason(Reason::RecentWrite), 1);
}

/// What a session has written of which nothing is known may be as young as can be, and a window looks at no position.
#[tokio::test]
async fn of_whom_nothing_is_known_the_window_begins_at_the_first_read_in_time_to_live_mode() {
    let cluster = cluster(1).await;
    let mode = ryw_core::Mode::TimeToLive(Duration::from_secs(3600));
    let source = source(&cluster).mode(mode).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    cluster.replica(0).hold_replay().await.unwrap();
    favorites.upsert(&Context::new(), &Favorite::numbered(7, 1)).await.unwrap();
    let ctx = Context::unknown();
    for _ in 0..2 {
        assert_eq!(favorites.find(&ctx, &7).await.unwrap().unwrap().count(), 1);
    }
    assert_eq!(source.counts().by_reason(Reason::PositionUnknown), 1);
    assert_eq!(source.counts().by_reason(Reason::RecentWrite), 1);
    cluster.replica(0).release_replay().await.unwrap();
}
