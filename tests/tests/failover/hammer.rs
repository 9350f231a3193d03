//! Clients run through a failover: nobody reads less than it knows, and no acknowledged write is lost.
//!
//! The replica that is promoted is one that the primary waits for, so that there is nothing to lose.

use std::time::{Duration, Instant};

use ryw_core::ConsistencySource as _;
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, eventually, source};
use ryw_tests::session::{Rule, Session};

use crate::failover::clients::{Clients, Report, TURN, epochs};

/// How the primary goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// All is shipped; the other replica follows the new primary.
    Stop,
    /// The other replica stays where it was.
    Kill,
    /// It hangs, and comes to again, when another has taken its place.
    Freeze,
}

/// How often each client writes and reads between one event and the next.
const SOME: u64 = 50;

async fn synchronous() -> Cluster {
    let cluster = cluster(2).await;
    cluster.primary().set("synchronous_standby_names", "FIRST 1 (replica_0)").await.unwrap();
    cluster
}

async fn through(end: End, epochs_on: bool) -> Report {
    let report = checked(end, epochs_on, Rule::Session).await;
    assert_eq!(report.stale, [], "{report}");
    report
}

async fn checked(end: End, epochs_on: bool, rule: Rule) -> Report {
    let _turn = TURN.lock().await;
    let cluster = synchronous().await;
    let limit = Duration::from_secs(1);
    let builder = source(&cluster);
    let builder = if epochs_on { epochs(&cluster, builder).await } else { builder };
    let source = builder
        .primary_timeout(Duration::from_secs(60))
        .replica_timeout(limit)
        .replica_read_timeout(limit)
        .connect()
        .await
        .unwrap();
    let clients = Clients::start(&source, rule, 6);
    clients.go_on(SOME).await;
    let (old, new) = (cluster.primary(), cluster.replica(0));
    let gone = Instant::now();
    match end {
        End::Stop => old.stop().await.unwrap(),
        End::Kill => old.kill().await.unwrap(),
        End::Freeze => old.freeze(),
    }
    // Found to be away by all, before there is another.
    tokio::time::sleep(Duration::from_millis(300)).await;
    new.promote().await.unwrap();
    let promoted = Instant::now();
    if end == End::Stop {
        cluster.replica(1).follow(new).await.unwrap();
    }
    clients.go_on(SOME).await;
    if end == End::Freeze {
        old.thaw();
        clients.go_on(SOME).await;
    }
    let report = clients.end().await;
    let (write, read) = report.recovered_after(promoted);
    println!("{end:?}: {report}");
    println!(
        "{end:?}: promoted {:?} after the primary went; then the first write took {write:?}, the first read {read:?}",
        promoted - gone
    );
    println!("{end:?}: {:?}", source.counts().reasons());
    eventually("the new primary is in use", async || {
        let _ = Session::new(&source, Rule::Session).read(0).await;
        source.replicas()[0] == ryw_postgres::NodeState::Up
    })
    .await;
    report
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_is_shut_down() {
    through(End::Stop, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_crashes() {
    through(End::Kill, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_hangs() {
    through(End::Freeze, false).await;
}

/// The replica that follows the new primary serves as soon as it has its row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_is_shut_down_with_epochs() {
    through(End::Stop, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_hangs_with_epochs() {
    through(End::Freeze, true).await;
}

/// The other replica stays behind on the old timeline, and answers: who does not ask for more gets that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eventual_reads_are_caught() {
    let report = checked(End::Kill, false, Rule::Eventual).await;
    assert!(!report.stale.is_empty(), "the hammer cannot fail");
}
