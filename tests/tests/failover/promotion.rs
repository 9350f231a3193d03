//! One promotion, step by step.

use std::time::{Duration, Instant};

use ryw_core::{ConsistencySource as _, Reason, Route};
use ryw_postgres::NodeState;
use ryw_tests::servers::{cluster, eventually, source};
use ryw_tests::session::{Rule, Session};

/// How long an operation waits for the primary: longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_write_waits_for_the_new_primary_and_no_longer_than_it_may() {
    let cluster = cluster(1).await;
    let source = source(&cluster).primary_timeout(PATIENCE).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    session.write(1, 1).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.primary().kill().await.unwrap();
    let writing = tokio::spawn({
        let session = session.clone();
        async move {
            loop {
                match session.write(1, 2).await {
                    // Sent over a connection that was dead by then.
                    Err(error) if error.is_commit_unknown() => {}
                    result => return result,
                }
            }
        }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!writing.is_finished(), "it waits");
    cluster.replica(0).promote().await.unwrap();
    writing.await.unwrap().unwrap();
    assert_eq!(session.read(1).await.unwrap(), None);
    assert_eq!(session.query(1).await.unwrap(), None);
    assert_eq!(source.route_write(session.context()).await.unwrap().route, Route::Primary);
}

#[tokio::test]
async fn without_a_new_primary_a_write_fails_in_time() {
    let cluster = cluster(1).await;
    let limit = Duration::from_secs(2);
    let source = source(&cluster).primary_timeout(limit).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    cluster.primary().kill().await.unwrap();
    let begun = Instant::now();
    eventually("the dead connections are used up", async || {
        !session.write(1, 1).await.unwrap_err().is_commit_unknown()
    })
    .await;
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

/// A source that talks to the replica's sessions from before its promotion.
#[tokio::test]
async fn a_replica_promoted_under_a_reader_is_not_taken_for_one_any_more() {
    let cluster = cluster(1).await;
    let source = source(&cluster).primary_timeout(PATIENCE).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    session.write(1, 1).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    assert_eq!(session.read(1).await.unwrap(), None);
    let mut conn = source.read(session.context()).await.unwrap();
    assert!(conn.routed().route.is_replica());
    cluster.primary().stop().await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    ryw_postgres::sqlx::query("SELECT 1").execute(&mut *conn).await.unwrap();
    assert!(conn.finish().await.unwrap_err().is_unavailable(), "it says that it cannot be trusted");
    for _ in 0..3 {
        assert_eq!(session.read(1).await.unwrap(), None);
    }
    eventually("it takes writes", async || session.write(1, 2).await.is_ok()).await;
    assert_eq!(session.read(1).await.unwrap(), None);
    eventually("it is in use", async || {
        assert_eq!(session.read(1).await.unwrap(), None);
        source.replicas() == [NodeState::Up]
    })
    .await;
}

/// The old primary comes back as if nothing had happened, on its old timeline.
#[tokio::test]
async fn a_deposed_primary_that_comes_back_is_not_used() {
    let cluster = cluster(1).await;
    let source = source(&cluster).primary_timeout(PATIENCE).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    session.write(1, 1).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.primary().kill().await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    eventually("it takes writes", async || session.write(1, 2).await.is_ok()).await;
    cluster.primary().start().await.unwrap();
    let replica_reads = source.counts().replica_reads();
    for count in 3..40 {
        session.write(1, count).await.unwrap();
        assert_eq!(session.read(1).await.unwrap(), None);
        assert_eq!(Session::new(&source, Rule::Session).read(1).await.unwrap(), None);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(source.counts().replica_reads(), replica_reads, "the deposed one serves nothing");
}

/// A position of before the failover is never compared with what comes after.
#[tokio::test]
async fn positions_of_the_old_timeline_go_to_the_primary_once() {
    let cluster = cluster(2).await;
    let source = source(&cluster).primary_timeout(PATIENCE).connect().await.unwrap();
    let (session, other) = (Session::new(&source, Rule::Session), Session::new(&source, Rule::Session));
    session.write(1, 1).await.unwrap();
    cluster.primary().stop().await.unwrap();
    let (new, follower) = (cluster.replica(0), cluster.replica(1));
    new.promote().await.unwrap();
    follower.follow(new).await.unwrap();
    eventually("it takes writes", async || other.write(2, 1).await.is_ok()).await;
    cluster.wait_until_caught_up().await.unwrap();
    let of_old = || source.counts().by_reason(Reason::PositionOtherTimeline);
    assert_eq!(of_old(), 0);
    assert_eq!(session.read(1).await.unwrap(), None);
    assert_eq!(of_old(), 1);
    for _ in 0..5 {
        assert_eq!(session.read(1).await.unwrap(), None);
    }
    assert_eq!(of_old(), 1, "settled");
}
