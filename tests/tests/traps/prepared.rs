//! Two-phase commit: the transaction keeps its number from PREPARE to COMMIT PREPARED, whoever sends that. Nothing of it
//! is to be seen before, so that a position taken at PREPARE is too early.

use ryw_tests::servers::plain;

use super::raw::{self, Verdict, ask, catch_up, count, read, run};

const FLUSHED: &str = "SELECT (pg_current_wal_flush_lsn() - '0/0')::int8";

#[tokio::test]
async fn the_number_is_that_of_the_transaction_and_the_lsn_is_that_of_commit_prepared() {
    let cluster = raw::shared().await;
    let mut writer = plain(&cluster.primary().url()).await;
    let mut reader = plain(&cluster.replica(0).url()).await;
    run(&mut writer, "BEGIN").await;
    let xid = count(&mut writer).await;
    run(&mut writer, "PREPARE TRANSACTION 'p'").await;
    let early: i64 = ask(&mut writer, FLUSHED).await;
    cluster.wait_until_caught_up().await.unwrap();

    let prepared = read(&mut reader, xid).await;
    assert!(prepared.replayed >= early, "the trap is there: {prepared:?}");
    assert_eq!(
        (prepared.value, prepared.below, prepared.verdict),
        (0, false, Verdict::Stale),
        "{prepared:?}"
    );
    // Not even the primary shows it.
    assert_eq!(read(&mut plain(&cluster.primary().url()).await, xid).await.value, 0);

    cluster.replica(0).hold_replay().await.unwrap();
    let mut other = plain(&cluster.primary().url()).await;
    run(&mut other, "COMMIT PREPARED 'p'").await;
    let lsn: i64 = ask(&mut other, FLUSHED).await;
    let held = read(&mut reader, xid).await;
    assert_eq!((held.value, held.below, held.verdict), (0, false, Verdict::Stale), "{held:?}");
    assert!(held.replayed >= early && held.replayed < lsn, "{held:?}");
    catch_up(&cluster, 0).await;
    let fresh = read(&mut reader, xid).await;
    assert_eq!((fresh.value, fresh.below), (1, true), "{fresh:?}");
    assert!(fresh.replayed >= lsn);
}

/// A position that is asked for with COMMIT PREPARED has no number: whoever sends it must know it from before.
#[tokio::test]
async fn commit_prepared_has_no_number_of_its_own() {
    let cluster = raw::shared().await;
    let mut writer = plain(&cluster.primary().url()).await;
    run(&mut writer, "BEGIN").await;
    let xid = count(&mut writer).await;
    run(&mut writer, "PREPARE TRANSACTION 'p'").await;
    let known: i64 = ask(&mut writer, "SELECT transaction::text::int8 FROM pg_prepared_xacts").await;
    assert_eq!(known, xid);
    run(&mut writer, "COMMIT PREPARED 'p'").await;
    let none: Option<String> = ask(&mut writer, "SELECT pg_current_xact_id_if_assigned()::text").await;
    assert_eq!(none, None);
}

/// One that was forgotten is an old open transaction, also after a restart.
#[tokio::test]
async fn a_forgotten_one_holds_xmin_back_until_it_is_ended() {
    let cluster = raw::shared().await;
    let mut old = plain(&cluster.primary().url()).await;
    run(&mut old, "BEGIN; UPDATE counter SET value = 7 WHERE id = 2; PREPARE TRANSACTION 'old'").await;
    cluster.primary().restart().await.unwrap();
    let mut writer = plain(&cluster.primary().url()).await;
    let xid = count(&mut writer).await;
    cluster.wait_until_caught_up().await.unwrap();
    let mut reader = plain(&cluster.replica(0).url()).await;
    let held = read(&mut reader, xid).await;
    assert_eq!((held.value, held.below, held.verdict), (1, false, Verdict::Maybe), "{held:?}");
    run(&mut writer, "ROLLBACK PREPARED 'old'").await;
    cluster.wait_until_caught_up().await.unwrap();
    assert!(read(&mut reader, xid).await.below);
}
