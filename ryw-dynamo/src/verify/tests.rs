//! Differences by table: one at a time, and all at once.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, GlobalSecondaryIndexDescription, IndexStatus, KeySchemaElement, KeyType,
    LocalSecondaryIndexDescription, MultiRegionConsistency, Projection, ProjectionType, ScalarAttributeType,
    TableDescription, TableStatus, TimeToLiveDescription, TimeToLiveStatus,
};

use super::*;
use crate::schema::{self, KeyKind, Reach};

const USER: KeyAttribute = KeyAttribute { name: "user", kind: KeyKind::Number };
const AT: KeyAttribute = KeyAttribute { name: "at", kind: KeyKind::Text };
const EMAIL: KeyAttribute = KeyAttribute { name: "email", kind: KeyKind::Text };

const INDEXES: &[Index] = &[
    Index {
        name: "by_email",
        reach: Reach::Global,
        partition: EMAIL,
        sort: None,
        projection: schema::Projection::Include(&["note", "color"]),
    },
    Index {
        name: "by_color",
        reach: Reach::Local,
        partition: USER,
        sort: Some(KeyAttribute { name: "color", kind: KeyKind::Bytes }),
        projection: schema::Projection::All,
    },
];

const NEEDS: Needs = Needs {
    entity: "Visit",
    table: "visits",
    partition: USER,
    sort: Some(AT),
    indexes: INDEXES,
    ttl: Some("expires"),
    attributes: &["user", "at", "email", "color", "note", "expires"],
};

fn key(names: &[&str]) -> Vec<KeySchemaElement> {
    let kinds = [KeyType::Hash, KeyType::Range];
    let element = |(name, kind): (&&str, KeyType)| {
        KeySchemaElement::builder().attribute_name(*name).key_type(kind).build().unwrap()
    };
    names.iter().zip(kinds).map(element).collect()
}

fn definitions(kinds: &[(&str, ScalarAttributeType)]) -> Vec<AttributeDefinition> {
    let definition = |(name, kind): &(&str, ScalarAttributeType)| {
        AttributeDefinition::builder().attribute_name(*name).attribute_type(kind.clone()).build().unwrap()
    };
    kinds.iter().map(definition).collect()
}

fn projection(kind: ProjectionType, attributes: &[&str]) -> Projection {
    let attributes: Vec<_> = attributes.iter().map(|name| (*name).to_owned()).collect();
    let attributes = (!attributes.is_empty()).then_some(attributes);
    Projection::builder().projection_type(kind).set_non_key_attributes(attributes).build()
}

fn global(name: &str) -> GlobalSecondaryIndexDescription {
    GlobalSecondaryIndexDescription::builder()
        .index_name(name)
        .set_key_schema(Some(key(&["email"])))
        .projection(projection(ProjectionType::Include, &["color", "note"]))
        .index_status(IndexStatus::Active)
        .build()
}

fn local(name: &str) -> LocalSecondaryIndexDescription {
    LocalSecondaryIndexDescription::builder()
        .index_name(name)
        .set_key_schema(Some(key(&["user", "color"])))
        .projection(projection(ProjectionType::All, &[]))
        .build()
}

/// The table that the struct was written for.
fn table() -> TableDescription {
    TableDescription::builder()
        .table_name("visits")
        .table_status(TableStatus::Active)
        .set_key_schema(Some(key(&["user", "at"])))
        .set_attribute_definitions(Some(definitions(&[
            ("user", ScalarAttributeType::N),
            ("at", ScalarAttributeType::S),
            ("email", ScalarAttributeType::S),
            ("color", ScalarAttributeType::B),
        ])))
        .global_secondary_indexes(global("by_email"))
        .global_secondary_indexes(global("of_others"))
        .local_secondary_indexes(local("by_color"))
        .build()
}

fn ttl(attribute: &str, status: TimeToLiveStatus) -> Option<TimeToLiveDescription> {
    let builder = TimeToLiveDescription::builder().time_to_live_status(status);
    Some(builder.set_attribute_name(Some(attribute.to_owned())).build())
}

fn on() -> Option<TimeToLiveDescription> {
    ttl("expires", TimeToLiveStatus::Enabled)
}

fn told(table: &TableDescription) -> String {
    differences(&NEEDS, table, on().as_ref()).join("; ")
}

#[test]
fn the_table_that_it_was_written_for_fits() {
    assert_eq!(told(&table()), "");
    let mut updating = table();
    updating.table_status = Some(TableStatus::Updating);
    assert_eq!(told(&updating), "");
}

#[test]
fn each_difference_in_the_table_is_told_with_what_to_do() {
    const REMEDY: &str = "a table's keys stay as they are, so correct the struct, or make another table";
    type Break = fn(&mut TableDescription);
    let cases: [(Break, &str); 8] = [
        (
            |table| table.table_status = Some(TableStatus::Creating),
            "it is CREATING: it can be used when it is ACTIVE",
        ),
        (|table| table.table_status = None, "the service does not tell its status: ask again"),
        (
            |table| table.key_schema = Some(key(&["id", "at"])),
            "its partition key is `id`, and `user` for the struct: ",
        ),
        (|table| table.key_schema = None, "it has no partition key, and `user` for the struct: "),
        (|table| table.key_schema = Some(key(&["user"])), "it has no sort key, and `at` for the struct: "),
        (
            |table| table.key_schema = Some(key(&["user", "on"])),
            "its sort key is `on`, and `at` for the struct: ",
        ),
        (
            |table| table.attribute_definitions.as_mut().unwrap()[0].attribute_type = ScalarAttributeType::S,
            "its key `user` is a text (S), and a number (N) for the struct: ",
        ),
        (
            |table| drop(table.attribute_definitions.as_mut().unwrap().remove(1)),
            "its key `at` is of a type that this version does not know, and a text (S) for the struct: ",
        ),
    ];
    for (breaks, expected) in cases {
        let mut table = table();
        breaks(&mut table);
        let found = told(&table);
        assert!(found.starts_with(expected), "{found}\n{expected}");
        assert!(!expected.ends_with(": ") || found.contains(REMEDY), "{found}");
    }
    let needs = Needs { sort: None, ..NEEDS };
    let found = differences(&needs, &table(), on().as_ref()).join("; ");
    assert!(found.starts_with("its sort key is `at`, and the struct has none: "), "{found}");
}

#[test]
fn each_difference_in_an_index_is_told_with_its_name() {
    type Break = fn(&mut TableDescription);
    let cases: [(Break, &str); 9] = [
        (
            |table| table.global_secondary_indexes = None,
            "there is no index `by_email`: add it to the table, or remove it from the struct",
        ),
        (
            |table| {
                table.global_secondary_indexes = None;
                let mut index = local("by_email");
                index.key_schema = Some(key(&["email"]));
                index.projection = global("").projection;
                table.local_secondary_indexes.as_mut().unwrap().push(index);
            },
            "index `by_email`: it is local, and global for the struct: correct the struct",
        ),
        (
            |table| {
                table.global_secondary_indexes.as_mut().unwrap()[0].index_status = Some(IndexStatus::Creating)
            },
            "index `by_email`: it is still being filled: wait until it is ACTIVE",
        ),
        (
            |table| {
                table.global_secondary_indexes.as_mut().unwrap()[0].index_status = Some(IndexStatus::Deleting)
            },
            "index `by_email`: it is DELETING: it can be used when it is ACTIVE",
        ),
        (
            |table| {
                table.global_secondary_indexes.as_mut().unwrap()[0].key_schema = Some(key(&["email", "at"]))
            },
            "index `by_email`: its sort key is `at`, and the struct has none: an index stays as it is, so correct the struct, or \
             make another index",
        ),
        (
            |table| table.attribute_definitions.as_mut().unwrap()[3].attribute_type = ScalarAttributeType::N,
            "index `by_color`: its key `color` is a number (N), and bytes (B) for the struct: an index stays as it is, so correct \
             the struct, or make another index",
        ),
        (
            |table| {
                let projection = projection(ProjectionType::KeysOnly, &[]);
                table.local_secondary_indexes.as_mut().unwrap()[0].projection = Some(projection);
            },
            "index `by_color`: its entries hold the keys only, and whole items for the struct: an index stays as it is, so correct \
             the struct, or make another index",
        ),
        (
            |table| {
                let projection = projection(ProjectionType::Include, &["color"]);
                table.global_secondary_indexes.as_mut().unwrap()[0].projection = Some(projection);
            },
            "index `by_email`: its entries hold the keys and `color`, and the keys and `color`, `note` for the struct: an index \
             stays as it is, so correct the struct, or make another index",
        ),
        (
            |table| table.global_secondary_indexes.as_mut().unwrap()[0].projection = None,
            "index `by_email`: its entries hold nothing that the service tells, and the keys and `color`, `note` for the struct: \
             an index stays as it is, so correct the struct, or make another index",
        ),
    ];
    for (breaks, expected) in cases {
        let mut table = table();
        breaks(&mut table);
        assert_eq!(told(&table), expected);
    }
}

#[test]
fn each_difference_in_the_time_to_live_is_told() {
    let (off, other) = (ttl("expires", TimeToLiveStatus::Disabled), ttl("until", TimeToLiveStatus::Enabled));
    let none = Needs { ttl: None, ..NEEDS };
    for (needs, ttl, expected) in [
        (&NEEDS, ttl("expires", TimeToLiveStatus::Enabling), ""),
        (&NEEDS, None, "its items do not expire, and by `expires` for the struct: switch"),
        (&NEEDS, off.clone(), "its items do not expire, and by `expires` for the struct: switch"),
        (&NEEDS, ttl("expires", TimeToLiveStatus::Disabling), "its items do not expire"),
        (&NEEDS, other.clone(), "its items expire by `until`, and by `expires` for the struct: correct"),
        (&none, off, ""),
        (&none, other, ""),
        (&none, on(), "its items expire by `expires`, and the struct does not say so: name it"),
    ] {
        let found = differences(needs, &table(), ttl.as_ref()).join("; ");
        assert!(
            found.starts_with(expected) && found.is_empty() == expected.is_empty(),
            "{found}\n{expected}"
        );
    }
    let mut strong = table();
    strong.multi_region_consistency = Some(MultiRegionConsistency::Strong);
    let found = differences(&NEEDS, &strong, None).join("; ");
    assert!(found.contains("with multi-Region strong consistency a table has no time to live"), "{found}");
}

#[test]
fn all_differences_are_told_at_once() {
    let mut table = table();
    table.table_status = Some(TableStatus::Deleting);
    table.key_schema = Some(key(&["id"]));
    table.local_secondary_indexes = None;
    let found = differences(&NEEDS, &table, None);
    assert_eq!(found.len(), 5, "{found:#?}");
}
