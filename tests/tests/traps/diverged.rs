//! A diverged standby: it received WAL that the new primary never had, and cannot follow it. It goes on to answer, at the
//! end of the old timeline, and later writes look fresh there by LSN and by number alike, since both were used twice. The
//! timeline of its control file does not tell it from a good standby, which has the old one there too for a while. A row
//! that is written at each promotion does, if the snapshot that is read must hold it.

use ryw_postgres::sqlx::{self, PgConnection};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{eventually, plain};

use super::raw::{self, Verdict, ask, count, read, run};

const TIMELINE: &str = "SELECT timeline_id FROM pg_control_checkpoint()";

/// What a row of the epoch table costs to ask: one subquery of the reading statement.
async fn read_in_epoch(conn: &mut PgConnection, epoch: &'static str) -> (i32, bool) {
    sqlx::query_as("SELECT value, EXISTS (SELECT FROM epoch WHERE nonce = $1) FROM counter WHERE id = 1")
        .bind(epoch)
        .fetch_one(conn)
        .await
        .unwrap()
}

/// Replica 0 is the new primary, replica 1 has diverged, replica 2 follows the new one.
async fn diverge() -> Cluster {
    let cluster = raw::start(Cluster::builder().replicas(3)).await;
    cluster
        .execute("CREATE TABLE epoch (nonce text PRIMARY KEY); INSERT INTO epoch VALUES ('one')")
        .await
        .unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).stop().await.unwrap();
    cluster.replica(2).stop().await.unwrap();
    let mut writer = plain(&cluster.primary().url()).await;
    for _ in 0..200 {
        let sql = "UPDATE counter SET value = value WHERE id = 2";
        sqlx::query(sql).execute(&mut writer).await.unwrap();
    }
    let flushed = cluster.primary().flush_lsn().await.unwrap();
    cluster.replica(1).wait_for_replay(flushed).await.unwrap();
    cluster.primary().kill().await.unwrap();
    cluster.replica(0).start().await.unwrap();
    cluster.replica(2).start().await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    cluster.replica(2).follow(cluster.replica(0)).await.unwrap();
    cluster
}

#[tokio::test]
async fn later_writes_look_fresh_on_a_diverged_standby_and_an_epoch_tells() {
    let cluster = diverge().await;
    let [new, diverged, good] = [0, 1, 2].map(|index| cluster.replica(index));
    new.execute("INSERT INTO epoch VALUES ('two')").await.unwrap();
    let mut writer = plain(&new.url()).await;
    let xid = count(&mut writer).await;
    let lsn: i64 = ask(&mut writer, "SELECT (pg_current_wal_flush_lsn() - '0/0')::int8").await;
    good.wait_for_replay(lsn.unsigned_abs()).await.unwrap();

    let (mut wrong, mut right) = (plain(&diverged.url()).await, plain(&good.url()).await);
    let stale = read(&mut wrong, xid).await;
    assert_eq!((stale.value, stale.verdict), (0, Verdict::Fresh), "the trap is there, by number: {stale:?}");
    assert!(stale.replayed >= lsn, "the trap is there, by LSN: {stale:?}");
    assert_eq!(read(&mut right, xid).await.value, 1);

    // Neither what a plain role is told of the timeline.
    for conn in [&mut wrong, &mut right] {
        assert_eq!(ask::<i32>(conn, TIMELINE).await, 1);
        let told: Option<i32> = ask(conn, "SELECT max(received_tli) FROM pg_stat_wal_receiver").await;
        assert_eq!(told, None);
    }

    assert_eq!(read_in_epoch(&mut wrong, "two").await, (0, false));
    assert_eq!(read_in_epoch(&mut right, "two").await, (1, true));
    assert_eq!(read_in_epoch(&mut wrong, "one").await, (0, true));
}

/// In time the control file of the good one tells, after a restartpoint; that of the diverged one never does.
#[tokio::test]
async fn the_timeline_of_the_control_file_tells_after_a_restartpoint() {
    let cluster = diverge().await;
    let [new, diverged, good] = [0, 1, 2].map(|index| cluster.replica(index));
    run(&mut plain(&new.admin_url()).await, "CHECKPOINT").await;
    let flushed = new.flush_lsn().await.unwrap();
    good.wait_for_replay(flushed).await.unwrap();
    for node in [diverged, good] {
        node.execute("CHECKPOINT").await.unwrap();
    }
    let (mut wrong, mut right) = (plain(&diverged.url()).await, plain(&good.url()).await);
    eventually("the good standby tells the new timeline", async || {
        ask::<i32>(&mut right, TIMELINE).await == 2
    })
    .await;
    assert_eq!(ask::<i32>(&mut wrong, TIMELINE).await, 1);
}
