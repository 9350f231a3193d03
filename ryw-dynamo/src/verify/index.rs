//! What differs in an index.

use aws_sdk_dynamodb::types::{IndexStatus, KeySchemaElement, Projection, TableDescription};

use super::compare::keys;
use super::told::{Keys, expected_to_hold, holding, holds};
use crate::schema::{Index, Reach};

/// An index, as the service tells it.
struct Told<'a> {
    reach: Reach,
    keys: &'a [KeySchemaElement],
    projection: Option<&'a Projection>,
    /// A local one is there as long as its table.
    status: Option<&'a IndexStatus>,
}

/// What differs, each with the index's name.
pub(super) fn differences(expected: &Index, table: &TableDescription) -> Vec<String> {
    let name = expected.name;
    let Some(told) = find(name, table) else {
        return vec![format!(
            "there is no index `{name}`: add it to the table, or remove it from the struct"
        )];
    };
    let mut found = Vec::new();
    if told.reach != expected.reach {
        let (told, expected) = (reach_name(told.reach), reach_name(expected.reach));
        found.push(format!("it is {told}, and {expected} for the struct: correct the struct"));
    }
    found.extend(status(told.status));
    let remedy = "an index stays as it is, so correct the struct, or make another index";
    let definitions = table.attribute_definitions();
    found.extend(keys(expected.partition, expected.sort, &Keys::of(told.keys), definitions, remedy));
    if !holds(told.projection, expected.projection) {
        let (told, expected) = (holding(told.projection), expected_to_hold(expected.projection));
        found.push(format!("its entries hold {told}, and {expected} for the struct: {remedy}"));
    }
    found.into_iter().map(|what| format!("index `{name}`: {what}")).collect()
}

fn find<'a>(name: &str, table: &'a TableDescription) -> Option<Told<'a>> {
    let global = table.global_secondary_indexes().iter().find(|index| index.index_name() == Some(name));
    if let Some(index) = global {
        return Some(Told {
            reach: Reach::Global,
            keys: index.key_schema(),
            projection: index.projection(),
            status: index.index_status(),
        });
    }
    let local = table.local_secondary_indexes().iter().find(|index| index.index_name() == Some(name));
    local.map(|index| Told {
        reach: Reach::Local,
        keys: index.key_schema(),
        projection: index.projection(),
        status: None,
    })
}

const fn reach_name(reach: Reach) -> &'static str {
    match reach {
        Reach::Local => "local",
        Reach::Global => "global",
    }
}

fn status(status: Option<&IndexStatus>) -> Option<String> {
    match status {
        None | Some(IndexStatus::Active | IndexStatus::Updating) => None,
        Some(IndexStatus::Creating) => Some("it is still being filled: wait until it is ACTIVE".to_owned()),
        Some(other) => Some(format!("it is {}: it can be used when it is ACTIVE", other.as_str())),
    }
}
