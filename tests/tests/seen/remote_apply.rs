//! `Mode::RemoteApply`: told whether it spares reads their waits, and never a proof given up for it.

use ryw_core::{ConsistencySource, Reason};
use ryw_postgres::{Mode, PostgresSource, RemoteApply, sqlx};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, eventually, source};
use ryw_tests::session::{Rule, Session};

const BOTH: &str = "2 (replica_0, replica_1)";

async fn connected(cluster: &Cluster, names: &str) -> PostgresSource {
    cluster.primary().set("synchronous_standby_names", names).await.unwrap();
    source(cluster).mode(Mode::RemoteApply).connect().await.unwrap()
}

#[tokio::test]
async fn waited_for_by_all_no_read_has_to_wait() {
    let cluster = cluster(2).await;
    let source = connected(&cluster, BOTH).await;
    eventually("it is verified", async || source.check_remote_apply().await.is_verified()).await;
    assert_eq!(source.status().remote_apply, Some(RemoteApply::Verified));
    let session = Session::new(&source, Rule::Session);
    for count in 1..100 {
        session.write(1, count).await.unwrap();
        assert_eq!(session.read(1).await.unwrap(), None);
        assert_eq!(session.query(1).await.unwrap(), None);
    }
    let status = source.status();
    println!("{status}");
    let reasons = &status.counts.reasons;
    assert!(reasons.iter().all(|(reason, _)| matches!(reason, Reason::Write | Reason::CaughtUp)), "{status}");
    assert_eq!((status.counts.replica_reads, status.counts.primary_reads), (198, 0), "{status}");
}

#[tokio::test]
async fn names_that_leave_one_out_are_told_and_no_read_is_stale() {
    let cluster = cluster(2).await;
    for (names, why) in [
        ("", "is empty"),
        ("ANY 1 (replica_0, replica_1)", "a commit waits for 1 of 2 replicas (ANY 1)"),
        // Not `*` alone: of equals the first to have connected is waited for, and that may be the one held below.
        ("FIRST 1 (replica_0, *)", "a commit waits for 1 of 2 replicas (FIRST 1)"),
        ("2 (replica_0, another)", "\"replica_1\" streams and is not named"),
    ] {
        let source = connected(&cluster, names).await;
        // A commit that nobody acknowledges would hold the test up.
        let is_blocked = names.contains("another");
        eventually(why, async || source.check_remote_apply().await.to_string().contains(why)).await;
        assert!(matches!(source.status().remote_apply, Some(RemoteApply::NotAll(_))), "{}", source.status());
        if is_blocked {
            continue;
        }
        cluster.replica(1).hold_replay().await.unwrap();
        let session = Session::new(&source, Rule::Session);
        for count in 1..20 {
            session.write(2, count).await.unwrap();
            assert_eq!(session.read(2).await.unwrap(), None, "{names:?}");
        }
        cluster.replica(1).release_replay().await.unwrap();
        assert!(source.counts().replica_reads() + source.counts().primary_reads() == 19);
        cluster.execute("DELETE FROM favorites").await.unwrap();
    }
}

/// The verdict follows the setting, without a new source.
#[tokio::test]
async fn a_reload_changes_the_verdict() {
    let cluster = cluster(2).await;
    let source = connected(&cluster, BOTH).await;
    eventually("it is verified", async || source.check_remote_apply().await.is_verified()).await;
    cluster.primary().set("synchronous_standby_names", "replica_0").await.unwrap();
    eventually("it is not any more", async || !source.check_remote_apply().await.is_verified()).await;
}

#[tokio::test]
async fn a_pool_of_ones_own_cannot_be_the_primary() {
    let cluster = cluster(1).await;
    let pool = sqlx::PgPool::connect(&cluster.primary().url()).await.unwrap();
    let builder = PostgresSource::builder("main").primary(pool).replica(cluster.replica(0).url());
    let error = builder.mode(Mode::RemoteApply).connect().await.unwrap_err();
    assert!(error.is_config() && error.to_string().contains("synchronous_commit"), "{error}");
}
