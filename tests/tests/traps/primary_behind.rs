//! A replica can be ahead of the primary: a commit that waits for synchronous standbys is replayed there and shown, while
//! on the primary it is still in progress. A session that has seen it and goes to the primary next, where "everything
//! is", loses it again. The LSNs of the primary are past it all the time; only the snapshot tells.

use ryw_tests::servers::{eventually, plain};

use super::raw::{self, ask, catch_up, count, read, run};

const READS: u32 = 500;

const LSN: &str = "SELECT (pg_current_wal_flush_lsn() - '0/0')::int8";

#[tokio::test]
async fn what_a_replica_has_shown_the_primary_may_not_show_yet() {
    let cluster = raw::shared().await;
    cluster.primary().set("synchronous_standby_names", "2 (replica_0, replica_1)").await.unwrap();
    cluster.replica(1).hold_replay().await.unwrap();
    let mut writer = plain(&cluster.primary().url()).await;
    run(&mut writer, "SET synchronous_commit = remote_apply").await;
    let writing = tokio::spawn(async move { count(&mut writer).await });

    let mut replica = plain(&cluster.replica(0).url()).await;
    eventually("a replica shows it", async || {
        ask::<i32>(&mut replica, "SELECT value FROM counter WHERE id = 1").await == 1
    })
    .await;
    let seen = read(&mut replica, 0).await;
    let mut primary = plain(&cluster.primary().url()).await;
    let flushed: i64 = ask(&mut primary, LSN).await;
    assert!(flushed >= seen.replayed, "the primary is past all that was seen, by its LSN");
    let lost = read(&mut primary, 0).await;
    assert_eq!((seen.value, lost.value), (1, 0), "the trap is there: {seen:?} {lost:?}");
    assert!(lost.xmin < seen.xmax, "the snapshot tells: {seen:?} {lost:?}");

    catch_up(&cluster, 1).await;
    let xid = writing.await.unwrap();
    let after = read(&mut primary, 0).await;
    assert_eq!(after.value, 1);
    assert!(after.xmin >= seen.xmax && xid < seen.xmax, "{seen:?} {after:?}");
}

/// Nothing but a moment without synchronous standbys, but a moment it is: the commit record is flushed and shipped before
/// the primary lets go of the transaction. Nobody can be sure to hit it; whoever does is told by the snapshot.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_happens_for_a_moment_with_asynchronous_replicas_too() {
    let cluster = raw::shared().await;
    let (replica, primary) = (cluster.replica(0).url(), cluster.primary().url());
    let mut writing = Vec::new();
    // The others keep the writer from running at once when its record is flushed.
    for other in 0..6 {
        let mut writer = plain(&primary).await;
        writing.push(tokio::spawn(async move {
            loop {
                match other {
                    0 => drop(count(&mut writer).await),
                    _ => run(&mut writer, "SELECT pg_current_xact_id()").await,
                }
            }
        }));
    }
    let (mut replica, mut primary) = (plain(&replica).await, plain(&primary).await);
    let mut lost = 0;
    for _ in 0..READS {
        let seen = read(&mut replica, 0).await;
        let later = read(&mut primary, 0).await;
        assert!(
            later.value >= seen.value || later.xmin < seen.xmax,
            "the snapshot tells: {seen:?} {later:?}"
        );
        lost += u32::from(later.value < seen.value);
    }
    writing.iter().for_each(tokio::task::JoinHandle::abort);
    println!("the primary was behind what a replica had just shown in {lost} of {READS} reads");
}
