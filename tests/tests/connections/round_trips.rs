//! What one operation costs, in messages that the client has to wait for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ryw_core::{ConsistencySource, Context};
use ryw_postgres::sqlx;
use ryw_postgres::sqlx::postgres::PgPoolOptions;
use ryw_tests::servers::{cluster, patient};
use ryw_tests::{Favorite, FavoriteRepository};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A relay that counts how often the client asks: each question is one write of sqlx's.
struct Counter {
    url: String,
    questions: Arc<AtomicU64>,
}

impl Counter {
    async fn before(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let port: u16 =
            url.rsplit(':').next().and_then(|end| end.split('/').next()?.parse().ok()).expect("a port");
        let questions = Arc::<AtomicU64>::default();
        let counting = Arc::clone(&questions);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let counting = Arc::clone(&counting);
                tokio::spawn(async move {
                    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
                        (client.into_split(), server.into_split());
                    tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
                    let mut bytes = vec![0; 1 << 16];
                    while let Ok(length @ 1..) = from_client.read(&mut bytes).await {
                        counting.fetch_add(1, Ordering::SeqCst);
                        to_server.write_all(&bytes[..length]).await.unwrap();
                    }
                });
            }
        });
        Self { url: url.replace(&format!(":{port}/"), &format!(":{own}/")), questions }
    }

    fn questions(&self) -> u64 {
        self.questions.load(Ordering::SeqCst)
    }
}

const TIMES: u64 = 20;

#[tokio::test]
async fn a_write_and_a_read_of_it_take_one_round_trip_each() {
    let cluster = cluster(1).await;
    let primary = Counter::before(&cluster.primary().url()).await;
    let replica = Counter::before(&cluster.replica(0).url()).await;
    let source = patient()
        .primary(primary.url.clone())
        .replica(replica.url.clone())
        .max_connections(1)
        // Whatever the replica is believed to lag.
        .wait_budget(Duration::from_secs(60))
        .connect()
        .await
        .unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    // Connected, prepared, and known.
    for count in 0..3 {
        favorites.upsert(&ctx, &Favorite::numbered(7, count)).await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
        assert_eq!(favorites.find(&ctx, &7).await.unwrap().unwrap().count(), count);
    }
    let (mut writes, mut finds, mut misses) = (Vec::new(), Vec::new(), Vec::new());
    for count in 0..TIMES {
        let before = primary.questions();
        favorites.upsert(&ctx, &Favorite::numbered(7, count.cast_signed())).await.unwrap();
        writes.push(primary.questions() - before);
        cluster.wait_until_caught_up().await.unwrap();
        let before = replica.questions();
        assert!(favorites.find(&ctx, &7).await.unwrap().is_some());
        finds.push(replica.questions() - before);
        let before = replica.questions();
        assert!(favorites.find(&ctx, &-1).await.unwrap().is_none(), "also a read that finds nothing");
        misses.push(replica.questions() - before);
    }
    println!("questions by write: {writes:?}, by read: {finds:?}, by read that finds nothing: {misses:?}");
    // Once a second a server is asked whether it still is what it was, and a connection that lay idle for one is pinged.
    for mut questions in [writes, finds, misses] {
        questions.sort_unstable();
        assert_eq!((questions[0], questions[questions.len() / 2]), (1, 1), "the fewest, and the usual");
    }
    assert_eq!(source.counts().primary_reads(), 0);
}

/// What the same costs through sqlx's own pool, whose connections are pinged when they are given back.
#[tokio::test]
async fn a_read_through_the_pool_of_sqlx_takes_two() {
    let cluster = cluster(0).await;
    let server = Counter::before(&cluster.primary().url()).await;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .connect(&server.url)
        .await
        .unwrap();
    let read = async || {
        sqlx::query("SELECT 1").fetch_one(&pool).await.unwrap();
    };
    read().await;
    drop(pool.acquire().await.unwrap());
    let before = server.questions();
    for _ in 0..TIMES {
        read().await;
    }
    drop(pool.acquire().await.unwrap());
    let asked = server.questions() - before;
    println!("{TIMES} reads asked {asked} times");
    assert!(
        asked >= 2 * TIMES,
        "{asked}: if this fails, sqlx has stopped pinging and deadpool may be given up"
    );
}
