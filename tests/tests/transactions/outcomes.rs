//! What became of a transaction whose commit was not answered.

use ryw_core::{ConsistencySource, Context, Error, Route};
use ryw_postgres::{Outcome, PostgresSource, Transaction, TransactionId};
use ryw_testkit::link::{Link, Way};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, eventually, patient, source, start};
use ryw_tests::{Favorite, FavoriteRepository};

use super::shared::{put, stored};

async fn linked(cluster: &Cluster) -> (Link, PostgresSource) {
    let link = Link::before(&cluster.primary().url()).await.unwrap();
    let primary = patient().primary(link.url());
    let source = cluster.replicas().iter().fold(primary, |builder, replica| builder.replica(replica.url()));
    (link, source.connect().await.unwrap())
}

/// A transaction that is committed, and whose answer is lost.
async fn lost_commit(cluster: &Cluster, link: &Link, tx: Transaction, key: i64) -> Error {
    link.lose_answers_to(b"COMMIT");
    let committing = tokio::spawn(tx.commit());
    eventually("it is committed", async || stored(cluster, key).await.is_some()).await;
    link.cut();
    committing.await.unwrap().unwrap_err()
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_and_seen() {
    let cluster = cluster(1).await;
    let (link, source) = linked(&cluster).await;
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    let mut tx = source.transaction(&ctx).recoverable().begin().await.unwrap();
    let id = tx.id().await.unwrap();
    put(&mut tx, 7, 1).await.unwrap();
    assert_eq!(source.outcome(&Context::new(), &id).await.unwrap(), Outcome::InProgress);
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    assert!(lost_commit(&cluster, &link, tx, 7).await.is_commit_unknown());
    assert!(ctx.frontier(source.id()).is_unknown());

    let Outcome::Committed(position) = source.outcome(&ctx, &id).await.unwrap() else { panic!("it was") };
    assert_eq!(position.ticket().map(|ticket| ticket.id), Some(id.number()));
    assert!(!ctx.frontier(source.id()).is_unknown(), "the session is settled");
    assert_eq!(favorites.find(&ctx, &7).await.unwrap().unwrap().count(), 1);
    assert!(favorites.find(&Context::new(), &7).await.unwrap().is_none(), "the replica is behind");

    // Another session learns of it by asking.
    let other = Context::new();
    assert!(matches!(source.outcome(&other, &id).await.unwrap(), Outcome::Committed(_)));
    assert!(favorites.find(&other, &7).await.unwrap().is_some());
    cluster.replica(0).release_replay().await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    eventually("a replica will do again", async || {
        source.route_read(&ctx).await.is_ok_and(|routed| routed.route != Route::Primary)
    })
    .await;
}

#[tokio::test]
async fn a_commit_that_never_arrived_is_in_progress_and_then_rolled_back() {
    let cluster = cluster(0).await;
    let (link, source) = linked(&cluster).await;
    let ctx = Context::new();
    let mut tx = source.begin(&ctx).await.unwrap();
    put(&mut tx, 7, 1).await.unwrap();
    let id = tx.id().await.unwrap();
    // The primary hears nothing of it, and of nothing else on this link.
    link.cut_one_way(Way::ToServer);
    let committing = tokio::spawn(tx.commit());
    tokio::task::yield_now().await;
    let beside = patient().primary(cluster.primary().url()).connect().await.unwrap();
    assert_eq!(beside.outcome(&ctx, &id).await.unwrap(), Outcome::InProgress);
    link.cut();
    assert!(committing.await.unwrap().unwrap_err().is_commit_unknown());
    assert!(ctx.frontier(source.id()).is_unknown());
    eventually("the server notices", async || {
        source.outcome(&ctx, &id).await.is_ok_and(|outcome| outcome == Outcome::RolledBack)
    })
    .await;
    assert!(!ctx.frontier(source.id()).is_unknown(), "there is nothing to be seen");
    assert_eq!(stored(&cluster, 7).await, None);
}

#[tokio::test]
async fn an_orderly_restart_forgets_nothing() {
    let cluster = cluster(0).await;
    let source = source(&cluster).connect().await.unwrap();
    let ctx = Context::new();
    let mut tx = source.begin(&ctx).await.unwrap();
    put(&mut tx, 7, 1).await.unwrap();
    let id = tx.id().await.unwrap();
    tx.commit().await.unwrap();
    cluster.primary().restart().await.unwrap();
    let found = eventually_outcome(&source, &id).await;
    assert!(matches!(found, Outcome::Committed(_)), "{found:?}");
}

/// A number that never reached the disk is given to another after a crash: "committed" is then said of that one.
#[tokio::test]
async fn after_a_crash_a_number_may_be_anothers() {
    // Nobody else takes the number.
    let cluster = start(Cluster::builder().setting("autovacuum", "off")).await;
    let source = source(&cluster).connect().await.unwrap();
    let ctx = Context::new();
    // It has a number, and nothing in the log.
    let mut gone = source.begin(&ctx).await.unwrap();
    let id = gone.id().await.unwrap();
    cluster.primary().kill().await.unwrap();
    drop(gone);
    cluster.primary().start().await.unwrap();
    assert_eq!(eventually_outcome(&source, &id).await, Outcome::RolledBack);

    let mut other = None;
    for key in 0..1000 {
        let mut tx = source.begin(&ctx).await.unwrap();
        put(&mut tx, key, 1).await.unwrap();
        let number = tx.id().await.unwrap().number();
        tx.commit().await.unwrap();
        if number >= id.number() {
            other = Some(number);
            break;
        }
    }
    assert_eq!(other, Some(id.number()), "the trap is there: the number is another's");
    assert_eq!(source.outcome(&ctx, &id).await.unwrap(), Outcome::Unknown);
}

/// One transaction was received by the replica, one was not.
#[tokio::test]
async fn after_a_failover_it_tells_what_was_lost() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    let mut survived = source.begin(&ctx).await.unwrap();
    favorites.insert_in(&mut survived, &Favorite::numbered(1, 1)).await.unwrap();
    let survived_id = survived.id().await.unwrap();
    survived.commit().await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    let point = cluster.replica(0).replay_lsn().await.unwrap();
    cluster.replica(0).stop().await.unwrap();
    let mut lost = source.begin(&ctx).await.unwrap();
    favorites.insert_in(&mut lost, &Favorite::numbered(2, 1)).await.unwrap();
    let lost_id = lost.id().await.unwrap();
    lost.commit().await.unwrap();
    cluster.primary().kill().await.unwrap();
    cluster.replica(0).start().await.unwrap();
    cluster.replica(0).promote().await.unwrap();

    let new = cluster.replica(0);
    let source = patient().primary(new.url()).connect().await.unwrap();
    assert_eq!(source.outcome(&Context::new(), &lost_id).await.unwrap(), Outcome::RolledBack);
    // Until its number is another's.
    let mut number = 0;
    while number < lost_id.number() || new.flush_lsn().await.unwrap() < point + 4096 {
        let mut tx = source.begin(&Context::new()).await.unwrap();
        favorites.upsert_in(&mut tx, &Favorite::numbered(3, 1)).await.unwrap();
        number = tx.id().await.unwrap().number();
        tx.commit().await.unwrap();
    }
    assert_eq!(source.outcome(&Context::new(), &lost_id).await.unwrap(), Outcome::RolledBack);
    let found = source.outcome(&Context::new(), &survived_id).await.unwrap();
    assert_eq!(found, Outcome::Unknown, "this source has not watched the failover");

    new.kill().await.unwrap();
    new.start().await.unwrap();
    let found = eventually_outcome(&source, &lost_id).await;
    assert_eq!(found, Outcome::Unknown, "the point where the branch begins is not known any more");
}

#[tokio::test]
async fn a_source_that_has_watched_a_failover_tells_what_survived() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    let mut tx = source.begin(&ctx).await.unwrap();
    favorites.insert_in(&mut tx, &Favorite::numbered(1, 1)).await.unwrap();
    let id = tx.id().await.unwrap();
    tx.commit().await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    // The source has a session with the replica.
    favorites.find(&Context::new(), &1).await.unwrap();
    cluster.primary().kill().await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    let Outcome::Committed(position) = eventually_outcome(&source, &id).await else { panic!("it survived") };
    assert_eq!(position.timeline(), 2);
    assert!(favorites.find(&Context::new(), &1).await.unwrap().is_some());
}

async fn eventually_outcome(source: &PostgresSource, id: &TransactionId) -> Outcome {
    let mut found = None;
    eventually("the primary answers", async || {
        found = source.outcome(&Context::new(), id).await.ok();
        found.is_some()
    })
    .await;
    found.unwrap()
}
