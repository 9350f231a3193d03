//! A server that fails under a stream: before the first row the read goes elsewhere, after it there is an error, never an
//! end.

use ryw_core::{ConsistencySource as _, Context, EntityStream, Error, Reason};
use ryw_postgres::sqlx;
use ryw_testkit::postgres::Cluster;
use ryw_tests::gallery::{Picture, PictureRepository};
use ryw_tests::servers::{cluster, eventually, plain, source, start};

/// More than the network's buffers hold.
const MANY: i64 = 40_000;

async fn filled(cluster: &Cluster) {
    let insert = format!(
        "INSERT INTO pictures (id, album_id, slug, caption)
            SELECT n, 1, n::text, repeat('x', 1000) FROM generate_series(1, {MANY}) n"
    );
    cluster.execute(&insert).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
}

/// How many rows came before the error, and the error.
async fn broken_off(rows: &mut EntityStream<Picture>) -> (i64, Error) {
    let mut read = 0;
    loop {
        match rows.try_next().await {
            Ok(Some(row)) => {
                read += 1;
                assert!(row.id > read, "in order");
            }
            Ok(None) => panic!("it ended after {read} rows more, as if there were no others"),
            Err(why) => {
                assert!(rows.try_next().await.unwrap().is_none(), "nothing comes after an error");
                return (read, why);
            }
        }
    }
}

#[tokio::test]
async fn a_replica_that_dies_breaks_it_off_with_an_error() {
    let cluster = cluster(2).await;
    filled(&cluster).await;
    let source = source(&cluster).connect().await.unwrap();
    let pictures = PictureRepository::new(source.clone());
    for end in ["crash", "shutdown", "terminated"] {
        let ctx = Context::new();
        let mut rows = pictures.stream(&ctx);
        assert!(rows.try_next().await.unwrap().is_some());
        let serving = busy(&cluster).await;
        match end {
            "crash" => cluster.replica(serving).kill().await.unwrap(),
            "shutdown" => cluster.replica(serving).stop().await.unwrap(),
            _ => {
                let mut admin = plain(&cluster.replica(serving).admin_url()).await;
                let end =
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'";
                sqlx::query(end).execute(&mut admin).await.unwrap();
            }
        }
        let (read, why) = broken_off(&mut rows).await;
        println!("{end}: {read} rows, then: {why}");
        assert!(read < MANY - 1, "{end}: the buffers held them all, and nothing was tested");
        assert!(why.is_unavailable() && why.is_retryable(), "{end}: {why:?}");
        // Made again, it is served by whoever is left.
        let mut again = pictures.stream(&ctx);
        assert_eq!(again.try_next().await.unwrap().map(|row| row.id), Some(1), "{end}");
        drop(again);
        if end != "terminated" {
            cluster.replica(serving).start().await.unwrap();
        }
        cluster.wait_until_caught_up().await.unwrap();
        eventually("both are in use again", async || {
            pictures.exists(&Context::new(), &1).await.unwrap();
            source.replicas().iter().all(|state| matches!(state, ryw_postgres::NodeState::Up))
        })
        .await;
    }
}

/// The replica that waits for the reader.
async fn busy(cluster: &Cluster) -> usize {
    let mut found = None;
    eventually("a replica waits for the reader", async || {
        for (index, replica) in cluster.replicas().iter().enumerate() {
            let mut admin = plain(&replica.admin_url()).await;
            let waits: bool = sqlx::query_scalar(
                "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'ClientWrite'",
            )
            .fetch_one(&mut admin)
            .await
            .unwrap();
            if waits {
                found = Some(index);
            }
        }
        found.is_some()
    })
    .await;
    found.unwrap()
}

/// The connection in the pool is dead, which is noticed when it is used.
#[tokio::test]
async fn before_the_first_row_another_server_is_asked() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let pictures = PictureRepository::new(source.clone());
    pictures.insert(&Context::new(), &Picture::numbered(1)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    assert!(pictures.exists(&Context::new(), &1).await.unwrap());
    assert_eq!(source.counts().replica_reads(), 1);
    cluster.replica(0).kill().await.unwrap();
    let mut rows = pictures.stream(&Context::new());
    assert_eq!(rows.try_next().await.unwrap(), Some(Picture::numbered(1)));
    assert_eq!(rows.try_next().await.unwrap(), None);
    assert_eq!(source.counts().by_reason(Reason::ReplicaFailed), 1, "{:?}", source.counts().reasons());
}

/// On a replica, reading a picture takes as long as somebody else has the lock; and so does what comes after it.
const SLOW_ON_REPLICAS: &str = "
    ALTER TABLE pictures RENAME TO stored;
    CREATE VIEW pictures AS SELECT * FROM stored WHERE id < 3
        OR CASE WHEN pg_is_in_recovery() THEN pg_advisory_xact_lock_shared(1)::text = '' ELSE true END";

#[tokio::test]
async fn a_conflict_with_recovery_may_be_tried_again() {
    let cluster = Cluster::builder().replicas(1).setting("max_standby_streaming_delay", "0");
    let cluster = start(cluster.setting("autovacuum", "off")).await;
    filled(&cluster).await;
    cluster.execute("DROP VIEW albums").await.unwrap();
    cluster.execute(SLOW_ON_REPLICAS).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    let source = source(&cluster).connect().await.unwrap();
    let pictures = PictureRepository::new(source.clone());
    let mut locker = plain(&cluster.replica(0).admin_url()).await;
    sqlx::query("SELECT pg_advisory_lock(1)").execute(&mut locker).await.unwrap();
    let mut waiting = plain(&cluster.replica(0).admin_url()).await;

    let ctx = Context::new();
    let reading = tokio::spawn(async move {
        let mut rows = pictures.stream(&ctx);
        let mut read = 0;
        loop {
            match rows.try_next().await {
                Ok(Some(_)) => read += 1,
                Ok(None) => return (read, None),
                Err(why) => return (read, Some(why)),
            }
        }
    });
    eventually("the stream waits", async || {
        sqlx::query_scalar("SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            .fetch_one(&mut waiting)
            .await
            .unwrap()
    })
    .await;
    cluster.execute("DELETE FROM stored WHERE id > 7").await.unwrap();
    cluster.execute("VACUUM stored").await.unwrap();
    let (read, why) = reading.await.unwrap();
    println!("{read} rows, then: {why:?}");
    match why {
        // None had been sent: rows leave a server when its buffer of 8 KB is full.
        None => assert_eq!((read, source.counts().by_reason(Reason::ReplicaFailed)), (7, 1)),
        Some(why) => assert!(why.is_database() && why.is_retryable(), "{why:?}"),
    }
}
