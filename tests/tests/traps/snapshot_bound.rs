//! Replaying a commit makes it visible first and moves `pg_last_wal_replay_lsn()` afterwards: a snapshot on a replica
//! can hold one commit more than the replay LSN beside it says. A session that has seen that commit and takes the LSN
//! for its floor may be sent back behind it.
//!
//! The gap is made wide by commits that remove files, which replay does in between, and the startup process is stopped
//! again and again, at a moment that nobody chooses, until a stop has hit it often enough.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ryw_core::{ConsistencySource, Context};
use ryw_postgres::sqlx;
use ryw_testkit::postgres::{Cluster, Node};
use ryw_tests::FavoriteRepository;
use ryw_tests::servers::{eventually, plain, source, start};

/// Stops in the gap that are enough.
const HITS: u32 = 20;
/// How long a read waits for a startup process that was stopped while it held a lock.
const PATIENCE: Duration = Duration::from_millis(300);
/// The startup process runs for up to ten of these between two stops.
const STEP: Duration = Duration::from_micros(300);
const LONGEST: Duration = Duration::from_secs(120);

const FILES: &str = "
    INSERT INTO favorites VALUES (7, '#000000');
    CREATE TABLE files (a int PRIMARY KEY, b int UNIQUE, c int UNIQUE, d int UNIQUE, e int UNIQUE);
    GRANT ALL ON ALL TABLES IN SCHEMA public TO app";

/// Where the commit of each number begins and ends.
type Commits = Arc<Mutex<HashMap<i64, (u64, u64)>>>;

async fn startup_process(node: &Node) -> Pid {
    let mut conn = plain(&node.admin_url()).await;
    let pid: i32 = sqlx::query_scalar("SELECT pid FROM pg_stat_activity WHERE backend_type = 'startup'")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    Pid::from_raw(pid)
}

/// Counts up, alone on its server, so that the flush LSN after a commit is the end of that commit.
async fn write(url: String, commits: Commits) {
    let mut conn = plain(&url).await;
    for number in 1_i64.. {
        sqlx::query("BEGIN").execute(&mut conn).await.unwrap();
        sqlx::query("TRUNCATE files").execute(&mut conn).await.unwrap();
        sqlx::query("UPDATE favorites SET color_hex = $1")
            .bind(format!("#{number:06x}"))
            .execute(&mut conn)
            .await
            .unwrap();
        let begin: i64 = sqlx::query_scalar("SELECT (pg_current_wal_insert_lsn() - '0/0')::int8")
            .fetch_one(&mut conn)
            .await
            .unwrap();
        sqlx::query("COMMIT").execute(&mut conn).await.unwrap();
        let end: i64 = sqlx::query_scalar("SELECT (pg_current_wal_flush_lsn() - '0/0')::int8")
            .fetch_one(&mut conn)
            .await
            .unwrap();
        commits.lock().unwrap().insert(number, (begin.unsigned_abs(), end.unsigned_abs()));
    }
}

/// A record cannot begin within a page's header; the insert LSN skips it, the replay LSN does not.
fn without_header(lsn: u64) -> u64 {
    match (lsn % (16 << 20), lsn % 8192) {
        (40, _) => lsn - 40,
        (_, 24) => lsn - 24,
        _ => lsn,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bound_of_a_read_is_never_below_what_it_saw() {
    let cluster = start(Cluster::builder().replicas(1).setting("autovacuum", "off")).await;
    cluster.execute(FILES).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    let commits = Commits::default();
    let writer = tokio::spawn(write(cluster.primary().url(), Arc::clone(&commits)));
    let startup = startup_process(cluster.replica(0)).await;
    let source = source(&cluster).replica_read_timeout(PATIENCE).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());

    let begun = Instant::now();
    let (mut stops, mut reads, mut too_low, mut on_primary) = (0, 0, 0, 0);
    while too_low < HITS {
        assert!(begun.elapsed() < LONGEST, "the gap was hit {too_low} times in {reads}");
        let ctx = Context::new();
        kill(startup, Signal::SIGSTOP).unwrap();
        let seen = favorites.find(&ctx, &7).await.unwrap().unwrap().count();
        kill(startup, Signal::SIGCONT).unwrap();
        // On a busy machine it would else be stopped again before it has run at all.
        tokio::time::sleep(STEP * (stops % 10)).await;
        stops += 1;
        // Stopped while it held a lock that the read needs: the read was repeated on the primary, and shows nothing.
        let elsewhere = source.counts().primary_reads();
        if std::mem::replace(&mut on_primary, elsewhere) != elsewhere {
            continue;
        }
        let Some((begin, end)) = known(&commits, seen).await else { continue };
        reads += 1;
        let bound = ctx.frontier(source.id()).marks().next().unwrap().floor().unwrap().offset();
        // Records begin and end at multiples of eight: the rest is what the bound was raised by.
        let replayed = bound - bound % 8;
        too_low += u32::from(replayed < end);
        // A server that has replayed beyond the beginning of a record has replayed it.
        assert!(
            bound > without_header(begin),
            "saw {seen}, committed from {begin:X} to {end:X}; bound {bound:X}"
        );
    }
    println!("the replay LSN alone was too low for {too_low} of {reads} reads");
    writer.abort();
}

/// What the writer noted of a number that a reader has seen already.
async fn known(commits: &Commits, number: i64) -> Option<(u64, u64)> {
    if number == 0 {
        return None;
    }
    eventually("the writer notes its commit", async || commits.lock().unwrap().contains_key(&number)).await;
    commits.lock().unwrap().get(&number).copied()
}
