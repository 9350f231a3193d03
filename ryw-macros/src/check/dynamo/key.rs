//! What can be a key, of a table and of an index.

use syn::{Ident, Type};

use super::named::{Found, Named};
use crate::attr::{DynamoAttr, Setting};
use crate::builtin::{is_array, is_named};
use crate::check::{blame, option, wrapped};

/// The table's partition key, and its sort key if it has one.
pub(super) type Keys<'a> = (Found<'a>, Option<Found<'a>>);

/// The most a table has.
const MOST_KEYS: usize = 2;

/// The keys as the attribute names them; what it does not name is what the fields' order says.
pub(super) fn keys<'a>(fields: &Named<'a>, dynamo: &DynamoAttr) -> Option<Keys<'a>> {
    let keys = fields.keys();
    if keys.len() > MOST_KEYS {
        for key in keys.iter().skip(MOST_KEYS) {
            let message = "a DynamoDB table has at most two keys, one for the partition and one to sort by: join this with \
                           another into one field, whose type derives `ryw_core::Value`";
            fields.ctxt.error_at(&key.attrs().key, message);
        }
        return None;
    }
    let (partition, sort) = (named(fields, &dynamo.partition), named(fields, &dynamo.sort));
    for key in &keys {
        can_be_key(fields, key, &key.field.original.ty);
    }
    let (partition, sort) = (partition.ok()?, sort.ok()?);
    let other = |one: &Found<'a>| keys.iter().copied().find(|key| !key.is(one));
    let (partition, sort) = match (partition, sort) {
        (None, None) => (keys.first().copied()?, keys.get(1).copied()),
        (Some(partition), None) => (partition, other(&partition)),
        (None, Some(sort)) => match other(&sort) {
            Some(partition) => (partition, Some(sort)),
            None => return only_key(fields, dynamo),
        },
        (Some(partition), Some(sort)) => (partition, Some(sort)),
    };
    match &sort {
        Some(sort) if sort.is(&partition) => only_key(fields, dynamo),
        _ => Some((partition, sort)),
    }
}

/// The same field twice.
fn only_key<T>(fields: &Named<'_>, dynamo: &DynamoAttr) -> Option<T> {
    let Setting::Set(sort) = &dynamo.sort else { return None };
    let message =
        format!("`{sort}` cannot be both keys: mark the other with `#[repository(key)]`, or remove `sk`");
    fields.blame(sort, &message)
}

/// A field named for a key of the table, which must be marked as one.
fn named<'a>(fields: &Named<'a>, setting: &Setting<Ident>) -> Result<Option<Found<'a>>, ()> {
    let ident = match setting {
        Setting::Absent => return Ok(None),
        Setting::Faulty => return Err(()),
        Setting::Set(ident) => ident,
    };
    let found = fields.find(ident).ok_or(())?;
    if found.attrs().key.is_none() {
        let message =
            format!("a key of the table is part of the item's key: mark `{ident}` with `#[repository(key)]`");
        fields.blame(ident, &message).ok_or(())
    } else {
        Ok(Some(found))
    }
}

/// Complains at the type, if its spelling tells that it cannot be a key. The rest is rustc's to judge.
fn can_be_key(fields: &Named<'_>, key: &Found<'_>, ty: &Type) {
    // An `Option`, and what is stored in another form, is refused of every key.
    if option(ty).is_some() || key.form().is_some() {
        return;
    }
    if let Some(what) = no_key(ty) {
        let message = format!("{what} cannot be a key: DynamoDB has keys of text, numbers and bytes");
        blame::<()>(fields.ctxt, ty, &message);
    }
}

/// A field named for a key of an index. Items without a value are in no index.
pub(super) fn of_index<'a>(fields: &Named<'a>, ident: &Ident) -> Option<Found<'a>> {
    let found = fields.find(ident)?;
    if let Some(form) = found.form() {
        let message = format!(
            "`{ident}` cannot be a key, for it is stored by `{form}`: keys are looked for by a value as it is stored. Derive \
             `ryw_core::Value` for its type, and remove `{form}`"
        );
        return fields.blame(ident, &message);
    }
    let ty = &found.field.original.ty;
    if found.attrs().key.is_none()
        && let Some(what) = no_key(option(ty).unwrap_or(ty))
    {
        let message = format!(
            "`{ident}` cannot be a key, for {what} is none: DynamoDB has keys of text, numbers and bytes"
        );
        return fields.blame(ident, &message);
    }
    Some(found)
}

/// What a type is that cannot be a key, as far as its spelling tells.
pub(crate) fn no_key(ty: &Type) -> Option<&'static str> {
    if is_named(ty, "bool") {
        return Some("a `bool`");
    }
    if is_array(ty) {
        return Some("a list");
    }
    let several = [("HashMap", "a map"), ("BTreeMap", "a map"), ("HashSet", "a set"), ("BTreeSet", "a set")];
    several.into_iter().find(|(name, _)| wrapped(ty, name).is_some()).map(|(_, what)| what)
}
