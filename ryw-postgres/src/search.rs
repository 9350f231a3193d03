//! Finding a server for a read that has come far enough, and noting how far it had come.
//!
//! [`Search`] obeys [`decide`]: it turns a plan into a connection, or the plan's failure into the next question. Gate and
//! read run on one connection to one server, gate first, in statements of their own: within one statement, or one
//! snapshot, the gate would race what it guards (`tests/tests/traps.rs` shows both).

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ryw_core::decision::{Ask, Plan, decide};
use ryw_core::{
    Context, Coverage, Error, Frontier, MonotonicReads, Position, ReadPolicy, Reason, Route, Routed,
};
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres};

use crate::capture;
use crate::inner::Inner;
use crate::node::Node;
use crate::seen::Seen;
use crate::watermark::Asked;

/// First pause between two questions to a replica that is waited for; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(1);

/// One read's search for a server.
pub(crate) struct Search<'a> {
    source: &'a Inner,
    ctx: &'a Context,
    /// What the context knew before the read.
    pub(crate) before: Frontier,
    /// What the read must be able to see.
    required: Frontier,
    order: Vec<usize>,
    tried: Vec<bool>,
    failed: bool,
    /// How often the primary may still be tried again.
    again: u32,
    deadline: Option<Instant>,
}

/// A connection to a server that has come far enough.
pub(crate) struct Lease {
    pub(crate) conn: PoolConnection<Postgres>,
    pub(crate) routed: Routed,
    node: Arc<Node>,
    asked: Asked,
    /// The branch of history that the server was on.
    branch: Position,
}

impl<'a> Search<'a> {
    pub(crate) async fn begin(source: &'a Inner, ctx: &'a Context) -> Result<Self, Error> {
        let before = ctx.frontier(&source.id);
        let mut required = before.clone();
        if let ReadPolicy::BoundedStaleness(bound) = ctx.policy() {
            required.join(&recent_position(source, bound).await?.into());
        }
        for node in source.replicas.iter().chain([&source.primary]) {
            node.probe_if_due();
        }
        let order = source.rotation().collect();
        let tried = vec![false; source.replicas.len()];
        Ok(Self {
            source,
            ctx,
            before,
            required,
            order,
            tried,
            failed: false,
            again: source.primary.max_connections(),
            deadline: None,
        })
    }

    /// The next server to try. Ends at the primary, whose failure is the read's.
    pub(crate) async fn next(&mut self) -> Result<Lease, Error> {
        loop {
            match self.plan() {
                Plan::Primary(reason) => return self.primary(reason).await,
                Plan::Replica { index, reason } => {
                    let proven = reason == Reason::CaughtUp;
                    let Some(conn) = self.connect(index).await else { continue };
                    // Connecting may have shown that the server went back.
                    if proven && !self.replica(index).covers(&self.required) {
                        continue;
                    }
                    return Ok(self.lease(conn, index, reason));
                }
                Plan::Check { index, wait } => {
                    let Some(mut conn) = self.connect(index).await else { continue };
                    match self.check(&mut conn, index, wait).await {
                        Ok(Some(reason)) => return Ok(self.lease(conn, index, reason)),
                        Ok(None) => {}
                        Err(why) => {
                            conn.close_on_drop();
                            self.source.replicas[index].suspect(&why);
                            self.failed = true;
                        }
                    }
                    self.tried[index] = true;
                }
            }
        }
    }

    /// Notes that the read failed on the server of `lease`; says whether there is somewhere else to try.
    ///
    /// A primary that restarted leaves dead connections behind, each of which fails once: as many are tried again as
    /// its pool can hold.
    pub(crate) fn failed(&mut self, lease: &mut Lease, why: &Error) -> bool {
        // A refusal (a recovery conflict, say) concerns this statement; a lost connection concerns the server.
        let lost = why.is_unavailable();
        if lost {
            lease.conn.close_on_drop();
        }
        if let Route::Replica(index) = lease.routed.route {
            self.tried[index] = true;
            self.failed = true;
            if lost {
                self.source.replicas[index].suspect(why);
            }
            return true;
        }
        let more = lost && self.again > 0;
        self.again = self.again.saturating_sub(1);
        more
    }

    fn plan(&self) -> Plan {
        let furthest = self.source.timeline.furthest();
        let ask = Ask {
            mode: self.source.mode,
            policy: self.ctx.policy(),
            frontier: &self.required,
            primary: Some(&furthest),
            budget: self.deadline.map_or(self.source.limits.wait_budget, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            }),
            now: self.source.clock.now(),
        };
        let view = |index: &usize| self.replica(*index).view(*index, &self.required, self.tried[*index]);
        decide(&ask, self.order.iter().map(view))
    }

    async fn primary(&self, reason: Reason) -> Result<Lease, Error> {
        let conn = self.source.primary.acquire().await?;
        let behind = matches!(reason, Reason::ReplicasBehind | Reason::NoReplica);
        let reason = if self.failed && behind { Reason::ReplicaFailed } else { reason };
        Ok(Lease {
            conn,
            routed: Routed { route: Route::Primary, reason },
            node: Arc::clone(&self.source.primary),
            asked: self.source.primary.about_to_ask(),
            branch: self.source.timeline.furthest(),
        })
    }

    /// A connection to a replica; if it cannot be had the replica counts as tried.
    async fn connect(&mut self, index: usize) -> Option<PoolConnection<Postgres>> {
        match self.replica(index).acquire().await {
            Ok(conn) => Some(conn),
            Err(why) => {
                tracing::debug!(replica = index, error = %why, "no connection");
                self.tried[index] = true;
                self.failed = true;
                None
            }
        }
    }

    /// Asks a replica how far it is, until it has come far enough or `wait` is over.
    async fn check(
        &mut self,
        conn: &mut PgConnection,
        index: usize,
        wait: Duration,
    ) -> Result<Option<Reason>, Error> {
        let begun = Instant::now();
        let deadline = *self.deadline.get_or_insert(begun + self.source.limits.wait_budget);
        let mut pause = FIRST_PAUSE;
        let mut reason = Reason::CaughtUp;
        loop {
            let position = self.replica(index).ask(conn).await?;
            match self.required.covered_by(&position) {
                Coverage::Covers => return Ok(Some(reason)),
                Coverage::Behind => {}
                Coverage::Unordered(_) => return Ok(None),
            }
            let left = deadline.min(begun + wait).saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            tokio::time::sleep(pause.min(left)).await;
            pause *= 2;
            reason = Reason::Waited;
        }
    }

    fn replica(&self, index: usize) -> &Arc<Node> {
        &self.source.replicas[index]
    }

    fn lease(&self, conn: PoolConnection<Postgres>, index: usize, reason: Reason) -> Lease {
        let node = Arc::clone(self.replica(index));
        // Without a watermark (a pool of the user's) the branch is the one that the gate has just compared with.
        let branch = node.known().map_or_else(|| self.source.timeline.furthest(), |known| known.position);
        let asked = node.about_to_ask();
        let reason = if self.failed { Reason::ReplicaFailed } else { reason };
        Lease { conn, routed: Routed { route: Route::Replica(index), reason }, node, asked, branch }
    }

    /// Records a finished read: how far its server had come, and where it ran.
    pub(crate) fn finish(&self, lease: &Lease, seen: Seen) {
        record(self.source, self.ctx, &self.before, lease, seen);
    }
}

/// Notes what a read came to. `seen` must be [of its route](Seen::is_of).
pub(crate) fn record(source: &Inner, ctx: &Context, before: &Frontier, lease: &Lease, seen: Seen) {
    let mut routed = lease.routed;
    let at = |timeline, lsn| Position::new(source.identity.clone(), timeline, lsn);
    match seen {
        Seen::Standby { replayed, bound, timeline } => {
            let timeline = timeline.unwrap_or_else(|| lease.branch.timeline());
            lease.node.seen(lease.asked, &at(timeline, replayed));
            if ctx.monotonic_reads() == MonotonicReads::On {
                ctx.record_read(&source.id, at(timeline, bound));
            }
        }
        Seen::Primary { inserted } => {
            let seen = at(lease.branch.timeline(), source.wal.normalise(inserted));
            source.timeline.note(&seen, lease.asked.at());
            if !before.is_unknown() && before.covered_by(&seen) == Coverage::Behind {
                routed.reason = Reason::PositionFromFuture;
            }
            ctx.record_primary_read(&source.id, before, seen);
        }
        Seen::Nothing => unreachable!("it is of no route"),
    }
    tracing::trace!(source = %source.id, %routed, "read");
    source.counts.record(routed);
}

pub(crate) fn role_changed(lease: &Lease) -> Error {
    Error::unavailable(format!("{} has changed its role under the read", lease.node.name()))
}

/// A position of the primary no older than `bound`: what it had come to, asked now.
async fn recent_position(source: &Inner, bound: Duration) -> Result<Position, Error> {
    if let Some(position) = source.timeline.reached_within(bound, Instant::now()) {
        return Ok(position);
    }
    let mut conn = source.primary.acquire().await?;
    capture::anything(&mut conn, source).await
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("routed", &self.routed).finish_non_exhaustive()
    }
}
