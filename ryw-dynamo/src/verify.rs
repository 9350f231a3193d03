//! Whether a table is the one that an entity was written for: asked at start-up, or in CI.
//!
//! DynamoDB knows of an item's shape only its keys, so only those, the indexes and the time to live can be compared; whether the
//! items fit is seen when they are read. A wrong name of an index or an expiry that nobody switched on would otherwise be noticed
//! by the first request that needs it, or never.
//!
//! Not promised: that all Regions are alike (the home Region is asked), nor that the role may read and write.

mod compare;
mod index;
#[cfg(test)]
mod tests;
mod told;

use aws_sdk_dynamodb::types::{TableDescription, TimeToLiveDescription};
use ryw_core::Error;

use self::compare::differences;
use crate::failure::{Failure, Kind};
use crate::item::Item;
use crate::retry;
use crate::schema::{Index, KeyAttribute};
use crate::source::DynamoSource;

/// Holds an entity against its table in the home Region. The role needs `dynamodb:DescribeTable` and
/// `dynamodb:DescribeTimeToLive`.
///
/// # Errors
/// A configuration error that lists every difference; unavailable, if the Region does not answer.
pub async fn verify<T: Item>(source: &DynamoSource) -> Result<(), Error> {
    check(source, Needs::of::<T>()).await
}

/// What is to be true of a table.
struct Needs {
    entity: &'static str,
    table: &'static str,
    partition: KeyAttribute,
    sort: Option<KeyAttribute>,
    indexes: &'static [Index],
    ttl: Option<&'static str>,
    attributes: &'static [&'static str],
}

impl Needs {
    const fn of<T: Item>() -> Self {
        Self {
            entity: T::NAME,
            table: T::TABLE,
            partition: T::PARTITION,
            sort: T::SORT,
            indexes: T::INDEXES,
            ttl: T::TTL,
            attributes: T::ATTRIBUTES,
        }
    }
}

async fn check(source: &DynamoSource, needs: Needs) -> Result<(), Error> {
    let table = source.inner().table(needs.table);
    let found = match description(source, &needs, &table).await? {
        Some(described) => {
            let ttl = time_to_live(source, &needs, &table).await?;
            differences(&needs, &described, ttl.as_ref())
        }
        None => vec![
            "there is no such table: make it, or correct the name in `table = \"...\"` or the source's prefix".to_owned(),
        ],
    };
    if found.is_empty() {
        return Ok(());
    }
    let (entity, found) = (needs.entity, found.join("; "));
    Err(Error::config(format!("`{entity}` does not fit the table `{table}`: {found}")))
}

/// The table, if there is one.
async fn description(
    source: &DynamoSource,
    needs: &Needs,
    table: &str,
) -> Result<Option<TableDescription>, Error> {
    let inner = source.inner();
    let request = inner.client(0).describe_table().table_name(table);
    match retry::in_time(inner, async { request.send().await.map_err(Failure::new) }).await {
        Ok(answer) => Ok(answer.table),
        Err(failure) if failure.kind == Kind::NoTable => Ok(None),
        Err(failure) => Err(failure.of_read(format_args!("verify {}", needs.entity))),
    }
}

async fn time_to_live(
    source: &DynamoSource,
    needs: &Needs,
    table: &str,
) -> Result<Option<TimeToLiveDescription>, Error> {
    let inner = source.inner();
    let request = inner.client(0).describe_time_to_live().table_name(table);
    match retry::in_time(inner, async { request.send().await.map_err(Failure::new) }).await {
        Ok(answer) => Ok(answer.time_to_live_description),
        Err(failure) => Err(failure.of_read(format_args!("verify {}", needs.entity))),
    }
}
