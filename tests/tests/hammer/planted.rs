//! Rules in plain SQL, right and wrong, under the same hammer: each is asked about the same answers, and is wrong if it calls
//! one fresh that lacks a write acknowledged before.
//!
//! A writer counts up and, after each write, asks every replica again and again until all rules have called it fresh, for
//! the rules differ in the moment when the write becomes visible. (All but the one that an old transaction holds back.)

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ryw_postgres::sqlx::{self, Connection as _, PgConnection};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::plain;
use tokio::task::JoinHandle;

use super::ballast::{MANY_SAVEPOINTS, WRITE};
use super::trouble::Dice;

const WRITERS: i64 = 6;
/// How long a replica is asked about one write.
const LONGEST: Duration = Duration::from_millis(30);
/// How long a replica that hangs may take.
const PATIENCE: Duration = Duration::from_millis(500);

const STORE: &str = "
    INSERT INTO favorites VALUES ($1, '#' || lpad(to_hex($2::int8), 6, '0'))
    ON CONFLICT (user_id) DO UPDATE SET color_hex = excluded.color_hex
    RETURNING pg_current_xact_id()::text::int8";
const FLUSHED: &str = "SELECT (pg_current_wal_flush_lsn() - '0/0')::int8";
const READ: &str = "
    SELECT coalesce(('x' || substr(color_hex, 2))::bit(24)::int8, -1),
           $2::xid8 < pg_snapshot_xmin(s),
           pg_visible_in_snapshot($2::xid8, s),
           coalesce(CASE WHEN $2::xid8 < pg_snapshot_xmax(s) THEN pg_xact_status($2::xid8) END, 'in progress'),
           (pg_last_wal_replay_lsn() - '0/0')::int8 >= $3
    FROM (SELECT pg_current_snapshot() AS s) AS facts LEFT JOIN favorites ON user_id = $1";

/// How a read may be called fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// `x < xmin`.
    BelowXmin,
    /// The three answers, "maybe" asked again.
    MaybeAsksAgain,
    /// The three answers, "maybe" taken for "fresh".
    MaybeAtOnce,
    /// `pg_visible_in_snapshot`.
    VisibleInSnapshot,
    /// The replay LSN, in the statement that reads.
    LsnInStatement,
    /// The replay LSN, in a statement before.
    LsnBefore,
}

const RULES: [Rule; 6] = [
    Rule::BelowXmin,
    Rule::MaybeAsksAgain,
    Rule::MaybeAtOnce,
    Rule::VisibleInSnapshot,
    Rule::LsnInStatement,
    Rule::LsnBefore,
];

/// Of each rule: how many reads it called fresh, and how many of them were not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(BTreeMap<Rule, (u64, u64)>);

impl Tally {
    pub(crate) fn stale(&self, rule: Rule) -> u64 {
        self.0.get(&rule).map_or(0, |(_, stale)| *stale)
    }

    pub(crate) fn fresh(&self, rule: Rule) -> u64 {
        self.0.get(&rule).map_or(0, |(fresh, _)| *fresh)
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (rule, (fresh, stale)) in &other.0 {
            let sum = self.0.entry(*rule).or_default();
            *sum = (sum.0 + fresh, sum.1 + stale);
        }
    }

    fn note(&mut self, rule: Rule, is_stale: bool) {
        let (fresh, stale) = self.0.entry(rule).or_default();
        *fresh += 1;
        *stale += u64::from(is_stale);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(rule, (fresh, stale))| {
            writeln!(f, "{:>20}: stale {stale} of {fresh}", format!("{rule:?}"))
        })
    }
}

pub(crate) struct Work {
    ended: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<Tally>>,
}

pub(crate) fn start(cluster: &Cluster) -> Work {
    let ended = Arc::<AtomicBool>::default();
    let task = |key: i64| {
        let (primary, ended) = (cluster.primary().url(), Arc::clone(&ended));
        let replicas: Vec<_> = cluster.replicas().iter().map(|replica| Reader::new(replica.url())).collect();
        tokio::spawn(async move {
            let mut writer = Writer {
                conn: plain(&primary).await,
                key,
                count: 0,
                dice: Dice::new(50 + key.unsigned_abs()),
            };
            let (mut replicas, mut tally) = (replicas, Tally::default());
            while !ended.load(Ordering::Relaxed) {
                let written = writer.write().await;
                for replica in &mut replicas {
                    // A replica that was killed has no answer.
                    let _ = replica.check(&written, &mut tally).await;
                }
            }
            tally
        })
    };
    let tasks = (0..WRITERS).map(task).collect();
    Work { ended, tasks }
}

impl Work {
    pub(crate) async fn end(self) -> Tally {
        self.ended.store(true, Ordering::Relaxed);
        let mut tally = Tally::default();
        for task in self.tasks {
            tally.add(&task.await.unwrap());
        }
        tally
    }
}

/// The only one who writes its key.
struct Writer {
    conn: PgConnection,
    key: i64,
    count: i64,
    dice: Dice,
}

struct Written {
    key: i64,
    count: i64,
    xid: String,
    lsn: i64,
}

impl Writer {
    async fn write(&mut self) -> Written {
        self.count += 1;
        let prepare = format!("PREPARE TRANSACTION 'planted {}'", self.key);
        let commit = format!("COMMIT PREPARED 'planted {}'", self.key);
        let (before, after): (&[&str], &[&str]) = match self.dice.roll(6) {
            0 => (&["BEGIN", "SAVEPOINT a", WRITE, "SAVEPOINT b"], &["COMMIT"]),
            1 => (&["BEGIN", MANY_SAVEPOINTS], &["COMMIT"]),
            2 => (&["BEGIN"], &[&prepare, &commit]),
            _ => (&[], &[]),
        };
        self.run(before).await;
        let xid: i64 = sqlx::query_scalar(STORE)
            .bind(self.key)
            .bind(self.count)
            .fetch_one(&mut self.conn)
            .await
            .unwrap();
        self.run(after).await;
        let lsn = sqlx::query_scalar(FLUSHED).fetch_one(&mut self.conn).await.unwrap();
        Written { key: self.key, count: self.count, xid: xid.to_string(), lsn }
    }

    async fn run(&mut self, statements: &[&str]) {
        for sql in statements {
            sqlx::raw_sql(sqlx::AssertSqlSafe(*sql)).execute(&mut self.conn).await.unwrap();
        }
    }
}

struct Reader {
    url: String,
    conn: Option<PgConnection>,
}

/// What a replica said once.
struct Answer {
    is_stale: bool,
    below: bool,
    visible: bool,
    in_progress: bool,
    replayed: bool,
}

impl Answer {
    fn is_maybe(&self) -> bool {
        !self.below && !self.in_progress
    }

    /// Whether `rule` calls it fresh, `previous` being the answer before it on the same connection.
    fn passes(&self, rule: Rule, previous: Option<&Self>) -> bool {
        match rule {
            Rule::BelowXmin => self.below,
            Rule::MaybeAsksAgain => {
                self.below || previous.is_some_and(|before| before.below || before.is_maybe())
            }
            Rule::MaybeAtOnce => self.below || self.is_maybe(),
            Rule::VisibleInSnapshot => self.visible,
            Rule::LsnInStatement => self.replayed,
            Rule::LsnBefore => previous.is_some_and(|before| before.replayed),
        }
    }
}

impl Reader {
    fn new(url: String) -> Self {
        Self { url, conn: None }
    }

    /// Asks until the rules have called the write fresh, or for long enough.
    async fn check(&mut self, written: &Written, tally: &mut Tally) -> Result<(), sqlx::Error> {
        let begun = Instant::now();
        let mut left = RULES.to_vec();
        let mut previous = None;
        while left.iter().any(|rule| *rule != Rule::BelowXmin) && begun.elapsed() < LONGEST {
            let answer = self.ask(written).await?;
            left.retain(|rule| {
                let passes = answer.passes(*rule, previous.as_ref());
                if passes {
                    tally.note(*rule, answer.is_stale);
                }
                !passes
            });
            previous = Some(answer);
        }
        Ok(())
    }

    async fn ask(&mut self, written: &Written) -> Result<Answer, sqlx::Error> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => limited(PgConnection::connect(&self.url)).await?,
        };
        let question = sqlx::query_as(READ).bind(written.key).bind(&written.xid).bind(written.lsn);
        let (found, below, visible, status, replayed): (i64, bool, bool, String, bool) =
            limited(question.fetch_one(&mut conn)).await?;
        self.conn = Some(conn);
        let in_progress = status == "in progress";
        Ok(Answer { is_stale: found < written.count, below, visible, in_progress, replayed })
    }
}

async fn limited<T>(asking: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}
