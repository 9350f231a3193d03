//! The insert LSN at the start of a page already skips the page's header, a place that no replica reports before
//! something more is written: on an idle cluster a gate on it does not open for seconds.

use ryw_core::{ConsistencySource, Context, Route};
use ryw_postgres::sqlx::{self, PgConnection};
use ryw_postgres::{Mode, PostgresSource, Transaction};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{plain, source, start};
use ryw_tests::{Favorite, FavoriteRepository};

const PAGE: u64 = 8192;
const HEADER: u64 = 24;
/// Others write now and then, so that it may take more than one try to hit the boundary; nobody does so often.
const TRIES: i64 = 30;

async fn idle_cluster() -> Cluster {
    let cluster = Cluster::builder().replicas(1).setting("autovacuum", "off");
    start(cluster.setting("checkpoint_timeout", "1h").setting("bgwriter_lru_maxpages", "0")).await
}

async fn asynchronous(cluster: &Cluster) -> PostgresSource {
    let url = format!("{}?options=-c%20synchronous_commit%3Doff", cluster.primary().url());
    source(cluster).primary(url).mode(Mode::LsnGate).connect().await.unwrap()
}

async fn inserted(conn: &mut PgConnection) -> u64 {
    let sql = "SELECT (pg_current_wal_insert_lsn() - '0/0')::int8";
    sqlx::query_scalar::<_, i64>(sql).fetch_one(conn).await.unwrap().unsigned_abs()
}

/// Writes a WAL record with this many bytes of its own.
async fn emit(conn: &mut PgConnection, bytes: u64) {
    sqlx::query("SELECT pg_logical_emit_message(false, '', repeat('x', $1))")
        .bind(i32::try_from(bytes).unwrap())
        .execute(conn)
        .await
        .unwrap();
}

/// How much WAL a commit of `tx`'s kind takes, and a record of `emit` beside its bytes; measured.
struct Sizes {
    commit: u64,
    record: u64,
}

impl Sizes {
    /// Measured far from a page boundary, where headers would count too.
    async fn measure(source: &PostgresSource, key: i64) -> Self {
        let mut tx = write(source, &Context::new(), key).await;
        if inserted(&mut tx).await % PAGE > PAGE / 2 {
            emit(&mut tx, PAGE / 2).await;
        }
        let before = inserted(&mut tx).await;
        emit(&mut tx, 1000).await;
        let record = inserted(&mut tx).await - before - 1000;
        let before = inserted(&mut tx).await;
        tx.commit().await.unwrap();
        let mut conn = source.read(&Context::new().strong()).await.unwrap();
        let commit = inserted(&mut conn).await - before;
        Self { commit, record }
    }
}

async fn write(source: &PostgresSource, ctx: &Context, key: i64) -> Transaction {
    let mut tx = source.begin(ctx).await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    favorites.insert_in(&mut tx, &Favorite::numbered(key, 1)).await.unwrap();
    tx
}

/// Fills the page, so that the transaction's commit record ends with it.
async fn pad(tx: &mut Transaction, sizes: &Sizes) {
    // Records start at multiples of eight.
    let least = sizes.record + 1000;
    let mut room = PAGE - inserted(tx).await % PAGE;
    if room < sizes.commit + 2 * least {
        emit(tx, room + 1000).await;
        room = PAGE - inserted(tx).await % PAGE;
    }
    emit(tx, room - sizes.commit - sizes.record).await;
}

#[tokio::test]
async fn the_raw_insert_lsn_is_out_of_reach_at_a_page_boundary_and_ours_is_not() {
    let cluster = idle_cluster().await;
    let source = asynchronous(&cluster).await;
    let mut primary = plain(&cluster.primary().url()).await;
    let mut reader = plain(&cluster.replica(0).url()).await;
    for attempt in 0..TRIES {
        let (measured, key) = (2 * attempt, 2 * attempt + 1);
        let sizes = Sizes::measure(&source, measured).await;
        let ctx = Context::new();
        let mut tx = write(&source, &ctx, key).await;
        pad(&mut tx, &sizes).await;
        let written = tx.commit().await.unwrap();
        let raw = inserted(&mut primary).await;
        if raw % PAGE != HEADER {
            continue;
        }
        let ours = written.position().unwrap().offset().unwrap();
        assert_eq!(ours, raw - HEADER);
        // The WAL writer flushes an asynchronous commit within a second; the replica then has all there is.
        cluster.replica(0).wait_for_replay(ours).await.unwrap();
        let found: bool = sqlx::query_scalar("SELECT count(*) > 0 FROM favorites WHERE user_id = $1")
            .bind(key)
            .fetch_one(&mut reader)
            .await
            .unwrap();
        assert!(found);
        let replayed = cluster.replica(0).replay_lsn().await.unwrap();
        if inserted(&mut primary).await != raw {
            continue;
        }
        assert!(replayed < raw, "the trap is there: a gate on the raw LSN waits, though the row has come");
        let conn = source.read(&ctx).await.unwrap();
        assert_eq!(conn.routed().route, Route::Replica(0));
        conn.finish().await.unwrap();
        return;
    }
    panic!("no commit record ended with its page");
}

#[tokio::test]
async fn the_start_of_a_segment_is_reached() {
    let cluster = idle_cluster().await;
    let source = asynchronous(&cluster).await;
    let mut primary = plain(&cluster.primary().url()).await;
    for attempt in 0..TRIES {
        write(&source, &Context::new(), attempt).await.commit().await.unwrap();
        cluster.execute("SELECT pg_switch_wal()").await.unwrap();
        let ours = source.capture().await.unwrap().offset().unwrap();
        let raw = inserted(&mut primary).await;
        if raw % (16 << 20) != 40 {
            continue;
        }
        assert_eq!(ours, raw - 40);
        cluster.replica(0).wait_for_replay(ours).await.unwrap();
        return;
    }
    panic!("somebody else always wrote to the new segment");
}
