//! Putting a source together.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ryw_core::{Clock, Error, Route, RouteCounts, SourceId, SystemClock};

use crate::address::{Address, Endpoint, Kind};
use crate::capture;
use crate::choose::MAX_NODES;
use crate::cluster::PostgresSource;
use crate::constraints::Constraints;
use crate::epoch::{Epochs, Statements};
use crate::inner::{Distance, Inner};
use crate::leadership::Leadership;
use crate::limiter::Limiter;
use crate::limits::Limits;
use crate::mode::Mode;
use crate::node::{Common, Node};
use crate::observe::{Labels, Observer, names};
use crate::remote_apply;
use crate::retirement::Ages;
use crate::start::{Start, look_at_all};
use crate::timeline::Timeline;
use crate::topology::Topology;

/// Longest budget for waiting on replicas.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Puts a [`PostgresSource`] together.
///
/// ```no_run
/// # async fn connect() -> Result<(), ryw_core::Error> {
/// use ryw_postgres::PostgresSource;
///
/// let source = PostgresSource::builder("main")
///     .primary("postgres://app:secret@db-1/app")
///     .replica("postgres://app:secret@db-2/app")
///     .replica("postgres://app:secret@db-3/app")
///     .connect()
///     .await?;
/// # Ok(()) }
/// ```
#[must_use = "a builder does nothing until `connect`"]
pub struct PostgresSourceBuilder {
    id: SourceId,
    primary: Option<Address>,
    replicas: Vec<Address>,
    mode: Mode,
    limits: Limits,
    distance: Option<Distance>,
    epochs: Epochs,
    retire_after: Option<Duration>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for PostgresSourceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresSourceBuilder")
            .field("id", &self.id)
            .field("primary", &self.primary)
            .field("replicas", &self.replicas)
            .field("mode", &self.mode)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl PostgresSource {
    /// Starts to put a source together; `id` is your name for it, under which contexts and tokens keep its positions.
    pub fn builder(id: impl Into<SourceId>) -> PostgresSourceBuilder {
        PostgresSourceBuilder::new(id.into())
    }
}

impl PostgresSourceBuilder {
    fn new(id: SourceId) -> Self {
        Self {
            id,
            primary: None,
            replicas: Vec::new(),
            mode: Mode::default(),
            limits: Limits::default(),
            distance: None,
            epochs: Epochs::Off,
            retire_after: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// The server that takes writes. Required.
    pub fn primary(mut self, address: impl Into<Address>) -> Self {
        self.primary = Some(address.into());
        self
    }

    /// Adds a physical streaming replica of the primary, or several behind one [balanced](Address::balanced) address.
    pub fn replica(mut self, address: impl Into<Address>) -> Self {
        self.replicas.push(address.into());
        self
    }

    /// How the source gives its guarantee; [`Mode::InBand`] unless said otherwise.
    pub fn mode(mut self, mode: impl Into<Mode>) -> Self {
        self.mode = mode.into();
        self
    }

    /// How long, in total, one read may wait for replicas to catch up before it goes to the primary; 10 ms unless said
    /// otherwise. No read waits for a replica that is not expected to catch up in time.
    pub fn wait_budget(mut self, budget: Duration) -> Self {
        self.limits.wait_budget = budget;
        self
    }

    /// The most connections to keep to each server; 10 unless said otherwise. Pools of your own keep their own limit.
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.limits.max_connections = connections;
        self
    }

    /// How long a connection to the primary may be waited for before the operation fails; 5 s unless said otherwise.
    pub fn primary_timeout(mut self, limit: Duration) -> Self {
        self.limits.primary_patience = limit;
        self
    }

    /// How long a connection to a replica may be waited for before the read goes elsewhere; 1 s unless said otherwise.
    pub fn replica_timeout(mut self, limit: Duration) -> Self {
        self.limits.replica_patience = limit;
        self
    }

    /// How long a generated read may run on a replica before it is repeated elsewhere; 5 s unless said otherwise. It
    /// guards against a server that holds its connections and does not answer. Reads of your own through
    /// [`PostgresSource::read`] have no such limit.
    pub fn replica_read_timeout(mut self, limit: Duration) -> Self {
        self.limits.replica_read_limit = limit;
        self
    }

    /// How many reads may be on the primary at a time because no replica will do; half of [`max_connections`] unless
    /// said otherwise. Strong reads, and those of time-to-live mode inside its window, belong there and are not counted.
    ///
    /// It keeps replicas that fall behind from bringing the primary down, and with it the writes.
    ///
    /// [`max_connections`]: Self::max_connections
    pub fn fallback_limit(mut self, reads: usize) -> Self {
        self.limits.fallbacks = Some(reads);
        self
    }

    /// How long a read may wait for one of these places before it fails as [overloaded](Error::is_overloaded), or is
    /// served stale if its context [says so](ryw_core::Context::stale_when_overloaded); 100 ms unless said otherwise.
    pub fn fallback_timeout(mut self, limit: Duration) -> Self {
        self.limits.fallback_patience = limit;
        self
    }

    /// How far a replica may lag and still be chosen by reads that anything will do for (eventual ones, and those of a
    /// context without a past); 10 s unless said otherwise. Beyond, it serves them only if all others lag as much.
    pub fn max_lag(mut self, limit: Duration) -> Self {
        self.limits.max_lag = limit;
        self
    }

    /// How far each server is: asked before every read, by the server's place (0 is the configured primary, then come the
    /// replicas in order). The nearer are preferred, and take their turns by load. Unless given, the distances of the
    /// [addresses](Address::at_distance) are used.
    pub fn distance(mut self, distance: impl Fn(usize) -> u32 + Send + Sync + 'static) -> Self {
        self.distance = Some(Arc::new(distance));
        self
    }

    /// Tells histories apart by a row for each timeline, so that a standby that diverged in a failover is never taken for
    /// one that has a session's writes, and a good one is used as soon as it follows.
    ///
    /// The table must be there: see [`EPOCH_MIGRATION`](crate::EPOCH_MIGRATION). The role needs `SELECT` on it, and `INSERT`.
    /// Each read on a replica then also looks at the latest row, which is one step in an index. All processes that
    /// exchange contexts should use epochs, or none: a position from one that does not is read on the primary.
    pub fn epochs(mut self) -> Self {
        self.epochs = Epochs::On;
        self
    }

    /// Lets go of positions that every replica has had for good for `age` at least, so that idle sessions carry nothing; see
    /// [`retire`](ryw_core::ConsistencySource::retire). Unless it is called, positions are kept.
    ///
    /// Held for good is what a replica has even after a crash: what lies below its minimum recovery end, which moves with its
    /// restartpoints (`checkpoint_timeout`, five minutes by default).
    ///
    /// A session that was let go of reads from any replica, unproven. So this is right only if every process that reads by
    /// these contexts reads replicas that are configured *here too*, or that never lag by `age`; and if no replica is brought
    /// back, or newly made, from a backup older than `age`. An hour leaves room for both. `docs/stores.md` has the whole of
    /// it, and what [`status`](PostgresSource::status) says where nothing can be let go of.
    pub fn retire_after(mut self, age: Duration) -> Self {
        self.retire_after = Some(age);
        self
    }

    /// The clock that time-to-live mode reads.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Connects to the primary, and to every replica that answers within five seconds.
    ///
    /// A replica that cannot be reached does not hinder the start: its reads go elsewhere, and it is taken into use
    /// when it appears. [`PostgresSource::replicas`] tells.
    ///
    /// # Errors
    /// * [Config](Error::is_config): a name that no token can carry; no primary; a URL that cannot be understood; a server that refuses the user, the
    ///   password or the database; a primary that is a standby; a replica that is a primary, or of another cluster.
    /// * [Unavailable](Error::is_unavailable): the primary cannot be reached.
    ///
    /// # Cancel safety
    /// Dropping the future closes what was opened.
    pub async fn connect(self) -> Result<PostgresSource, Error> {
        self.id.check()?;
        let primary = self.primary.ok_or_else(|| {
            Error::config(
                "no primary is configured: call `primary` with the address of the server that takes writes",
            )
        })?;
        if self.limits.max_connections == 0 {
            return Err(Error::config("`max_connections` is 0: each server needs at least one connection"));
        }
        if self.limits.wait_budget > LONGEST_WAIT {
            return Err(Error::config(
                "`wait_budget` is longer than a minute: no read should wait that long",
            ));
        }
        if self.replicas.len() >= MAX_NODES {
            return Err(Error::config(format!("more than {} replicas are configured", MAX_NODES - 1)));
        }
        let mut endpoints = vec![primary.understand(&Route::Primary.to_string())?];
        if endpoints[0].kind == Kind::Balancer {
            return Err(Error::config(
                "the primary's address is said to be balanced: writes need the address of the one server that takes them",
            ));
        }
        for (index, address) in self.replicas.into_iter().enumerate() {
            endpoints.push(address.understand(&Route::Replica(index).to_string())?);
        }
        if self.mode == Mode::RemoteApply {
            remote_apply::ask_for_it(&mut endpoints)?;
        }
        if self.epochs == Epochs::On && endpoints.iter().any(Endpoint::is_an_unexamined_server) {
            return Err(Error::config(
                "`epochs` needs connections that ryw makes itself: give the servers' URLs in place of pools",
            ));
        }
        let looks = look_at_all(&endpoints, self.epochs).await?;
        let start = Start::of(&looks, &endpoints)?.begin_epoch(&endpoints, self.epochs).await?;
        let timeline = Arc::new(Timeline::new(start.progress));
        let labels = Labels::of(&self.id);
        let leadership = Arc::new(Leadership::of(start.leader, labels.count(names::FAILOVERS)));
        let common = Common {
            identity: start.identity.clone(),
            epochs: self.epochs,
            timeline: Arc::clone(&timeline),
            leadership: Arc::clone(&leadership),
            labels: labels.clone(),
        };
        let replicas = endpoints.len() - 1;
        let distances: Vec<u32> = endpoints.iter().map(|endpoint| endpoint.distance).collect();
        let servers = endpoints.iter().map(Endpoint::server).collect();
        let mut nodes = Vec::with_capacity(endpoints.len());
        for (place, (endpoint, look)) in endpoints.into_iter().zip(looks).enumerate() {
            // The configured primary, should it ever serve as a replica, comes after those configured as such.
            let as_replica = Route::Replica(place.checked_sub(1).unwrap_or(replicas));
            let state = look.state(place, start.leader, endpoint.kind, &start.identity)?;
            nodes.push(Arc::new(Node::new(endpoint, place, as_replica, &common, &self.limits, state)));
        }
        let primary_connections = nodes[start.leader].max_connections();
        let topology = Topology::new(nodes, leadership, Arc::clone(&timeline), self.limits.primary_patience);
        let fallbacks =
            Limiter::new(self.limits.fallbacks(primary_connections), self.limits.fallback_patience, &labels);
        let distance = self.distance.unwrap_or_else(|| Arc::new(move |place| distances[place]));
        let source = PostgresSource::new(Inner {
            observer: Observer::new(&self.id, servers),
            id: self.id,
            mode: self.mode,
            identity: start.identity,
            wal: start.wal,
            timeline,
            topology: Arc::new(topology),
            limits: self.limits,
            fallbacks,
            captures: capture::Shared::default(),
            constraints: Constraints::default(),
            distance,
            clock: self.clock,
            counts: RouteCounts::default(),
            statements: Statements::new(self.epochs),
            remote_apply: Arc::default(),
            ages: Ages::new(self.retire_after),
        });
        if self.mode == Mode::RemoteApply {
            let verdict = source.check_remote_apply().await;
            if !verdict.is_verified() {
                tracing::warn!(source = %source.inner().id, %verdict, "remote_apply does not spare the reads their waits");
            }
        }
        Ok(source)
    }
}
