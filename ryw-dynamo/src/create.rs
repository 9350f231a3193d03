//! Making a table, as a struct says that it is.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, LocalSecondaryIndex,
    Projection, ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};
use ryw_core::Error;

use crate::failure::Failure;
use crate::item::Item;
use crate::schema::{self, Index, KeyAttribute, KeyKind, Reach};
use crate::source::DynamoSource;

impl DynamoSource {
    /// Makes the table of an entity in the home Region, with its indexes and its time to live, paid per request: for tests and
    /// for development. In production tables are made by what makes your infrastructure; `verify` then compares.
    ///
    /// Returns when the service has taken it up; a table of the real service can be used some seconds later.
    ///
    /// # Errors
    /// As the service refuses, say because there is such a table.
    pub async fn create_table<T: Item>(&self) -> Result<(), Error> {
        let (inner, table) = (self.inner(), self.inner().table(T::TABLE));
        let (local, global): (Vec<_>, Vec<_>) =
            T::INDEXES.iter().partition(|index| index.reach == Reach::Local);
        let local: Vec<_> = local.into_iter().map(local_index).collect();
        let global: Vec<_> = global.into_iter().map(global_index).collect();
        let operation = format!("create the table {table}");
        inner
            .client(0)
            .create_table()
            .table_name(&*table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(definitions::<T>()))
            .set_key_schema(Some(keys(T::PARTITION, T::SORT)))
            .set_local_secondary_indexes((!local.is_empty()).then_some(local))
            .set_global_secondary_indexes((!global.is_empty()).then_some(global))
            .send()
            .await
            .map_err(|error| Failure::new(error).of_write(&operation))?;
        let Some(ttl) = T::TTL else { return Ok(()) };
        let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name(ttl).build();
        let request = inner.client(0).update_time_to_live().table_name(&*table);
        let request = request.time_to_live_specification(ttl.expect("a name and a state are given"));
        request.send().await.map_err(|error| Failure::new(error).of_write(&operation))?;
        Ok(())
    }
}

/// The attributes of all keys, each once.
fn definitions<T: Item>() -> Vec<AttributeDefinition> {
    let indexes = T::INDEXES.iter().flat_map(|index| std::iter::once(index.partition).chain(index.sort));
    let keys = std::iter::once(T::PARTITION).chain(T::SORT).chain(indexes);
    let kinds: BTreeMap<_, _> = keys.map(|key| (key.name, key.kind)).collect();
    let define = |(name, kind): (&str, KeyKind)| {
        let kind = match kind {
            KeyKind::Text => ScalarAttributeType::S,
            KeyKind::Number => ScalarAttributeType::N,
            KeyKind::Bytes => ScalarAttributeType::B,
        };
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(kind)
            .build()
            .expect("both are given")
    };
    kinds.into_iter().map(define).collect()
}

fn keys(partition: KeyAttribute, sort: Option<KeyAttribute>) -> Vec<KeySchemaElement> {
    let element = |key: KeyAttribute, kind| {
        KeySchemaElement::builder().attribute_name(key.name).key_type(kind).build().expect("both are given")
    };
    let sort = sort.map(|sort| element(sort, KeyType::Range));
    std::iter::once(element(partition, KeyType::Hash)).chain(sort).collect()
}

fn local_index(index: &Index) -> LocalSecondaryIndex {
    LocalSecondaryIndex::builder()
        .index_name(index.name)
        .set_key_schema(Some(keys(index.partition, index.sort)))
        .projection(projection(index))
        .build()
        .expect("a name and keys are given")
}

fn global_index(index: &Index) -> GlobalSecondaryIndex {
    GlobalSecondaryIndex::builder()
        .index_name(index.name)
        .set_key_schema(Some(keys(index.partition, index.sort)))
        .projection(projection(index))
        .build()
        .expect("a name and keys are given")
}

fn projection(index: &Index) -> Projection {
    let builder = Projection::builder();
    match index.projection {
        schema::Projection::All => builder.projection_type(ProjectionType::All),
        schema::Projection::Keys => builder.projection_type(ProjectionType::KeysOnly),
        schema::Projection::Include(attributes) => builder
            .projection_type(ProjectionType::Include)
            .set_non_key_attributes(Some(attributes.iter().map(|name| (*name).to_owned()).collect())),
    }
    .build()
}
