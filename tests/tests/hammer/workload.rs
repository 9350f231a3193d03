//! What the sessions do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use ryw_core::{ConsistencySource as _, Error, Position, Ticket};
use ryw_postgres::{PostgresSource, sqlx};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::plain;
use ryw_tests::session::{Rule, Session, Stale};
use tokio::task::JoinHandle;

use super::ballast::{MANY_SAVEPOINTS, WRITE};
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
    source: PostgresSource,
    primary: String,
    session: Session,
    own: i64,
    keys: Arc<AtomicI64>,
    count: i64,
    dice: Dice,
    ended: Arc<AtomicBool>,
    report: Report,
}

pub(crate) fn start(cluster: &Cluster, sources: &[PostgresSource], rule: Rule) -> Work {
    let (ended, keys) = (Arc::<AtomicBool>::default(), Arc::<AtomicI64>::default());
    let mut tasks = Vec::new();
    for source in sources {
        for number in 0..SESSIONS {
            let session = Session::new(source, rule);
            let sharing = if number % 3 == 0 { TASKS_OF_A_SHARED_SESSION } else { 1 };
            for _ in 0..sharing {
                let own = keys.fetch_add(1, Ordering::Relaxed);
                let task = Task {
                    source: source.clone(),
                    primary: cluster.primary().url(),
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
        let result = match self.dice.roll(12) {
            0..5 => self.session.write(key, count).await,
            5 => self.session.write_in(key, count, "SET LOCAL synchronous_commit = off").await,
            6 => self.session.write_in(key, count, "SET LOCAL synchronous_commit = on").await,
            7 => self.session.write_in(key, count, "SAVEPOINT s").await,
            8 => self.session.write_in(key, count, MANY_SAVEPOINTS).await,
            9 => self.session.write_in(key, count, WRITE).await,
            10 => self.write_prepared().await,
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

    /// A write in two phases, which ryw has no part in: its position is recorded by hand, as either witness.
    async fn write_prepared(&mut self) -> Result<(), Error> {
        let (key, count) = (self.own, self.count);
        let mut conn = plain(&self.primary).await;
        sqlx::raw_sql("BEGIN").execute(&mut conn).await.unwrap();
        let store = "INSERT INTO favorites VALUES ($1, '#' || lpad(to_hex($2::int8), 6, '0'))
            ON CONFLICT (user_id) DO UPDATE SET color_hex = excluded.color_hex
            RETURNING pg_current_xact_id()::text::int8";
        let xid: i64 = sqlx::query_scalar(store).bind(key).bind(count).fetch_one(&mut conn).await.unwrap();
        for verb in ["PREPARE TRANSACTION", "COMMIT PREPARED"] {
            let sql = sqlx::AssertSqlSafe(format!("{verb} 'session {key}'"));
            sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
        }
        let mut position = self.source.capture().await?;
        if self.dice.roll(2) == 0 {
            let ticket = Ticket { id: xid.unsigned_abs(), after: 0 };
            position = Position::ticketed(position.branch().clone(), ticket);
        }
        self.session.context().join(self.source.id(), &position.into());
        self.session.raise(key, count);
        Ok(())
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
