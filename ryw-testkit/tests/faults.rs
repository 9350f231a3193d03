//! Stopped, crashed, frozen and promoted nodes.

use std::time::Duration;

use ryw_testkit::postgres::{Cluster, Node};
use sqlx::{Connection, PgConnection};

async fn count(node: &Node) -> i64 {
    let mut connection = PgConnection::connect(&node.url()).await.unwrap();
    sqlx::query_scalar("SELECT count(*) FROM note").fetch_one(&mut connection).await.unwrap()
}

async fn cluster_of_notes(replicas: usize) -> Cluster {
    let cluster = Cluster::builder().replicas(replicas).start().await.unwrap();
    cluster
        .execute("CREATE TABLE note (id bigserial PRIMARY KEY); INSERT INTO note DEFAULT VALUES")
        .await
        .unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster
}

async fn insert(node: &Node) {
    node.execute("INSERT INTO note DEFAULT VALUES").await.unwrap();
}

#[tokio::test]
async fn a_stopped_replica_catches_up_when_it_is_back() {
    let cluster = cluster_of_notes(1).await;
    let replica = cluster.replica(0);
    let port = replica.port();
    replica.stop().await.unwrap();
    replica.stop().await.unwrap();
    assert!(!replica.is_running());
    assert!(PgConnection::connect(&replica.url()).await.is_err());

    insert(cluster.primary()).await;
    cluster.wait_until_caught_up().await.unwrap();
    replica.start().await.unwrap();
    replica.start().await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    assert_eq!(count(replica).await, 2);
    assert_eq!(replica.port(), port);
}

#[tokio::test]
async fn a_killed_replica_catches_up_when_it_is_back() {
    let cluster = cluster_of_notes(1).await;
    let replica = cluster.replica(0);
    replica.kill().await.unwrap();
    assert!(!replica.is_running());
    insert(cluster.primary()).await;
    replica.start().await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    assert_eq!(count(replica).await, 2);
}

#[tokio::test]
async fn a_crashed_primary_keeps_what_was_committed() {
    let cluster = cluster_of_notes(1).await;
    let mut client = PgConnection::connect(&cluster.primary().url()).await.unwrap();
    insert(cluster.primary()).await;
    cluster.primary().kill().await.unwrap();
    assert!(sqlx::query("SELECT 1").execute(&mut client).await.is_err());

    cluster.primary().start().await.unwrap();
    assert_eq!(count(cluster.primary()).await, 2);
    insert(cluster.primary()).await;
    cluster.wait_until_caught_up().await.unwrap();
    assert_eq!(count(cluster.replica(0)).await, 3);
}

#[tokio::test]
async fn a_restarted_primary_is_followed_again() {
    let cluster = cluster_of_notes(1).await;
    cluster.primary().restart().await.unwrap();
    insert(cluster.primary()).await;
    cluster.wait_until_caught_up().await.unwrap();
    assert_eq!(count(cluster.replica(0)).await, 2);
}

#[tokio::test]
async fn a_promoted_replica_takes_writes_and_is_followed() {
    let cluster = cluster_of_notes(2).await;
    let (new, other) = (cluster.replica(0), cluster.replica(1));
    new.hold_replay().await.unwrap();
    insert(cluster.primary()).await;
    let lsn = cluster.primary().flush_lsn().await.unwrap();
    while new.flush_lsn().await.unwrap() < lsn {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    cluster.primary().kill().await.unwrap();
    new.promote().await.unwrap();
    assert!(!new.is_in_recovery().await.unwrap());
    assert_eq!(count(new).await, 2, "what was received is replayed before the promotion");

    other.follow(new).await.unwrap();
    insert(new).await;
    cluster.wait_until_caught_up().await.unwrap();
    assert_eq!(count(other).await, 3);

    // The old primary comes back as one, and has none of that.
    cluster.primary().start().await.unwrap();
    insert(new).await;
    cluster.wait_until_caught_up().await.unwrap();
    assert_eq!((count(cluster.primary()).await, count(other).await), (2, 4));
}

#[tokio::test]
async fn a_frozen_replica_does_not_answer_until_it_is_thawed() {
    let cluster = cluster_of_notes(1).await;
    let replica = cluster.replica(0);
    let mut client = PgConnection::connect(&replica.url()).await.unwrap();
    replica.freeze();
    let query = sqlx::query("SELECT 1").execute(&mut client);
    assert!(tokio::time::timeout(Duration::from_millis(200), query).await.is_err());
    assert!(replica.is_running());

    replica.thaw();
    insert(cluster.primary()).await;
    cluster.wait_until_caught_up().await.unwrap();
    assert_eq!(count(replica).await, 2);
    // Ends as quickly when it is dropped frozen.
    replica.freeze();
    cluster.shutdown().await;
}

#[tokio::test]
async fn what_only_replicas_can_do_is_refused_on_a_primary() {
    let cluster = cluster_of_notes(0).await;
    let primary = cluster.primary();
    assert!(primary.hold_replay().await.unwrap_err().is_database());
    assert!(primary.promote().await.unwrap_err().is_database());
    assert!(primary.replay_lsn().await.is_err());
    assert!(primary.follow(primary).await.is_err());
}
