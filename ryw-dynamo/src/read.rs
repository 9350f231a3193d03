//! Reads by key.

mod many;

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use ryw_core::{Context, Error, ReadStore, Scope};

pub(crate) use self::many::batches;
use crate::attribute::{AttributeError, Attributes};
use crate::cache::{ItemKey, Question};
use crate::expression;
use crate::failure::Failure;
use crate::home::Course;
use crate::inner::{Inner, ReadPlan};
use crate::item::Item;
use crate::own_writes::Touched;
use crate::source::DynamoSource;
use crate::touch;

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
    let (asked, question) =
        (ItemKey::new(&table, &key, touch), Question { ctx, table: &table, touch, scope: Scope::Item, plan });
    if let Some(item) = inner.cached_item(question, &asked).await {
        return Ok(item);
    }
    let course =
        Course { ctx, table: &table, plan, request: "GetItem", operation: &format!("find {}", T::NAME) };
    let sent_at = inner.clock.now();
    let request = |plan| get_item::<T>(inner, plan, &table, key.clone(), part);
    let (found, plan) = inner.carry_out(course, request).await?;
    inner.remember(plan, || Touched::item::<T>(&table, &key));
    if part.is_none() {
        inner.read_item(ctx, touch, plan, found.as_ref());
        inner.keep_item(plan, &asked, found.as_ref(), sent_at).await;
    } else {
        inner.read(ctx, touch, plan);
    }
    Ok(found)
}

async fn get_item<T: Item>(
    inner: &Inner,
    plan: ReadPlan,
    table: &str,
    key: Attributes,
    part: Option<Part>,
) -> Result<Option<Attributes>, Failure> {
    let mut request = inner
        .client(plan.region)
        .get_item()
        .table_name(table)
        .set_key(Some(key))
        .set_consistent_read(plan.strong.then_some(true))
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    if part == Some(Part::Existence) {
        let mut names = expression::Names::default();
        let attributes: Vec<_> = [Some(T::PARTITION.name), T::DELETED_AT].into_iter().flatten().collect();
        request = request.projection_expression(expression::projection(&attributes, &mut names));
        request = request.set_expression_attribute_names(names.into_maps().0);
    }
    let answer = request.send().await.map_err(Failure::new)?;
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
