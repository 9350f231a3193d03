//! What others do on the primary meanwhile, that makes snapshots and numbers of transactions less simple: transactions
//! that stay open, with more savepoints than a server keeps track of, prepared ones, such as end in a rollback.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ryw_postgres::sqlx::{self, AssertSqlSafe, PgConnection};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::plain;
use tokio::task::JoinHandle;

use super::trouble::Dice;

/// Gives a number to the transaction, or to the savepoint, without touching a row.
pub(crate) const WRITE: &str = "SELECT pg_logical_emit_message(true, 'hammer', '')";
/// As many savepoints that write, in one statement: more than the 64 that a server keeps track of.
pub(crate) const MANY_SAVEPOINTS: &str = "DO $$ BEGIN FOR i IN 1..80 LOOP
    BEGIN PERFORM pg_logical_emit_message(true, 'hammer', ''); EXCEPTION WHEN division_by_zero THEN NULL; END;
    END LOOP; END $$";

/// How many at a time.
const TASKS: u64 = 2;

pub(crate) struct Ballast {
    ended: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<u64>>,
}

pub(crate) fn load(cluster: &Cluster) -> Ballast {
    let ended = Arc::<AtomicBool>::default();
    let task = |number| {
        let (url, ended) = (cluster.primary().url(), Arc::clone(&ended));
        tokio::spawn(async move {
            let (mut conn, mut dice, mut transactions) = (plain(&url).await, Dice::new(900 + number), 0);
            while !ended.load(Ordering::Relaxed) {
                transactions += 1;
                transaction(&mut conn, &mut dice, &format!("ballast {number} {transactions}")).await;
                // Without an old transaction too: then all is told by the first answer.
                pause(dice.roll(40)).await;
            }
            transactions
        })
    };
    let tasks = (0..TASKS).map(task).collect();
    Ballast { ended, tasks }
}

impl Ballast {
    /// How many transactions there were.
    pub(crate) async fn end(self) -> u64 {
        self.ended.store(true, Ordering::Relaxed);
        let mut transactions = 0;
        for task in self.tasks {
            transactions += task.await.unwrap();
        }
        transactions
    }
}

async fn transaction(conn: &mut PgConnection, dice: &mut Dice, name: &str) {
    run(conn, "BEGIN").await;
    run(conn, if dice.roll(3) == 0 { MANY_SAVEPOINTS } else { WRITE }).await;
    pause(dice.roll(120)).await;
    match dice.roll(4) {
        0 => run(conn, "ROLLBACK").await,
        1 => {
            run(conn, &format!("PREPARE TRANSACTION '{name}'")).await;
            pause(dice.roll(40)).await;
            let end = if dice.roll(2) == 0 { "COMMIT" } else { "ROLLBACK" };
            run(conn, &format!("{end} PREPARED '{name}'")).await;
        }
        _ => run(conn, "COMMIT").await,
    }
}

async fn run(conn: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(conn).await.unwrap();
}

async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}
