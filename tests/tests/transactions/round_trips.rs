//! What a transaction costs on a slow network, with a single connection: no more round trips than without ryw.

use std::time::{Duration, Instant};

use ryw_core::Context;
use ryw_postgres::PostgresSource;
use ryw_testkit::link::Link;
use ryw_tests::servers::cluster;
use ryw_tests::{Favorite, FavoriteRepository};

const ONE_WAY: Duration = Duration::from_millis(40);

/// A source asks its server now and then, beside the caller, how it is: that takes the one connection for a round trip.
const ROUNDS: usize = 6;

/// How many round trips `work` takes, rounded.
async fn trips<T>(work: impl Future<Output = T>) -> (T, u32) {
    // Boxed: in a debug build the test's own future would be too large for the stack of its thread.
    let work = Box::pin(work);
    let begun = Instant::now();
    let done = work.await;
    (done, (begun.elapsed().as_secs_f64() / (2.0 * ONE_WAY.as_secs_f64())).round() as u32)
}

/// The fewest of each, over all rounds.
fn fewest<const N: usize>(rounds: &[[u32; N]]) -> [u32; N] {
    std::array::from_fn(|index| rounds.iter().map(|round| round[index]).min().expect("there are rounds"))
}

#[tokio::test]
async fn a_transaction_takes_one_round_trip_to_begin_and_one_to_commit() {
    let cluster = cluster(0).await;
    let link = Link::before(&cluster.primary().url()).await.unwrap();
    let source =
        PostgresSource::builder("main").primary(link.url()).max_connections(1).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    // Statements are prepared once.
    for _ in 0..2 {
        let mut tx = source.begin(&ctx).await.unwrap();
        favorites.upsert_in(&mut tx, &Favorite::numbered(7, 1)).await.unwrap();
        tx.commit().await.unwrap();
    }
    favorites.upsert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();
    link.set_latency(ONE_WAY);
    let favorite = Favorite::numbered(7, 1);
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let (mut tx, begin) = trips(async { source.begin(&ctx).await.unwrap() }).await;
        let (_, write) = trips(async { favorites.upsert_in(&mut tx, &favorite).await.unwrap() }).await;
        let (_, commit) = trips(async { tx.commit().await.unwrap() }).await;
        rounds.push([begin, write, commit]);
    }
    println!("round trips to [begin, write, commit], one transaction after another: {rounds:?}");
    // Waiting for the end of the one before would cost each but the first a round trip.
    assert_eq!(fewest(&rounds[1..]), [1, 1, 1]);

    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let recoverable = source.transaction(&ctx).recoverable();
        let (mut tx, begin) = trips(async { recoverable.begin().await.unwrap() }).await;
        let (_, id) = trips(async { tx.id().await.unwrap() }).await;
        let (savepoint, made) = trips(async { tx.savepoint().await.unwrap() }).await;
        let (_, released) = trips(async { savepoint.release().await.unwrap() }).await;
        let (_, rollback) = trips(async { tx.rollback().await.unwrap() }).await;
        rounds.push([begin, id, made, released, rollback]);
    }
    println!("round trips to [recoverable begin, id, savepoint, release, rollback]: {rounds:?}");
    assert_eq!(fewest(&rounds), [2, 0, 1, 1, 1]);

    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let (tx, begin) = trips(async { source.read_transaction(&ctx).begin().await.unwrap() }).await;
        let (_, finish) = trips(async { tx.finish().await.unwrap() }).await;
        let (_, write) = trips(async { favorites.upsert(&ctx, &favorite).await.unwrap() }).await;
        rounds.push([begin, finish, write]);
    }
    println!("round trips to [begin reading, finish, write by a statement right after it]: {rounds:?}");
    // The statement has to read past the end of the transaction first.
    assert_eq!(fewest(&rounds), [1, 1, 2]);
}
