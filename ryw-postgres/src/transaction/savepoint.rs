//! Parts of a transaction that can be undone by themselves.

use std::fmt;
use std::ops::{Deref, DerefMut};

use ryw_core::Error;
use sqlx_core::transaction::TransactionManager as _;

use super::{Manager, Transaction};
use crate::error;

/// A savepoint in a [`Transaction`]; made by [`Transaction::savepoint`].
///
/// Derefs to the transaction, so that `_in` methods take `&mut savepoint`, sqlx takes `&mut **savepoint`, and a savepoint
/// can hold another. What is written in it is part of the transaction's one position once that is committed
/// (`tests/tests/transactions/savepoints.rs`).
///
/// Dropping it undoes what was done since, with the next statement.
#[must_use = "dropping a savepoint undoes what was done since"]
pub struct Savepoint<'t> {
    tx: &'t mut Transaction,
    /// How deep the transaction is with it.
    depth: usize,
    open: bool,
}

impl Transaction {
    /// Makes a savepoint.
    ///
    /// # Errors
    /// [Database](Error::is_database), if a statement of the transaction has failed before, or it is over;
    /// [unavailable](Error::is_unavailable), if the connection was lost. Nothing of the transaction is committed then.
    ///
    /// # Cancel safety
    /// Dropping the future under way rolls the *whole* transaction back, and [`commit`](Self::commit) says so.
    pub async fn savepoint(&mut self) -> Result<Savepoint<'_>, Error> {
        self.expect_begun("make a savepoint in")?;
        let outer = Manager::get_transaction_depth(&self.conn);
        Manager::begin(&mut self.conn, None)
            .await
            .map_err(|error| error::read_failed(error, "make a savepoint".into()))?;
        Ok(Savepoint { tx: self, depth: outer + 1, open: true })
    }
}

impl Savepoint<'_> {
    /// Keeps what was done since; it now belongs to what surrounds the savepoint.
    ///
    /// # Errors
    /// [Database](Error::is_database), if a statement since has failed: what was done since is undone, and the transaction
    /// goes on; also if a savepoint inside it is still open. [Unavailable](Error::is_unavailable), if the connection was
    /// lost.
    ///
    /// # Cancel safety
    /// If the future is dropped, what was done since is undone or the whole transaction is rolled back; in the second case
    /// [`commit`](Transaction::commit) fails.
    pub async fn release(mut self) -> Result<(), Error> {
        self.expect_innermost("release a savepoint")?;
        let released = Manager::commit(&mut self.tx.conn).await;
        self.open = released.is_err();
        released.map_err(|error| error::read_failed(error, "release a savepoint".into()))
    }

    /// Undoes what was done since, also a failure.
    ///
    /// # Errors
    /// [Unavailable](Error::is_unavailable), if the connection was lost; [database](Error::is_database), if a savepoint
    /// inside it is still open.
    ///
    /// # Cancel safety
    /// Dropping the future undoes it too.
    pub async fn rollback(mut self) -> Result<(), Error> {
        self.expect_innermost("roll back to a savepoint")?;
        let undone = Manager::rollback(&mut self.tx.conn).await;
        self.open = undone.is_err();
        undone.map_err(|error| error::read_failed(error, "roll back to a savepoint".into()))
    }

    fn expect_innermost(&self, operation: &str) -> Result<(), Error> {
        if Manager::get_transaction_depth(&self.tx.conn) == self.depth {
            return Ok(());
        }
        Err(Error::database(format!("{operation} that is not the innermost one, or is gone")))
    }
}

impl Drop for Savepoint<'_> {
    fn drop(&mut self) {
        // Where the depth is another there is nothing to undo, or `commit` will refuse.
        if self.open && Manager::get_transaction_depth(&self.tx.conn) == self.depth {
            Manager::start_rollback(&mut self.tx.conn);
        }
    }
}

impl Deref for Savepoint<'_> {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        self.tx
    }
}

impl DerefMut for Savepoint<'_> {
    fn deref_mut(&mut self) -> &mut Transaction {
        self.tx
    }
}

impl fmt::Debug for Savepoint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Savepoint").field("depth", &self.depth).finish_non_exhaustive()
    }
}
