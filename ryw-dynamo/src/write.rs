//! Writes of single items.
//!
//! A row is made by the client, with the client's clock, so what is sent is what is stored. Each write has a condition, so
//! that it finds the item as it must be; what the condition found instead comes back with the refusal and says why.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use ryw_core::{
    AssignedKey, Context, Error, Generator, Position, SoftDelete, SoftDeleteStore, Store, UpsertStore,
    Versioned, VersionedStore, Written,
};

use crate::attribute::{self, Attributes};
use crate::expression::{Changes, Condition, Names};
use crate::home::Doing;
use crate::item::WriteItem;
use crate::observe::Operation;
use crate::own_writes::Touched;
use crate::pending::Pending;
use crate::read::{self, decode, decoded, key_of, refused};
use crate::retry::{self, Judged};
use crate::source::DynamoSource;
use crate::transact;

impl<T: WriteItem> Store<T> for DynamoSource {
    async fn insert(&self, ctx: &Context, new: T::New) -> Result<Written<T>, Error> {
        let row = created::<T>(self, new)?;
        let absent = Condition::lacks(T::PARTITION.name);
        match put(self, ctx, "insert", &row, absent).await? {
            Some(position) => Ok(Written::new(row, Some(position))),
            None => Err(Error::duplicate_of(T::KEY)),
        }
    }

    /// In one transaction: at most 100 rows.
    async fn insert_many(&self, ctx: &Context, news: Vec<T::New>) -> Result<Written<Vec<T>>, Error> {
        crate::transact::insert_many(self, ctx, news).await
    }

    async fn replace(&self, ctx: &Context, entity: &T) -> Result<Written<T>, Error> {
        let mut changes = Changes::default();
        T::put_patch(&entity.to_new().into(), &mut changes)
            .map_err(|error| refused::<T>("replace", error))?;
        let version = entity.version_attribute().map_err(|error| refused::<T>("replace", error))?;
        stamp::<T>(self, &mut changes)?;
        update(self, ctx, "replace", &entity.key(), changes, version).await
    }

    async fn update(&self, ctx: &Context, key: &T::Key, patch: T::Patch) -> Result<Written<T>, Error> {
        let mut changes = patched::<T>(&patch)?;
        stamp::<T>(self, &mut changes)?;
        update(self, ctx, "update", key, changes, None).await
    }

    async fn delete(&self, ctx: &Context, key: &T::Key) -> Result<Written<Option<T>>, Error> {
        if T::DELETED_AT.is_none() {
            return gone(self, ctx, "delete", key).await;
        }
        let mut changes = Changes::default();
        let mut by = Generator::at(self.inner().clock.now());
        T::stamp_deleted(&mut by, &mut changes)?;
        stamp::<T>(self, &mut changes)?;
        let condition = Some(there::<T>());
        match (Update { verb: "delete", key, changes, condition }).send::<T>(self, ctx).await? {
            Judged::Done(row) => Ok(row.map(Some)),
            Judged::Refused(_) => Ok(Written::new(None, None)),
        }
    }
}

impl<T: WriteItem + AssignedKey> UpsertStore<T> for DynamoSource {
    async fn upsert(&self, ctx: &Context, new: T::New) -> Result<Written<T>, Error> {
        let (key, changes) = upserted::<T>(self, new)?;
        let update = Update { verb: "upsert", key: &key, changes, condition: None };
        match update.send(self, ctx).await? {
            Judged::Done(row) => Ok(row),
            Judged::Refused(_) => unreachable!("without a condition none fails"),
        }
    }
}

impl<T: WriteItem + Versioned<Version: attribute::Attribute>> VersionedStore<T> for DynamoSource {
    async fn update_if(
        &self,
        ctx: &Context,
        key: &T::Key,
        version: T::Version,
        patch: T::Patch,
    ) -> Result<Written<T>, Error> {
        let version =
            attribute::Attribute::to_attribute(&version).map_err(|error| refused::<T>("update", error))?;
        let mut changes = patched::<T>(&patch)?;
        stamp::<T>(self, &mut changes)?;
        update(self, ctx, "update", key, changes, version).await
    }
}

impl<T: WriteItem + SoftDelete> SoftDeleteStore<T> for DynamoSource {
    async fn restore(&self, ctx: &Context, key: &T::Key) -> Result<Written<T>, Error> {
        let mark = T::DELETED_AT.expect("what is softly deleted has a mark for it");
        let mut changes = Changes::default();
        changes.remove(mark);
        stamp::<T>(self, &mut changes)?;
        let condition = Some(Condition::has(mark));
        match (Update { verb: "restore", key, changes, condition }).send(self, ctx).await? {
            Judged::Done(row) => Ok(row),
            Judged::Refused(_) => Err(Error::not_found(T::NAME)),
        }
    }

    async fn purge(&self, ctx: &Context, key: &T::Key) -> Result<Written<Option<T>>, Error> {
        gone(self, ctx, "purge", key).await
    }

    async fn find_with_deleted(&self, ctx: &Context, key: &T::Key) -> Result<Option<T>, Error> {
        read::find_with_deleted(self, ctx, key).await
    }
}

/// A row as it will be stored.
pub(crate) fn created<T: WriteItem>(source: &DynamoSource, new: T::New) -> Result<T, Error> {
    T::create(new, &mut Generator::at(source.inner().clock.now()))
}

pub(crate) fn attributes<T: WriteItem>(row: &T, verb: &str) -> Result<Attributes, Error> {
    let attributes = row.to_attributes().map_err(|error| refused::<T>(verb, error))?;
    attribute::check_size(&attributes).map_err(|error| refused::<T>(verb, error))?;
    Ok(attributes)
}

/// What a patch changes.
pub(crate) fn patched<T: WriteItem>(patch: &T::Patch) -> Result<Changes, Error> {
    let mut changes = Changes::default();
    T::put_patch(patch, &mut changes).map_err(|error| refused::<T>("update", error))?;
    Ok(changes)
}

/// The key of a row that is new or in place of another, and what its write changes. What the application does not give of a
/// row that is there stays, but for the version and the time.
pub(crate) fn upserted<T: WriteItem + AssignedKey>(
    source: &DynamoSource,
    new: T::New,
) -> Result<(T::Key, Changes), Error> {
    let row = created::<T>(source, new.clone())?;
    let mut changes = patched::<T>(&new.into())?;
    stamp::<T>(source, &mut changes)?;
    for (name, value) in attributes(&row, "upsert")? {
        let key = name == T::PARTITION.name || T::SORT.is_some_and(|sort| name == sort.name);
        if !key && !changes.mentions(&name) {
            changes.set_if_absent(name, value);
        }
    }
    if let Some(mark) = T::DELETED_AT {
        changes.remove(mark);
    }
    Ok((row.key(), changes))
}

/// What every write changes by itself: the version, and when it was.
pub(crate) fn stamp<T: WriteItem>(source: &DynamoSource, changes: &mut Changes) -> Result<(), Error> {
    if let Some(version) = T::VERSION {
        changes.add(version, 1);
    }
    T::stamp(&mut Generator::at(source.inner().clock.now()), changes)
}

/// There is an item, and it is not marked as deleted.
pub(crate) fn there<T: WriteItem>() -> Condition {
    let there = Condition::has(T::PARTITION.name);
    match T::DELETED_AT {
        Some(mark) => there.and(Condition::lacks(mark)),
        None => there,
    }
}

/// Stores a whole item. `None` if the condition does not hold.
async fn put<T: WriteItem>(
    source: &DynamoSource,
    ctx: &Context,
    verb: &'static str,
    row: &T,
    condition: Condition,
) -> Result<Option<Position>, Error> {
    let inner = source.inner();
    let (doing, item) = (Doing { verb, entity: T::NAME }, attributes(row, verb)?);
    let table = inner.table(T::TABLE);
    let mut names = Names::default();
    let condition = condition.render(&mut names).map_err(|error| refused::<T>(verb, error))?;
    let (names, values) = names.into_maps();
    let pending = Pending::begin(inner, ctx, vec![Touched::item::<T>(&table, &item)]);
    let request = inner
        .client(0)
        .put_item()
        .table_name(&*table)
        .set_item(Some(item))
        .condition_expression(condition)
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(values)
        .set_return_consumed_capacity(inner.cost.asked());
    let send = || request.clone().customize().config_override(retry::once()).send();
    let refusal = |error: &PutItemError| match error {
        PutItemError::ConditionalCheckFailedException(found) => Some(found.item.clone()),
        _ => None,
    };
    let sent = async {
        match retry::until_judged(inner, doing, send, refusal).await? {
            Judged::Done(answer) => {
                inner.cost.wrote(answer.consumed_capacity());
                Ok(Some(pending.settle()))
            }
            Judged::Refused(_) => Ok(None),
        }
    };
    Operation::write(inner, "PutItem", Some(&table), sent).await
}

/// Removes an item, whatever it is.
async fn gone<T: WriteItem>(
    source: &DynamoSource,
    ctx: &Context,
    verb: &'static str,
    key: &T::Key,
) -> Result<Written<Option<T>>, Error> {
    match remove(source, ctx, verb, key, None).await? {
        Judged::Done(row) => Ok(row),
        Judged::Refused(_) => unreachable!("without a condition none fails"),
    }
}

/// Removes an item.
async fn remove<T: WriteItem>(
    source: &DynamoSource,
    ctx: &Context,
    verb: &'static str,
    key: &T::Key,
    condition: Option<Condition>,
) -> Result<Judged<Written<Option<T>>>, Error> {
    let inner = source.inner();
    let (doing, key) = (Doing { verb, entity: T::NAME }, key_of::<T>(key)?);
    let table = inner.table(T::TABLE);
    let mut names = Names::default();
    let condition = condition.map(|condition| transact::rendered::<T>(condition, &mut names)).transpose()?;
    let (names, values) = names.into_maps();
    let pending = Pending::begin(inner, ctx, vec![Touched::item::<T>(&table, &key)]);
    let request = inner
        .client(0)
        .delete_item()
        .table_name(&*table)
        .set_key(Some(key))
        .set_condition_expression(condition)
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(values)
        .return_values(ReturnValue::AllOld)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .set_return_consumed_capacity(inner.cost.asked());
    let send = || request.clone().customize().config_override(retry::once()).send();
    let refusal = |error: &DeleteItemError| match error {
        DeleteItemError::ConditionalCheckFailedException(found) => Some(found.item.clone()),
        _ => None,
    };
    let sent = async {
        match retry::until_judged(inner, doing, send, refusal).await? {
            Judged::Done(answer) => {
                inner.cost.wrote(answer.consumed_capacity());
                let position = pending.settle();
                Ok(Judged::Done(Written::new(decoded(answer.attributes)?, Some(position))))
            }
            Judged::Refused(item) => Ok(Judged::Refused(item)),
        }
    };
    Operation::write(inner, "DeleteItem", Some(&table), sent).await
}

/// Changes the item of a key, if it is there, and has this version.
async fn update<T: WriteItem>(
    source: &DynamoSource,
    ctx: &Context,
    verb: &'static str,
    key: &T::Key,
    changes: Changes,
    version: Option<AttributeValue>,
) -> Result<Written<T>, Error> {
    let mut condition = there::<T>();
    if let (Some(name), Some(version)) = (T::VERSION, version) {
        condition = condition.and(Condition::is(name, version));
    }
    match (Update { verb, key, changes, condition: Some(condition) }).send(source, ctx).await? {
        Judged::Done(row) => Ok(row),
        Judged::Refused(item) => Err(transact::missed::<T>(item.as_ref())),
    }
}

/// Changes the item of a key, if it is there and as `condition` says.
pub async fn update_when<T: WriteItem>(
    source: &DynamoSource,
    ctx: &Context,
    key: &T::Key,
    patch: &T::Patch,
    condition: Condition,
) -> Result<Written<T>, Error> {
    let mut changes = patched::<T>(patch)?;
    stamp::<T>(source, &mut changes)?;
    let condition = Some(there::<T>().and(condition));
    match (Update { verb: "update", key, changes, condition }).send(source, ctx).await? {
        Judged::Done(row) => Ok(row),
        Judged::Refused(item) => Err(transact::missed::<T>(item.as_ref())),
    }
}

/// Removes the item of a key, if it is there and as `condition` says; softly, if it has a mark for that.
pub async fn delete_when<T: WriteItem>(
    source: &DynamoSource,
    ctx: &Context,
    key: &T::Key,
    condition: Condition,
) -> Result<Written<T>, Error> {
    if T::DELETED_AT.is_some() {
        let mut changes = Changes::default();
        T::stamp_deleted(&mut Generator::at(source.inner().clock.now()), &mut changes)?;
        stamp::<T>(source, &mut changes)?;
        let condition = Some(there::<T>().and(condition));
        return match (Update { verb: "delete", key, changes, condition }).send(source, ctx).await? {
            Judged::Done(row) => Ok(row),
            Judged::Refused(item) => Err(transact::missed::<T>(item.as_ref())),
        };
    }
    match remove(source, ctx, "delete", key, Some(there::<T>().and(condition))).await? {
        Judged::Done(row) => {
            let position = row.position().cloned();
            let row = row.into_inner().ok_or_else(|| Error::not_found(T::NAME))?;
            Ok(Written::new(row, position))
        }
        Judged::Refused(item) => Err(transact::missed::<T>(item.as_ref())),
    }
}

/// A change of one item.
struct Update<'a, K> {
    verb: &'static str,
    key: &'a K,
    changes: Changes,
    condition: Option<Condition>,
}

impl<K> Update<'_, K> {
    async fn send<T: WriteItem<Key = K>>(
        self,
        source: &DynamoSource,
        ctx: &Context,
    ) -> Result<Judged<Written<T>>, Error> {
        let inner = source.inner();
        let (doing, key) = (Doing { verb: self.verb, entity: T::NAME }, key_of::<T>(self.key)?);
        let table = inner.table(T::TABLE);
        let mut names = Names::default();
        let condition = self.condition.map(|condition| condition.render(&mut names)).transpose();
        let condition = condition.map_err(|error| refused::<T>(self.verb, error))?;
        let changes = self.changes.render(&mut names);
        let (names, values) = names.into_maps();
        let pending = Pending::begin(inner, ctx, vec![Touched::item::<T>(&table, &key)]);
        let request = inner
            .client(0)
            .update_item()
            .table_name(&*table)
            .set_key(Some(key))
            .set_update_expression(changes)
            .set_condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_return_consumed_capacity(inner.cost.asked());
        let send = || request.clone().customize().config_override(retry::once()).send();
        let refusal = |error: &UpdateItemError| match error {
            UpdateItemError::ConditionalCheckFailedException(found) => Some(found.item.clone()),
            _ => None,
        };
        let sent = async {
            match retry::until_judged(inner, doing, send, refusal).await? {
                Judged::Done(answer) => {
                    inner.cost.wrote(answer.consumed_capacity());
                    let position = pending.settle();
                    let row = decode(answer.attributes.unwrap_or_default())?;
                    Ok(Judged::Done(Written::new(row, Some(position))))
                }
                Judged::Refused(item) => Ok(Judged::Refused(item)),
            }
        };
        Operation::write(inner, "UpdateItem", Some(&table), sent).await
    }
}
