//! The service's answer in the words of a struct.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, KeySchemaElement, KeyType, Projection, ProjectionType, ScalarAttributeType,
};

use crate::schema;
use crate::schema::KeyKind;

/// The attributes of a key: its partition, and what it is sorted by.
pub(super) struct Keys<'a> {
    pub(super) partition: Option<&'a str>,
    pub(super) sort: Option<&'a str>,
}

impl<'a> Keys<'a> {
    pub(super) fn of(schema: &'a [KeySchemaElement]) -> Self {
        let named = |kind: KeyType| {
            let element = schema.iter().find(|element| *element.key_type() == kind);
            element.map(KeySchemaElement::attribute_name)
        };
        Self { partition: named(KeyType::Hash), sort: named(KeyType::Range) }
    }
}

/// A key's type in the table; `None` if it is none that this version knows.
pub(super) fn kind(definitions: &[AttributeDefinition], name: &str) -> Option<KeyKind> {
    let definition = definitions.iter().find(|definition| definition.attribute_name() == name)?;
    match definition.attribute_type() {
        ScalarAttributeType::S => Some(KeyKind::Text),
        ScalarAttributeType::N => Some(KeyKind::Number),
        ScalarAttributeType::B => Some(KeyKind::Bytes),
        _ => None,
    }
}

pub(super) const fn kind_name(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Text => "a text (S)",
        KeyKind::Number => "a number (N)",
        KeyKind::Bytes => "bytes (B)",
    }
}

/// Whether the entries of an index hold what the struct says, no more and no less.
pub(super) fn holds(told: Option<&Projection>, expected: schema::Projection) -> bool {
    let Some(told) = told else { return false };
    match (told.projection_type(), expected) {
        (Some(ProjectionType::All), schema::Projection::All)
        | (Some(ProjectionType::KeysOnly), schema::Projection::Keys) => true,
        (Some(ProjectionType::Include), schema::Projection::Include(expected)) => {
            let (mut told, mut expected): (Vec<&str>, Vec<&str>) =
                (told.non_key_attributes().iter().map(String::as_str).collect(), expected.to_vec());
            told.sort_unstable();
            expected.sort_unstable();
            told == expected
        }
        _ => false,
    }
}

/// What the entries of an index hold, for messages.
pub(super) fn holding(told: Option<&Projection>) -> String {
    match told.and_then(|told| Some((told.projection_type()?, told.non_key_attributes()))) {
        Some((ProjectionType::All, _)) => "whole items".to_owned(),
        Some((ProjectionType::KeysOnly, _)) => "the keys only".to_owned(),
        Some((ProjectionType::Include, attributes)) => beside_the_keys(attributes.iter().map(String::as_str)),
        Some((other, _)) => other.as_str().to_owned(),
        None => "nothing that the service tells".to_owned(),
    }
}

pub(super) fn expected_to_hold(projection: schema::Projection) -> String {
    match projection {
        schema::Projection::All => "whole items".to_owned(),
        schema::Projection::Keys => "the keys only".to_owned(),
        schema::Projection::Include(attributes) => beside_the_keys(attributes.iter().copied()),
    }
}

fn beside_the_keys<'a>(attributes: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<_> = attributes.map(|name| format!("`{name}`")).collect();
    names.sort_unstable();
    format!("the keys and {}", names.join(", "))
}
