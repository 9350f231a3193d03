//! Read-your-writes on DynamoDB.

mod attribute;
mod batch;
mod cache;
mod config;
#[cfg(feature = "contexts")]
mod contexts;
mod cost;
mod create;
mod decision;
mod derived;
mod expression;
mod failure;
mod home;
mod index;
mod inner;
mod item;
mod observe;
mod order;
mod own_writes;
mod pending;
mod query;
mod read;
mod region;
mod retry;
mod scan;
mod schema;
mod sightings;
mod source;
mod spread;
mod touch;
mod transact;
mod verify;
mod write;

pub use crate::attribute::{
    Attribute, AttributeError, AttributeValue, Attributes, ExpiresAt, KeyValue, MAX_ITEM_SIZE,
    estimated_size, put, put_key, take,
};
#[cfg(feature = "json")]
pub use crate::attribute::{put_json, take_json};
#[cfg(feature = "cache")]
pub use crate::cache::LocalCache;
pub use crate::cache::{Cache, Cached, CachedPage, ItemKey, PageKey};
pub use crate::config::{DEFAULT_PATIENCE, DEFAULT_WINDOW, DynamoSourceBuilder};
#[cfg(feature = "contexts")]
pub use crate::contexts::DynamoContexts;
pub use crate::cost::Cost;
pub use crate::expression::{Changes, Condition};
pub use crate::home::HomeDown;
pub use crate::index::BehindIndex;
pub use crate::item::{Item, WriteItem};
pub use crate::query::{Consistent, EventualOnly, OtherQuery, Query, QueryCursor, QueryPage};
pub use crate::scan::Scan;
pub use crate::schema::{Index, KeyAttribute, KeyKind, Projection, Reach};
pub use crate::source::DynamoSource;
pub use crate::transact::{Cancellation, Cancelled, Found, TransactGet, TransactWrite, Wanted, Why};

/// For generated code; no part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::attribute::{
        Attribute, AttributeError, AttributeValue, Attributes, KeyValue, label, map, put, put_as,
        put_as_if_any, put_key, take, take_as, take_as_if_any, text, unknown_label,
    };
    #[cfg(feature = "json")]
    pub use crate::attribute::{put_json, take_json};
    pub use crate::batch::{delete_batch, put_batch};
    #[cfg(feature = "json")]
    pub use crate::derived::change_json;
    pub use crate::derived::{change, field, key, ttl};
    pub use crate::expression::Changes;
    pub use crate::item::{Item, WriteItem};
    pub use crate::query::{query_index, query_table};
    pub use crate::scan::scan;
    pub use crate::schema::{Index, KeyAttribute, KeyKind, Projection, Reach};
    pub use crate::transact::{
        check_in, delete_in, find_in, insert_in, purge_in, replace_in, restore_in, update_if_in, update_in,
        upsert_in,
    };
    pub use crate::verify::verify;
    pub use crate::write::{delete_when, update_when};
}
