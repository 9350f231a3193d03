//! Contexts kept on the server, by user.
//!
//! A client that carries nothing, or a user with several devices, has its context restored from a store that every process
//! of the application shares, and saved there when a request ends. What a store must be able to do is small
//! ([`ContextStorage`]): bytes under a key, replaced only if they are what they were. What is done with it stands here once:
//! the bytes are [session tokens](crate::SessionToken) bound to their user, and a save that finds others than it restored
//! joins them.
//!
//! # What is promised
//!
//! * **No lost update.** A save replaces what its own restore has found, or else the join of both; never what it has not
//!   looked at. A race that was lost is run again.
//! * **What is settled or [let go of](crate::ConsistencySource::retire) leaves the store too**, which a store that only ever
//!   joined would keep. The session began with what it found, so what it has come to stands for that; hence a
//!   [`StoredContext`] remembers what that was.
//! * **Nothing is read stale because a store fails.** If it does not answer, or holds what no one of us has written, the
//!   session is [unknown](Context::unknown): its first read of each source runs on the primary. It is counted.
//! * **Contexts are kept for longer than replicas may lag**: the time to live is made of the tolerated lag ([`Expiry`]).
//!   A session that has expired is one that has done nothing.
//!
//! Not promised: that a context is stored if [`save`](ContextStore::save) says that it was not. Whoever answers a client all
//! the same should hand it a token beside. Nor that a store which loses what it has acknowledged (one that evicts, or fails
//! over to a copy that lags) is noticed: see [`absent_is_unknown`](ContextStore::absent_is_unknown).
//!
//! Rejected: joining on the server, by a script that appends to a list. It needs no second try, but tokens are joined by the
//! laws of a frontier, which no server knows, so the list grows with every request until somebody reads, joins and replaces
//! it, by the very comparison that was to be spared; and nothing could leave it. Rejected: a version number beside the
//! bytes. The bytes are compared themselves: they are few, and equal bytes are joined to equal results. Rejected: a lock
//! per user, which outlives whoever dies with it.

use std::sync::Arc;

use crate::{Context, Error, TokenCodec};

mod counts;
mod expiry;
mod memory;
mod storage;
mod stored;
#[cfg(test)]
mod tests;

use counts::Count;
use stored::Found;

pub use counts::StoreCounts;
pub use expiry::Expiry;
pub use memory::MemoryStorage;
pub use storage::ContextStorage;
pub use stored::{Saved, StoredContext};

/// How often a save is tried that others get ahead of: each time one of them has succeeded.
const ATTEMPTS: usize = 64;
/// The longest name of a user, in bytes: what every store takes for a key, with room for a prefix.
const MAX_USER: usize = 512;

/// The contexts of an application's users, in a [`ContextStorage`]. Cheap to clone; clones are the same store.
///
/// ```
/// # async fn run() -> Result<(), ryw_core::Error> {
/// use std::time::Duration;
/// use ryw_core::{ContextStore, Expiry, MemoryStorage, TokenCodec, TokenKey};
///
/// let codec = TokenCodec::signed(TokenKey::new([7; 32])?); // in earnest, a key that is secret
/// let expiry = Expiry::longer_than(Duration::from_secs(600));
/// let store = ContextStore::new(MemoryStorage::default(), codec, expiry);
///
/// let stored = store.restore("ada").await;
/// // Read and write with `stored.context()`, and at the end of the request:
/// store.save(&stored).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct ContextStore {
    storage: Arc<dyn ContextStorage>,
    codec: TokenCodec,
    expiry: Expiry,
    prefix: Arc<str>,
    absent: Absent,
    counts: Arc<StoreCounts>,
}

/// What it means that nothing is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Absent {
    NothingWasDone,
    Unknown,
}

impl ContextStore {
    /// Contexts in `storage`, signed by `codec`, for as long as `expiry` says. All processes that share the contexts need the
    /// same keys; the age of what is stored is judged by the storage, so the codec's own limit of age does not count.
    #[must_use]
    pub fn new(storage: impl ContextStorage + 'static, codec: TokenCodec, expiry: Expiry) -> Self {
        Self {
            storage: Arc::new(storage),
            codec: codec.counting_apart().max_age(std::time::Duration::MAX),
            expiry,
            prefix: "ryw:".into(),
            absent: Absent::NothingWasDone,
            counts: Arc::default(),
        }
    }

    /// What the keys begin with, to share a storage with others; `ryw:` unless it is said.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<Arc<str>>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Takes a user of whom nothing is stored for one of whom nothing is known: the first read of each source runs on the
    /// primary, once in the time to live.
    ///
    /// For a storage that may lose what it has acknowledged, and for whoever tolerates any lag.
    #[must_use]
    pub fn absent_is_unknown(mut self) -> Self {
        self.absent = Absent::Unknown;
        self
    }

    /// What came of it so far.
    #[must_use]
    pub fn counts(&self) -> &StoreCounts {
        &self.counts
    }

    /// The context of `user`, as it was saved last.
    ///
    /// It never fails: what cannot be found out is [unknown](Context::unknown), counted, and told to the log by nobody but
    /// [`counts`](Self::counts). It takes no longer than the storage takes to answer or to give up.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn restore(&self, user: &str) -> StoredContext {
        let (ctx, found) = match self.load(user).await {
            Ok(None) => (self.of_absent(), Found::Nothing),
            Ok(Some(bytes)) => (self.decode(user, &bytes), Found::Bytes(bytes)),
            Err(_) => {
                self.counts.add(Count::Unavailable);
                (Context::unknown(), Found::NoAnswer)
            }
        };
        StoredContext::new(user, ctx, found)
    }

    /// Saves what the session has come to, unless that is what is stored.
    ///
    /// # Errors
    /// * [Unavailable](Error::is_unavailable), or whatever the storage says: it is not known whether it was stored.
    /// * [Overloaded](Error::is_overloaded): so many others saved for the same user meanwhile that this one gave up.
    /// * [Config](Error::is_config): the user's name is longer than 512 bytes.
    ///
    /// The next restore of this user may then be of a session that has not done what this one has. Do not confirm a write to
    /// a client that will carry nothing.
    ///
    /// # Cancel safety
    /// Dropped under way, the context may have been stored or not; never half of it, and nobody else's is lost.
    pub async fn save(&self, stored: &StoredContext) -> Result<Saved, Error> {
        self.counted(self.replace(stored).await)
    }

    /// Joins `ctx` to what is stored of `user`, without a restore: of a job, say, that acted for several users.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    ///
    /// # Cancel safety
    /// As [`save`](Self::save).
    pub async fn merge(&self, user: &str, ctx: &Context) -> Result<Saved, Error> {
        self.counted(self.join(user, ctx).await)
    }

    async fn replace(&self, stored: &StoredContext) -> Result<Saved, Error> {
        let (user, ctx) = (stored.user(), stored.context());
        let token = self.codec.encode_for(user, ctx);
        let expected = match stored.found() {
            Found::Nothing if self.is_of(user, ctx, token.as_str(), &self.of_absent()) => {
                return Ok(Saved::Unchanged);
            }
            Found::Bytes(bytes) if self.is_stored(user, ctx, token.as_str(), bytes) => {
                return Ok(Saved::Unchanged);
            }
            Found::Nothing => None,
            Found::Bytes(bytes) => Some(bytes.as_slice()),
            Found::NoAnswer => return self.join(user, ctx).await,
        };
        if self.try_replace(user, expected, token.as_str()).await? {
            return Ok(Saved::Replaced);
        }
        self.counts.add(Count::Race);
        self.join(user, ctx).await
    }

    async fn join(&self, user: &str, ctx: &Context) -> Result<Saved, Error> {
        for _ in 0..ATTEMPTS {
            let bytes = self.load(user).await?;
            let sum = bytes.as_deref().map_or_else(|| self.of_absent(), |bytes| self.decode(user, bytes));
            sum.merge(ctx);
            let token = self.codec.encode_for(user, &sum);
            if bytes.as_ref().is_some_and(|bytes| self.is_stored(user, &sum, token.as_str(), bytes)) {
                return Ok(Saved::Unchanged);
            }
            if self.try_replace(user, bytes.as_deref(), token.as_str()).await? {
                return Ok(Saved::Joined);
            }
            self.counts.add(Count::Race);
        }
        Err(Error::overloaded("saves of the context of one user"))
    }

    async fn load(&self, user: &str) -> Result<Option<Vec<u8>>, Error> {
        self.storage.load(&self.key(user)?).await
    }

    async fn try_replace(&self, user: &str, expected: Option<&[u8]>, token: &str) -> Result<bool, Error> {
        let key = self.key(user)?;
        self.storage.replace(&key, expected, token.as_bytes(), self.expiry.time_to_live()).await
    }

    fn key(&self, user: &str) -> Result<String, Error> {
        if user.len() > MAX_USER {
            return Err(Error::config(format!(
                "a user's name has {} bytes, and at most {MAX_USER} are kept contexts by: give an id, or a hash",
                user.len()
            )));
        }
        Ok(format!("{}{user}", self.prefix))
    }

    fn of_absent(&self) -> Context {
        match self.absent {
            Absent::NothingWasDone => Context::new(),
            Absent::Unknown => Context::unknown(),
        }
    }

    /// What `bytes` say; of those that nobody of us has written for `user`, that nothing is known.
    fn decode(&self, user: &str, bytes: &[u8]) -> Context {
        self.read(user, bytes).unwrap_or_else(|| {
            self.counts.add(Count::Invalid);
            Context::unknown()
        })
    }

    fn read(&self, user: &str, bytes: &[u8]) -> Option<Context> {
        self.codec.decode_for(user, std::str::from_utf8(bytes).ok()?).ok()
    }

    /// Whether `bytes` say what `ctx` does, of which `token` was made.
    fn is_stored(&self, user: &str, ctx: &Context, token: &str, bytes: &[u8]) -> bool {
        self.read(user, bytes).is_some_and(|stored| self.is_of(user, ctx, token, &stored))
    }

    /// Whether `ctx`, of which `token` was made, says what `stored` does. What a token does not carry does not count.
    fn is_of(&self, user: &str, ctx: &Context, token: &str, stored: &Context) -> bool {
        let says = |ctx: &Context| (ctx.frontiers(), ctx.is_unknown_elsewhere());
        says(ctx) == says(stored)
            || self.read(user, token.as_bytes()).is_some_and(|ctx| says(&ctx) == says(stored))
    }

    fn counted(&self, saved: Result<Saved, Error>) -> Result<Saved, Error> {
        self.counts.add(match &saved {
            Ok(Saved::Unchanged) => Count::Unchanged,
            Ok(Saved::Replaced | Saved::Joined) => Count::Saved,
            Err(_) => Count::Failed,
        });
        saved
    }
}
