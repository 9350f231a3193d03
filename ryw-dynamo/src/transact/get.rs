//! A transaction that reads.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::pin::pin;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_get_items::builders::TransactGetItemsInputBuilder;
use aws_sdk_dynamodb::operation::transact_get_items::{
    TransactGetItemsError, TransactGetItemsInput, TransactGetItemsOutput,
};
use aws_sdk_dynamodb::types::{Get, TransactGetItem};
use ryw_core::{Context, Error, Reason};

use super::{Cancelled, MAX_ITEMS};
use crate::attribute::Attributes;
use crate::failure::{Failure, Kind};
use crate::home::{Course, Doing};
use crate::inner::{Inner, ReadPlan};
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
    gets: Vec<OneGet>,
}

/// One of its items.
struct OneGet {
    request: TransactGetItem,
    table: Cow<'static, str>,
    touched: Touched,
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
    let get = Get::builder().table_name(&*table).set_key(Some(key)).build();
    let request = TransactGetItem::builder().get(get.expect("a table and a key are given")).build();
    tx.gets.push(OneGet { request, table, touched });
    Ok(Wanted { index: tx.gets.len() - 1, entity: PhantomData })
}

impl TransactGet {
    /// Reads all of it, in the home Region.
    ///
    /// If that does not answer, the source does as [`HomeDown`](crate::HomeDown) says, as with any strong read. What it then
    /// serves of another Region, one that has all of the tables, is of one moment there, and may lack the session's own writes.
    ///
    /// # Errors
    /// [Passing](Error::is_retryable), if another transaction kept being in the way; unavailable, if no answer came.
    pub async fn get(self) -> Result<Found, Error> {
        let mut tables: Vec<_> = self.gets.iter().map(|get| get.table.clone()).collect();
        tables.sort();
        tables.dedup();
        let Some((table, others)) = tables.split_first() else { return Ok(Found(Vec::new())) };
        let inner = self.source.inner();
        let (gets, touches): (Vec<_>, Vec<_>) =
            self.gets.into_iter().map(|get| (get.request, get.touched)).unzip();
        let request = TransactGetItemsInput::builder()
            .set_transact_items(Some(gets))
            .set_return_consumed_capacity(inner.cost.asked());
        let plan = ReadPlan { region: 0, strong: true, reason: Reason::Policy };
        let doing = Doing { verb: "read in", entity: "a transaction" };
        let course =
            Course { ctx: &self.ctx, table, others, plan, request: "TransactGetItems", operation: doing };
        let operation = Operation::new(inner, course.request, None);
        let sent = pin!(inner.answered(course, |plan| send(inner, plan, request.clone())));
        let (answer, plan) = operation.watch(sent).await?;
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

/// Sends it, and again what another transaction is in the way of.
async fn send(
    inner: &Inner,
    plan: ReadPlan,
    request: TransactGetItemsInputBuilder,
) -> Result<TransactGetItemsOutput, Failure> {
    let mut attempt = 1;
    loop {
        let failure = match request.clone().send_with(inner.client(plan.region)).await {
            Ok(answer) => return Ok(answer),
            Err(error) => failed(error),
        };
        if failure.kind != Kind::Passing || attempt >= inner.attempts {
            return Err(failure);
        }
        inner.observer.failed(&failure);
        retry::pause(inner, attempt).await;
        attempt += 1;
    }
}

/// What cancelled it may pass.
fn failed(error: SdkError<TransactGetItemsError>) -> Failure {
    let passes = match error.as_service_error() {
        Some(TransactGetItemsError::TransactionCanceledException(cancelled)) => {
            Cancelled::new(cancelled.cancellation_reasons()).passes()
        }
        _ => false,
    };
    if passes { Failure::passing(error) } else { Failure::new(error) }
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
