//! Reading never less than before, on another server, by snapshots alone: everything that a snapshot has lies below its
//! `xmax`, and a snapshot has everything below its `xmin`. So `xmin` there has to have reached `xmax` here. To compare
//! `xmin` with `xmin`, or `xmax` with `xmax`, is not enough.

use ryw_tests::servers::plain;

use super::raw::{self, catch_up, count, read, run, write_elsewhere};

const PAIRS: u32 = 600;

/// An old open transaction keeps both `xmin` where it is.
#[tokio::test]
async fn equal_xmin_can_have_seen_less() {
    let cluster = raw::shared().await;
    let mut old = plain(&cluster.primary().url()).await;
    run(&mut old, "BEGIN; UPDATE counter SET value = 7 WHERE id = 2").await;
    let mut writer = plain(&cluster.primary().url()).await;
    count(&mut writer).await;
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(1).hold_replay().await.unwrap();
    count(&mut writer).await;
    let flushed = cluster.primary().flush_lsn().await.unwrap();
    cluster.replica(0).wait_for_replay(flushed).await.unwrap();

    let [mut a, mut b] = [plain(&cluster.replica(0).url()).await, plain(&cluster.replica(1).url()).await];
    let (seen, there) = (read(&mut a, 0).await, read(&mut b, 0).await);
    assert_eq!((seen.value, there.value), (2, 1));
    assert!(there.xmin >= seen.xmin, "the trap is there: {seen:?} {there:?}");
    assert!(there.xmin < seen.xmax, "the right rule refuses: {seen:?} {there:?}");

    // It goes on to refuse for as long as the old transaction is open: a position by LSN has no such trouble.
    catch_up(&cluster, 1).await;
    let open = read(&mut b, 0).await;
    assert!(open.value == 2 && open.xmin < seen.xmax && open.replayed >= seen.replayed, "{seen:?} {open:?}");
    run(&mut old, "COMMIT").await;
    cluster.wait_until_caught_up().await.unwrap();
    let fresh = read(&mut b, 0).await;
    assert!(fresh.value == 2 && fresh.xmin >= seen.xmax, "{seen:?} {fresh:?}");
}

/// The order of numbers is not the order of commits.
#[tokio::test]
async fn equal_xmax_can_have_seen_less() {
    let cluster = raw::shared().await;
    let mut writer = plain(&cluster.primary().url()).await;
    run(&mut writer, "BEGIN").await;
    let xid = count(&mut writer).await;
    let later = write_elsewhere(&cluster).await;
    assert!(later > xid);
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(1).hold_replay().await.unwrap();
    run(&mut writer, "COMMIT").await;
    let flushed = cluster.primary().flush_lsn().await.unwrap();
    cluster.replica(0).wait_for_replay(flushed).await.unwrap();

    let [mut a, mut b] = [plain(&cluster.replica(0).url()).await, plain(&cluster.replica(1).url()).await];
    let (seen, there) = (read(&mut a, 0).await, read(&mut b, 0).await);
    assert_eq!((seen.value, there.value), (1, 0));
    assert!(there.xmax >= seen.xmax, "the trap is there: {seen:?} {there:?}");
    assert!(there.xmin < seen.xmax, "the right rule refuses: {seen:?} {there:?}");
    catch_up(&cluster, 1).await;
    let fresh = read(&mut b, 0).await;
    assert!(fresh.value == 1 && fresh.xmin >= seen.xmax, "{seen:?} {fresh:?}");
}

/// Both servers at work, many pairs of reads: no pair for which the right rule says yes has seen less.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_right_rule_holds_while_replay_runs() {
    let cluster = raw::shared().await;
    let writing = [1, 2].map(|_| {
        let url = cluster.primary().url();
        tokio::spawn(async move {
            let mut writer = plain(&url).await;
            loop {
                run(&mut writer, "BEGIN").await;
                count(&mut writer).await;
                run(&mut writer, "COMMIT").await;
            }
        })
    });
    let [mut a, mut b] = [plain(&cluster.replica(0).url()).await, plain(&cluster.replica(1).url()).await];
    let (mut said_yes, mut behind) = (0, 0);
    for _ in 0..PAIRS {
        let (seen, there) = (read(&mut a, 0).await, read(&mut b, 0).await);
        assert!(there.value >= seen.value || there.xmin < seen.xmax, "{seen:?} {there:?}");
        said_yes += u32::from(there.xmin >= seen.xmax);
        behind += u32::from(there.value < seen.value);
    }
    writing.iter().for_each(tokio::task::JoinHandle::abort);
    println!("of {PAIRS} pairs of reads {said_yes} were in order by the rule, {behind} were not in truth");
}
