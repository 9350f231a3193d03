//! All rows of a stream are of one moment, and the context knows which.

use ryw_core::{ConsistencySource as _, Context, EntityStream};
use ryw_postgres::sqlx;
use ryw_tests::gallery::{Picture, PictureRepository};
use ryw_tests::servers::{cluster, plain, source};

async fn rest(rows: &mut EntityStream<Picture>) -> Vec<i64> {
    let mut ids = Vec::new();
    while let Some(row) = rows.try_next().await.unwrap() {
        ids.push(row.id);
    }
    ids
}

#[tokio::test]
async fn what_is_written_meanwhile_does_not_appear() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let pictures = PictureRepository::new(source.clone());
    for strong in [false, true] {
        let ctx = Context::new();
        let ctx = if strong { ctx.strong() } else { ctx };
        for id in [1, 2, 3] {
            pictures.upsert(&ctx, &Picture::numbered(id)).await.unwrap();
        }
        cluster.wait_until_caught_up().await.unwrap();
        let mut rows = pictures.stream(&ctx);
        assert_eq!(rows.try_next().await.unwrap(), Some(Picture::numbered(1)));
        pictures.delete(&ctx, &2).await.unwrap();
        pictures.upsert(&ctx, &Picture::numbered(4)).await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
        assert_eq!(rest(&mut rows).await, [2, 3], "on the primary: {strong}");
        assert_eq!(rest(&mut pictures.stream(&ctx)).await, [1, 3, 4]);
        pictures.delete(&ctx, &4).await.unwrap();
    }
}

/// Without it, a later read on another replica could go behind what the stream has shown.
#[tokio::test]
async fn what_it_has_seen_is_known_from_its_first_row_on() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let pictures = PictureRepository::new(source.clone());
    pictures.insert(&Context::new(), &Picture::numbered(1)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    let (reads, reader) = (source.counts().replica_reads(), Context::new());
    let mut rows = pictures.stream(&reader);
    assert!(reader.frontier(source.id()).is_empty(), "nothing has happened yet");
    assert_eq!(rows.try_next().await.unwrap(), Some(Picture::numbered(1)));
    let known = reader.frontier(source.id());
    assert!(!known.is_empty() && !known.is_unknown(), "{known:?}");
    // Dropped half-way it leaves the context as it is.
    drop(rows);
    assert_eq!(reader.frontier(source.id()), known);
    assert_eq!(source.counts().replica_reads(), reads + 1);

    // One without rows has seen that there are none.
    let reader = Context::new();
    assert_eq!(pictures.stream_by_place(&reader, "nowhere").try_next().await.unwrap(), None);
    assert!(!reader.frontier(source.id()).is_empty());
}

#[tokio::test]
async fn its_connection_is_used_again_and_nothing_is_open_on_it() {
    let cluster = cluster(0).await;
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    let pictures = PictureRepository::new(source.clone());
    pictures.insert(&Context::new(), &Picture::numbered(1)).await.unwrap();
    let session = async || {
        let mut conn = source.read(&Context::new()).await.unwrap();
        let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *conn).await.unwrap();
        conn.finish().await.unwrap();
        pid
    };
    let before = session().await;
    assert_eq!(rest(&mut pictures.stream(&Context::new())).await, [1]);
    let mut others = plain(&cluster.primary().admin_url()).await;
    let open: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'")
        .fetch_one(&mut others)
        .await
        .unwrap();
    assert_eq!(open, 0);
    // It did not stay the only reader that cannot write.
    pictures.insert(&Context::new(), &Picture::numbered(2)).await.unwrap();
    assert_eq!(session().await, before);
}
