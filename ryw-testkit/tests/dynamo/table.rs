//! A table of notes, and short ways to write and read it.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex,
    GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, LocalSecondaryIndex, Projection, ProjectionType,
    ScalarAttributeType,
};
use ryw_testkit::dynamo::{Region, Regions};

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const TABLE: &str = "note";
pub(crate) const BY_TAG: &str = "by-tag";
pub(crate) const BY_BODY: &str = "by-body";

pub(crate) type Item = HashMap<String, AttributeValue>;

/// One Region with the table.
pub(crate) async fn one() -> Regions {
    let regions = Regions::builder().start().await.unwrap();
    create(&regions.region(0).client()).await;
    regions
}

/// Some Regions, the first of which has the table.
pub(crate) async fn some(names: &[&str]) -> Regions {
    let regions =
        names.iter().fold(Regions::builder(), |builder, name| builder.region(*name)).start().await.unwrap();
    create(&regions.region(0).client()).await;
    regions
}

/// The table with a global index.
pub(crate) async fn create(client: &Client) {
    let index = GlobalSecondaryIndex::builder().index_name(BY_TAG).set_key_schema(Some(keys("tag", "id")));
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(["owner", "id", "tag"].map(attribute).into()))
        .set_key_schema(Some(keys("owner", "id")))
        .global_secondary_indexes(index.projection(all()).build().unwrap())
        .send()
        .await
        .unwrap();
}

/// The table without its index.
pub(crate) async fn create_without_index(client: &Client) {
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(["owner", "id"].map(attribute).into()))
        .set_key_schema(Some(keys("owner", "id")))
        .send()
        .await
        .unwrap();
}

/// Adds the index to the table.
pub(crate) async fn add_index(client: &Client) {
    let index = CreateGlobalSecondaryIndexAction::builder().index_name(BY_TAG);
    let index = index.set_key_schema(Some(keys("tag", "id"))).projection(all()).build().unwrap();
    client
        .update_table()
        .table_name(TABLE)
        .set_attribute_definitions(Some(["owner", "id", "tag"].map(attribute).into()))
        .global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().create(index).build())
        .send()
        .await
        .unwrap();
}

/// A table with a local index.
pub(crate) async fn create_with_local_index(client: &Client, table: &str) {
    client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(["owner", "id", "body"].map(attribute).into()))
        .set_key_schema(Some(keys("owner", "id")))
        .local_secondary_indexes(
            LocalSecondaryIndex::builder()
                .index_name(BY_BODY)
                .set_key_schema(Some(keys("owner", "body")))
                .projection(all())
                .build()
                .unwrap(),
        )
        .send()
        .await
        .unwrap();
}

pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(crate) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The key of a note of Ada's.
pub(crate) fn key(id: &str) -> Item {
    HashMap::from([("owner".to_owned(), text("ada")), ("id".to_owned(), text(id))])
}

/// A note of Ada's.
pub(crate) fn note(id: &str, body: &str) -> Item {
    let mut item = key(id);
    item.extend([("body".to_owned(), text(body)), ("tag".to_owned(), text("red"))]);
    item
}

pub(crate) async fn put(region: &Region, id: &str, body: &str) {
    region.client().put_item().table_name(TABLE).set_item(Some(note(id, body))).send().await.unwrap();
}

pub(crate) async fn delete(region: &Region, id: &str) {
    region.client().delete_item().table_name(TABLE).set_key(Some(key(id))).send().await.unwrap();
}

/// What a note says by an eventually consistent read.
pub(crate) async fn eventual(region: &Region, id: &str) -> Option<String> {
    read(region, id, false).await
}

/// What a note says by a strongly consistent read.
pub(crate) async fn strong(region: &Region, id: &str) -> Option<String> {
    read(region, id, true).await
}

async fn read(region: &Region, id: &str, strong: bool) -> Option<String> {
    let get = region.client().get_item().table_name(TABLE).set_key(Some(key(id))).consistent_read(strong);
    body(&get.send().await.unwrap().item?)
}

/// What the notes with a tag say, by the global index.
pub(crate) async fn by_tag(region: &Region, tag: &str) -> Vec<String> {
    let query = region
        .client()
        .query()
        .table_name(TABLE)
        .index_name(BY_TAG)
        .key_condition_expression("tag = :tag")
        .expression_attribute_values(":tag", text(tag));
    query.send().await.unwrap().items().iter().filter_map(body).collect()
}

pub(crate) fn body(item: &Item) -> Option<String> {
    item.get("body")?.as_s().ok().cloned()
}

fn attribute(name: &str) -> AttributeDefinition {
    AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(ScalarAttributeType::S)
        .build()
        .unwrap()
}

fn keys(hash: &str, range: &str) -> Vec<KeySchemaElement> {
    let part =
        |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    vec![part(hash, KeyType::Hash), part(range, KeyType::Range)]
}

fn all() -> Projection {
    Projection::builder().projection_type(ProjectionType::All).build()
}
