//! What a place to keep contexts in must be able to do.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::Error;

/// Bytes under keys, for a while: what a [`ContextStore`](super::ContextStore) keeps contexts in.
///
/// Implemented by [`MemoryStorage`](super::MemoryStorage), and over Postgres, DynamoDB and Redis by the crates of those.
///
/// Obligations of an implementation:
/// * What was stored MUST be seen by every [`load`](Self::load) that begins afterwards, by whichever process: no replica, no
///   cache.
/// * [`replace`](Self::replace) MUST compare and store in one step, against all other processes.
/// * What was stored MUST be kept for its time to live at least, and SHOULD survive whatever the rows do that contexts speak
///   of. What has expired MUST count as not there, whether or not it has been cleared away.
/// * Both MUST come to an end soon, also if the server hangs: requests wait for them.
///
/// `tests/tests/stores` is the suite that holds the implementations to it.
#[async_trait]
pub trait ContextStorage: Debug + Send + Sync {
    /// What is stored under `key`.
    ///
    /// # Errors
    /// Whatever keeps it from being known.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>, Error>;

    /// Stores `bytes` under `key` for `time_to_live`, if what is stored there is `expected`; says whether it was.
    ///
    /// # Errors
    /// Whatever keeps it from being known. It may have been stored.
    ///
    /// # Cancel safety
    /// Dropped under way, it may have been stored.
    async fn replace(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        bytes: &[u8],
        time_to_live: Duration,
    ) -> Result<bool, Error>;
}

#[async_trait]
impl<S: ContextStorage + ?Sized> ContextStorage for std::sync::Arc<S> {
    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        (**self).load(key).await
    }

    async fn replace(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        bytes: &[u8],
        time_to_live: Duration,
    ) -> Result<bool, Error> {
        (**self).replace(key, expected, bytes, time_to_live).await
    }
}
