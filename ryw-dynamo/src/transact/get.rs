//! A transaction that reads.

use std::fmt;
use std::marker::PhantomData;

use aws_sdk_dynamodb::types::{Get, TransactGetItem};
use ryw_core::{Context, Error, Reason};

use super::MAX_ITEMS;
use crate::attribute::Attributes;
use crate::failure::Failure;
use crate::inner::ReadPlan;
use crate::item::Item;
use crate::observe::Operation;
use crate::own_writes::Touched;
use crate::read::{decoded, is_deleted, key_of};
use crate::retry;
use crate::source::DynamoSource;

/// Reads of several items as they are at one moment, at most 100; from [`DynamoSource::transact_get`].
///
/// It costs twice a strongly consistent read.
#[must_use = "nothing is read before `get`"]
pub struct TransactGet {
    source: DynamoSource,
    ctx: Context,
    gets: Vec<(TransactGetItem, Touched)>,
}

/// An item that a [`TransactGet`] is to read: take it from what was [found](Found::take).
#[derive(Debug)]
pub struct Wanted<T> {
    index: usize,
    entity: PhantomData<fn() -> T>,
}

/// What a [`TransactGet`] found.
#[derive(Debug)]
pub struct Found(Vec<Option<Attributes>>);

impl fmt::Debug for TransactGet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactGet").field("items", &self.gets.len()).finish_non_exhaustive()
    }
}

impl DynamoSource {
    /// Begins a transaction that reads.
    pub fn transact_get(&self, ctx: &Context) -> TransactGet {
        TransactGet { source: self.clone(), ctx: ctx.clone(), gets: Vec::new() }
    }
}

/// Adds the row of a key.
pub fn find_in<T: Item>(
    tx: &mut TransactGet,
    source: &DynamoSource,
    key: &T::Key,
) -> Result<Wanted<T>, Error> {
    if !tx.source.is(source) {
        return Err(Error::config(
            "this repository is of another source than the transaction: make both from one",
        ));
    }
    if tx.gets.len() == MAX_ITEMS {
        return Err(Error::config(format!("a transaction takes at most {MAX_ITEMS} items: make several")));
    }
    let (key, table) = (key_of::<T>(key)?, source.inner().table(T::TABLE));
    let touched = Touched::item::<T>(&table, &key);
    let get = Get::builder().table_name(table).set_key(Some(key)).build();
    let get = TransactGetItem::builder().get(get.expect("a table and a key are given")).build();
    tx.gets.push((get, touched));
    Ok(Wanted { index: tx.gets.len() - 1, entity: PhantomData })
}

impl TransactGet {
    /// Reads all of it, in the home Region.
    ///
    /// # Errors
    /// [Passing](Error::is_retryable), if another transaction kept being in the way; unavailable, if no answer came.
    pub async fn get(self) -> Result<Found, Error> {
        if self.gets.is_empty() {
            return Ok(Found(Vec::new()));
        }
        let inner = self.source.inner();
        let (gets, touches): (Vec<_>, Vec<_>) = self.gets.into_iter().unzip();
        let request = inner
            .client(0)
            .transact_get_items()
            .set_transact_items(Some(gets))
            .set_return_consumed_capacity(inner.cost.asked());
        let sent = async {
            let mut attempt = 1;
            loop {
                let failure = match request.clone().send().await {
                    Ok(answer) => return Ok(answer),
                    Err(error) => Failure::new(error),
                };
                if !retry::again(inner, &failure, attempt).await {
                    return Err(failure.of_read("read in a transaction"));
                }
                attempt += 1;
            }
        };
        let plan = ReadPlan { region: 0, strong: true, reason: Reason::Policy };
        let operation = Operation::new(inner, "TransactGetItems", None);
        let answer = operation.watch(sent).await?;
        operation.read(inner, plan);
        inner.cost.read(answer.consumed_capacity());
        for touched in touches {
            inner.read(&self.ctx, touched.touch, plan);
            inner.remember(plan, || touched);
        }
        let found = answer.responses.unwrap_or_default();
        Ok(Found(found.into_iter().map(|response| response.item.filter(|item| !item.is_empty())).collect()))
    }
}

impl Found {
    /// The row that was wanted, if there is one.
    ///
    /// # Errors
    /// If its item is not one of the entity.
    ///
    /// # Panics
    /// If it was wanted of another transaction, with more items.
    #[expect(clippy::needless_pass_by_value, reason = "a row is taken once")]
    pub fn take<T: Item>(&mut self, wanted: Wanted<T>) -> Result<Option<T>, Error> {
        decoded(self.0[wanted.index].take().filter(|item| !is_deleted::<T>(item)))
    }
}
