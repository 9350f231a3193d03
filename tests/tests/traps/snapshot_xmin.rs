//! `xid < pg_snapshot_xmin(pg_current_snapshot())`, in the statement that reads: exact when it says yes. It says no for
//! as long as *any* older transaction with a number is open, in whichever database of the server.

use ryw_postgres::sqlx::PgConnection;
use ryw_tests::servers::{eventually, plain};

use super::raw::{self, Verdict, ask, catch_up, count, read, run};

/// Reads of a replica that is stepped from write to write.
#[tokio::test]
async fn yes_means_that_the_row_is_there() {
    let cluster = raw::shared().await;
    let mut writer = plain(&cluster.primary().url()).await;
    let mut reader = plain(&cluster.replica(0).url()).await;
    let replica = cluster.replica(0);
    for value in 1..8 {
        replica.hold_replay().await.unwrap();
        let xid = count(&mut writer).await;
        let stale = read(&mut reader, xid).await;
        assert_eq!(
            (stale.value, stale.below, stale.verdict),
            (value - 1, false, Verdict::Stale),
            "{stale:?}"
        );
        catch_up(&cluster, 0).await;
        let fresh = read(&mut reader, xid).await;
        assert_eq!((fresh.value, fresh.below), (value, true), "{fresh:?}");
    }
}

/// The gate that races its own snapshot by LSN does not by xid.
#[tokio::test]
async fn a_commit_that_is_replayed_after_the_snapshot_is_not_called_fresh() {
    let cluster = raw::shared().await;
    let mut writer = plain(&cluster.primary().url()).await;
    cluster.replica(0).hold_replay().await.unwrap();
    let xid = count(&mut writer).await;
    let lsn: i64 = ask(&mut writer, "SELECT (pg_current_wal_flush_lsn() - '0/0')::int8").await;
    let read = raw::stretch(&cluster.replica(0).url(), xid, async || catch_up(&cluster, 0).await).await;
    assert!(read.replayed >= lsn, "the trap is there: {read:?}");
    assert_eq!((read.value, read.below, read.verdict), (0, false, Verdict::Stale), "{read:?}");
}

/// Opens a transaction in each of these ways; only those with a number count.
#[tokio::test]
async fn an_older_open_transaction_makes_it_say_no() {
    let cluster = raw::shared().await;
    let maintenance = cluster.primary().admin_url().replace("/app", "/postgres");
    let (mut writer, mut reader) =
        (plain(&cluster.primary().url()).await, plain(&cluster.replica(0).url()).await);
    let below = async |writer: &mut PgConnection, reader: &mut PgConnection| {
        let xid = count(writer).await;
        cluster.wait_until_caught_up().await.unwrap();
        let read = read(reader, xid).await;
        assert!(read.verdict != Verdict::Stale, "{read:?}");
        read.below
    };
    for (url, statement, holds) in [
        (cluster.primary().url(), "BEGIN; SELECT * FROM counter", false),
        (cluster.primary().url(), "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM counter", false),
        (cluster.replica(0).url(), "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM counter", false),
        (cluster.primary().url(), "BEGIN; SELECT pg_current_xact_id()", true),
        (cluster.primary().url(), "BEGIN; SELECT * FROM counter WHERE id = 2 FOR UPDATE", true),
        (cluster.primary().url(), "BEGIN; UPDATE counter SET value = 0 WHERE id = 2", true),
        (maintenance.clone(), "BEGIN; CREATE TABLE elsewhere (id int)", true),
    ] {
        let mut old = plain(&url).await;
        run(&mut old, statement).await;
        assert_eq!(below(&mut writer, &mut reader).await, !holds, "{statement}");
        run(&mut old, "ROLLBACK").await;
        assert!(below(&mut writer, &mut reader).await, "after {statement}");
    }
}

/// Nobody waits for the record of an abort to be flushed, so that a standby learns of it late, when other commits or
/// the WAL writer flush it: until then the old transaction is open to the standby.
#[tokio::test]
async fn an_abort_reaches_the_standby_only_when_something_is_flushed() {
    let cluster = raw::shared().await;
    let (mut old, mut writer) =
        (plain(&cluster.primary().url()).await, plain(&cluster.primary().url()).await);
    let mut reader = plain(&cluster.replica(0).url()).await;
    // On a busy machine fifty reads may take longer than the WAL writer sleeps.
    eventually("the standby holds it for open through 50 reads after its end", async || {
        run(&mut old, "BEGIN; UPDATE counter SET value = 0 WHERE id = 2").await;
        let xid = count(&mut writer).await;
        cluster.wait_until_caught_up().await.unwrap();
        run(&mut old, "ROLLBACK").await;
        let mut answers = Vec::new();
        for _ in 0..50 {
            answers.push(read(&mut reader, xid).await.below);
        }
        cluster.wait_until_caught_up().await.unwrap();
        assert!(read(&mut reader, xid).await.below);
        !answers.contains(&true)
    })
    .await;
}
