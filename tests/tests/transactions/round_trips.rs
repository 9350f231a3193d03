//! What a transaction costs on a slow network, with a single connection: no more round trips than without ryw.

use std::time::{Duration, Instant};

use ryw_core::Context;
use ryw_postgres::PostgresSource;
use ryw_testkit::link::Link;
use ryw_tests::servers::{cluster, patient};
use ryw_tests::{Favorite, FavoriteRepository};

const ONE_WAY: Duration = Duration::from_millis(40);
/// On a busy machine, where a message may be as late as that. No slower, for a source asks its server once a second, beside
/// the caller, how it is, which takes the one connection for a round trip: some rounds have to be shorter than a second.
const SLOWEST: Duration = Duration::from_millis(80);

const ROUNDS: usize = 6;
/// How long a busy machine may make everything slower than it is.
const PATIENCE: Duration = Duration::from_secs(120);

/// A source behind a slow network.
struct World {
    link: Link,
    source: PostgresSource,
    favorites: FavoriteRepository,
    ctx: Context,
}

/// How many round trips `work` takes, rounded.
async fn trips<T>(one_way: Duration, work: impl Future<Output = T>) -> (T, u32) {
    // Boxed: in a debug build the test's own future would be too large for the stack of its thread.
    let work = Box::pin(work);
    let begun = Instant::now();
    let done = work.await;
    (done, (begun.elapsed().as_secs_f64() / (2.0 * one_way.as_secs_f64())).round() as u32)
}

/// The fewest of each, over all rounds.
fn fewest<const N: usize>(rounds: &[[u32; N]]) -> [u32; N] {
    std::array::from_fn(|index| rounds.iter().map(|round| round[index]).min().expect("there are rounds"))
}

/// Makes rounds until the fewest trips of each step are those expected.
///
/// A message is never early and may be late, by which a step seems to take more trips than it does, and never fewer. So the
/// fewest of many rounds are right if any of them was.
async fn take<const N: usize>(
    world: &World,
    expected: [u32; N],
    round: impl AsyncFn(&World, Duration) -> [u32; N],
) {
    let begun = Instant::now();
    let (mut one_way, mut rounds) = (ONE_WAY, Vec::new());
    while begun.elapsed() < PATIENCE && (rounds.is_empty() || fewest(&rounds) != expected) {
        if rounds.len() == ROUNDS && one_way < SLOWEST {
            (one_way, rounds) = (SLOWEST, Vec::new());
        }
        world.link.set_latency(one_way);
        rounds.push(round(world, one_way).await);
    }
    println!("{rounds:?}, at {one_way:?} one way");
    assert_eq!(fewest(&rounds), expected, "{rounds:?}");
}

async fn write_and_commit(world: &World, one_way: Duration) -> [u32; 3] {
    let World { source, favorites, ctx, .. } = world;
    let favorite = Favorite::numbered(7, 1);
    let (mut tx, begin) = trips(one_way, async { source.begin(ctx).await.unwrap() }).await;
    let (_, write) = trips(one_way, async { favorites.upsert_in(&mut tx, &favorite).await.unwrap() }).await;
    let (_, commit) = trips(one_way, async { tx.commit().await.unwrap() }).await;
    [begin, write, commit]
}

async fn savepoint_and_roll_back(world: &World, one_way: Duration) -> [u32; 5] {
    let recoverable = world.source.transaction(&world.ctx).recoverable();
    let (mut tx, begin) = trips(one_way, async { recoverable.begin().await.unwrap() }).await;
    let (_, id) = trips(one_way, async { tx.id().await.unwrap() }).await;
    let (savepoint, made) = trips(one_way, async { tx.savepoint().await.unwrap() }).await;
    let (_, released) = trips(one_way, async { savepoint.release().await.unwrap() }).await;
    let (_, rollback) = trips(one_way, async { tx.rollback().await.unwrap() }).await;
    [begin, id, made, released, rollback]
}

async fn read_and_write(world: &World, one_way: Duration) -> [u32; 3] {
    let World { source, favorites, ctx, .. } = world;
    let favorite = Favorite::numbered(7, 1);
    let (tx, begin) = trips(one_way, async { source.read_transaction(ctx).begin().await.unwrap() }).await;
    let (_, finish) = trips(one_way, async { tx.finish().await.unwrap() }).await;
    let (_, write) = trips(one_way, async { favorites.upsert(ctx, &favorite).await.unwrap() }).await;
    [begin, finish, write]
}

#[tokio::test]
async fn a_transaction_takes_one_round_trip_to_begin_and_one_to_commit() {
    let cluster = cluster(0).await;
    let link = Link::before(&cluster.primary().url()).await.unwrap();
    let source = patient().primary(link.url()).max_connections(1).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let world = World { link, source, favorites, ctx: Context::new() };
    // Statements are prepared once.
    for _ in 0..2 {
        write_and_commit(&world, ONE_WAY).await;
    }
    world.favorites.upsert(&world.ctx, &Favorite::numbered(7, 1)).await.unwrap();

    // Waiting for the end of the transaction before would cost each but the first a round trip.
    world.link.set_latency(ONE_WAY);
    write_and_commit(&world, ONE_WAY).await;
    take(&world, [1, 1, 1], write_and_commit).await;
    take(&world, [2, 0, 1, 1, 1], savepoint_and_roll_back).await;
    // The statement has to read past the end of the transaction first.
    take(&world, [1, 1, 2], read_and_write).await;
}
