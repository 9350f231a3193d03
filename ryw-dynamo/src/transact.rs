//! Several items, all or none.
//!
//! A transaction is put together first and sent at once: DynamoDB has no interactive ones. It carries a token by which the
//! service recognises it for ten minutes, so that one whose answer was lost is sent again, and applied once.
//!
//! Not promised: anything across Regions. A transaction is atomic in the home Region alone; elsewhere its items arrive one by
//! one. Tables with strong consistency over Regions take none.

mod cancelled;
mod get;
mod staged;
mod write;

pub use self::cancelled::{Cancellation, Cancelled, Why};
pub use self::get::{Found, TransactGet, Wanted, find_in};
pub use self::staged::{
    check_in, delete_in, insert_in, purge_in, replace_in, restore_in, update_if_in, update_in, upsert_in,
};
pub(crate) use self::staged::{missed, rendered};
pub use self::write::TransactWrite;

use std::collections::BTreeSet;

use ryw_core::{Context, Error, Written};

use crate::item::WriteItem;
use crate::source::DynamoSource;

/// The most items of one transaction.
pub(crate) const MAX_ITEMS: usize = 100;

/// New rows, all or none.
pub(crate) async fn insert_many<T: WriteItem>(
    source: &DynamoSource,
    ctx: &Context,
    news: Vec<T::New>,
) -> Result<Written<Vec<T>>, Error> {
    if news.is_empty() {
        return Ok(Written::new(Vec::new(), None));
    }
    let mut transaction = source.transact_write(ctx);
    let rows = news.into_iter().map(|new| insert_in::<T>(&mut transaction, source, new));
    let rows = rows.collect::<Result<Vec<T>, Error>>()?;
    // The service refuses it too, as a mistake of the program's.
    let mut keys = BTreeSet::new();
    if !rows.iter().all(|row| keys.insert(row.key())) {
        return Err(Error::duplicate_of(T::KEY));
    }
    Ok(transaction.commit().await?.map(|()| rows))
}
