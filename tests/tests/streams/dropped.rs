//! A stream dropped at any point leaves no broken connection, and none with a transaction open, to whoever comes next.

use ryw_core::Context;
use ryw_postgres::sqlx;
use ryw_tests::dropped::polled;
use ryw_tests::gallery::{Picture, PictureRepository};
use ryw_tests::servers::{cluster, distant, eventually, plain};

/// More than the reading of a few rows is ever polled.
const POLLS: i64 = 24;

#[tokio::test]
async fn a_stream_dropped_at_any_point() {
    let cluster = cluster(1).await;
    let (_links, source) = distant(&cluster).await;
    let source = source.max_connections(1).connect().await.unwrap();
    let pictures = PictureRepository::new(source.clone());
    let ctx = Context::new();
    for id in 1..=5 {
        pictures.insert(&ctx, &Picture::numbered(id)).await.unwrap();
    }
    cluster.wait_until_caught_up().await.unwrap();
    let (mut finished, mut dropped) = (0, 0);
    for (round, polls) in (0..).zip((1..POLLS).cycle().take(192)) {
        let reading = if round % 2 == 0 { ctx.clone() } else { ctx.strong() };
        // On the way to a row, or between two of them.
        let rows = round % 7;
        let read = async {
            let mut stream = pictures.stream(&reading);
            let mut read = Vec::new();
            while read.len() < rows
                && let Some(row) = stream.try_next().await.unwrap()
            {
                read.push(row.id);
            }
            read
        };
        match polled(read, polls).await {
            Some(read) => {
                let expected: Vec<i64> = (1..=5).take(rows).collect();
                assert_eq!(read, expected, "polled {polls} times");
                finished += 1;
            }
            None => dropped += 1,
        }
        // The one connection to either server is as good as new.
        let count = 1000 + i32::try_from(round).unwrap();
        let changed = Picture { code: Some(count), ..Picture::numbered(3) };
        pictures.replace(&ctx, &changed).await.unwrap();
        assert_eq!(pictures.find(&ctx, &3).await.unwrap(), Some(changed), "polled {polls} times");
        assert!(pictures.exists(&Context::new(), &1).await.unwrap());
    }
    println!("{finished} streams were read as far as wanted, {dropped} dropped on the way to a row");
    assert!(finished > 0 && dropped > 0);
    for server in [cluster.primary(), cluster.replica(0)] {
        let mut others = plain(&server.admin_url()).await;
        eventually("nothing is left open", async || {
            sqlx::query_scalar(
                "SELECT count(*) = 0 FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'",
            )
            .fetch_one(&mut others)
            .await
            .unwrap()
        })
        .await;
    }
}
