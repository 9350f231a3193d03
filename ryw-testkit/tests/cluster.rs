//! A cluster starts, streams, and lags when told to.

use std::time::{Duration, Instant};

use ryw_testkit::Error;
use ryw_testkit::postgres::{Cluster, Node};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// What a client sees that connects as the application does.
async fn read(node: &Node, sql: &str) -> Result<i64, sqlx::Error> {
    let mut connection = PgConnection::connect(&node.url()).await?;
    let answer = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await;
    connection.close().await?;
    answer
}

async fn count(node: &Node) -> i64 {
    read(node, "SELECT count(*) FROM note").await.unwrap()
}

async fn cluster_of_notes(replicas: usize) -> Result<Cluster, Error> {
    let cluster = Cluster::builder().replicas(replicas).start().await?;
    cluster.execute("CREATE TABLE note (id bigint PRIMARY KEY); INSERT INTO note VALUES (1)").await?;
    cluster.wait_until_caught_up().await?;
    Ok(cluster)
}

#[tokio::test]
async fn a_primary_and_its_replicas_stream() {
    let cluster = cluster_of_notes(2).await.unwrap();
    assert_eq!(cluster.replicas().len(), 2);
    for replica in cluster.replicas() {
        assert_eq!(count(replica).await, 1);
        assert!(replica.is_in_recovery().await.unwrap());
    }
    let system = "SELECT system_identifier FROM pg_control_system()";
    let mut systems = Vec::new();
    for node in cluster.nodes() {
        let mut connection = PgConnection::connect(&node.admin_url()).await.unwrap();
        systems.push(sqlx::query_scalar::<_, i64>(system).fetch_one(&mut connection).await.unwrap());
    }
    assert!(systems.windows(2).all(|pair| pair[0] == pair[1]), "{systems:?}");

    let names =
        "SELECT count(*) FROM pg_stat_replication WHERE application_name IN ('replica_0', 'replica_1')";
    assert_eq!(read(cluster.primary(), names).await.unwrap(), 2);
    assert!(cluster.primary().flush_lsn().await.unwrap() >= cluster.replica(0).replay_lsn().await.unwrap());
    assert!(cluster.version().major >= 15);
    cluster.shutdown().await;
}

#[tokio::test]
async fn the_application_owns_its_database_and_is_no_superuser() {
    let cluster = cluster_of_notes(0).await.unwrap();
    let mut app = PgConnection::connect(&cluster.primary().url()).await.unwrap();
    sqlx::query("CREATE TABLE own (id int)").execute(&mut app).await.unwrap();
    sqlx::query("INSERT INTO note VALUES (2)").execute(&mut app).await.unwrap();
    let superuser = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user";
    assert!(!sqlx::query_scalar::<_, bool>(superuser).fetch_one(&mut app).await.unwrap());

    let stranger = cluster.primary().url().replace("postgres://app:", "postgres://app:wrong");
    assert!(PgConnection::connect(&stranger).await.is_err());
}

#[tokio::test]
async fn held_replay_holds_until_it_is_released() {
    let cluster = cluster_of_notes(2).await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    cluster.execute("INSERT INTO note VALUES (2)").await.unwrap();
    let lsn = cluster.primary().flush_lsn().await.unwrap();
    cluster.replica(1).wait_for_replay(lsn).await.unwrap();
    assert_eq!(count(cluster.replica(1)).await, 2);
    assert_eq!(count(cluster.replica(0)).await, 1);

    cluster.replica(0).release_replay().await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    assert_eq!(count(cluster.replica(0)).await, 2);
}

#[tokio::test]
async fn an_apply_delay_delays() {
    let cluster = cluster_of_notes(1).await.unwrap();
    let replica = cluster.replica(0);
    let delay = Duration::from_millis(700);
    replica.set_apply_delay(delay).await.unwrap();

    let written = Instant::now();
    cluster.execute("INSERT INTO note VALUES (2)").await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    // The server counts from the commit, which was a little after `written`.
    assert!(written.elapsed() >= delay, "{:?}", written.elapsed());
    assert_eq!(count(replica).await, 2);

    replica.set_apply_delay(Duration::ZERO).await.unwrap();
    let delay =
        read(replica, "SELECT setting::int8 FROM pg_settings WHERE name = 'recovery_min_apply_delay'");
    assert_eq!(delay.await.unwrap(), 0);
}

#[tokio::test]
async fn what_was_committed_asynchronously_is_waited_for_too() {
    let cluster = cluster_of_notes(1).await.unwrap();
    cluster.execute("SET synchronous_commit = off; INSERT INTO note VALUES (2)").await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    assert_eq!(count(cluster.replica(0)).await, 2);
}

#[tokio::test]
async fn settings_hold_from_the_start_and_while_running() {
    let builder = Cluster::builder().setting("work_mem", "3MB").setting("fsync", "on");
    let cluster = builder.start().await.unwrap();
    let setting = async |name: &str| {
        let sql = format!("SELECT count(*) FROM pg_settings WHERE {name}");
        read(cluster.primary(), &sql).await.unwrap() == 1
    };
    assert!(setting("name = 'work_mem' AND setting = '3072'").await);
    assert!(setting("name = 'fsync' AND setting = 'on'").await);
    cluster.primary().set("work_mem", "5MB").await.unwrap();
    assert!(setting("name = 'work_mem' AND setting = '5120'").await);
    assert!(cluster.primary().set("work_mem", "much").await.unwrap_err().is_database());
}

#[tokio::test]
async fn a_wrong_setting_shows_the_end_of_the_log() {
    let error = Cluster::builder().setting("shared_buffers", "plenty").start().await.unwrap_err();
    assert!(error.is_start_failed());
    assert!(error.to_string().contains("shared_buffers"), "{error}");
}

#[tokio::test]
async fn waiting_ends_in_a_timeout() {
    let cluster = Cluster::builder().replicas(1).timeout(Duration::from_secs(15)).start().await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    let (held, statement) =
        tokio::join!(cluster.wait_until_caught_up(), cluster.execute("SELECT pg_sleep(3600)"));
    for (error, waited_for) in [(held.unwrap_err(), "replica_0"), (statement.unwrap_err(), "pg_sleep")] {
        assert!(error.is_timeout(), "{error}");
        assert!(error.to_string().contains(waited_for), "{error}");
    }
}

#[tokio::test]
#[should_panic(expected = "the cluster has 1 replicas, none with index 1")]
async fn a_replica_that_is_not_there_panics() {
    let cluster = Cluster::builder().replicas(1).start().await.unwrap();
    let _ = cluster.replica(1);
}
