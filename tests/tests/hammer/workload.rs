//! What the sessions do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use ryw_core::Error;
use ryw_postgres::PostgresSource;
use ryw_tests::session::{Rule, Session, Stale};
use tokio::task::JoinHandle;

use super::report::Report;
use super::trouble::Dice;

/// Sessions with each source; every third is shared by several tasks.
const SESSIONS: i64 = 6;
const TASKS_OF_A_SHARED_SESSION: i64 = 3;
/// Reported; more of the same say nothing new.
const MOST_FAILURES: usize = 100;

pub(crate) struct Work {
    ended: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<Report>>,
}

/// One task. It writes its own key alone, and reads the keys of its session, and others.
struct Task {
    session: Session,
    own: i64,
    keys: Arc<AtomicI64>,
    count: i64,
    dice: Dice,
    ended: Arc<AtomicBool>,
    report: Report,
}

pub(crate) fn start(sources: &[PostgresSource], rule: Rule) -> Work {
    let (ended, keys) = (Arc::<AtomicBool>::default(), Arc::<AtomicI64>::default());
    let mut tasks = Vec::new();
    for source in sources {
        for number in 0..SESSIONS {
            let session = Session::new(source, rule);
            let sharing = if number % 3 == 0 { TASKS_OF_A_SHARED_SESSION } else { 1 };
            for _ in 0..sharing {
                let own = keys.fetch_add(1, Ordering::Relaxed);
                let task = Task {
                    session: session.clone(),
                    own,
                    keys: Arc::clone(&keys),
                    count: 0,
                    dice: Dice::new(own.unsigned_abs() + 1),
                    ended: Arc::clone(&ended),
                    report: Report::default(),
                };
                tasks.push(tokio::spawn(task.run()));
            }
        }
    }
    Work { ended, tasks }
}

impl Work {
    pub(crate) async fn end(self, sources: &[PostgresSource]) -> Report {
        self.ended.store(true, Ordering::Relaxed);
        let mut report = Report::default();
        for task in self.tasks {
            report.add(task.await.unwrap());
        }
        sources.iter().for_each(|source| report.count(source));
        report
    }
}

impl Task {
    async fn run(mut self) -> Report {
        while !self.ended.load(Ordering::Relaxed) {
            match self.dice.roll(10) {
                0..3 => self.write().await,
                3..7 => self.read(self.own).await,
                7..9 => {
                    let other = self.dice.roll(self.keys.load(Ordering::Relaxed).unsigned_abs());
                    self.read(other.cast_signed()).await;
                }
                _ => self.query().await,
            }
        }
        self.report
    }

    async fn write(&mut self) {
        self.count += 1;
        let (key, count) = (self.own, self.count);
        let result = match self.dice.roll(8) {
            0..4 => self.session.write(key, count).await,
            4 => self.session.write_in(key, count, "SET LOCAL synchronous_commit = off").await,
            5 => self.session.write_in(key, count, "SET LOCAL synchronous_commit = on").await,
            6 => self.session.write_in(key, count, "SAVEPOINT s").await,
            _ => {
                let limit = Duration::from_micros(self.dice.roll(4000));
                let Ok(result) = tokio::time::timeout(limit, self.session.write(key, count)).await else {
                    self.report.dropped += 1;
                    return self.take_another_key();
                };
                result
            }
        };
        match result {
            Ok(()) => self.report.writes += 1,
            Err(error) if error.is_commit_unknown() => {
                self.report.unknown += 1;
                self.take_another_key();
            }
            Err(error) => panic!("the primary is well: {error:?}"),
        }
    }

    /// A write of unknown fate may still be under way, and come after the next one.
    fn take_another_key(&mut self) {
        self.own = self.keys.fetch_add(1, Ordering::Relaxed);
        self.count = 0;
    }

    async fn read(&mut self, key: i64) {
        let result = self.session.read(key).await;
        self.report.reads += 1;
        match result {
            Ok(stale) => self.note(stale),
            Err(error) => self.failed(&error),
        }
    }

    async fn query(&mut self) {
        match self.session.query(self.own).await {
            Ok(stale) => {
                self.report.reads += 1;
                self.note(stale);
            }
            Err(_) => self.report.failed_queries += 1,
        }
    }

    fn note(&mut self, stale: Option<Stale>) {
        if self.report.stale.len() < MOST_FAILURES {
            self.report.stale.extend(stale);
        }
    }

    fn failed(&mut self, error: &Error) {
        if self.report.failed_reads.len() < MOST_FAILURES {
            self.report.failed_reads.push(format!("{error:?}"));
        }
    }
}
