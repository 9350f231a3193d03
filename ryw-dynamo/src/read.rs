//! Reads by key.

mod many;

use ryw_core::{Context, Error, ReadStore, Scope, Touch};

pub(crate) use self::many::batches;
use crate::attribute::{AttributeError, Attributes};
use crate::cache::{ItemKey, Question};
use crate::expression;
use crate::failure::Failure;
use crate::home::{Course, Doing};
use crate::inner::{Inner, ReadPlan};
use crate::item::Item;
use crate::own_writes::Touched;
use crate::source::DynamoSource;
use crate::touch;

impl<T: Item> ReadStore<T> for DynamoSource {
    async fn find(&self, ctx: &Context, key: &T::Key) -> Result<Option<T>, Error> {
        let found = get::<T>(self, ctx, key, Part::All).await?;
        decoded(found.filter(|item| !is_deleted::<T>(item)))
    }

    /// By requests of at most 100 keys. What the service leaves unprocessed is asked for again.
    ///
    /// The keys are judged one by one: those of recent writes are read strongly, in requests of their own.
    async fn find_many(&self, ctx: &Context, keys: &[T::Key]) -> Result<Vec<T>, Error> {
        many::find_many(self, ctx, keys).await
    }

    async fn exists(&self, ctx: &Context, key: &T::Key) -> Result<bool, Error> {
        let found = get::<T>(self, ctx, key, Part::Existence).await?;
        Ok(found.is_some_and(|item| !is_deleted::<T>(&item)))
    }
}

/// What of an item is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    /// Whether there is one that is not marked as deleted.
    Existence,
}

/// The item of a key, marked as deleted or not.
pub(crate) async fn find_with_deleted<T: Item>(
    source: &DynamoSource,
    ctx: &Context,
    key: &T::Key,
) -> Result<Option<T>, Error> {
    decoded(get::<T>(source, ctx, key, Part::All).await?)
}

async fn get<T: Item>(
    source: &DynamoSource,
    ctx: &Context,
    key: &T::Key,
    part: Part,
) -> Result<Option<Attributes>, Error> {
    let inner = source.inner();
    let attributes = key_of::<T>(key)?;
    let table = inner.table(T::TABLE);
    let touch = touch::item::<T>(&table, &attributes);
    let plan = inner.plan(ctx, &table, touch, Scope::Item).await?;
    let get = Get::<T> { inner, ctx, table: &table, key, touch, part };
    match inner.cache_for(plan) {
        None => Ok(get.send(plan, attributes).await?.0),
        Some(_) => Box::pin(get.by_cache(plan, attributes)).await,
    }
}

/// A read by key.
struct Get<'a, T: Item> {
    inner: &'a Inner,
    ctx: &'a Context,
    table: &'a str,
    key: &'a T::Key,
    touch: Touch,
    part: Part,
}

impl<T: Item> Get<'_, T> {
    /// What the cache has, or else what it is given to keep.
    async fn by_cache(&self, plan: ReadPlan, key: Attributes) -> Result<Option<Attributes>, Error> {
        let &Self { inner, ctx, table, touch, .. } = self;
        let asked = ItemKey::new(table, &key, touch);
        let question = Question { ctx, table, touch, scope: Scope::Item, plan };
        if let Some(item) = inner.cached_item(question, &asked).await {
            return Ok(item);
        }
        let sent_at = inner.clock.now();
        let (found, plan) = self.send(plan, key.clone()).await?;
        if self.part == Part::All {
            inner.keep_item(plan, &asked, found.as_ref(), sent_at).await;
        }
        Ok(found)
    }

    /// What the table has, and where it was read.
    async fn send(&self, plan: ReadPlan, key: Attributes) -> Result<(Option<Attributes>, ReadPlan), Error> {
        let &Self { inner, ctx, table, touch, .. } = self;
        let operation = Doing { verb: "find", entity: T::NAME };
        let course = Course { ctx, table, others: &[], plan, request: "GetItem", operation };
        // A request takes its key along. Hardly one has to be sent again, and that makes another.
        let mut key = Some(key);
        let again = || key_of::<T>(self.key).map_err(Failure::unmade);
        let request = |plan| self.request(plan, key.take().map_or_else(again, Ok));
        let (found, plan) = inner.carry_out(course, request).await?;
        if plan.strong {
            let touched = Touched::numbered::<T>(touch, &key_of::<T>(self.key)?);
            inner.remember(plan, || touched);
        }
        match self.part {
            Part::All => inner.read_item(ctx, touch, plan, found.as_ref()),
            Part::Existence => inner.read(ctx, touch, plan),
        }
        Ok((found, plan))
    }

    async fn request(
        &self,
        plan: ReadPlan,
        key: Result<Attributes, Failure>,
    ) -> Result<Option<Attributes>, Failure> {
        let inner = self.inner;
        let mut request = inner
            .client(plan.region)
            .get_item()
            .table_name(self.table)
            .set_key(Some(key?))
            .set_consistent_read(plan.strong.then_some(true))
            .set_return_consumed_capacity(inner.cost.asked());
        if self.part == Part::Existence {
            let mut names = expression::Names::default();
            let attributes: Vec<_> = [Some(T::PARTITION.name), T::DELETED_AT].into_iter().flatten().collect();
            request = request.projection_expression(expression::projection(&attributes, &mut names));
            request = request.set_expression_attribute_names(names.into_maps().0);
        }
        let answer = request.send().await.map_err(Failure::new)?;
        inner.cost.read(answer.consumed_capacity());
        Ok(answer.item)
    }
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
