//! What became of a write when the primary was lost, and who can tell.

use std::time::Duration;

use ryw_core::{ConsistencySource as _, Context, Position, Reason};
use ryw_postgres::{Fate, PostgresSource, sqlx};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, eventually, plain, source};
use ryw_tests::{Favorite, FavoriteRepository};

use crate::failover::clients::epochs;

struct Failover {
    cluster: Cluster,
    /// It was there all the time.
    watching: PostgresSource,
    /// What was written, by whom, and what became of it.
    writes: Vec<(Context, Position, Fate)>,
}

async fn connect(cluster: &Cluster) -> PostgresSource {
    source(cluster).primary_timeout(Duration::from_secs(60)).connect().await.unwrap()
}

/// With epochs a switch leads from branch to branch all the same.
async fn connect_with_epochs(cluster: &Cluster) -> PostgresSource {
    let builder = epochs(cluster, source(cluster)).await;
    builder.primary_timeout(Duration::from_secs(60)).connect().await.unwrap()
}

async fn write(source: &PostgresSource, ctx: &Context, key: i64) -> Position {
    let favorites = FavoriteRepository::new(source.clone());
    let written = favorites.upsert(ctx, &Favorite::numbered(key, 1)).await.unwrap();
    written.position().unwrap().clone()
}

/// A write that survives, one of which the replica has the row and not the commit, one of which it has nothing; all
/// three were acknowledged.
async fn fail_over() -> Failover {
    let cluster = cluster(1).await;
    let watching = connect(&cluster).await;
    fail_over_of(cluster, watching).await
}

async fn fail_over_of(cluster: Cluster, watching: PostgresSource) -> Failover {
    let favorites = FavoriteRepository::new(watching.clone());
    let contexts: [Context; 3] = std::array::from_fn(|_| Context::new());
    let survived = write(&watching, &contexts[0], 1).await;
    let mut tx = watching.begin(&contexts[1]).await.unwrap();
    favorites.upsert_in(&mut tx, &Favorite::numbered(2, 1)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).stop().await.unwrap();
    let halved = tx.commit().await.unwrap().position().unwrap().clone();
    let lost = write(&watching, &contexts[2], 3).await;
    cluster.primary().kill().await.unwrap();
    let new = cluster.replica(0);
    new.start().await.unwrap();
    eventually("the source has a session with the replica", async || {
        let _ = favorites.find(&Context::new().eventual(), &1).await;
        watching.replicas() == [ryw_postgres::NodeState::Up]
    })
    .await;
    favorites.find(&Context::new().eventual(), &1).await.unwrap();
    new.promote().await.unwrap();
    let [a, b, c] = contexts;
    let writes = vec![(a, survived, Fate::Survived), (b, halved, Fate::Lost), (c, lost, Fate::Lost)];
    Failover { cluster, watching, writes }
}

/// Writes of others, until the numbers and LSNs of the lost ones are used again.
async fn go_on(source: &PostgresSource, past: &Position) {
    let past = past.ticket().unwrap();
    loop {
        let ctx = Context::new();
        let position =
            match FavoriteRepository::new(source.clone()).upsert(&ctx, &Favorite::numbered(9, 1)).await {
                Ok(written) => written.position().unwrap().clone(),
                Err(error) if error.is_commit_unknown() || error.is_retryable() => continue,
                Err(error) => panic!("{error:?}"),
            };
        let ticket = position.ticket().unwrap();
        if ticket.id > past.id + 5 && ticket.after > past.after + 500 {
            return;
        }
    }
}

#[tokio::test]
async fn who_watched_the_failover_can_tell() {
    let Failover { cluster, watching, writes } = fail_over().await;
    for (_, position, fate) in &writes {
        assert_eq!(watching.fate(position).await.unwrap(), *fate, "{position:?}");
    }
    go_on(&watching, &writes[2].1).await;
    for (_, position, fate) in &writes {
        assert_eq!(watching.fate(position).await.unwrap(), *fate, "{position:?}, its number given out again");
    }
    // The new primary forgets; the source does not.
    cluster.replica(0).kill().await.unwrap();
    cluster.replica(0).start().await.unwrap();
    let asked = async |position: &Position| loop {
        match watching.fate(position).await {
            Ok(fate) => return fate,
            Err(error) => assert!(error.is_retryable(), "{error:?}"),
        }
    };
    for (_, position, fate) in &writes {
        assert_eq!(asked(position).await, *fate, "{position:?}, after a crash of the new primary");
    }
}

#[tokio::test]
async fn who_watched_the_failover_with_epochs_can_tell() {
    let cluster = cluster(1).await;
    let watching = connect_with_epochs(&cluster).await;
    let Failover { cluster: _cluster, watching, writes } = fail_over_of(cluster, watching).await;
    go_on(&watching, &writes[2].1).await;
    for (_, position, fate) in &writes {
        assert_eq!(watching.fate(position).await.unwrap(), *fate, "{position:?}");
    }
}

/// A write that the only replica has; and nobody else any more.
async fn only_the_replica_is_left(connections: u32) -> (Cluster, PostgresSource, Position) {
    let cluster = cluster(1).await;
    let builder = source(&cluster).primary_timeout(Duration::from_secs(60)).max_connections(connections);
    let watching = builder.connect().await.unwrap();
    let written = write(&watching, &Context::new(), 1).await;
    cluster.wait_until_caught_up().await.unwrap();
    cluster.primary().kill().await.unwrap();
    (cluster, watching, written)
}

/// Its one session with the replica is used for a read, of each kind, when that is promoted.
#[tokio::test]
async fn reads_that_are_under_way_leave_somebody_who_can_tell() {
    let eventual = || Context::new().eventual();
    let (cluster, watching, written) = only_the_replica_is_left(1).await;
    let favorites = FavoriteRepository::new(watching.clone());
    favorites.find(&eventual(), &1).await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    favorites.find(&eventual(), &1).await.unwrap();
    assert_eq!(watching.fate(&written).await.unwrap(), Fate::Survived, "a generated read");

    let (cluster, watching, written) = only_the_replica_is_left(1).await;
    let favorites = FavoriteRepository::new(watching.clone());
    favorites.find(&eventual(), &1).await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    let ctx = eventual();
    assert!(favorites.stream(&ctx).try_next().await.unwrap().is_some());
    assert_eq!(watching.fate(&written).await.unwrap(), Fate::Survived, "a stream");

    let (cluster, watching, written) = only_the_replica_is_left(1).await;
    let conn = watching.read(&eventual()).await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    assert!(conn.finish().await.unwrap_err().is_unavailable());
    assert_eq!(watching.fate(&written).await.unwrap(), Fate::Survived, "a connection");

    let (cluster, watching, written) = only_the_replica_is_left(1).await;
    let tx = watching.read_transaction(&eventual()).begin().await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    assert!(tx.finish().await.unwrap_err().is_unavailable());
    assert_eq!(watching.fate(&written).await.unwrap(), Fate::Survived, "a transaction");
}

/// Of two sessions the one that was used last is dead, and that has not been noticed.
#[tokio::test]
async fn a_session_that_is_dead_does_not_stand_for_all() {
    let (cluster, watching, written) = only_the_replica_is_left(2).await;
    let eventual = Context::new().eventual();
    let first = watching.read(&eventual).await.unwrap();
    let mut last = watching.read(&eventual).await.unwrap();
    let session: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *last).await.unwrap();
    first.finish().await.unwrap();
    last.finish().await.unwrap();
    let mut admin = plain(&cluster.replica(0).admin_url()).await;
    const END: &str = "SELECT pg_terminate_backend($1, 60000)";
    assert!(sqlx::query_scalar::<_, bool>(END).bind(session).fetch_one(&mut admin).await.unwrap());
    cluster.replica(0).promote().await.unwrap();
    assert_eq!(watching.fate(&written).await.unwrap(), Fate::Survived);
}

#[tokio::test]
async fn who_came_later_can_tell_what_was_lost_and_never_claims_that_anything_survived() {
    let Failover { cluster, watching, writes } = fail_over().await;
    go_on(&watching, &writes[2].1).await;
    let late = connect(&cluster).await;
    for ((_, position, _), fate) in writes.iter().zip([Fate::Unknown, Fate::Lost, Fate::Lost]) {
        assert_eq!(late.fate(position).await.unwrap(), fate, "{position:?}");
    }
    // After a crash the point is too far, and the number belongs to another: no claim.
    go_on(&watching, &writes[2].1).await;
    cluster.replica(0).kill().await.unwrap();
    cluster.replica(0).start().await.unwrap();
    let late = connect(&cluster).await;
    for ((_, position, _), fates) in
        writes.iter().zip([&[Fate::Unknown][..], &[Fate::Lost], &[Fate::Lost, Fate::Unknown]])
    {
        let told = late.fate(position).await.unwrap();
        assert!(fates.contains(&told), "{position:?}: {told:?}");
    }
}

#[tokio::test]
async fn what_is_on_the_timeline_of_the_primary_is_there() {
    let cluster = cluster(1).await;
    let source = connect(&cluster).await;
    let ctx = Context::new();
    let position = write(&source, &ctx, 1).await;
    assert_eq!(source.fate(&position).await.unwrap(), Fate::Survived);
    let captured = source.capture().await.unwrap();
    assert_eq!(source.fate(&captured).await.unwrap(), Fate::Survived);
    for other in [
        Position::new(position.identity().clone(), 9, 1),
        Position::new("elsewhere".into(), 1, 1),
        Position::new(position.identity().clone(), 1, u64::MAX),
    ] {
        assert_eq!(source.fate(&other).await.unwrap(), Fate::Unknown, "{other:?}");
    }
}

/// A session is told that its write is gone, once, and goes on.
#[tokio::test]
async fn a_read_says_that_a_write_was_lost() {
    let Failover { cluster: _cluster, watching, writes } = fail_over().await;
    let favorites = FavoriteRepository::new(watching.clone());
    let told = || {
        let of = |reason| watching.counts().by_reason(reason);
        (of(Reason::WriteLost), of(Reason::PositionOtherTimeline))
    };
    let mut expected = (0, 0);
    // The first read of all still finds the old primary gone.
    eventually("there is a new primary", async || favorites.find(&Context::new().strong(), &1).await.is_ok())
        .await;
    for (key, (ctx, _, fate)) in (1..).zip(&writes) {
        let found = favorites.find(ctx, &key).await.unwrap();
        match fate {
            Fate::Survived => expected.1 += 1,
            _ => expected.0 += 1,
        }
        assert_eq!(found.is_some(), *fate == Fate::Survived, "{key}");
        assert_eq!(told(), expected, "{key}");
        favorites.find(ctx, &key).await.unwrap();
        assert_eq!(told(), expected, "{key}: settled");
    }
}
