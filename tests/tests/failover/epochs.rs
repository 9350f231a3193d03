//! Histories that a timeline does not tell apart, and a row that does.

use std::time::Duration;

use ryw_core::{ConsistencySource as _, Context, Position, Route};
use ryw_postgres::{NodeState, PostgresSource, PostgresSourceBuilder, sqlx};
use ryw_testkit::postgres::{Cluster, Node};
use ryw_tests::servers::{cluster, eventually, patient, plain, source};
use ryw_tests::session::{Rule, Session};
use ryw_tests::{Favorite, FavoriteRepository};

use crate::failover::clients::epochs;

/// Writes of others, so that what this server has written is far ahead.
async fn write_much(node: &Node) {
    let mut conn = plain(&node.url()).await;
    for key in 0..300_i64 {
        let sql = "INSERT INTO favorites (user_id, color_hex) VALUES ($1, '#000001')";
        sqlx::query(sql).bind(1_000_000 + key).execute(&mut conn).await.unwrap();
    }
}

async fn connect(builder: PostgresSourceBuilder) -> PostgresSource {
    builder.primary_timeout(Duration::from_secs(60)).connect().await.unwrap()
}

/// Replica 0 is the new primary, replica 1 has WAL that this one never had, replica 2 follows the new one.
async fn diverge(cluster: &Cluster) {
    cluster.replica(0).stop().await.unwrap();
    cluster.replica(2).stop().await.unwrap();
    write_much(cluster.primary()).await;
    let flushed = cluster.primary().flush_lsn().await.unwrap();
    cluster.replica(1).wait_for_replay(flushed).await.unwrap();
    cluster.primary().kill().await.unwrap();
    cluster.replica(0).start().await.unwrap();
    cluster.replica(2).start().await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    cluster.replica(2).follow(cluster.replica(0)).await.unwrap();
}

/// Sessions that write and read their own write; how many of the reads were served by which replica.
async fn sessions(cluster: &Cluster, source: &PostgresSource) -> [u32; 3] {
    let first = Session::new(source, Rule::Session);
    eventually("it takes writes", async || first.write(0, 1).await.is_ok()).await;
    let favorites = FavoriteRepository::new(source.clone());
    let mut served = [0; 3];
    for key in 1..60 {
        let session = Session::new(source, Rule::Session);
        session.write(key, key).await.unwrap();
        if key % 2 == 0 {
            let flushed = cluster.replica(0).flush_lsn().await.unwrap();
            cluster.replica(2).wait_for_replay(flushed).await.unwrap();
        }
        if let Route::Replica(index) = source.route_read(session.context()).await.unwrap().route {
            served[index] += 1;
        }
        assert_eq!(session.read(key).await.unwrap(), None);
        assert_eq!(session.query(key).await.unwrap(), None);
        assert!(favorites.find(&session.context().strong(), &key).await.unwrap().is_some());
    }
    served
}

#[tokio::test]
async fn a_diverged_standby_is_not_read_and_a_good_one_is_at_once() {
    let cluster = cluster(3).await;
    let source = connect(epochs(&cluster, source(&cluster)).await).await;
    Session::new(&source, Rule::Session).write(0, 0).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    diverge(&cluster).await;
    let served = sessions(&cluster, &source).await;
    println!("with epochs, reads by replica: {served:?}");
    assert!(served[2] > 0, "the good one serves: {served:?}");
    assert_eq!(served[1], 0, "the diverged one does not");
    // It answers; nobody told it that it is left behind.
    eventually("the diverged one is in use", async || {
        let _ = Session::new(&source, Rule::Eventual).read(0).await;
        source.replicas()[1] == NodeState::Up
    })
    .await;
}

/// Nothing is wrong, but a plain role cannot tell the good one from the diverged one, and uses neither.
#[tokio::test]
async fn without_epochs_neither_is_read_until_a_restartpoint() {
    let cluster = cluster(3).await;
    let source = connect(source(&cluster)).await;
    Session::new(&source, Rule::Session).write(0, 0).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    diverge(&cluster).await;
    assert_eq!(sessions(&cluster, &source).await, [0; 3]);
    let new = cluster.replica(0);
    new.execute("CHECKPOINT").await.unwrap();
    cluster.replica(2).wait_for_replay(new.flush_lsn().await.unwrap()).await.unwrap();
    for index in [1, 2] {
        cluster.replica(index).execute("CHECKPOINT").await.unwrap();
    }
    let served = sessions(&cluster, &source).await;
    println!("without epochs, after a restartpoint, reads by replica: {served:?}");
    assert!(served[2] > 0 && served[1] == 0, "{served:?}");
}

/// Two replicas were promoted side by side, and a third follows the wrong one: all of them are on timeline 2.
async fn siblings(cluster: &Cluster) {
    cluster.wait_until_caught_up().await.unwrap();
    cluster.primary().stop().await.unwrap();
    let [ours, other, follower] = [0, 1, 2].map(|index| cluster.replica(index));
    ours.promote().await.unwrap();
    other.promote().await.unwrap();
    follower.follow(other).await.unwrap();
    write_much(other).await;
    other.execute("CHECKPOINT").await.unwrap();
    follower.wait_for_replay(other.flush_lsn().await.unwrap()).await.unwrap();
    follower.execute("CHECKPOINT").await.unwrap();
}

/// How many of some reads of own writes were stale.
async fn stale_with_siblings(epochs_on: bool) -> usize {
    let cluster = cluster(3).await;
    let builder = patient()
        .primary(cluster.primary().url())
        .replica(cluster.replica(0).url())
        .replica(cluster.replica(2).url());
    let builder = if epochs_on { epochs(&cluster, builder).await } else { builder };
    let source = connect(builder).await;
    siblings(&cluster).await;
    let first = Session::new(&source, Rule::Session);
    eventually("it takes writes", async || first.write(0, 1).await.is_ok()).await;
    // Sessions of the other history, of other processes.
    let other = patient().primary(cluster.replica(1).url());
    let other = if epochs_on { other.epochs() } else { other };
    Session::new(&connect(other).await, Rule::Session).write(7_777, 1).await.unwrap();
    let mut stale = 0;
    for key in 1..60 {
        let session = Session::new(&source, Rule::Session);
        session.write(key, key).await.unwrap();
        stale += session.read(key).await.unwrap().iter().count();
    }
    println!("siblings, epochs {epochs_on}: {stale} of 59 reads stale; {:?}", source.counts().reasons());
    stale
}

#[tokio::test]
async fn a_follower_of_the_wrong_one_of_two_promoted_replicas_is_not_read() {
    assert_eq!(stale_with_siblings(true).await, 0);
}

/// What can happen without: the two histories have one name.
#[tokio::test]
async fn without_epochs_it_is_read_and_stale() {
    assert!(stale_with_siblings(false).await > 0, "the trap is gone, and epochs with it");
}

/// A session comes from a process that writes to the promoted server, to one that still writes to the old one.
#[tokio::test]
async fn a_session_of_the_newer_epoch_is_followed() {
    let cluster = cluster(2).await;
    let old = connect(epochs(&cluster, source(&cluster)).await).await;
    Session::new(&old, Rule::Session).write(1, 1).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    let new = connect(patient().primary(cluster.replica(0).url()).epochs()).await;
    let session = Session::new(&new, Rule::Session);
    session.write(1, 2).await.unwrap();
    let favorites = FavoriteRepository::new(old.clone());
    let arrived = session.context();
    assert_eq!(favorites.find(arrived, &1).await.unwrap().unwrap().count(), 2);
    favorites.upsert(arrived, &Favorite::numbered(1, 3)).await.unwrap();
    assert_eq!(session.read(1).await.unwrap(), None);
    assert_eq!(favorites.find(arrived, &1).await.unwrap().unwrap().count(), 3);
}

#[tokio::test]
async fn positions_name_the_epoch_and_those_of_no_epoch_are_read_on_the_primary() {
    let cluster = cluster(1).await;
    let source = connect(epochs(&cluster, source(&cluster)).await).await;
    let session = Session::new(&source, Rule::Session);
    session.write(1, 1).await.unwrap();
    let position = source.capture().await.unwrap();
    assert_eq!(position.timeline() >> 32, 1);
    assert_ne!(position.timeline() & 0xFFFF_FFFF, 0);
    for (branch, _) in session.context().frontier(source.id()).tickets() {
        assert_eq!(branch, position.branch());
    }
    cluster.wait_until_caught_up().await.unwrap();
    assert_eq!(source.route_read(session.context()).await.unwrap().route, Route::Replica(0));
    let plain = Context::new();
    plain.join(source.id(), &Position::new(position.identity().clone(), 1, 1).into());
    assert_eq!(source.route_read(&plain).await.unwrap().route, Route::Primary);
}

#[tokio::test]
async fn without_the_table_it_does_not_start() {
    let cluster = cluster(0).await;
    let refused = source(&cluster).epochs().connect().await.unwrap_err();
    assert!(refused.is_config() && refused.to_string().contains("EPOCH_MIGRATION"), "{refused}");
    let pool = sqlx::PgPool::connect(&cluster.primary().url()).await.unwrap();
    let refused = PostgresSource::builder("main").primary(pool).epochs().connect().await.unwrap_err();
    assert!(refused.is_config() && refused.to_string().contains("URL"), "{refused}");
    connect(source(&cluster)).await.migrate_epochs().await.unwrap();
    connect(source(&cluster)).await.migrate_epochs().await.unwrap();
    connect(source(&cluster).epochs()).await;
}
