//! A session whose every read is checked against what it was promised.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ryw_core::{Context, Error};
use ryw_postgres::{PostgresSource, sqlx};

use crate::{Favorite, FavoriteRepository};

/// How long a statement of one's own inside a transaction may take: nobody else ends it if its server hangs.
const OWN_LIMIT: Duration = Duration::from_secs(20);

/// Which context the reads of a session are made with. Only one is right; the others show that a check can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The session's own.
    Session,
    /// The session's own, reading eventually.
    Eventual,
    /// A new one for each read, as of a client that carries nothing.
    Forgetful,
}

/// One client, or several tasks that share its context. Clones are the same client.
///
/// Each key counts up and has one writer at a time, so what a read must at least find is the largest number that any
/// write of the session had stored, or any read had found, before it began. A writer that does not know what became of a
/// write must take another key: that write may come after its next one.
#[derive(Clone, Debug)]
pub struct Session {
    source: PostgresSource,
    favorites: FavoriteRepository,
    ctx: Context,
    rule: Rule,
    floor: Arc<Mutex<BTreeMap<i64, i64>>>,
}

/// A read that found less than it was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The key read.
    pub key: i64,
    /// What was found; -1 for nothing.
    pub found: i64,
    /// What the session knew before.
    pub floor: i64,
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {}: read {} after {}", self.key, self.found, self.floor)
    }
}

impl Session {
    /// A new client of `source`.
    #[must_use]
    pub fn new(source: &PostgresSource, rule: Rule) -> Self {
        Self {
            source: source.clone(),
            favorites: FavoriteRepository::new(source.clone()),
            ctx: Context::new(),
            rule,
            floor: Arc::default(),
        }
    }

    /// The context of its writes.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.ctx
    }

    /// Stores `count`, as a statement of its own.
    ///
    /// # Errors
    /// Those of the write.
    pub async fn write(&self, key: i64, count: i64) -> Result<(), Error> {
        self.favorites.upsert(&self.ctx, &Favorite::numbered(key, count)).await?;
        self.raise(key, count);
        Ok(())
    }

    /// Stores `count` in a transaction that begins with the statement `setting`.
    ///
    /// # Errors
    /// Those of the transaction.
    ///
    /// # Panics
    /// If the server refuses `setting`.
    pub async fn write_in(&self, key: i64, count: i64, setting: &'static str) -> Result<(), Error> {
        let mut tx = self.source.begin(&self.ctx).await?;
        let favorite = Favorite::numbered(key, count);
        let own = tokio::time::timeout(OWN_LIMIT, sqlx::query(setting).execute(&mut *tx)).await;
        match own.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
            Ok(_) => {}
            Err(error) if is_lost(&error) => return Err(lost(error)),
            Err(error) => panic!("{setting}: {error}"),
        }
        self.favorites.upsert_in(&mut tx, &favorite).await?;
        tx.commit().await?;
        self.raise(key, count);
        Ok(())
    }

    /// Reads a key through the repository.
    ///
    /// # Errors
    /// Those of the read.
    pub async fn read(&self, key: i64) -> Result<Option<Stale>, Error> {
        let floor = self.floor(key);
        let favorite = self.favorites.find(&self.reading(), &key).await?;
        Ok(self.check(key, floor, favorite.map_or(-1, |favorite| favorite.count())))
    }

    /// Reads a key by a query of its own.
    ///
    /// # Errors
    /// Those of the read; a statement that fails on a replica is not repeated.
    pub async fn query(&self, key: i64) -> Result<Option<Stale>, Error> {
        let floor = self.floor(key);
        let mut conn = self.source.read(&self.reading()).await?;
        let color: Option<String> = sqlx::query_scalar("SELECT color_hex FROM favorites WHERE user_id = $1")
            .bind(key)
            .fetch_optional(&mut *conn)
            .await
            .map_err(lost)?;
        conn.finish().await?;
        let found = color.map_or(-1, |color| i64::from_str_radix(&color[1..], 16).expect("a number"));
        Ok(self.check(key, floor, found))
    }

    /// The keys that it has met.
    ///
    /// # Panics
    /// Never: no check panics.
    #[must_use]
    pub fn keys(&self) -> Vec<i64> {
        self.floor.lock().expect("no check panics").keys().copied().collect()
    }

    fn reading(&self) -> Context {
        match self.rule {
            Rule::Session => self.ctx.clone(),
            Rule::Eventual => self.ctx.eventual(),
            Rule::Forgetful => Context::new(),
        }
    }

    fn check(&self, key: i64, floor: i64, found: i64) -> Option<Stale> {
        self.raise(key, found);
        (found < floor).then_some(Stale { key, found, floor })
    }

    fn floor(&self, key: i64) -> i64 {
        self.floor.lock().expect("no check panics").get(&key).copied().unwrap_or(-1)
    }

    /// Notes that `count` is known to be stored, by other means than the methods here.
    ///
    /// # Panics
    /// Never: no check panics.
    pub fn raise(&self, key: i64, count: i64) {
        let mut floor = self.floor.lock().expect("no check panics");
        let known = floor.entry(key).or_insert(-1);
        *known = count.max(*known);
    }
}

/// Whether the session is over, by its own word or without one: a server that shuts down says so.
fn is_lost(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().map(|database| database.code().unwrap_or_default().into_owned());
    code.is_none_or(|code| code.starts_with("57P"))
}

/// A failure of a statement of one's own, as ryw would call it.
fn lost(error: sqlx::Error) -> Error {
    Error::unavailable("the connection was lost").with_source(error)
}
