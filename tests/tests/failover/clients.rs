//! Clients that write and read all the time, each checked against what it was promised.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ryw_postgres::{PostgresSource, PostgresSourceBuilder};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::eventually;
use ryw_tests::session::{Rule, Session, Stale};
use tokio::task::JoinHandle;

/// What the clients have seen.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    /// Writes that failed, for certain or not.
    pub(crate) refused: u64,
    pub(crate) unknown: u64,
    pub(crate) failed_reads: u64,
    pub(crate) stale: Vec<Stale>,
    /// When writes were acknowledged.
    pub(crate) written_at: Vec<Instant>,
    pub(crate) read_at: Vec<Instant>,
    pub(crate) longest_write: Duration,
}

impl Report {
    fn add(&mut self, other: Self) {
        self.reads += other.reads;
        self.writes += other.writes;
        self.refused += other.refused;
        self.unknown += other.unknown;
        self.failed_reads += other.failed_reads;
        self.stale.extend(other.stale);
        self.written_at.extend(other.written_at);
        self.read_at.extend(other.read_at);
        self.longest_write = self.longest_write.max(other.longest_write);
    }

    /// How long after `event` the first write, and the first read, was answered.
    pub(crate) fn recovered_after(&self, event: Instant) -> (Duration, Duration) {
        let first = |times: &[Instant]| {
            let after = times.iter().filter(|at| **at > event).min().expect("it recovered");
            *after - event
        };
        (first(&self.written_at), first(&self.read_at))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} writes, {} refused, {} unknown, the longest took {:?}; {} reads, {} failed, {} stale",
            self.writes,
            self.refused,
            self.unknown,
            self.longest_write,
            self.reads,
            self.failed_reads,
            self.stale.len()
        )
    }
}

/// Clients under way.
pub(crate) struct Clients {
    ended: Arc<AtomicBool>,
    progress: Vec<Arc<Progress>>,
    tasks: Vec<JoinHandle<Report>>,
}

/// What one client has come to.
#[derive(Debug, Default)]
struct Progress {
    written: AtomicU64,
    read: AtomicU64,
}

impl Progress {
    fn now(&self) -> [u64; 2] {
        [self.written.load(Ordering::SeqCst), self.read.load(Ordering::SeqCst)]
    }
}

/// How many keys a client may use up, one for each write whose fate it does not know.
const KEYS: i64 = 1000;

impl Clients {
    /// `count` sessions with `source`, one task each: it writes a key, and reads it and those of others.
    pub(crate) fn start(source: &PostgresSource, rule: Rule, count: i64) -> Self {
        let ended = Arc::<AtomicBool>::default();
        let progress: Vec<_> = (0..count).map(|_| Arc::<Progress>::default()).collect();
        let tasks = (0..count)
            .zip(&progress)
            .map(|(client, progress)| {
                let (session, ended) = (Session::new(source, rule), Arc::clone(&ended));
                tokio::spawn(run(session, client * KEYS, count, Arc::clone(progress), ended))
            })
            .collect();
        Self { ended, progress, tasks }
    }

    /// Waits until each has written and read so many times more.
    pub(crate) async fn go_on(&self, times: u64) {
        let before: Vec<_> = self.progress.iter().map(|progress| progress.now()).collect();
        eventually("the clients go on", async || {
            let mut pairs = self.progress.iter().zip(&before);
            pairs
                .all(|(now, before)| now.now().iter().zip(before).all(|(now, before)| *now >= before + times))
        })
        .await;
    }

    pub(crate) async fn end(self) -> Report {
        self.ended.store(true, Ordering::SeqCst);
        let mut report = Report::default();
        for task in self.tasks {
            report.add(task.await.expect("no client panics"));
        }
        report
    }
}

async fn run(
    session: Session,
    first: i64,
    clients: i64,
    progress: Arc<Progress>,
    ended: Arc<AtomicBool>,
) -> Report {
    let mut report = Report::default();
    let (mut key, mut count) = (first, 0);
    while !ended.load(Ordering::SeqCst) {
        count += 1;
        let begun = Instant::now();
        let written = if count % 4 == 0 {
            session.write_in(key, count, "SAVEPOINT s").await
        } else {
            session.write(key, count).await
        };
        report.longest_write = report.longest_write.max(begun.elapsed());
        match written {
            Ok(()) => {
                report.writes += 1;
                progress.written.fetch_add(1, Ordering::SeqCst);
                report.written_at.push(Instant::now());
            }
            Err(error) if error.is_commit_unknown() => {
                report.unknown += 1;
                // It may still come.
                key += 1;
            }
            Err(error) if error.is_retryable() => report.refused += 1,
            Err(error) => panic!("{error:?}"),
        }
        for other in [key, (count % clients) * KEYS] {
            report.reads += 1;
            match session.read(other).await {
                Ok(stale) => {
                    report.stale.extend(stale);
                    progress.read.fetch_add(1, Ordering::SeqCst);
                    report.read_at.push(Instant::now());
                }
                Err(error) if error.is_retryable() => report.failed_reads += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
    }
    // Whatever was acknowledged is there.
    for key in session.keys() {
        report.stale.extend(session.read(key).await.expect("all is well in the end"));
    }
    report
}

/// The same source with epochs, whose table is made first.
pub(crate) async fn epochs(cluster: &Cluster, builder: PostgresSourceBuilder) -> PostgresSourceBuilder {
    let migrating = ryw_tests::servers::source(cluster).connect().await.unwrap();
    migrating.migrate_epochs().await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    builder.epochs()
}

/// One at a time, or they would only be slow.
pub(crate) static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
