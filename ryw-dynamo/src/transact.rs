//! Transactions.

use ryw_core::{Context, Error, Written};

use crate::item::WriteItem;
use crate::source::DynamoSource;

/// New rows, all or none.
#[expect(clippy::unused_async, reason = "being written")]
pub(crate) async fn insert_many<T: WriteItem>(
    _source: &DynamoSource,
    _ctx: &Context,
    _news: Vec<T::New>,
) -> Result<Written<Vec<T>>, Error> {
    Err(Error::config("being written"))
}
