//! Finding a server for a read that has come far enough.
//!
//! [`Search`] obeys [`decide`]: it turns a plan into a connection, or the plan's failure into the next question. What a
//! server must have passed, and whether it has, is judged by a [`Trial`](crate::trial::Trial); there are two ways to hold one:
//!
//! * A generated read carries its own verdict and is issued at once ([`read`](crate::read)).
//! * A connection for reads of the user's own is asked first: gate and read on one connection, in statements of their own,
//!   for within one statement, or one snapshot, the gate would race what it guards (`tests/tests/traps.rs` shows both).

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ryw_core::decision::{Ask, Plan, decide};
use ryw_core::{Branch, Context, Error, Frontier, Position, Progress, ReadPolicy, Reason, Route, Routed};

use sqlx::{Database, Postgres, SqlSafeStr as _};
use sqlx_core::transaction::TransactionManager as _;

use crate::address::Kind;
use crate::capture::Durability;
use crate::choose::Order;
use crate::facts::Facts;
use crate::fate;
use crate::inner::Inner;
use crate::limiter::Permit;
use crate::node::Node;
use crate::observe::Observer;
use crate::pool::Conn;
use crate::trial::{Trial, Verdict};
use crate::wait_for_lsn::{self, Waited};
use crate::watermark::Asked;

type Manager = <Postgres as Database>::TransactionManager;

/// First pause between two questions to a replica that is waited for; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
/// A connection that takes longer to get had to be waited for.
const HANDED_OVER: Duration = Duration::from_millis(1);

/// One read's search for a server.
pub(crate) struct Search<'a> {
    pub(crate) source: &'a Inner,
    pub(crate) ctx: &'a Context,
    /// What the context knew before the read.
    pub(crate) before: Arc<Frontier>,
    /// What the read must be able to see.
    required: Arc<Frontier>,
    order: Order,
    /// The places tried in vain, a bit each.
    tried: u64,
    failed: bool,
    /// How often the primary may still be tried again.
    again: u32,
    deadline: Option<Instant>,
}

/// A connection for a read, and what is needed to note what came of it.
pub(crate) struct Lease {
    pub(crate) conn: Conn,
    pub(crate) routed: Routed,
    pub(crate) node: Arc<Node>,
    /// The branch of history that the server is on, if that is known before it is asked.
    pub(crate) branch: Option<Branch>,
    #[expect(dead_code, reason = "held for its drop")]
    permit: Option<Permit>,
    /// Whether a transaction holds on to one server behind a balancer.
    pub(crate) is_pinned: bool,
}

/// The pauses of one wait for a replica.
pub(crate) struct Pauses<'a> {
    deadline: Instant,
    next: Duration,
    begun: Option<Instant>,
    observer: &'a Observer,
}

impl<'a> Search<'a> {
    pub(crate) async fn begin(source: &'a Inner, ctx: &'a Context) -> Result<Self, Error> {
        // Shared, for a frontier is large, and futures would hold it many times over.
        let before = Arc::new(ctx.frontier(&source.id));
        source.topology.heard_of(&before).await;
        let mut required = Arc::clone(&before);
        if let ReadPolicy::BoundedStaleness(bound) = ctx.policy() {
            let recent = Box::pin(recent_position(source, bound)).await?;
            Arc::make_mut(&mut required).join(&recent.into());
        }
        source.topology.tend();
        Ok(Self {
            source,
            ctx,
            before,
            required,
            order: source.order(),
            tried: 0,
            failed: false,
            again: source.topology.primary().max_connections(),
            deadline: None,
        })
    }

    /// The next server to try; after every other it is the primary.
    pub(crate) fn plan(&self) -> Plan {
        let furthest = self.source.timeline.furthest();
        let ask = Ask {
            mode: self.source.mode.policy(),
            policy: self.ctx.policy(),
            frontier: &self.required,
            primary: Some(&furthest),
            budget: self.deadline.map_or(self.source.limits.wait_budget, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            }),
            now: self.source.clock.now(),
        };
        let view = |place: &usize| self.node(*place).view(&self.required, self.tried & (1 << place) != 0);
        decide(&ask, self.order.iter().map(view))
    }

    /// A connection to a server that holds all that is required. Ends at the primary, whose failure is the read's.
    pub(crate) async fn lease(&mut self) -> Result<Lease, Error> {
        loop {
            let (place, wait, reason) = match self.plan() {
                Plan::Primary(reason) => return self.primary(reason).await,
                Plan::Replica { index, reason } => (index, Duration::ZERO, reason),
                Plan::Check { index, wait } => (index, wait, Reason::CaughtUp),
            };
            let mut trial = self.trial(reason);
            let Some(mut lease) = self.replica(place, reason).await else { continue };
            if let Err(why) = lease.pin().await {
                self.failed(&mut lease, &why);
                continue;
            }
            match self.gate(&mut lease, &mut trial, wait).await {
                Ok(true) => return Ok(lease),
                Ok(false) => self.tried |= 1 << place,
                Err(why) => {
                    self.failed(&mut lease, &why);
                }
            }
        }
    }

    /// What a read for this `reason` has to prove.
    pub(crate) fn trial(&self, reason: Reason) -> Trial {
        match reason {
            Reason::CaughtUp | Reason::Waited => Trial::of(Arc::clone(&self.required)),
            _ => Trial::nothing(),
        }
    }

    /// A connection to the replica at `place`; notes the failure if there is none.
    pub(crate) async fn replica(&mut self, place: usize, reason: Reason) -> Option<Lease> {
        let node = Arc::clone(self.node(place));
        let begun = Instant::now();
        let Ok(conn) = node.acquire().await else {
            self.tried |= 1 << place;
            self.failed = true;
            return None;
        };
        // A crowd that waits for connections need not ask one after the other what the first has found out.
        let is_proof = matches!(reason, Reason::CaughtUp | Reason::Waited);
        if is_proof && begun.elapsed() > HANDED_OVER && matches!(self.plan(), Plan::Primary(_)) {
            self.tried |= 1 << place;
            return None;
        }
        let branch = node.branch(&conn);
        let reason = if self.failed { Reason::ReplicaFailed } else { reason };
        Some(Lease {
            conn,
            routed: Routed { route: node.as_replica(), reason },
            node,
            branch,
            permit: None,
            is_pinned: false,
        })
    }

    /// A connection to the primary; for want of a replica only if the limiter lets it pass.
    pub(crate) async fn primary(&self, reason: Reason) -> Result<Lease, Error> {
        let behind = matches!(reason, Reason::ReplicasBehind | Reason::NoReplica);
        let reason = if self.failed && behind { Reason::ReplicaFailed } else { reason };
        let permit = match reason {
            Reason::Policy | Reason::Mode | Reason::RecentWrite => None,
            _ if self.source.topology.nodes().len() == 1 => None,
            _ => match self.source.fallbacks.admit().await {
                Ok(permit) => Some(permit),
                Err(full) => return self.stale(full).await,
            },
        };
        let (mut conn, node) = self.source.topology.connect().await?;
        let branch = conn.branch().cloned();
        let reason = if self.has_lost(&node, &mut conn).await { Reason::WriteLost } else { reason };
        let routed = Routed { route: Route::Primary, reason };
        Ok(Lease { conn, routed, node, branch, permit, is_pinned: false })
    }

    /// Whether a failover lost a write of the context, as the primary has it. Asked only of one that knows an earlier branch.
    async fn has_lost(&self, node: &Node, conn: &mut Conn) -> bool {
        if self.before.ticket_count() == 0 {
            return false;
        }
        conn.busy();
        match Box::pin(fate::is_lost(self.source, node, conn, &self.before)).await {
            Ok(lost) => {
                conn.keep();
                lost
            }
            Err(error) => {
                // The read that follows fails, and is repeated.
                conn.give_up();
                tracing::debug!(source = %self.source.id, %error, "the fate of earlier writes could not be asked");
                false
            }
        }
    }

    /// Any replica at all, if the caller chose that over an error.
    async fn stale(&self, full: Error) -> Result<Lease, Error> {
        if !self.ctx.serves_stale_when_overloaded() {
            return Err(full);
        }
        for place in &self.order {
            let node = Arc::clone(self.node(*place));
            let Ok(conn) = node.acquire().await else { continue };
            let branch = node.branch(&conn);
            let routed = Routed { route: node.as_replica(), reason: Reason::Overloaded };
            return Ok(Lease { conn, routed, node, branch, permit: None, is_pinned: false });
        }
        Err(full)
    }

    /// Asks until the server has passed what the trial requires, or the wait is over.
    pub(crate) async fn gate(
        &mut self,
        lease: &mut Lease,
        trial: &mut Trial,
        wait: Duration,
    ) -> Result<bool, Error> {
        self.refresh(lease, trial).await?;
        let mut pauses = self.pauses(wait);
        loop {
            let certain = trial.certain(lease.certain());
            if trial.is_over(&certain) {
                return Ok(true);
            }
            let asked = lease.node.about_to_ask();
            lease.conn.busy();
            let tickets = trial.tickets(lease.branch.as_ref(), &certain);
            let asking = tokio::time::timeout(
                self.source.limits.replica_patience,
                Facts::ask(&mut lease.conn, &self.source.statements, tickets.as_slice()),
            );
            let facts = asking
                .await
                .unwrap_or(Err(sqlx::Error::PoolTimedOut))
                .map_err(|error| error_of(error, lease))?;
            lease.conn.keep();
            if !lease.is_still_itself(&facts) {
                return Err(role_changed(lease));
            }
            lease.passed(asked, &facts);
            match trial.judge(lease.branch.as_ref(), certain, &tickets, &facts) {
                // What is not in this snapshot yet is in that of the next statement.
                Verdict::Fresh | Verdict::Again => return Ok(true),
                Verdict::Stale if self.pause(lease, trial, &facts, &mut pauses).await? => self.waited(lease),
                Verdict::Stale => return Ok(false),
            }
        }
    }

    /// Waits before the next question: until the server has replayed what is missing if it can tell when that is, else for
    /// a pause. False if there is no time left.
    async fn pause(
        &self,
        lease: &mut Lease,
        trial: &Trial,
        facts: &Facts,
        pauses: &mut Pauses<'_>,
    ) -> Result<bool, Error> {
        let missing = lease.branch.as_ref().and_then(|branch| trial.furthest_offset(branch));
        let Some(lsn) = missing.filter(|lsn| *lsn > facts.lsn()) else { return Ok(pauses.pause().await) };
        if lease.is_pinned || !wait_for_lsn::is_supported(&lease.conn) {
            return Ok(pauses.pause().await);
        }
        let left = pauses.left();
        if left.is_zero() {
            return Ok(false);
        }
        pauses.begun.get_or_insert_with(Instant::now);
        lease.conn.busy();
        let waiting = wait_for_lsn::replay(&mut lease.conn, lsn, left);
        let waited = tokio::time::timeout(left + self.source.limits.replica_patience, waiting).await;
        let waited =
            waited.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(|error| error_of(error, lease))?;
        lease.conn.keep();
        match waited {
            Waited::Reached | Waited::TimedOut => Ok(true),
            Waited::NotInRecovery => Err(role_changed(lease)),
        }
    }

    /// Asks the server which branch it is on, if it was on another than the trial requires when last asked.
    pub(crate) async fn refresh(&self, lease: &mut Lease, trial: &Trial) -> Result<(), Error> {
        let Some(branch) = &lease.branch else { return Ok(()) };
        if !trial.is_elsewhere(branch) || !lease.node.remembers() {
            return Ok(());
        }
        lease.conn.busy();
        let progress = Box::pin(lease.node.ask(&mut lease.conn)).await?;
        lease.conn.keep();
        lease.branch = Some(progress.branch().clone());
        Ok(())
    }

    /// The pauses of a wait that may take `wait`, and no longer than what is left of the read's budget.
    pub(crate) fn pauses(&mut self, wait: Duration) -> Pauses<'a> {
        let now = Instant::now();
        let deadline = *self.deadline.get_or_insert(now + self.source.limits.wait_budget);
        let (deadline, observer) = (deadline.min(now + wait), &self.source.observer);
        Pauses { deadline, next: FIRST_PAUSE, begun: None, observer }
    }

    /// The read came to be served after a wait.
    pub(crate) fn waited(&self, lease: &mut Lease) {
        if !self.failed {
            lease.routed.reason = Reason::Waited;
        }
    }

    /// The replica at `place` is of no use to this read.
    pub(crate) const fn give_up_on(&mut self, place: usize) {
        self.tried |= 1 << place;
    }

    /// Notes that the read failed on the server of `lease`; says whether there is somewhere else to try.
    ///
    /// A primary that restarted leaves dead connections behind, each of which fails once: as many are tried again as
    /// its pool can hold.
    pub(crate) fn failed(&mut self, lease: &mut Lease, why: &Error) -> bool {
        // A refusal (a recovery conflict, say) concerns this statement; a lost connection concerns the server.
        let lost = why.is_unavailable();
        if lost {
            lease.conn.give_up();
            lease.node.suspect(why);
        }
        if lease.routed.route.is_replica() {
            self.tried |= 1 << lease.node.at();
            self.failed = true;
            return true;
        }
        let more = lost && self.again > 0;
        self.again = self.again.saturating_sub(1);
        more
    }

    fn node(&self, place: usize) -> &Arc<Node> {
        self.source.topology.node(place)
    }
}

impl Pauses<'_> {
    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Sleeps; false if there is no time left.
    ///
    /// Not the first time: a healthy replica lags by less than a round trip, and timers know nothing shorter than a
    /// millisecond.
    pub(crate) async fn pause(&mut self) -> bool {
        let left = self.left();
        if left.is_zero() {
            return false;
        }
        if self.begun.is_none() {
            self.begun = Some(Instant::now());
            tokio::task::yield_now().await;
            return true;
        }
        tokio::time::sleep(self.next.min(left)).await;
        self.next *= 2;
        true
    }
}

impl Drop for Pauses<'_> {
    fn drop(&mut self) {
        if let Some(begun) = self.begun {
            self.observer.waited(begun.elapsed());
        }
    }
}

impl Lease {
    /// Holds on to one server, if behind the address there are several: by a transaction, in which every statement still
    /// has a snapshot of its own.
    async fn pin(&mut self) -> Result<(), Error> {
        const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY";
        if self.node.kind() != Kind::Balancer {
            return Ok(());
        }
        self.conn.open();
        let begun = Manager::begin(&mut self.conn, Some(BEGIN.into_sql_str())).await;
        begun.map_err(|error| error_of(error, self))?;
        self.is_pinned = true;
        Ok(())
    }

    /// What a statement that is sent now is certain to see.
    pub(crate) fn certain(&self) -> Option<Progress> {
        self.node.certain(&self.conn)
    }

    /// Whether the server plays the part in which it was chosen. Behind a balancer there may be servers of either kind.
    pub(crate) fn is_still_itself(&self, facts: &Facts) -> bool {
        self.node.kind() == Kind::Balancer || facts.is_of(self.routed.route)
    }

    /// Notes how far an answer showed the server to be.
    pub(crate) fn passed(&self, asked: Asked, facts: &Facts) {
        if self.branch.is_some()
            && let Some(branch) = facts.branch(self.branch.as_ref())
        {
            self.node.passed(asked, &facts.report(&branch));
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("routed", &self.routed).finish_non_exhaustive()
    }
}

/// What to tell of a read whose server was promoted under it.
pub(crate) fn role_changed(lease: &mut Lease) -> Error {
    lease.conn.put_aside();
    Error::unavailable(format!("{} has changed its role under the read", lease.routed.route))
}

fn error_of(error: sqlx::Error, lease: &Lease) -> Error {
    crate::error::read_failed(error, format!("ask {} how far it is", lease.routed.route))
}

/// A position of the primary no older than `bound`: what it had come to, asked now.
async fn recent_position(source: &Inner, bound: Duration) -> Result<Position, Error> {
    if let Some(progress) = source.timeline.reached_within(bound, Instant::now()) {
        return Ok(Position::at(progress.branch().clone(), progress.offset()));
    }
    Ok(source.captures.ask(source).await?.position(Durability::Asynchronous))
}
