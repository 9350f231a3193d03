//! What differs between a struct and a table, each with what to do about it.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, MultiRegionConsistency, TableDescription, TableStatus, TimeToLiveDescription,
    TimeToLiveStatus,
};

use super::Needs;
use super::index;
use super::told::{Keys, kind, kind_name};
use crate::schema::KeyAttribute;

/// All there are to find.
pub(super) fn differences(
    needs: &Needs,
    table: &TableDescription,
    ttl: Option<&TimeToLiveDescription>,
) -> Vec<String> {
    let definitions = table.attribute_definitions();
    let mut found = Vec::new();
    found.extend(status(table));
    let remedy = "a table's keys stay as they are, so correct the struct, or make another table";
    found.extend(keys(needs.partition, needs.sort, &Keys::of(table.key_schema()), definitions, remedy));
    for expected in needs.indexes {
        found.extend(index::differences(expected, table));
    }
    found.extend(expiry(needs, ttl, table.multi_region_consistency()));
    found
}

fn status(table: &TableDescription) -> Option<String> {
    match table.table_status() {
        Some(TableStatus::Active | TableStatus::Updating) => None,
        Some(other) => Some(format!("it is {}: it can be used when it is ACTIVE", other.as_str())),
        None => Some("the service does not tell its status: ask again".to_owned()),
    }
}

/// What differs in the keys of a table or an index.
pub(super) fn keys(
    partition: KeyAttribute,
    sort: Option<KeyAttribute>,
    told: &Keys<'_>,
    definitions: &[AttributeDefinition],
    remedy: &str,
) -> Vec<String> {
    let mut found = Vec::new();
    match told.partition {
        Some(name) if name == partition.name => found.extend(key_type(partition, definitions, remedy)),
        Some(name) => found.push(format!(
            "its partition key is `{name}`, and `{}` for the struct: {remedy}",
            partition.name
        )),
        None => {
            found.push(format!("it has no partition key, and `{}` for the struct: {remedy}", partition.name))
        }
    }
    match (told.sort, sort) {
        (None, None) => {}
        (Some(name), Some(sort)) if name == sort.name => found.extend(key_type(sort, definitions, remedy)),
        (Some(name), Some(sort)) => {
            found.push(format!("its sort key is `{name}`, and `{}` for the struct: {remedy}", sort.name));
        }
        (Some(name), None) => {
            found.push(format!("its sort key is `{name}`, and the struct has none: {remedy}"))
        }
        (None, Some(sort)) => {
            found.push(format!("it has no sort key, and `{}` for the struct: {remedy}", sort.name));
        }
    }
    found
}

fn key_type(key: KeyAttribute, definitions: &[AttributeDefinition], remedy: &str) -> Option<String> {
    let told = kind(definitions, key.name);
    if told == Some(key.kind) {
        return None;
    }
    let told = told.map_or("of a type that this version does not know", kind_name);
    Some(format!("its key `{}` is {told}, and {} for the struct: {remedy}", key.name, kind_name(key.kind)))
}

/// What differs in the time to live.
fn expiry(
    needs: &Needs,
    ttl: Option<&TimeToLiveDescription>,
    mode: Option<&MultiRegionConsistency>,
) -> Option<String> {
    let on = ttl.filter(|ttl| {
        let status = ttl.time_to_live_status();
        matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling))
    });
    match (on.and_then(TimeToLiveDescription::attribute_name), needs.ttl) {
        (None, None) => None,
        (Some(told), Some(expected)) if told == expected => None,
        (Some(told), Some(expected)) => Some(format!(
            "its items expire by `{told}`, and by `{expected}` for the struct: correct one of them"
        )),
        (None, Some(expected)) if mode == Some(&MultiRegionConsistency::Strong) => Some(format!(
            "its items do not expire, and by `{expected}` for the struct: with multi-Region strong consistency a table has no time \
             to live, so remove `ttl` from the struct, and delete items yourself"
        )),
        (None, Some(expected)) => Some(format!(
            "its items do not expire, and by `{expected}` for the struct: switch its time to live on for that attribute, or remove \
             `ttl` from the struct"
        )),
        // Another entity of the same table may have it.
        (Some(told), None) if !needs.attributes.contains(&told) => None,
        (Some(told), None) => Some(format!(
            "its items expire by `{told}`, and the struct does not say so: name it as its `ttl`, or store it under another name"
        )),
    }
}
