//! Two servers take writes.

use std::time::{Duration, Instant};

use ryw_core::{ConsistencySource as _, Context, Position};
use ryw_postgres::sqlx::Connection as _;
use ryw_postgres::{NodeState, sqlx};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, eventually, patient, plain, source};
use ryw_tests::session::{Rule, Session};
use ryw_tests::{Favorite, FavoriteRepository};

/// How many connections the primary has seen.
async fn connections(cluster: &Cluster) -> i64 {
    let mut conn = plain(&cluster.primary().url()).await;
    let sql = "SELECT sessions FROM pg_stat_database WHERE datname = current_database()";
    sqlx::query_scalar(sql).fetch_one(&mut conn).await.unwrap()
}

/// Somebody promoted a replica for a copy of the data, say.
#[tokio::test]
async fn a_leader_that_answers_keeps_the_lead() {
    let cluster = cluster(2).await;
    let source = source(&cluster).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    session.write(1, 1).await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    eventually("the promoted one is refused", async || {
        session.read(1).await.unwrap();
        matches!(&source.replicas()[0], NodeState::Refused(why) if why.contains("primary"))
    })
    .await;
    let (before, begun) = (connections(&cluster).await, Instant::now());
    for count in 2..60 {
        session.write(1, count).await.unwrap();
        assert_eq!(session.read(1).await.unwrap(), None);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (made, seconds) = (connections(&cluster).await - before, begun.elapsed().as_secs());
    let allowed = 20 + 3 * seconds.cast_signed();
    assert!(made < allowed, "{made} connections were made in {seconds} s to look at a server that leads");
    // Then it goes.
    cluster.primary().stop().await.unwrap();
    let fresh = Session::new(&source, Rule::Session);
    eventually("the promoted one leads", async || fresh.write(2, 1).await.is_ok()).await;
}

/// It refuses new connections because it has too many, not because it is gone.
#[tokio::test]
async fn a_leader_that_is_full_keeps_the_lead() {
    let cluster = cluster(1).await;
    // Of the primary alone: a replica must have as many at least.
    cluster.primary().set("max_connections", "20").await.unwrap();
    cluster.primary().restart().await.unwrap();
    let source = source(&cluster).max_connections(2).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    session.write(1, 1).await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    let mut others = Vec::new();
    while let Ok(conn) = sqlx::PgConnection::connect(&cluster.primary().url()).await {
        others.push(conn);
    }
    // Has the source look around.
    let forged = Position::new(source.identity().unwrap(), 99, 5);
    for count in 2..5 {
        let ctx = Context::new();
        ctx.join(source.id(), &forged.clone().into());
        let _ = FavoriteRepository::new(source.clone()).find(&ctx, &1).await;
        session.write(1, count).await.unwrap();
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    drop(others);
    assert_eq!(source.capture().await.unwrap().timeline(), 1);
}

/// A session comes from a process that writes to the promoted server, to one that still writes to the old one.
#[tokio::test]
async fn a_session_of_the_newer_timeline_is_followed() {
    let cluster = cluster(2).await;
    let old = source(&cluster).connect().await.unwrap();
    let fresh = Session::new(&old, Rule::Session);
    fresh.write(1, 1).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    let new = patient().primary(cluster.replica(0).url()).connect().await.unwrap();
    let session = Session::new(&new, Rule::Session);
    session.write(1, 2).await.unwrap();

    let arrived = session.context().clone();
    let favorites = FavoriteRepository::new(old.clone());
    assert_eq!(favorites.find(&arrived, &1).await.unwrap().unwrap().count(), 2);
    favorites.upsert(&arrived, &Favorite::numbered(1, 3)).await.unwrap();
    assert_eq!(session.read(1).await.unwrap(), None);
    assert_eq!(favorites.find(&arrived, &1).await.unwrap().unwrap().count(), 3);
}

/// A position that somebody made up moves nothing, also where a replica was promoted for a copy.
#[tokio::test]
async fn a_timeline_that_nobody_is_on_changes_nothing() {
    let cluster = cluster(2).await;
    let source = source(&cluster).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    session.write(1, 1).await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    let identity = source.identity().unwrap();
    let forged = Position::new(identity, 99, 5);
    session.context().join(source.id(), &forged.into());
    for count in 2..10 {
        assert_eq!(session.read(1).await.unwrap(), None);
        session.write(1, count).await.unwrap();
    }
    let position = source.capture().await.unwrap();
    assert_eq!(position.timeline(), 1);
}
