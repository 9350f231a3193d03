//! Contexts of users, kept in Redis.
//!
//! A restore is a `GET`, a save a script that compares and sets in one step, which Redis runs alone. Anything that speaks
//! its protocol and has `EVAL` will do (Valkey, for one).
//!
//! What Redis itself may lose, ryw cannot find. Its replication is asynchronous, and `WAIT` narrows that without ending it:
//! a failover can bring back an earlier context of a user, whose next read may then miss what that one did not know of.
//! And it may be told to evict, or to keep nothing over a restart. Hence:
//!
//! * `maxmemory-policy noeviction`; or else, and without persistence,
//!   [`absent_is_unknown`](ryw_core::ContextStore::absent_is_unknown), which makes whatever is missing cost one read on the
//!   primary.
//! * Where a failover of Redis must not be seen either, keep the contexts where the rows are: in Postgres, in DynamoDB.
//!
//! It never reads from a replica of Redis, unless it is given the address of one.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, Script};
use ryw_core::{ContextStorage, Error};

/// How long a restore or a save may take, unless it is said.
const LIMIT: Duration = Duration::from_millis(250);
/// The longest pause between two tries to connect again.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// The longest that anything is kept: Redis adds it to a clock of 63 bits.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Sets the key to the third argument, for as many milliseconds as the fourth says, if it is the second, or if it is not
/// there and the first is 0.
const REPLACE: &str = "\
local kept = redis.call('GET', KEYS[1])
if ARGV[1] == '0' then
    if kept then return 0 end
elseif kept ~= ARGV[2] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return 1";

/// A [`ContextStorage`] in Redis. Cheap to clone; clones share one connection, which is made at the first use and made
/// anew when it is lost.
#[derive(Clone)]
pub struct RedisContexts(Arc<Inner>);

struct Inner {
    client: Client,
    limit: Duration,
    script: Script,
    connection: OnceLock<ConnectionManager>,
}

/// Without the address, which may hold a password.
impl fmt::Debug for RedisContexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisContexts").field("limit", &self.0.limit).finish_non_exhaustive()
    }
}

impl RedisContexts {
    /// In the server at `url`, such as `redis://:secret@cache-1/0`. Nothing is sent yet.
    ///
    /// # Errors
    /// [Config](Error::is_config), if the URL cannot be understood, or asks for TLS that the crate `redis` was compiled
    /// without.
    pub fn new(url: &str) -> Result<Self, Error> {
        let client = Client::open(url);
        client.map(Self::with_client).map_err(|error| {
            Error::config("the address of Redis cannot be used: give it as redis://host:port/0")
                .with_source(error)
        })
    }

    /// Over a client of your own, with whatever it was set up with.
    #[must_use]
    pub fn with_client(client: Client) -> Self {
        Self::of(client, LIMIT)
    }

    /// How long a restore or a save may take, a connection included, before it counts as unanswered; 250 ms unless it is
    /// said.
    #[must_use]
    pub fn time_limit(self, limit: Duration) -> Self {
        Self::of(self.0.client.clone(), limit)
    }

    fn of(client: Client, limit: Duration) -> Self {
        let script = Script::new(REPLACE);
        Self(Arc::new(Inner { client, limit, script, connection: OnceLock::new() }))
    }

    /// What `asked` comes to on the connection, within the limit.
    async fn ask<T>(
        &self,
        asked: impl AsyncFnOnce(&mut ConnectionManager) -> Result<T, RedisError>,
    ) -> Result<T, Error> {
        let mut connection = self.0.connection()?;
        match tokio::time::timeout(self.0.limit, asked(&mut connection)).await {
            Ok(answer) => answer.map_err(|error| {
                Error::unavailable("Redis, where contexts are kept, refuses or is away").with_source(error)
            }),
            Err(_) => {
                let limit = self.0.limit;
                Err(Error::unavailable(format!(
                    "Redis, where contexts are kept, did not answer within {limit:?}"
                )))
            }
        }
    }
}

impl Inner {
    /// Within a runtime only, where it is made: its connection is kept by a task.
    fn connection(&self) -> Result<ConnectionManager, Error> {
        if let Some(connection) = self.connection.get() {
            return Ok(connection.clone());
        }
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(self.limit))
            .set_response_timeout(Some(self.limit))
            .set_max_delay(LONGEST_PAUSE);
        let connection = ConnectionManager::new_lazy_with_config(self.client.clone(), config);
        let connection = connection.map_err(|error| {
            Error::config("the connection to Redis cannot be set up like this").with_source(error)
        })?;
        Ok(self.connection.get_or_init(|| connection).clone())
    }
}

#[async_trait]
impl ContextStorage for RedisContexts {
    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.ask(async |connection| redis::cmd("GET").arg(key).query_async(connection).await).await
    }

    async fn replace(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        bytes: &[u8],
        time_to_live: Duration,
    ) -> Result<bool, Error> {
        // A part of a millisecond is one.
        let millis = time_to_live.min(LONGEST).as_micros().div_ceil(1000) as u64;
        self.ask(async |connection| {
            self.0
                .script
                .key(key)
                .arg(u8::from(expected.is_some()))
                .arg(expected.unwrap_or_default())
                .arg(bytes)
                .arg(millis)
                .invoke_async(connection)
                .await
        })
        .await
    }
}
