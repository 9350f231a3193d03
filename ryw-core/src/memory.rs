//! A source without a server, for unit tests of your own services.
//!
//! [`MemorySource`] has a primary and replicas that apply its log only when the test says so. It decides through the
//! same function as the real backends and keeps the same contexts, so a service that forgets to pass its context reads
//! stale here as it would in production, in microseconds and every time.
//!
//! Differences from a server, on purpose: reads never wait (time stands still between steps), what the database would make
//! is [generated](crate::Generate), keys are ordered by [`Ord`], which need not be your database's collation, and of
//! constraints only the key and the columns marked `unique` are known. There are no transactions.

use std::any::{Any, TypeId};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::decision::{self, Ask, Plan};
use crate::{
    Branch, Clock, ConsistencySource, Context, Coverage, Entity, Error, Frontier, Identity, Mode,
    MonotonicReads, Position, Progress, ReadPolicy, Reason, Route, RouteCounts, Routed, Seen, SoftDelete,
    SourceId, SystemClock, Versioned, Written,
};

mod in_memory;
mod reads;
mod rows;
mod store;
mod writing;

pub use self::in_memory::InMemory;

use self::rows::{Rows, Store};
use self::writing::Writing;

/// A primary and replicas in memory, whose lag a test steps by hand. Cheap to clone; clones are the same source.
///
/// Reads never wait: time stands still between steps. What a database would make, keys and timestamps, is
/// [generated](crate::Generate), and keys are ordered by [`Ord`].
///
/// ```
/// # use ryw_core::{Change, Column, Entity, Error, Generator, InMemory, Stored};
/// use ryw_core::{Context, MemorySource};
///
/// #[derive(Clone, Debug, PartialEq)] // and `Repository`, which makes `NewFavorite` and what the source needs to know
/// struct Favorite { user_id: i64, color_hex: String }
/// # #[derive(Clone, Debug)]
/// # struct NewFavorite { user_id: i64, color_hex: String }
/// # #[derive(Clone, Debug, Default)]
/// # struct FavoritePatch { color_hex: Change<String> }
/// # impl From<NewFavorite> for FavoritePatch {
/// #     fn from(new: NewFavorite) -> Self { Self { color_hex: new.color_hex.into() } }
/// # }
/// # #[derive(Clone, Copy, Debug, PartialEq, Eq)]
/// # enum FavoriteColumn {}
/// # impl Column for FavoriteColumn {
/// #     fn name(self) -> &'static str { match self {} }
/// #     fn table(self) -> &'static str { match self {} }
/// # }
/// # impl Entity for Favorite {
/// #     type Key = i64;
/// #     const NAME: &'static str = "Favorite";
/// #     fn key(&self) -> i64 { self.user_id }
/// # }
/// # impl Stored for Favorite {
/// #     type New = NewFavorite;
/// #     type Patch = FavoritePatch;
/// #     type Column = FavoriteColumn;
/// #     fn to_new(&self) -> NewFavorite {
/// #         NewFavorite { user_id: self.user_id, color_hex: self.color_hex.clone() }
/// #     }
/// # }
/// # impl InMemory for Favorite {
/// #     fn create(new: NewFavorite, _: &mut Generator) -> Result<Self, Error> {
/// #         Ok(Self { user_id: new.user_id, color_hex: new.color_hex })
/// #     }
/// #     fn change(&mut self, patch: FavoritePatch, _: &mut Generator) -> Result<(), Error> {
/// #         Ok(patch.color_hex.apply(&mut self.color_hex))
/// #     }
/// # }
/// let source = MemorySource::builder("main").replicas(1).build();
/// let ctx = Context::new();
/// let blue = NewFavorite { user_id: 7, color_hex: "#0000ff".into() };
/// let blue = source.insert::<Favorite>(&ctx, blue)?.into_inner();
///
/// // Whoever lost the context reads the replica, which has applied nothing yet; the session reads its own write.
/// assert_eq!(source.find::<Favorite>(&Context::new(), &7)?, None);
/// assert_eq!(source.find(&ctx, &7)?, Some(blue.clone()));
/// source.replica(0).apply_all();
/// assert_eq!(source.find(&Context::new(), &7)?, Some(blue));
/// # Ok::<(), ryw_core::Error>(())
/// ```
#[derive(Clone)]
pub struct MemorySource(Arc<Inner>);

struct Inner {
    id: SourceId,
    identity: Identity,
    mode: Mode,
    clock: Arc<dyn Clock>,
    counts: RouteCounts,
    state: Mutex<State>,
}

struct State {
    /// How many writes the primary has committed.
    committed: u64,
    /// How many of them each replica has applied.
    applied: Vec<u64>,
    tables: HashMap<TypeId, Box<dyn Store>>,
}

impl fmt::Debug for MemorySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySource").field("id", &self.0.id).finish_non_exhaustive()
    }
}

/// Puts a [`MemorySource`] together.
#[derive(Debug)]
#[must_use]
pub struct MemorySourceBuilder {
    id: SourceId,
    replicas: usize,
    mode: Mode,
    clock: Arc<dyn Clock>,
}

impl MemorySourceBuilder {
    /// How many replicas there are; one unless said otherwise.
    pub fn replicas(mut self, replicas: usize) -> Self {
        self.replicas = replicas;
        self
    }

    /// How the source gives its guarantee.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// The clock that time-to-live mode reads.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The source, empty.
    #[must_use]
    pub fn build(self) -> MemorySource {
        let state = State { committed: 0, applied: vec![0; self.replicas], tables: HashMap::new() };
        MemorySource(Arc::new(Inner {
            identity: Identity::new(format!("memory:{}", self.id)),
            id: self.id,
            mode: self.mode,
            clock: self.clock,
            counts: RouteCounts::default(),
            state: Mutex::new(state),
        }))
    }
}

impl MemorySource {
    /// A source of this name, with one replica unless the builder is told otherwise.
    pub fn builder(id: impl Into<SourceId>) -> MemorySourceBuilder {
        MemorySourceBuilder {
            id: id.into(),
            replicas: 1,
            mode: Mode::default(),
            clock: Arc::new(SystemClock),
        }
    }

    /// The replica at `index`, to step its lag.
    ///
    /// # Panics
    /// If there is no such replica.
    #[must_use]
    pub fn replica(&self, index: usize) -> MemoryReplica<'_> {
        let replicas = self.lock().applied.len();
        assert!(index < replicas, "replica {index} was asked for, but this source has {replicas}");
        MemoryReplica { source: self, index }
    }

    /// Inserts a new row.
    ///
    /// # Errors
    /// [Conflict](Error::is_conflict) if the key or a unique value is taken.
    pub fn insert<T: InMemory>(&self, ctx: &Context, new: impl Into<T::New>) -> Result<Written<T>, Error> {
        let inserted = self.write(ctx, |rows| rows.insert([new.into()]))?;
        Ok(inserted.map(|mut rows: Vec<T>| rows.pop().expect("of one row inserted one is returned")))
    }

    /// Inserts new rows, all or none.
    ///
    /// # Errors
    /// [Conflict](Error::is_conflict) if a key or a unique value is taken, or given twice.
    pub fn insert_many<T: InMemory>(
        &self,
        ctx: &Context,
        news: impl IntoIterator<Item = impl Into<T::New>>,
    ) -> Result<Written<Vec<T>>, Error> {
        let news: Vec<T::New> = news.into_iter().map(Into::into).collect();
        if news.is_empty() {
            return Ok(Written::new(Vec::new(), None));
        }
        self.write(ctx, |rows| rows.insert(news))
    }

    /// Stores what the application gives of `entity` in the row of its key.
    ///
    /// # Errors
    /// As [`Repository::replace`](crate::Repository::replace).
    pub fn replace<T: InMemory>(&self, ctx: &Context, entity: &T) -> Result<Written<T>, Error> {
        self.write(ctx, |rows| {
            rows.update(&entity.key(), entity.to_new().into(), |current| entity.is_version_of(current))
        })
    }

    /// Changes the row of this key.
    ///
    /// # Errors
    /// As [`Repository::update`](crate::Repository::update).
    pub fn update<T: InMemory>(
        &self,
        ctx: &Context,
        key: &T::Key,
        patch: T::Patch,
    ) -> Result<Written<T>, Error> {
        self.write(ctx, |rows| rows.update(key, patch, |_| true))
    }

    /// Changes the row of this key if it still has this version.
    ///
    /// # Errors
    /// As [`VersionedRepository::update_if`](crate::VersionedRepository::update_if).
    pub fn update_if<T: InMemory + Versioned>(
        &self,
        ctx: &Context,
        key: &T::Key,
        version: T::Version,
        patch: T::Patch,
    ) -> Result<Written<T>, Error> {
        self.write(ctx, |rows| rows.update(key, patch, |current: &T| current.version() == version))
    }

    /// Inserts the row, or stores it in place of the one of this key.
    ///
    /// # Errors
    /// [Conflict](Error::is_conflict) if a unique value is taken.
    pub fn upsert<T: InMemory>(&self, ctx: &Context, new: impl Into<T::New>) -> Result<Written<T>, Error> {
        self.write(ctx, |rows| rows.upsert(new.into(), |new: &T, row| new.key() == row.key()))
    }

    /// Inserts the row, or stores it in place of the one with the same value in this unique column. That one keeps its key.
    ///
    /// # Errors
    /// [Conflict](Error::is_conflict) if the key, or another unique value, is taken.
    pub fn upsert_by<T: InMemory>(
        &self,
        ctx: &Context,
        column: T::Column,
        new: impl Into<T::New>,
    ) -> Result<Written<T>, Error> {
        self.write(ctx, |rows| rows.upsert(new.into(), |new: &T, row| new.shares(row, column)))
    }

    /// Deletes the row of this key, if there is one; softly, if it has a mark for that.
    ///
    /// # Errors
    /// Of configuration, if the mark is of a type that no values can be made of.
    pub fn delete<T: InMemory>(&self, ctx: &Context, key: &T::Key) -> Result<Written<Option<T>>, Error> {
        self.write(ctx, |rows| rows.delete(key))
    }

    /// Takes the mark from a softly deleted row.
    ///
    /// # Errors
    /// [Not found](Error::is_not_found) if no row of this key is softly deleted.
    pub fn restore<T: InMemory + SoftDelete>(
        &self,
        ctx: &Context,
        key: &T::Key,
    ) -> Result<Written<T>, Error> {
        self.write(ctx, |rows| rows.restore(key))
    }

    /// Removes the row of this key for good, if there is one, softly deleted or not.
    ///
    /// # Errors
    /// None in memory; the signature is that of every source.
    pub fn purge<T: InMemory + SoftDelete>(
        &self,
        ctx: &Context,
        key: &T::Key,
    ) -> Result<Written<Option<T>>, Error> {
        self.write(ctx, |rows| Ok(rows.purge(key)))
    }

    /// The row of this key, as the replica or the primary that serves this context has it.
    ///
    /// # Errors
    /// None in memory; the signature is that of every source.
    pub fn find<T: Entity>(&self, ctx: &Context, key: &T::Key) -> Result<Option<T>, Error> {
        Ok(self.read(ctx, |rows: &Rows<T>, at| rows.visible_as_of(at, key).cloned()))
    }

    /// The row of this key, softly deleted or not.
    ///
    /// # Errors
    /// None in memory; the signature is that of every source.
    pub fn find_with_deleted<T: SoftDelete>(&self, ctx: &Context, key: &T::Key) -> Result<Option<T>, Error> {
        Ok(self.read(ctx, |rows: &Rows<T>, at| rows.as_of(at, key).cloned()))
    }

    /// The rows of these keys, in their order.
    ///
    /// # Errors
    /// None in memory; the signature is that of every source.
    pub fn find_many<T: Entity>(&self, ctx: &Context, keys: &[T::Key]) -> Result<Vec<T>, Error> {
        Ok(self.read(ctx, |rows: &Rows<T>, at| {
            let mut asked = BTreeSet::new();
            let first = keys.iter().filter(|key| asked.insert(*key));
            first.filter_map(|key| rows.visible_as_of(at, key).cloned()).collect()
        }))
    }

    /// Has a row of an entity that is only read there, in place of the one of its key: what a view would show.
    pub fn show<T: Entity>(&self, ctx: &Context, row: T) {
        let shown = self.commit(ctx, |state, at| {
            state.rows().put(at, row.key(), Some(row));
            Ok(())
        });
        drop(shown);
    }

    fn write<T: InMemory, R>(
        &self,
        ctx: &Context,
        change: impl FnOnce(&mut Writing<'_, T>) -> Result<R, Error>,
    ) -> Result<Written<R>, Error> {
        self.commit(ctx, |state, at| change(&mut Writing::begin(state.rows(), at, self.0.clock.now())))
    }

    fn commit<R>(
        &self,
        ctx: &Context,
        change: impl FnOnce(&mut State, u64) -> Result<R, Error>,
    ) -> Result<Written<R>, Error> {
        let before = ctx.frontier(&self.0.id);
        let mut state = self.lock();
        let at = state.committed + 1;
        let value = match change(&mut state, at) {
            Ok(value) => value,
            Err(error) => {
                if error.is_version_conflict() {
                    // It shows the row as it is: a read, on the primary.
                    self.record_primary_read(ctx, &before, state.committed);
                }
                return Err(error);
            }
        };
        state.committed = at;
        drop(state);
        self.0.counts.record(Routed { route: Route::Primary, reason: Reason::Write });
        let position = self.position(at);
        ctx.record_write(&self.0.id, &before, Some(position.clone()), self.0.clock.now());
        Ok(Written::new(value, Some(position)))
    }

    fn read<T: Entity, R>(&self, ctx: &Context, look: impl FnOnce(&Rows<T>, u64) -> R) -> R {
        let mut state = self.lock();
        let before = ctx.frontier(&self.0.id);
        let routed = self.decide(ctx, &before, &state);
        let at = match routed.route {
            Route::Primary => state.committed,
            Route::Replica(index) => state.applied[index],
            Route::Cache => unreachable!("the decision knows servers only"),
        };
        let found = look(state.rows(), at);
        drop(state);
        self.0.counts.record(routed);
        if routed.route == Route::Primary {
            self.record_primary_read(ctx, &before, at);
        } else if ctx.monotonic_reads() == MonotonicReads::On {
            ctx.record_read(&self.0.id, Seen::new(self.branch(), at));
        }
        found
    }

    fn record_primary_read(&self, ctx: &Context, before: &Frontier, at: u64) {
        ctx.record_primary_read(&self.0.id, before, Seen::new(self.branch(), at));
        if let Mode::TimeToLive(_) = self.0.mode {
            ctx.record_doubt(&self.0.id, before, self.0.clock.now());
        }
    }

    fn decide(&self, ctx: &Context, known: &Frontier, state: &State) -> Routed {
        let primary = self.progress(state.committed);
        let mut frontier = known.clone();
        if matches!(ctx.policy(), ReadPolicy::BoundedStaleness(_)) {
            // No time passes here, so any bound asks for all that was committed.
            frontier.join(&self.position(state.committed).into());
        }
        let ask = Ask {
            mode: self.0.mode,
            policy: ctx.policy(),
            frontier: &frontier,
            primary: Some(&primary),
            budget: Duration::ZERO,
            now: self.0.clock.now(),
        };
        let replicas = state.applied.iter().enumerate().map(|(index, applied)| {
            let coverage = frontier.covered_by(&self.progress(*applied));
            decision::Replica {
                index,
                usable: true,
                tried: false,
                coverage: Some(coverage),
                recent: true,
                catch_up: None,
            }
        });
        match decision::decide(&ask, replicas) {
            Plan::Primary(Reason::ReplicasBehind) if frontier.covered_by(&primary) == Coverage::Behind => {
                Routed { route: Route::Primary, reason: Reason::PositionFromFuture }
            }
            Plan::Primary(reason) => Routed { route: Route::Primary, reason },
            Plan::Replica { index, reason } => Routed { route: Route::Replica(index), reason },
            Plan::Check { .. } => unreachable!("every replica's knowledge is exact and recent"),
        }
    }

    fn position(&self, offset: u64) -> Position {
        Position::at(self.branch(), offset)
    }

    fn progress(&self, offset: u64) -> Progress {
        Progress::new(self.branch(), offset)
    }

    /// The one branch there is: a source in memory never fails over.
    fn branch(&self) -> Branch {
        Branch::new(self.0.identity.clone(), 1)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A closure that panicked under the lock has changed nothing that `committed` shows.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn rows<T: Entity>(&mut self) -> &mut Rows<T> {
        let table = self.tables.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(Rows::<T>::default()));
        let table: &mut dyn Any = table.as_any();
        table.downcast_mut().expect("tables are keyed by the type of their rows")
    }
}

#[async_trait]
impl ConsistencySource for MemorySource {
    fn id(&self) -> &SourceId {
        &self.0.id
    }

    fn identity(&self) -> Option<Identity> {
        Some(self.0.identity.clone())
    }

    async fn route_write(&self, _ctx: &Context) -> Result<Routed, Error> {
        Ok(Routed { route: Route::Primary, reason: Reason::Write })
    }

    async fn route_read(&self, ctx: &Context) -> Result<Routed, Error> {
        Ok(self.decide(ctx, &ctx.frontier(&self.0.id), &self.lock()))
    }

    async fn capture(&self) -> Result<Position, Error> {
        Ok(self.position(self.lock().committed))
    }

    async fn resolve(&self, _ctx: &Context) -> Result<(), Error> {
        // Its positions are offsets from the start.
        Ok(())
    }

    /// What every replica has applied, as none of them ever goes back. Without replicas nothing, as of any source: a process
    /// that has some may be handed the context.
    fn retire(&self, ctx: &Context) {
        let applied = self.lock().applied.iter().min().copied();
        let window = match self.0.mode {
            Mode::TimeToLive(window) => window,
            Mode::Position | Mode::PrimaryOnly => Duration::ZERO,
        };
        if let Some(applied) = applied {
            let now = self.0.clock.now();
            ctx.retire(&self.0.id, &self.progress(applied), now.earlier_by(window));
        }
    }

    fn counts(&self) -> &RouteCounts {
        &self.0.counts
    }
}

/// A replica of a [`MemorySource`]: it applies the primary's writes when told to.
#[derive(Debug)]
pub struct MemoryReplica<'a> {
    source: &'a MemorySource,
    index: usize,
}

impl MemoryReplica<'_> {
    /// Applies the next `writes` writes, or as many as there are.
    pub fn apply(&self, writes: u64) {
        let mut state = self.source.lock();
        let committed = state.committed;
        let applied = &mut state.applied[self.index];
        *applied = applied.saturating_add(writes).min(committed);
    }

    /// Applies every write there is.
    pub fn apply_all(&self) {
        self.apply(u64::MAX);
    }

    /// How many writes the replica has not applied.
    #[must_use]
    pub fn lag(&self) -> u64 {
        let state = self.source.lock();
        state.committed - state.applied[self.index]
    }
}

#[cfg(test)]
mod tests;
