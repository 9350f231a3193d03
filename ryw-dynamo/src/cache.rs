//! Whatever answers eventually consistent reads faster than DynamoDB does.
//!
//! A cached answer is a read that was made earlier. So it is judged as one: it serves a session only if the read could have
//! been eventually consistent *at the moment the answer's request was sent*. What the session has touched less than a window
//! before that moment, or after it, may be missing in the answer, and it is read anew. The rule needs no word between
//! processes, each of which has a cache of its own, and it does not depend on entries being dropped in time: a fill that
//! races with a write is as old as its request, whenever it arrives.
//!
//! For that a context has to remember a touch for as long as an answer may be older than it: a window, and another one. So
//! no answer may be older than a window ([`Cache::max_age`] is checked when the source is built). Reads that are strongly
//! consistent go around the cache.
//!
//! Rejected: dropping entries on own writes and nothing else, as a cache with write-through does. It is right in one process,
//! with one cache, and as long as no read is under way.

mod canonical;
mod key;
#[cfg(feature = "cache")]
mod local;
mod lookup;

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use ryw_core::{Timestamp, Touch};

pub use self::key::{ItemKey, PageKey};
#[cfg(feature = "cache")]
pub use self::local::LocalCache;
pub(crate) use self::lookup::Question;
use crate::attribute::Attributes;

/// All that an item holds, or that there is none, as bytes that are the same for the same.
pub(crate) fn image(item: Option<&Attributes>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    canonical::optional(&mut bytes, item, canonical::map);
    bytes
}

/// An answer of a cache.
#[derive(Clone, Debug, PartialEq)]
pub struct Cached<T> {
    /// What DynamoDB answered.
    pub value: T,
    /// When the request was sent that it answers, by the clock of the source that [put](Cache::put_item) it there. `None` if
    /// nobody knows: then it is taken to be [as old as can be](Cache::max_age).
    pub sent_at: Option<Timestamp>,
}

/// A page of a query, as DynamoDB answered it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CachedPage {
    /// Its items.
    pub items: Vec<Attributes>,
    /// The key after which the next page begins, if there is one.
    pub next: Option<Attributes>,
}

/// A cache in front of DynamoDB: items, and pages of queries.
///
/// There are two kinds. One *beside* the database (in the process, or in a server such as Redis) holds what it was given by
/// the `put` methods. One *before* it (a client of DAX) asks the database itself when it has no answer: it answers every
/// question, knows nothing of `sent_at`, and leaves the `put` methods out.
///
/// Implementations MUST answer with what DynamoDB answered to the same request, MUST NOT answer with what is older than
/// [`max_age`](Self::max_age), and SHOULD answer `None` rather than wait or fail: the database is then asked. That a session
/// is never shown less than its own writes does not depend on more.
///
/// A question may be dropped before it is answered.
#[async_trait]
pub trait Cache: Debug + Send + Sync {
    /// The most that can have passed since the request was sent that an answer is of: the longest time to live. The source
    /// refuses it if it exceeds its window.
    fn max_age(&self) -> Duration;

    /// The item of a key; a value of `None` says that there is none.
    async fn item(&self, key: &ItemKey<'_>, now: Timestamp) -> Option<Cached<Option<Attributes>>>;

    /// Takes what DynamoDB answered to an eventually consistent read of a key.
    async fn put_item(&self, key: &ItemKey<'_>, item: Option<&Attributes>, sent_at: Timestamp) {
        let _ = (key, item, sent_at);
    }

    /// A page of a query.
    async fn page(&self, query: &PageKey<'_>, now: Timestamp) -> Option<Cached<CachedPage>>;

    /// Takes what DynamoDB answered to an eventually consistent query.
    async fn put_page(&self, query: &PageKey<'_>, page: &CachedPage, sent_at: Timestamp) {
        let _ = (query, page, sent_at);
    }

    /// The source writes the item of this number: called before a request is sent, and when it was acknowledged. What was
    /// asked for before `at` had better not be answered to others any more. MUST NOT block.
    fn written(&self, what: Touch, at: Timestamp) {
        let _ = (what, at);
    }
}
