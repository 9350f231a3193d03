//! A source without a server, for unit tests of your own services.
//!
//! [`MemorySource`] has a primary and replicas that apply its log only when the test says so. It decides through the
//! same function as the real backends and keeps the same contexts, so a service that forgets to pass its context reads
//! stale here as it would in production, in microseconds and every time.
//!
//! Differences from a server, on purpose: reads never wait (time stands still between steps), columns that the
//! database would fill (`generated`, `updated_at`) are stored as given, and keys are ordered by [`Ord`], which need not
//! be your database's collation.

use std::any::{Any, TypeId};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::decision::{self, Ask, Plan};
use crate::{
    Branch, Clock, ConsistencySource, Context, Coverage, Entity, Error, Frontier, Identity, Mode,
    MonotonicReads, Page, PageRequest, Position, Progress, ReadPolicy, Reason, Route, RouteCounts, Routed,
    Seen, SourceId, SystemClock, Written,
};

mod rows;

use rows::{Rows, Store};

/// A primary and replicas in memory, whose lag a test steps by hand. Cheap to clone; clones are the same source.
///
/// Reads never wait: time stands still between steps. Columns that a database would fill are stored as given, and keys are
/// ordered by [`Ord`].
///
/// ```
/// use ryw_core::{Context, Entity, MemorySource};
///
/// #[derive(Clone, Debug, PartialEq)]
/// struct Favorite { user_id: i64, color_hex: String }
/// # impl Entity for Favorite {
/// #     type Key = i64;
/// #     const NAME: &'static str = "Favorite";
/// #     fn key(&self) -> &i64 { &self.user_id }
/// # }
/// let source = MemorySource::builder("main").replicas(1).build();
/// let ctx = Context::new();
/// let blue = Favorite { user_id: 7, color_hex: "#0000ff".into() };
/// source.insert(&ctx, &blue)?;
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
    /// [Conflict](Error::is_conflict) if the key is taken.
    pub fn insert<T: Entity>(&self, ctx: &Context, entity: &T) -> Result<Written<T>, Error> {
        self.write(ctx, |rows, at| {
            if rows.current(entity.key()).is_some() {
                return Err(Error::conflict(T::NAME));
            }
            rows.put(at, entity.key().clone(), Some(entity.clone()));
            Ok(entity.clone())
        })
    }

    /// Replaces the row of this key.
    ///
    /// # Errors
    /// [Not found](Error::is_not_found) if there is none.
    pub fn update<T: Entity>(&self, ctx: &Context, entity: &T) -> Result<Written<T>, Error> {
        self.write(ctx, |rows, at| {
            if rows.current(entity.key()).is_none() {
                return Err(Error::not_found(T::NAME));
            }
            rows.put(at, entity.key().clone(), Some(entity.clone()));
            Ok(entity.clone())
        })
    }

    /// Inserts the row, or replaces the one of this key.
    ///
    /// # Errors
    /// None in memory; the signature is that of every source.
    pub fn upsert<T: Entity>(&self, ctx: &Context, entity: &T) -> Result<Written<T>, Error> {
        self.write(ctx, |rows, at| {
            rows.put(at, entity.key().clone(), Some(entity.clone()));
            Ok(entity.clone())
        })
    }

    /// Deletes the row of this key, if there is one.
    ///
    /// # Errors
    /// None in memory; the signature is that of every source.
    pub fn delete<T: Entity>(&self, ctx: &Context, key: &T::Key) -> Result<Written<Option<T>>, Error> {
        self.write(ctx, |rows, at| {
            let last = rows.current(key).cloned();
            rows.put(at, key.clone(), None);
            Ok(last)
        })
    }

    /// The row of this key, as the replica or the primary that serves this context has it.
    ///
    /// # Errors
    /// None in memory; the signature is that of every source.
    pub fn find<T: Entity>(&self, ctx: &Context, key: &T::Key) -> Result<Option<T>, Error> {
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
            first.filter_map(|key| rows.as_of(at, key).cloned()).collect()
        }))
    }

    /// One page of all rows, ordered by key.
    ///
    /// # Errors
    /// None in memory; the signature is that of every source.
    pub fn list<T: Entity>(&self, ctx: &Context, page: &PageRequest<T::Key>) -> Result<Page<T>, Error> {
        Ok(self.read(ctx, |rows: &Rows<T>, at| {
            Page::new(rows.after(at, page.after_key()).take(page.limit() as usize).cloned().collect(), page)
        }))
    }

    fn write<T: Entity, R>(
        &self,
        ctx: &Context,
        change: impl FnOnce(&mut Rows<T>, u64) -> Result<R, Error>,
    ) -> Result<Written<R>, Error> {
        let before = ctx.frontier(&self.0.id);
        let mut state = self.lock();
        let at = state.committed + 1;
        let value = change(state.rows(), at)?;
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
        };
        let found = look(state.rows(), at);
        drop(state);
        self.0.counts.record(routed);
        if routed.route == Route::Primary {
            ctx.record_primary_read(&self.0.id, &before, Seen::new(self.branch(), at));
        } else if ctx.monotonic_reads() == MonotonicReads::On {
            ctx.record_read(&self.0.id, Seen::new(self.branch(), at));
        }
        found
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
