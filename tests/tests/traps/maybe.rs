//! "Maybe": the transaction lies between `xmin` and `xmax`, and has ended when the server looks. It may have ended after
//! the snapshot was taken, in which the rows were read. A second snapshot, taken after that answer, holds it.

use ryw_postgres::sqlx::{self, PgConnection};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::plain;

use super::raw::{self, Verdict, ask, catch_up, count, read, run, stretch, write_elsewhere};

/// The first answer of a replica that replays the commit between its snapshot and the verdict.
async fn overtaken(cluster: &Cluster, writer: &mut PgConnection) -> (i64, raw::Read) {
    run(writer, "BEGIN").await;
    let xid = count(writer).await;
    write_elsewhere(cluster).await;
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    run(writer, "COMMIT").await;
    // From here on the write is acknowledged: a read must find it.
    let read = stretch(&cluster.replica(0).url(), xid, async || catch_up(cluster, 0).await).await;
    (xid, read)
}

#[tokio::test]
async fn maybe_is_stale_at_first_and_right_when_asked_again() {
    let cluster = raw::shared().await;
    let mut writer = plain(&cluster.primary().url()).await;
    let (xid, first) = overtaken(&cluster, &mut writer).await;
    assert_eq!((first.verdict, first.value), (Verdict::Maybe, 0), "the trap is there: {first:?}");

    let mut reader = plain(&cluster.replica(0).url()).await;
    let second = read(&mut reader, xid).await;
    assert_eq!((second.verdict, second.value), (Verdict::Fresh, 1), "{second:?}");
}

/// The second answer may be "maybe" again, and is right all the same: nobody has to wait for the old transaction.
#[tokio::test]
async fn a_second_maybe_is_accepted_while_an_old_transaction_is_open() {
    let cluster = raw::shared().await;
    let mut old = plain(&cluster.primary().url()).await;
    run(&mut old, "BEGIN").await;
    let _: String = ask(&mut old, "SELECT pg_current_xact_id()::text").await;
    let mut writer = plain(&cluster.primary().url()).await;
    let (xid, first) = overtaken(&cluster, &mut writer).await;
    assert_eq!((first.verdict, first.value), (Verdict::Maybe, 0), "the trap is there: {first:?}");

    let mut reader = plain(&cluster.replica(0).url()).await;
    for _ in 0..3 {
        let again = read(&mut reader, xid).await;
        assert_eq!((again.verdict, again.value), (Verdict::Maybe, 1), "{again:?}");
    }
    // Several in a row: each read of each write is "maybe" for as long as the old one stays.
    for value in 2..10 {
        let xid = count(&mut writer).await;
        cluster.wait_until_caught_up().await.unwrap();
        let again = read(&mut reader, xid).await;
        assert_eq!((again.verdict, again.value), (Verdict::Maybe, value), "{again:?}");
    }
}

/// The second snapshot must be a new one.
#[tokio::test]
async fn asking_again_in_the_same_repeatable_read_transaction_stays_stale() {
    let cluster = raw::shared().await;
    let mut writer = plain(&cluster.primary().url()).await;
    let mut reader = plain(&cluster.replica(0).url()).await;
    run(&mut writer, "BEGIN").await;
    let xid = count(&mut writer).await;
    write_elsewhere(&cluster).await;
    cluster.wait_until_caught_up().await.unwrap();
    run(&mut reader, "BEGIN ISOLATION LEVEL REPEATABLE READ").await;
    assert_eq!(read(&mut reader, xid).await.verdict, Verdict::Stale);
    run(&mut writer, "COMMIT").await;
    cluster.wait_until_caught_up().await.unwrap();
    for _ in 0..3 {
        let again = read(&mut reader, xid).await;
        assert_eq!((again.verdict, again.value), (Verdict::Maybe, 0), "the trap is there: {again:?}");
    }
    run(&mut reader, "COMMIT; BEGIN ISOLATION LEVEL REPEATABLE READ").await;
    let fresh = read(&mut reader, xid).await;
    assert_eq!((fresh.verdict, fresh.value), (Verdict::Fresh, 1), "{fresh:?}");
}

/// Why the rule asks for `xmax` first.
#[tokio::test]
async fn the_status_of_a_transaction_from_the_future_is_an_error() {
    let cluster = raw::shared().await;
    let mut reader = plain(&cluster.replica(0).url()).await;
    cluster.replica(0).hold_replay().await.unwrap();
    let xid = write_elsewhere(&cluster).await + 1;
    let status = sqlx::query("SELECT pg_xact_status($1::xid8)").bind(xid.to_string());
    let refusal = status.execute(&mut reader).await.unwrap_err().to_string();
    assert!(refusal.contains("is in the future"), "{refusal}");
    assert_eq!(read(&mut reader, xid).await.verdict, Verdict::Stale);
}
