//! The primary dies, restarts, or is no primary any more.

use std::time::Duration;

use ryw_core::{ConsistencySource, Context, Reason};
use ryw_postgres::NodeState;
use ryw_postgres::sqlx::postgres::PgPoolOptions;
use ryw_tests::servers::{cluster, eventually, patient, source};
use ryw_tests::session::{Rule, Session};
use ryw_tests::{Favorite, FavoriteRepository};

/// The primary has to log the source in first, which on a busy machine may take longer than the source waits.
async fn first_write(session: &Session) {
    eventually("it is written", async || session.write(1, 1).await.is_ok()).await;
}

#[tokio::test]
async fn replicas_go_on_serving_what_they_cover_without_a_primary() {
    let cluster = cluster(2).await;
    let source = source(&cluster).primary_timeout(Duration::from_millis(500)).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    first_write(&session).await;
    cluster.wait_until_caught_up().await.unwrap();
    cluster.primary().kill().await.unwrap();
    for _ in 0..50 {
        assert_eq!(session.read(1).await.unwrap(), None);
        assert_eq!(session.query(1).await.unwrap(), None);
    }
    let failed = session.write(1, 2).await.unwrap_err();
    assert!(failed.is_unavailable() || failed.is_commit_unknown(), "{failed}");
}

#[tokio::test]
async fn without_a_primary_a_session_that_no_replica_covers_gets_no_answer_rather_than_an_old_one() {
    let cluster = cluster(2).await;
    let source = source(&cluster).primary_timeout(Duration::from_millis(200)).connect().await.unwrap();
    for replica in cluster.replicas() {
        replica.hold_replay().await.unwrap();
    }
    let session = Session::new(&source, Rule::Session);
    first_write(&session).await;
    let lsn = cluster.primary().flush_lsn().await.unwrap();
    for replica in cluster.replicas() {
        eventually("the replica has received it", async || replica.flush_lsn().await.unwrap() >= lsn).await;
    }
    cluster.primary().kill().await.unwrap();
    for _ in 0..10 {
        let refused = session.read(1).await.unwrap_err();
        assert!(refused.is_unavailable() && refused.is_retryable(), "{refused}");
    }
    for replica in cluster.replicas() {
        replica.release_replay().await.unwrap();
    }
    eventually("what the replicas had received is enough", async || {
        session.read(1).await.is_ok_and(|stale| stale.is_none())
    })
    .await;
}

#[tokio::test]
async fn the_dead_connections_that_a_restart_leaves_behind_trouble_no_reader() {
    let cluster = cluster(0).await;
    let source = source(&cluster).max_connections(5).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    session.write(1, 1).await.unwrap();
    let mut idle = Vec::new();
    for _ in 0..5 {
        idle.push(source.read(session.context()).await.unwrap());
    }
    for conn in idle {
        conn.finish().await.unwrap();
    }
    cluster.primary().restart().await.unwrap();
    for _ in 0..10 {
        assert_eq!(session.read(1).await.unwrap(), None);
    }
}

/// ryw cannot see when a user's pool connects anew, and a primary that was made a standby answers there again.
#[tokio::test]
async fn a_primary_that_became_a_standby_is_not_read() {
    let cluster = cluster(0).await;
    let primary = cluster.primary();
    let pool = PgPoolOptions::new().connect(&primary.url()).await.unwrap();
    let source = patient().primary(pool).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    favorites.insert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();
    primary.stop().await.unwrap();
    std::fs::write(primary.data_dir().join("standby.signal"), "").unwrap();
    primary.start().await.unwrap();
    assert!(primary.is_in_recovery().await.unwrap());
    for _ in 0..20 {
        let refused = favorites.find(&ctx, &7).await.unwrap_err();
        assert!(refused.is_unavailable(), "{refused}");
        let refused = match source.read(&ctx).await {
            Ok(conn) => conn.finish().await.unwrap_err(),
            Err(refused) => refused,
        };
        assert!(refused.is_unavailable(), "{refused}");
    }
}

/// With checked connections the same is noticed at the first new one.
#[tokio::test]
async fn a_replica_in_the_primarys_place_is_refused() {
    let cluster = cluster(1).await;
    let source = source(&cluster).primary_timeout(Duration::from_secs(1)).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    first_write(&session).await;
    let primary = cluster.primary();
    primary.stop().await.unwrap();
    std::fs::write(primary.data_dir().join("standby.signal"), "").unwrap();
    primary.start().await.unwrap();
    eventually("the write says what is wrong", async || {
        let failed = session.write(1, 2).await.unwrap_err();
        failed.is_unavailable() && failed.to_string().contains("is a standby")
    })
    .await;
    assert!(source.counts().by_reason(Reason::Write) == 1);
    eventually("the replica is in use", async || {
        let _ = session.read(1).await;
        source.replicas() == [NodeState::Up]
    })
    .await;
}
