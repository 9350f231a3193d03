//! `pg_visible_in_snapshot(xid, pg_current_snapshot())` on a standby: the snapshots of a standby do not list the
//! transactions in progress, so that every one between `xmin` and `xmax` is called visible.

use ryw_tests::servers::plain;

use super::raw::{self, Verdict, catch_up, count, read, run, write_elsewhere};

#[tokio::test]
async fn a_transaction_that_a_standby_has_not_committed_is_called_visible() {
    let cluster = raw::shared().await;
    let mut writer = plain(&cluster.primary().url()).await;
    let mut reader = plain(&cluster.replica(0).url()).await;
    run(&mut writer, "BEGIN").await;
    let xid = count(&mut writer).await;
    // A later transaction that has ended raises xmax above ours.
    write_elsewhere(&cluster).await;
    cluster.wait_until_caught_up().await.unwrap();

    let open = read(&mut reader, xid).await;
    assert_eq!((open.value, open.visible), (0, true), "the trap is there before the commit: {open:?}");

    cluster.replica(0).hold_replay().await.unwrap();
    run(&mut writer, "COMMIT").await;
    let stale = read(&mut reader, xid).await;
    assert_eq!((stale.value, stale.visible), (0, true), "the trap is there after the commit: {stale:?}");
    assert_eq!((stale.below, stale.verdict), (false, Verdict::Stale), "{stale:?}");

    catch_up(&cluster, 0).await;
    let fresh = read(&mut reader, xid).await;
    assert_eq!((fresh.value, fresh.below, fresh.verdict), (1, true, Verdict::Fresh), "{fresh:?}");
}

/// The primary's snapshots do list them.
#[tokio::test]
async fn the_same_question_is_answered_rightly_by_the_primary() {
    let cluster = raw::shared().await;
    let url = cluster.primary().url();
    let (mut writer, mut reader) = (plain(&url).await, plain(&url).await);
    run(&mut writer, "BEGIN").await;
    let xid = count(&mut writer).await;
    write_elsewhere(&cluster).await;
    let open = read(&mut reader, xid).await;
    assert_eq!((open.value, open.visible, open.below), (0, false, false), "{open:?}");
    run(&mut writer, "COMMIT").await;
    let committed = read(&mut reader, xid).await;
    assert_eq!((committed.value, committed.visible, committed.below), (1, true, true), "{committed:?}");
}
