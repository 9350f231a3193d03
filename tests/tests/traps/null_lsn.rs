//! `pg_last_wal_replay_lsn()` is NULL on a server that never was a standby: a gate that takes NULL for "not behind" is
//! passed by any server at all.

use ryw_core::{ConsistencySource, Context, Reason};
use ryw_postgres::{Mode, NodeState, sqlx};
use ryw_tests::servers::{cluster, eventually, patient, plain};
use ryw_tests::{Favorite, FavoriteRepository};

#[tokio::test]
async fn null_is_not_passed() {
    // Another database in the replica's place: restored from a dump, say, and not yet filled.
    let (ours, other) = (cluster(0).await, cluster(0).await);
    other.primary().stop().await.unwrap();
    let builder = patient().primary(ours.primary().url());
    let source = builder.replica(other.primary().url()).mode(Mode::LsnGate).connect().await.unwrap();
    assert_eq!(source.replicas(), [NodeState::Down]);
    other.primary().start().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    let written = favorites.insert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();

    // The wrong way: "behind" is NULL, which is not true.
    let mut reader = plain(&other.primary().url()).await;
    let behind: Option<bool> =
        sqlx::query_scalar("SELECT pg_last_wal_replay_lsn() < '0/0'::pg_lsn + $1::numeric")
            .bind(written.position().unwrap().offset().unwrap().cast_signed())
            .fetch_one(&mut reader)
            .await
            .unwrap();
    assert_eq!(behind, None, "the trap is there");
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM favorites").fetch_one(&mut reader).await.unwrap();
    assert_eq!(rows, 0);

    eventually("the other database is refused", async || {
        assert!(favorites.find(&ctx, &7).await.unwrap().is_some());
        matches!(&source.replicas()[0], NodeState::Refused(why) if why.contains("another database cluster"))
    })
    .await;
    assert_eq!(source.counts().replica_reads(), 0, "{:?}", source.counts().reasons());
    assert!(source.counts().by_reason(Reason::NoReplica) > 0);
}
