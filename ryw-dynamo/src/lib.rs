//! Read-your-writes on DynamoDB, over the AWS SDK.
//!
//! A [`DynamoSource`] is the tables of one account, in one Region or several. Writes go to the home Region and leave in the
//! [`Context`](ryw_core::Context) what they touched, and when. A read that may depend on something its session has touched within
//! the [window](DynamoSourceBuilder::window) is strongly consistent; every other one is eventually consistent, at half the
//! price, in the Region that is [near](DynamoSourceBuilder::near).
//!
//! ```no_run
//! use ryw_core::{Context, Repository};
//! use ryw_dynamo::DynamoSource;
//!
//! #[derive(Clone, Debug, Repository)]
//! #[repository(dynamo(table = "favorites"))]
//! struct Favorite {
//!     #[repository(key)]
//!     user_id: i64,
//!     color_hex: String,
//! }
//!
//! # async fn run(client: aws_sdk_dynamodb::Client) -> Result<(), ryw_core::Error> {
//! let source = DynamoSource::builder("main").home("eu-central-1", client).build()?;
//! let favorites = FavoriteRepository::new(source);
//! favorites.verify().await?; // the table is there, with this key
//!
//! let ctx = Context::new();
//! favorites.upsert(&ctx, NewFavorite { user_id: 7, color_hex: "#0000ff".into() }).await?;
//! favorites.find(&ctx, &7).await?; // strongly consistent: the session has just written it
//! # Ok(()) }
//! ```
//!
//! The client is the application's own: its credentials, endpoint and timeouts hold, and its retries of reads. Tables are made by the
//! application's deployment, or, for tests, by [`create_table`](DynamoSource::create_table).
//!
//! What is promised, what is stored as what, indexes, Regions, caches and transactions are in the guide, `docs/dynamo.md` in the
//! repository. The attributes of the derive are in the documentation of `ryw-macros`.
//!
//! # What is not promised
//!
//! * Read-your-writes beyond the window. DynamoDB tells no positions and gives no bound for eventually consistent reads; the
//!   window is an assumption, and the default of [60 seconds](DEFAULT_WINDOW) a wide one.
//! * That one eventually consistent read does not go behind another.
//! * Anything across contexts, atomicity across sources or Regions.
//!
//! # Features
//!
//! `chrono`, `json`, `rust_decimal`, `time`, `uuid` add types of fields. `cache` adds `LocalCache`, `contexts`
//! `DynamoContexts`, which keeps the contexts of users in a table. `metrics` tells the recorder of the
//! [`metrics`](https://docs.rs/metrics) crate what happens; `docs/observability.md` lists the names.

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
