//! Contexts of users, kept in a table of DynamoDB.
//!
//! A table in the home Region, read strongly and written by condition. Each restore is a strong read of an item of a kilobyte
//! or so, each save a write: against a table of which every item is read by several requests that is little.
//!
//! DynamoDB clears away what has expired within days, so an item that has expired and is still there counts as not there, by
//! the clock of the source. With several Regions every process uses the home Region's table: a global table would merge by
//! the last writer, and lose what the other has stored.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TimeToLiveSpecification,
};
use ryw_core::{ContextStorage, Error};

use crate::failure::{Failure, Kind};
use crate::source::DynamoSource;

/// How long a restore or a save may take, unless it is said.
const LIMIT: Duration = Duration::from_secs(1);
/// The longest that anything is kept. DynamoDB takes a time that is far off for a mistake, and never clears it away.
const LONGEST: Duration = Duration::from_secs(4 * 365 * 24 * 60 * 60);

const KEY: &str = "key";
const CONTEXT: &str = "context";
const EXPIRES_AT: &str = "expires_at";

/// A [`ContextStorage`] in a table of the home Region of a source.
///
/// The table has the partition key `key`, a string, no sort key, and its time to live by `expires_at`.
/// [`create_table`](Self::create_table) makes one.
#[derive(Clone, Debug)]
pub struct DynamoContexts {
    source: DynamoSource,
    table: String,
    limit: Duration,
}

impl DynamoContexts {
    /// In the table of this name, with the source's prefix before it, over the client of the home Region.
    #[must_use]
    pub fn new(source: DynamoSource, table: &str) -> Self {
        let table = source.inner().table(table).into_owned();
        Self { source, table, limit: LIMIT }
    }

    /// How long a restore or a save may take before it counts as unanswered; 1 s unless it is said.
    #[must_use]
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Makes the table, paid per request, with its time to live: for tests and for development. In production tables are
    /// made by what makes your infrastructure.
    ///
    /// Returns when the service has taken it up; a table of the real service can be used some seconds later.
    ///
    /// # Errors
    /// As the service refuses, say because there is such a table.
    pub async fn create_table(&self) -> Result<(), Error> {
        let operation = format!("create the table {}", self.table);
        let key = KeySchemaElement::builder().attribute_name(KEY).key_type(KeyType::Hash).build();
        let definition =
            AttributeDefinition::builder().attribute_name(KEY).attribute_type(ScalarAttributeType::S).build();
        let client = self.source.inner().client(0);
        let request = client.create_table().table_name(&self.table).billing_mode(BillingMode::PayPerRequest);
        let request = request
            .key_schema(key.expect("a name and a type are given"))
            .attribute_definitions(definition.expect("a name and a type are given"));
        request.send().await.map_err(|error| Failure::new(error).of_write(&operation))?;
        let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name(EXPIRES_AT).build();
        let request = client.update_time_to_live().table_name(&self.table);
        let request = request.time_to_live_specification(ttl.expect("a name and a state are given"));
        request.send().await.map_err(|error| Failure::new(error).of_write(&operation))?;
        Ok(())
    }

    async fn within<T>(&self, request: impl Future<Output = T>) -> Result<T, Error> {
        let late = |_| Error::unavailable(format!("DynamoDB did not answer within {:?}", self.limit));
        tokio::time::timeout(self.limit, request).await.map_err(late)
    }

    /// The present second since the Unix epoch.
    fn now(&self) -> u64 {
        self.source.inner().clock.now().as_unix_millis() / 1000
    }
}

#[async_trait]
impl ContextStorage for DynamoContexts {
    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let request = self.source.inner().client(0).get_item().table_name(&self.table).consistent_read(true);
        let request = request.key(KEY, AttributeValue::S(key.to_owned()));
        let answer = self.within(request.send()).await?;
        let answer = answer.map_err(|error| Failure::new(error).of_read("restore a context"))?;
        answer.item.map_or(Ok(None), |item| kept(item, self.now()))
    }

    async fn replace(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        bytes: &[u8],
        time_to_live: Duration,
    ) -> Result<bool, Error> {
        let now = self.now();
        // It counts to the end of its last second, and the present one has begun.
        let expires_at = now + time_to_live.min(LONGEST).as_secs() + 2;
        let request = self.source.inner().client(0).put_item().table_name(&self.table);
        let request = request
            .item(KEY, AttributeValue::S(key.to_owned()))
            .item(CONTEXT, AttributeValue::B(Blob::new(bytes)))
            .item(EXPIRES_AT, AttributeValue::N(expires_at.to_string()))
            .expression_attribute_names("#expires_at", EXPIRES_AT)
            .expression_attribute_values(":now", AttributeValue::N(now.to_string()));
        let request = match expected {
            None => request
                .condition_expression("attribute_not_exists(#key) OR #expires_at <= :now")
                .expression_attribute_names("#key", KEY),
            Some(expected) => request
                .condition_expression("#context = :expected AND #expires_at > :now")
                .expression_attribute_names("#context", CONTEXT)
                .expression_attribute_values(":expected", AttributeValue::B(Blob::new(expected))),
        };
        let failure = match self.within(request.send()).await? {
            Ok(_) => return Ok(true),
            Err(error) => Failure::new(error),
        };
        if failure.kind == Kind::Condition { Ok(false) } else { Err(failure.of_write("save a context")) }
    }
}

/// What an item keeps, if it has not expired.
fn kept(mut item: HashMap<String, AttributeValue>, now: u64) -> Result<Option<Vec<u8>>, Error> {
    let expires_at = item.get(EXPIRES_AT).and_then(|at| at.as_n().ok()?.parse::<u64>().ok());
    match (item.remove(CONTEXT), expires_at) {
        (_, Some(expires_at)) if expires_at <= now => Ok(None),
        (Some(AttributeValue::B(bytes)), Some(_)) => Ok(Some(bytes.into_inner())),
        _ => Err(Error::database("restore a context, for the item is none that was saved here")),
    }
}
