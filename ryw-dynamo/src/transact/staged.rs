//! The writes of a transaction, as repositories add them.

use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use ryw_core::{AssignedKey, Error, Generator, SoftDelete, Versioned};

use super::write::{Staged, TransactWrite};
use crate::attribute::{Attribute, AttributeValue, Attributes};
use crate::expression::{Changes, Condition, Names};
use crate::item::WriteItem;
use crate::own_writes::Touched;
use crate::read::{decode, is_deleted, key_of, refused};
use crate::source::DynamoSource;
use crate::write::{attributes, created, patched, stamp, there, upserted};

/// A new row.
pub fn insert_in<T: WriteItem>(
    tx: &mut TransactWrite,
    source: &DynamoSource,
    new: T::New,
) -> Result<T, Error> {
    same(tx, source)?;
    let row = created::<T>(source, new)?;
    let item = attributes(&row, "insert")?;
    let table = source.inner().table(T::TABLE);
    let touch = Touched::item::<T>(&table, &item);
    let mut names = Names::default();
    let condition = rendered::<T>(Condition::lacks(T::PARTITION.name), &mut names)?;
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression(condition)
        .set_expression_attribute_names(names.into_maps().0)
        .build()
        .expect("a table and an item are given");
    let write = TransactWriteItem::builder().put(put).build();
    tx.stage(Staged { write, touch, refused: Box::new(|_| Error::duplicate_of(T::KEY)) })?;
    Ok(row)
}

/// What the application gives of a row, in place of what is in its item.
pub fn replace_in<T: WriteItem>(
    tx: &mut TransactWrite,
    source: &DynamoSource,
    entity: &T,
) -> Result<(), Error> {
    let version = entity.version_attribute().map_err(|error| refused::<T>("replace", error))?;
    change_in::<T>(tx, source, &entity.key(), &entity.to_new().into(), version)
}

/// A change.
pub fn update_in<T: WriteItem>(
    tx: &mut TransactWrite,
    source: &DynamoSource,
    key: &T::Key,
    patch: &T::Patch,
) -> Result<(), Error> {
    change_in::<T>(tx, source, key, patch, None)
}

/// A change of a row of this version.
pub fn update_if_in<T: WriteItem + Versioned<Version: Attribute>>(
    tx: &mut TransactWrite,
    source: &DynamoSource,
    key: &T::Key,
    version: T::Version,
    patch: &T::Patch,
) -> Result<(), Error> {
    let version = version.to_attribute().map_err(|error| refused::<T>("update", error))?;
    change_in::<T>(tx, source, key, patch, version)
}

/// A row, new or in place of another.
pub fn upsert_in<T: WriteItem + AssignedKey>(
    tx: &mut TransactWrite,
    source: &DynamoSource,
    new: T::New,
) -> Result<(), Error> {
    let (key, changes) = upserted::<T>(source, new)?;
    update::<T>(tx, source, &key, changes, None)
}

/// The end of a row, or its mark.
pub fn delete_in<T: WriteItem>(
    tx: &mut TransactWrite,
    source: &DynamoSource,
    key: &T::Key,
) -> Result<(), Error> {
    if T::DELETED_AT.is_none() {
        return remove::<T>(tx, source, key);
    }
    let mut changes = Changes::default();
    T::stamp_deleted(&mut Generator::at(source.inner().clock.now()), &mut changes)?;
    stamp::<T>(source, &mut changes)?;
    update::<T>(tx, source, key, changes, Some(there::<T>()))
}

/// The end of a mark.
pub fn restore_in<T: WriteItem + SoftDelete>(
    tx: &mut TransactWrite,
    source: &DynamoSource,
    key: &T::Key,
) -> Result<(), Error> {
    let mark = T::DELETED_AT.expect("what is softly deleted has a mark for it");
    let mut changes = Changes::default();
    changes.remove(mark);
    stamp::<T>(source, &mut changes)?;
    update::<T>(tx, source, key, changes, Some(Condition::has(mark)))
}

/// The end of a row, marked or not.
pub fn purge_in<T: WriteItem + SoftDelete>(
    tx: &mut TransactWrite,
    source: &DynamoSource,
    key: &T::Key,
) -> Result<(), Error> {
    remove::<T>(tx, source, key)
}

/// Nothing, if the row is as `condition` says.
pub fn check_in<T: WriteItem>(
    tx: &mut TransactWrite,
    source: &DynamoSource,
    key: &T::Key,
    condition: Condition,
) -> Result<(), Error> {
    same(tx, source)?;
    let (key, table) = (key_of::<T>(key)?, source.inner().table(T::TABLE));
    let touch = Touched::item::<T>(&table, &key);
    let mut names = Names::default();
    let condition = rendered::<T>(condition, &mut names)?;
    let (names, values) = names.into_maps();
    let check = ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(key))
        .condition_expression(condition)
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(values)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .expect("a table, a key and a condition are given");
    let write = TransactWriteItem::builder().condition_check(check).build();
    tx.stage(Staged { write, touch, refused: Box::new(|reason| missed::<T>(reason.item())) })
}

fn change_in<T: WriteItem>(
    tx: &mut TransactWrite,
    source: &DynamoSource,
    key: &T::Key,
    patch: &T::Patch,
    version: Option<AttributeValue>,
) -> Result<(), Error> {
    let mut changes = patched::<T>(patch)?;
    stamp::<T>(source, &mut changes)?;
    let mut condition = there::<T>();
    if let (Some(name), Some(version)) = (T::VERSION, version) {
        condition = condition.and(Condition::is(name, version));
    }
    update::<T>(tx, source, key, changes, Some(condition))
}

fn update<T: WriteItem>(
    tx: &mut TransactWrite,
    source: &DynamoSource,
    key: &T::Key,
    changes: Changes,
    condition: Option<Condition>,
) -> Result<(), Error> {
    same(tx, source)?;
    let (key, table) = (key_of::<T>(key)?, source.inner().table(T::TABLE));
    let touch = Touched::item::<T>(&table, &key);
    let mut names = Names::default();
    let condition = condition.map(|condition| rendered::<T>(condition, &mut names)).transpose()?;
    let Some(changes) = changes.render(&mut names) else {
        let nothing =
            "this patch changes nothing, which a transaction cannot write: leave it out, or use `check_in`";
        return Err(Error::config(nothing));
    };
    let (names, values) = names.into_maps();
    let update = Update::builder()
        .table_name(table)
        .set_key(Some(key))
        .update_expression(changes)
        .set_condition_expression(condition)
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(values)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .expect("a table, a key and a change are given");
    let write = TransactWriteItem::builder().update(update).build();
    tx.stage(Staged { write, touch, refused: Box::new(|reason| missed::<T>(reason.item())) })
}

fn remove<T: WriteItem>(tx: &mut TransactWrite, source: &DynamoSource, key: &T::Key) -> Result<(), Error> {
    same(tx, source)?;
    let (key, table) = (key_of::<T>(key)?, source.inner().table(T::TABLE));
    let touch = Touched::item::<T>(&table, &key);
    let delete = Delete::builder().table_name(table).set_key(Some(key)).build();
    let write = TransactWriteItem::builder().delete(delete.expect("a table and a key are given")).build();
    tx.stage(Staged { write, touch, refused: Box::new(|_| Error::not_found(T::NAME)) })
}

/// A transaction is of one source: another's tables may be in another account.
fn same(tx: &TransactWrite, source: &DynamoSource) -> Result<(), Error> {
    if tx.source().is(source) {
        return Ok(());
    }
    Err(Error::config("this repository is of another source than the transaction: make both from one"))
}

/// What it means that the condition of a change does not hold: there is no row, or it is another than was expected.
pub(crate) fn missed<T: WriteItem>(item: Option<&Attributes>) -> Error {
    match item {
        Some(item) if !item.is_empty() && !is_deleted::<T>(item) => match decode::<T>(item.clone()) {
            Ok(row) => Error::version_conflict(row),
            Err(error) => error,
        },
        Some(_) | None => Error::not_found(T::NAME),
    }
}

pub(crate) fn rendered<T: WriteItem>(condition: Condition, names: &mut Names) -> Result<String, Error> {
    condition.render(names).map_err(|error| refused::<T>("write", error))
}
