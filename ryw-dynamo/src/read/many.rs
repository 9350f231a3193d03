//! Reads of several keys at once.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use ryw_core::{Context, Error, Scope, Touch};

use super::{decode, is_deleted, key_of};
use crate::attribute::Attributes;
use crate::cache::{ItemKey, Question};
use crate::expression::equal;
use crate::failure::Failure;
use crate::home::{Course, Doing};
use crate::inner::{Inner, ReadPlan};
use crate::item::Item;
use crate::own_writes::Touched;
use crate::source::DynamoSource;
use crate::{retry, touch};

/// The most keys that one request may have.
const MAX_KEYS: usize = 100;

/// A key that is asked for.
struct Asked {
    key: Attributes,
    touch: Touch,
    plan: ReadPlan,
}

pub(super) async fn find_many<T: Item>(
    source: &DynamoSource,
    ctx: &Context,
    keys: &[T::Key],
) -> Result<Vec<T>, Error> {
    let inner = source.inner();
    let table = inner.table(T::TABLE);
    let operation = Doing { verb: "find several", entity: T::NAME };
    let (mut items, groups) = planned::<T>(inner, ctx, &table, keys).await?;
    for group in groups {
        for chunk in group.chunks(MAX_KEYS) {
            let plan = chunk[0].plan;
            let course = Course { ctx, table: &table, others: &[], plan, request: "BatchGetItem", operation };
            items.extend(chunk_of::<T>(inner, course, chunk).await?);
        }
    }
    let mut found = BTreeMap::new();
    for item in items.into_iter().filter(|item| !is_deleted::<T>(item)) {
        let entity: T = decode(item)?;
        found.insert(entity.key(), entity);
    }
    Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
}

/// What the cache has, and the rest, by how it is to be read.
async fn planned<T: Item>(
    inner: &Inner,
    ctx: &Context,
    table: &str,
    keys: &[T::Key],
) -> Result<(Vec<Attributes>, Vec<Vec<Asked>>), Error> {
    let (mut items, mut groups) = (Vec::new(), Vec::<Vec<Asked>>::new());
    let keys: BTreeSet<_> = keys.iter().collect();
    for key in keys {
        let key = key_of::<T>(key)?;
        let touch = touch::item::<T>(table, &key);
        let plan = inner.plan(ctx, table, touch, Scope::Item).await?;
        let question = Question { ctx, table, touch, scope: Scope::Item, plan };
        if let Some(item) = inner.cached_item(question, &ItemKey::new(table, &key, touch)).await {
            items.extend(item);
            continue;
        }
        let alike = |group: &&mut Vec<Asked>| {
            (group[0].plan.region, group[0].plan.strong) == (plan.region, plan.strong)
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(Asked { key, touch, plan }),
            None => groups.push(vec![Asked { key, touch, plan }]),
        }
    }
    Ok((items, groups))
}

/// The items of keys that are read alike.
async fn chunk_of<T: Item>(
    inner: &Inner,
    course: Course<'_>,
    chunk: &[Asked],
) -> Result<Vec<Attributes>, Error> {
    let sent_at = inner.clock.now();
    let keys: Vec<_> = chunk.iter().map(|asked| asked.key.clone()).collect();
    let (items, elsewhere) = batch(inner, course, &keys).await?;
    for (asked, elsewhere) in chunk.iter().zip(elsewhere) {
        let plan = elsewhere.unwrap_or(asked.plan);
        inner.remember(plan, || Touched::item::<T>(course.table, &asked.key));
        inner.read(course.ctx, asked.touch, plan);
        // That there is none is not said of a key here: the service may have written its numbers in another way.
        if let Some(item) = items.iter().find(|item| is_of(item, &asked.key)) {
            let key = ItemKey::new(course.table, &asked.key, asked.touch);
            inner.keep_item(plan, &key, Some(item), sent_at).await;
        }
    }
    Ok(items)
}

fn is_of(item: &Attributes, key: &Attributes) -> bool {
    key.iter().all(|(name, value)| item.get(name) == Some(value))
}

/// The items of any number of keys, each different, and how each of these was read.
pub(crate) async fn batches(
    inner: &Inner,
    course: Course<'_>,
    keys: &[Attributes],
) -> Result<(Vec<Attributes>, Vec<ReadPlan>), Error> {
    let (mut items, mut plans) = (Vec::new(), Vec::with_capacity(keys.len()));
    for chunk in keys.chunks(MAX_KEYS) {
        let (found, elsewhere) = batch(inner, course, chunk).await?;
        plans.extend(elsewhere.into_iter().map(|elsewhere| elsewhere.unwrap_or(course.plan)));
        items.extend(found);
    }
    Ok((items, plans))
}

/// The items of the keys, and how each key was read if it was not as planned: one request may be served elsewhere, and the
/// next, for what it has left, where it was planned again.
async fn batch(
    inner: &Inner,
    course: Course<'_>,
    keys: &[Attributes],
) -> Result<(Vec<Attributes>, Vec<Option<ReadPlan>>), Error> {
    let (mut found, mut elsewhere, mut attempt) = (Vec::new(), vec![None; keys.len()], 1);
    let mut asked = Cow::Borrowed(keys);
    loop {
        let request = |plan| batch_get(inner, plan, course.table, asked.to_vec());
        let (answer, plan) = inner.carry_out(course, request).await?;
        // The last request that was for a key has answered it.
        for (key, last) in keys.iter().zip(&mut elsewhere) {
            if attempt == 1 || is_among(key, &asked) {
                *last = (plan != course.plan).then_some(plan);
            }
        }
        let of_table = answer.responses.and_then(|mut tables| tables.remove(course.table));
        found.extend(of_table.unwrap_or_default());
        let rest = answer.unprocessed_keys.and_then(|mut tables| tables.remove(course.table));
        asked = rest.map_or_else(Vec::new, |rest| rest.keys).into();
        if asked.is_empty() {
            return Ok((found, elsewhere));
        }
        if attempt >= inner.attempts {
            let (operation, left) = (course.operation, asked.len());
            return Err(Error::overloaded(format!(
                "{operation}: {left} keys were left unprocessed {attempt} times"
            )));
        }
        retry::pause(inner, attempt).await;
        attempt += 1;
    }
}

/// Whether a key is among those that are left, of which the service may have written the numbers in another way.
fn is_among(key: &Attributes, left: &[Attributes]) -> bool {
    let same = |other: &Attributes| {
        key.iter().all(|(name, value)| other.get(name).is_some_and(|other| equal(value, other)))
    };
    left.iter().any(same)
}

async fn batch_get(
    inner: &Inner,
    plan: ReadPlan,
    table: &str,
    keys: Vec<Attributes>,
) -> Result<BatchGetItemOutput, Failure> {
    let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(plan.strong).build();
    let keys = keys.expect("keys are given");
    let request = inner.client(plan.region).batch_get_item().request_items(table, keys);
    let request = request.set_return_consumed_capacity(inner.cost.asked());
    let answer = request.send().await.map_err(Failure::new)?;
    inner.cost.read(answer.consumed_capacity());
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;

    #[test]
    fn what_is_left_is_known_by_its_key_however_its_numbers_are_written() {
        let key = |artist: &str, number: &str| {
            let artist = ("artist".to_owned(), AttributeValue::S(artist.into()));
            Attributes::from([artist, ("number".to_owned(), AttributeValue::N(number.into()))])
        };
        let left = [key("ada", "1E2"), key("bob", "7")];
        assert!(is_among(&key("ada", "100"), &left) && is_among(&key("bob", "7.0"), &left));
        assert!(!is_among(&key("bob", "100"), &left) && !is_among(&key("ada", "7"), &left));
    }
}
