//! The operations of the service that are modelled, and what each is to the model.

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::refused::Refused;

/// A request or an answer, in the service's JSON.
pub(super) type Json = serde_json::Map<String, Value>;

/// What an operation touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Changes items.
    Write,
    /// Reads items.
    Read,
    /// Changes what tables there are, or of what form: at once in all copies.
    Schema,
    /// All else: about tables, tags and streams, answered by the leader.
    About,
}

macro_rules! operations {
    ($($name:ident $method:ident $kind:ident;)*) => {
        /// An operation, by its name in the service's API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(super) enum Operation { $($name,)* }

        impl Operation {
            fn named(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($name) => Some(Self::$name),)*
                    _ => None,
                }
            }

            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            pub(super) fn kind(self) -> Kind {
                match self { $(Self::$name => Kind::$kind,)* }
            }

            /// Has a database of the emulator carry it out.
            pub(super) fn run(self, database: &Database, request: Json) -> Result<Json, Refused> {
                match self {
                    $(Self::$name => run(self, request, |request| database.$method(request)),)*
                }
            }
        }
    };
}

operations! {
    PutItem put_item Write;
    UpdateItem update_item Write;
    DeleteItem delete_item Write;
    BatchWriteItem batch_write_item Write;
    TransactWriteItems transact_write_items Write;
    GetItem get_item Read;
    Query query Read;
    Scan scan Read;
    BatchGetItem batch_get_item Read;
    TransactGetItems transact_get_items Read;
    CreateTable create_table Schema;
    DeleteTable delete_table Schema;
    UpdateTable update_table Schema;
    UpdateTimeToLive update_time_to_live Schema;
    DescribeTable describe_table About;
    DescribeTimeToLive describe_time_to_live About;
    ListTables list_tables About;
    TagResource tag_resource About;
    UntagResource untag_resource About;
    ListTagsOfResource list_tags_of_resource About;
    ListStreams list_streams About;
    DescribeStream describe_stream About;
    GetShardIterator get_shard_iterator About;
    GetRecords get_records About;
}

impl Operation {
    /// The operation that a request's `X-Amz-Target` names.
    pub(super) fn of_target(target: &str) -> Option<Self> {
        let (service, name) = target.split_once('.')?;
        matches!(service, "DynamoDB_20120810" | "DynamoDBStreams_20120810")
            .then(|| Self::named(name))
            .flatten()
    }

    pub(super) fn is_transaction(self) -> bool {
        matches!(self, Self::TransactWriteItems | Self::TransactGetItems)
    }
}

fn run<Q: DeserializeOwned, A: Serialize>(
    operation: Operation,
    request: Json,
    ask: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Result<Json, Refused> {
    let request = serde_json::from_value(Value::Object(request))
        .map_err(|why| Refused::unreadable(operation, &why.to_string()))?;
    let answer = ask(request).map_err(|why| Refused::by_emulator(operation, why))?;
    match serde_json::to_value(answer) {
        Ok(Value::Object(answer)) => Ok(answer),
        // Operations without an answer of their own.
        Ok(_) => Ok(Json::new()),
        Err(why) => Err(Refused::internal(&why.to_string())),
    }
}
