//! The replicas replay an hour late: whatever was written before the readers come, they do not have.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ryw_core::{ConsistencySource, Context, Reason};
use ryw_postgres::{PostgresSource, sqlx};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, plain, source};
use ryw_tests::{FavoriteRepository, Note, NoteRepository};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use super::readers::{READERS, read, written};

const LIMIT: usize = 4;
const BEHIND: Duration = Duration::from_secs(3600);
/// How long a read waits for a place on the primary.
const PATIENCE: Duration = Duration::from_millis(100);
/// How often the readers come.
const ROUNDS: usize = 10;

/// Reading favourites takes so long on the primary that reads there meet, and that few of a thousand find a place, however
/// long a busy machine takes to send them.
const SLOW_ON_THE_PRIMARY: &str = "
    ALTER TABLE favorites RENAME TO stored;
    CREATE VIEW favorites AS SELECT * FROM stored
        WHERE CASE WHEN pg_is_in_recovery() THEN true ELSE pg_sleep(0.2)::text = '' END";

/// One at a time: the memory of the process is looked at.
static TURN: Mutex<()> = Mutex::const_new(());

async fn behind() -> (Cluster, PostgresSource, FavoriteRepository, Arc<Vec<Context>>) {
    let cluster = cluster(2).await;
    // A thousand readers and three servers share the processors of the test.
    let source = source(&cluster).fallback_limit(LIMIT).fallback_timeout(PATIENCE);
    let source = source.primary_timeout(Duration::from_secs(60)).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    for replica in cluster.replicas() {
        replica.set_apply_delay(BEHIND).await.unwrap();
    }
    let contexts = written(&favorites).await;
    // Not the replicas' affair, which replay that late too.
    cluster.execute(SLOW_ON_THE_PRIMARY).await.unwrap();
    (cluster, source, favorites, contexts)
}

/// Samples until it is told to end: how many reads the server itself says it runs, and how many the source says.
fn watch(cluster: &Cluster, source: &PostgresSource) -> (Arc<AtomicBool>, JoinHandle<(i64, usize)>) {
    const ACTIVE: &str = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' \
                          AND query LIKE '%__ryw_snapshot%' AND pid <> pg_backend_pid()";
    let (ended, source, url) = (Arc::<AtomicBool>::default(), source.clone(), cluster.primary().admin_url());
    let watching = tokio::spawn({
        let ended = Arc::clone(&ended);
        async move {
            let (mut conn, mut most) = (plain(&url).await, (0, 0));
            while !ended.load(Ordering::Relaxed) {
                let active: i64 = sqlx::query_scalar(ACTIVE).fetch_one(&mut conn).await.unwrap();
                most = (active.max(most.0), source.status().fallbacks.in_use.max(most.1));
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            most
        }
    });
    (ended, watching)
}

/// Writes until it is told to end; how long the slowest took, and how many there were. None may fail.
fn write(source: &PostgresSource, ended: &Arc<AtomicBool>) -> JoinHandle<(Duration, i64)> {
    let (notes, ended) = (NoteRepository::new(source.clone()), Arc::clone(ended));
    tokio::spawn(async move {
        let (mut slowest, mut id) = (Duration::ZERO, 0);
        while !ended.load(Ordering::Relaxed) {
            id += 1;
            let begun = Instant::now();
            notes.insert(&Context::new(), &note(id)).await.unwrap();
            slowest = slowest.max(begun.elapsed());
        }
        (slowest, id)
    })
}

fn note(id: i64) -> Note {
    Note {
        id,
        body: "written meanwhile".to_owned(),
        remark: None,
        slug: None,
        created_at: chrono::DateTime::UNIX_EPOCH,
        updated_at: chrono::DateTime::UNIX_EPOCH,
    }
}

/// This process's resident memory in MiB.
fn resident() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: f64 = pages.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4096.0 / f64::from(1 << 20)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_primary_takes_what_it_can_and_the_rest_fail_quickly() {
    let _turn = TURN.lock().await;
    let (cluster, source, favorites, contexts) = behind().await;
    let (ended, watching) = watch(&cluster, &source);
    let writing = write(&source, &ended);
    let (mut memory, mut refused) = (Vec::new(), 0);
    for round in 0..ROUNDS {
        let outcome = read(&favorites, &contexts, false).await;
        memory.push(resident());
        refused += outcome.refused.len();
        println!(
            "round {round}: {} served, {} refused (median {:?}, 99 % {:?}), {:.1} MiB",
            outcome.served,
            outcome.refused.len(),
            outcome.refused_within(0.5),
            outcome.refused_within(0.99),
            memory[round]
        );
        assert_eq!(outcome.stale, 0, "never quietly stale");
        assert!(outcome.served > 0 && outcome.refused.len() > outcome.served, "{outcome:?}");
        // The patience is short; the rest is a busy machine, and at first the connections are still to be made. Were they
        // all to wait for their turn on the primary, half of them would have to wait for ten seconds at least.
        let typical = outcome.refused_within(0.5);
        assert!(round == 0 || typical < Duration::from_secs(9), "{typical:?}");
    }
    ended.store(true, Ordering::Relaxed);
    let ((active, in_use), (slowest, writes)) = (watching.await.unwrap(), writing.await.unwrap());
    println!("at most {active} on the server, {in_use} by the status, of {LIMIT}");
    println!("{writes} writes meanwhile, the slowest took {slowest:?}\n{}", source.status());
    assert!(active > 0 && usize::try_from(active).unwrap() <= LIMIT, "{active} fallbacks at once");
    assert!(in_use <= LIMIT);
    assert!(writes > 10, "{writes} writes, the slowest took {slowest:?}");
    let status = source.status();
    assert_eq!(status.fallbacks.in_use, 0);
    assert_eq!(status.fallbacks.admitted, status.counts.primary_reads);
    assert_eq!(status.fallbacks.refused, refused as u64);
    // What the first rounds needed at their peak is enough for the last.
    let peak = |rounds: &[f64]| rounds.iter().copied().fold(0.0, f64::max);
    let (first, last) = memory.split_at(ROUNDS / 2);
    assert!(peak(last) < peak(first) * 1.25, "memory grows: {memory:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_would_rather_be_stale_is_served_by_replicas() {
    let _turn = TURN.lock().await;
    let (_cluster, source, favorites, contexts) = behind().await;
    let outcome = read(&favorites, &contexts, true).await;
    let stale = source.counts().by_reason(Reason::Overloaded);
    println!(
        "{} fresh, {} stale, {stale} of them by choice\n{}",
        outcome.served,
        outcome.stale,
        source.status()
    );
    assert!(outcome.refused.is_empty());
    assert!(outcome.stale > 0 && outcome.stale as u64 <= stale, "{outcome:?}");
    assert_eq!(outcome.served + outcome.stale, usize::try_from(READERS).unwrap());
}
