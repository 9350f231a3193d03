//! Reads by key.

use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity};
use ryw_core::{Context, Error, ReadStore, Scope};

use crate::attribute::{AttributeError, Attributes};
use crate::expression;
use crate::failure::Failure;
use crate::inner::ReadPlan;
use crate::item::Item;
use crate::source::DynamoSource;
use crate::{retry, touch};

/// The most keys that one request may have.
const MAX_KEYS: usize = 100;

impl<T: Item> ReadStore<T> for DynamoSource {
    async fn find(&self, ctx: &Context, key: &T::Key) -> Result<Option<T>, Error> {
        let found = get::<T>(self, ctx, key, None).await?;
        decoded(found.filter(|item| !is_deleted::<T>(item)))
    }

    /// By requests of at most 100 keys. What the service leaves unprocessed is asked for again.
    ///
    /// The keys are judged one by one: those of recent writes are read strongly, in requests of their own.
    async fn find_many(&self, ctx: &Context, keys: &[T::Key]) -> Result<Vec<T>, Error> {
        many::find_many(self, ctx, keys).await
    }

    async fn exists(&self, ctx: &Context, key: &T::Key) -> Result<bool, Error> {
        let found = get::<T>(self, ctx, key, Some(Part::Existence)).await?;
        Ok(found.is_some_and(|item| !is_deleted::<T>(&item)))
    }
}

/// What of an item is asked for, if not all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Whether there is one that is not marked as deleted.
    Existence,
}

/// The item of a key, marked as deleted or not.
pub(crate) async fn find_with_deleted<T: Item>(
    source: &DynamoSource,
    ctx: &Context,
    key: &T::Key,
) -> Result<Option<T>, Error> {
    decoded(get::<T>(source, ctx, key, None).await?)
}

async fn get<T: Item>(
    source: &DynamoSource,
    ctx: &Context,
    key: &T::Key,
    part: Option<Part>,
) -> Result<Option<Attributes>, Error> {
    let inner = source.inner();
    let key = key_of::<T>(key)?;
    let table = inner.table(T::TABLE);
    let touch = touch::item::<T>(&table, &key);
    let plan = inner.plan(ctx, &table, touch, Scope::Item).await?;
    let found = get_item::<T>(source, plan, table, key, part).await?;
    inner.read(ctx, touch, plan);
    Ok(found)
}

async fn get_item<T: Item>(
    source: &DynamoSource,
    plan: ReadPlan,
    table: String,
    key: Attributes,
    part: Option<Part>,
) -> Result<Option<Attributes>, Error> {
    let inner = source.inner();
    let mut request = inner
        .client(plan.region)
        .get_item()
        .table_name(table)
        .set_key(Some(key))
        .consistent_read(plan.strong)
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    if part == Some(Part::Existence) {
        let mut names = expression::Names::default();
        let attributes: Vec<_> = [Some(T::PARTITION.name), T::DELETED_AT].into_iter().flatten().collect();
        request = request.projection_expression(expression::projection(&attributes, &mut names));
        request = request.set_expression_attribute_names(names.into_maps().0);
    }
    let answer =
        request.send().await.map_err(|error| Failure::new(error).of_read(&format!("find {}", T::NAME)))?;
    inner.cost.read(answer.consumed_capacity());
    Ok(answer.item)
}

pub(crate) fn key_of<T: Item>(key: &T::Key) -> Result<Attributes, Error> {
    let mut attributes = Attributes::with_capacity(2);
    T::put_key(key, &mut attributes).map_err(|error| refused::<T>("find", error))?;
    Ok(attributes)
}

pub(crate) fn is_deleted<T: Item>(item: &Attributes) -> bool {
    T::DELETED_AT.is_some_and(|mark| item.contains_key(mark))
}

pub(crate) fn decoded<T: Item>(item: Option<Attributes>) -> Result<Option<T>, Error> {
    item.map(decode).transpose()
}

pub(crate) fn decode<T: Item>(item: Attributes) -> Result<T, Error> {
    T::from_attributes(item).map_err(|error| refused::<T>("read", error))
}

pub(crate) fn refused<T: Item>(verb: &str, error: AttributeError) -> Error {
    error.of(format!("{verb} {}", T::NAME))
}

/// Reads of several keys at once.
mod many {
    use std::collections::BTreeMap;

    use super::*;

    pub(super) async fn find_many<T: Item>(
        source: &DynamoSource,
        ctx: &Context,
        keys: &[T::Key],
    ) -> Result<Vec<T>, Error> {
        let inner = source.inner();
        let table = inner.table(T::TABLE);
        let mut groups: Vec<(ReadPlan, Vec<Attributes>)> = Vec::new();
        let mut touches = Vec::new();
        for key in unique::<T>(keys) {
            let key = key_of::<T>(key)?;
            let touch = touch::item::<T>(&table, &key);
            let plan = inner.plan(ctx, &table, touch, Scope::Item).await?;
            touches.push((touch, plan));
            match groups
                .iter_mut()
                .find(|(other, _)| (other.region, other.strong) == (plan.region, plan.strong))
            {
                Some((_, group)) => group.push(key),
                None => groups.push((plan, vec![key])),
            }
        }
        let mut found = BTreeMap::new();
        for (plan, group) in &groups {
            for chunk in group.chunks(MAX_KEYS) {
                for item in batch::<T>(source, *plan, &table, chunk).await? {
                    if !is_deleted::<T>(&item) {
                        let entity: T = decode(item)?;
                        found.insert(entity.key(), entity);
                    }
                }
            }
        }
        for (touch, plan) in touches {
            inner.read(ctx, touch, plan);
        }
        Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
    }

    fn unique<T: Item>(keys: &[T::Key]) -> Vec<&T::Key> {
        let mut seen = std::collections::BTreeSet::new();
        keys.iter().filter(|key| seen.insert(*key)).collect()
    }

    async fn batch<T: Item>(
        source: &DynamoSource,
        plan: ReadPlan,
        table: &str,
        keys: &[Attributes],
    ) -> Result<Vec<Attributes>, Error> {
        let inner = source.inner();
        let operation = format!("find several {}", T::NAME);
        let (mut asked, mut found, mut attempt) = (keys.to_vec(), Vec::new(), 1);
        while !asked.is_empty() {
            let keys =
                KeysAndAttributes::builder().set_keys(Some(asked)).consistent_read(plan.strong).build();
            let keys = keys.expect("keys are given");
            let request = inner.client(plan.region).batch_get_item().request_items(table, keys);
            let request = request.return_consumed_capacity(ReturnConsumedCapacity::Total);
            let answer = request.send().await.map_err(|error| Failure::new(error).of_read(&operation))?;
            inner.cost.read(answer.consumed_capacity());
            found.extend(answer.responses.and_then(|mut tables| tables.remove(table)).unwrap_or_default());
            asked = answer
                .unprocessed_keys
                .and_then(|mut tables| tables.remove(table))
                .map_or(Vec::new(), |rest| rest.keys);
            if asked.is_empty() {
                break;
            }
            if attempt >= inner.attempts {
                let left = format!("{operation}: {} keys were left unprocessed {attempt} times", asked.len());
                return Err(Error::overloaded(left));
            }
            retry::pause(attempt).await;
            attempt += 1;
        }
        Ok(found)
    }
}
