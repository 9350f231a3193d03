//! Ending a transaction in one round trip, together with questions before and after.
//!
//! sqlx counts transactions by the calls made to it: what it has seen begin it must see end. But its own `COMMIT` brings no
//! rows. So a transaction is ended by a batch of ours, whose last statement is a `BEGIN`; the empty transaction which that
//! opens is the one that sqlx ends. Its `ROLLBACK` is sent at once and its answer is left for whoever uses the connection
//! next, who has to read past it and does not wait for it: a transaction that follows another on the same connection
//! costs no round trip more (`tests/tests/transactions/round_trips.rs`).
//!
//! Rejected: a `ROLLBACK` without that `BEGIN`, which the server would answer, and log, with a warning each time. Rejected:
//! counting beside sqlx; then its `begin` on our transaction would not make a savepoint.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgRow;
use sqlx::{Connection as _, Either, PgConnection, SqlStr};
use sqlx_core::transaction::TransactionManager as _;

use super::Manager;
use crate::pool::Conn;

/// What was heard of a batch.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) rows: Vec<PgRow>,
    /// How many of its statements were completed.
    completed: usize,
}

/// In every batch the transaction is ended by the second statement.
const ENDING: usize = 2;

impl Answers {
    /// Runs `batch` and takes in what is answered, also if it then fails.
    pub(super) async fn hear(&mut self, conn: &mut PgConnection, batch: SqlStr) -> Result<(), sqlx::Error> {
        let mut answers = sqlx::raw_sql(batch).fetch_many(conn);
        while let Some(answer) = answers.try_next().await? {
            match answer {
                Either::Left(_) => self.completed += 1,
                Either::Right(row) => self.rows.push(row),
            }
        }
        Ok(())
    }

    /// Whether the server said that the transaction has ended as asked. A failure after that concerns only what follows.
    pub(super) const fn ended(&self) -> bool {
        self.completed >= ENDING
    }
}

/// Makes a connection ready for others, on which a batch was run to its end.
pub(super) async fn leave(conn: &mut Conn) {
    Manager::start_rollback(conn);
    if sent(conn).await.is_err() {
        conn.give_up();
    } else if !conn.should_flush() {
        conn.restore();
    }
}

/// Sends what is to be sent. sqlx would go on to wait for the answer, which is not ours to do: one poll has sent it.
async fn sent(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut sending = pin!(tokio::task::unconstrained(conn.flush()));
    poll_fn(|cx| match sending.as_mut().poll(cx) {
        Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(())),
    })
    .await
}
