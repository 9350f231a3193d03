//! A snapshot of a source, for a health page.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ryw_core::{Branch, Identity, Reason, Route, SourceId};

use crate::address::{Kind, address};
use crate::cluster::PostgresSource;
use crate::health::NodeState;
use crate::mode::Mode;
use crate::node::Node;
use crate::remote_apply::{self, RemoteApply};
use crate::retirement::Retirement;

/// A verdict older than this is asked for again, beside the caller.
const RECENT: Duration = Duration::from_secs(5);

/// What is known of a source and its servers at one instant; made by [`PostgresSource::status`].
///
/// `Display` prints it as a table. It holds no password, and no user's data.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The user's name for it.
    pub source: SourceId,
    /// Which database it is.
    pub identity: Identity,
    /// How it gives its guarantee.
    pub mode: Mode,
    /// Its servers, in the order of configuration; the first is the configured primary.
    pub nodes: Vec<NodeStatus>,
    /// The place among them of the one that takes the writes.
    pub leader: usize,
    /// The reads on the primary for want of a replica.
    pub fallbacks: Fallbacks,
    /// What happened since the source was connected.
    pub counts: Counts,
    /// In [`Mode::RemoteApply`]: whether commits waited for every replica when that was last asked.
    pub remote_apply: Option<RemoteApply>,
    /// Which positions leave the contexts, and if none do, why.
    pub retirement: Retirement,
}

/// What is known of one server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NodeStatus {
    /// Its address: host and port.
    pub server: String,
    /// What operations on it are called now.
    pub route: Route,
    /// Whether the address leads to one server.
    pub kind: Kind,
    /// Whether it can be used: the state of its circuit breaker.
    pub state: NodeState,
    /// For how long it has been in this state.
    pub held_for: Duration,
    /// When it is looked at next, at the earliest, if it is not up. Nothing looks while nothing reads or writes.
    pub next_probe: Option<Duration>,
    /// The branch of history that it is on, if it was ever asked.
    pub branch: Option<Branch>,
    /// How far it certainly has come: the LSN it has replayed, or, of the leader, inserted.
    pub offset: Option<u64>,
    /// How old that knowledge is.
    pub known_for: Option<Duration>,
    /// How old its state was then; an estimate. Zero if it had all that the primary is known to have written, however
    /// long ago that was: an idle primary makes no lag.
    pub lag: Option<Duration>,
    /// Of a replica: up to which LSN it is known to hold everything for good, after a crash too.
    pub durable_offset: Option<u64>,
    /// Whether it lags beyond [`max_lag`](crate::PostgresSourceBuilder::max_lag).
    pub is_lagging: bool,
    /// How long it takes to answer: a mean over recent reads that rises at once and falls slowly.
    pub latency: Duration,
    /// Reads under way on it.
    pub under_way: u64,
    /// Its connections.
    pub pool: PoolStatus,
    /// How often it was left out, because it failed or lagged.
    pub ejections: u64,
    /// How often it was taken back.
    pub returns: u64,
}

/// How full a pool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatus {
    /// Connections that are open.
    pub open: usize,
    /// Those of them that nobody uses.
    pub idle: usize,
    /// Operations that wait for one; not known of a pool of the user's own.
    pub waiting: usize,
    /// The most there can be.
    pub limit: usize,
}

/// The limiter of reads on the primary for want of a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fallbacks {
    /// Places taken.
    pub in_use: usize,
    /// Places there are.
    pub limit: usize,
    /// Reads that were let through.
    pub admitted: u64,
    /// Reads that were not.
    pub refused: u64,
}

/// What happened since the source was connected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Reads served by replicas.
    pub replica_reads: u64,
    /// Reads served by the primary.
    pub primary_reads: u64,
    /// Every reason that occurred, with its count.
    pub reasons: Vec<(Reason, u64)>,
    /// Reads issued once more on the same connection, because the first statement could not tell whether it was fresh.
    pub reissued: u64,
    /// Writes acknowledged: single statements, and transactions that wrote.
    pub writes: u64,
    /// Writes whose outcome was lost with their connection.
    pub commits_unknown: u64,
    /// Questions to the primary how far it has come.
    pub captures: u64,
    /// How often the writes were passed on to another server.
    pub failovers: u64,
}

impl PostgresSource {
    /// What is known of the source and its servers now, for a health page. Asks nobody and never waits.
    ///
    /// In [`Mode::RemoteApply`] a verdict older than five seconds is asked for again beside the caller, so the next
    /// status has it.
    #[must_use]
    pub fn status(&self) -> Status {
        let (inner, now) = (self.inner(), Instant::now());
        let leader = inner.topology.primary().at();
        let nodes = inner.topology.nodes().iter().map(|node| NodeStatus::of(node, now)).collect();
        Status {
            source: inner.id.clone(),
            identity: inner.identity.clone(),
            mode: inner.mode,
            nodes,
            leader,
            fallbacks: Fallbacks {
                in_use: inner.fallbacks.in_use(),
                limit: inner.fallbacks.limit(),
                admitted: inner.fallbacks.admitted(),
                refused: inner.fallbacks.refused(),
            },
            counts: self.happened(),
            remote_apply: (inner.mode == Mode::RemoteApply).then(|| self.verdict(now)),
            retirement: self.retirement(now),
        }
    }

    fn happened(&self) -> Counts {
        let (routes, observer) = (&self.inner().counts, &self.inner().observer);
        Counts {
            replica_reads: routes.replica_reads(),
            primary_reads: routes.primary_reads(),
            reasons: routes.reasons(),
            reissued: observer.reissued.total(),
            writes: observer.writes.total(),
            commits_unknown: observer.commits_unknown.total(),
            captures: observer.captures.total(),
            failovers: self.inner().topology.failovers(),
        }
    }

    fn verdict(&self, now: Instant) -> RemoteApply {
        let last = self.inner().remote_apply.verdict();
        let is_recent =
            last.as_ref().is_some_and(|(_, asked_at)| now.saturating_duration_since(*asked_at) < RECENT);
        if let (false, Ok(runtime)) = (is_recent, tokio::runtime::Handle::try_current()) {
            let (topology, last) =
                (Arc::clone(&self.inner().topology), Arc::clone(&self.inner().remote_apply));
            runtime.spawn(async move { remote_apply::check(&topology, &last).await });
        }
        last.map_or_else(|| RemoteApply::Unknown("nobody has asked yet".to_owned()), |(verdict, _)| verdict)
    }
}

impl NodeStatus {
    fn of(node: &Node, now: Instant) -> Self {
        let (circuit, known, fill) = (node.circuit(now), node.known(), node.fill());
        let changes = node.changes();
        Self {
            server: address(&node.options()),
            route: node.route(),
            kind: node.kind(),
            state: circuit.state,
            held_for: circuit.held_for,
            next_probe: circuit.next_probe,
            branch: known.as_ref().map(|known| known.progress().branch().clone()),
            offset: known.as_ref().map(|known| known.progress().offset()),
            known_for: known.as_ref().map(|known| now.saturating_duration_since(known.asked_at)),
            lag: known.filter(|_| node.route().is_replica()).map(|known| known.lag),
            durable_offset: node.durable().filter(|_| node.route().is_replica()).map(|held| held.offset()),
            is_lagging: node.route().is_replica() && node.lags(),
            latency: node.load().latency(now),
            under_way: node.load().under_way(),
            pool: PoolStatus { open: fill.open, idle: fill.idle, waiting: fill.waiting, limit: fill.limit },
            ejections: changes.iter().map(|changes| changes.ejections.total()).sum(),
            returns: changes.iter().map(|changes| changes.returns.total()).sum(),
        }
    }
}

impl Status {
    /// The server that takes the writes.
    #[must_use]
    pub fn leader(&self) -> &NodeStatus {
        &self.nodes[self.leader]
    }

    /// The servers that serve as replicas.
    pub fn replicas(&self) -> impl Iterator<Item = &NodeStatus> {
        self.nodes.iter().filter(|node| node.route.is_replica())
    }

    /// Whether writes are possible, as far as is known, and every replica is in use and none lags beyond the limit.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.nodes.iter().all(|node| node.state == NodeState::Up && !node.is_lagging)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({}), {:?}", self.source, self.identity, self.mode)?;
        writeln!(
            f,
            "{:<24} {:<10} {:<8} {:>9} {:>14} {:>9} {:>9} {:>9} {:>5} {:>12}",
            "server", "route", "state", "for", "lsn", "known for", "lag", "latency", "reads", "connections"
        )?;
        for node in &self.nodes {
            writeln!(f, "{node}")?;
        }
        let Fallbacks { in_use, limit, admitted, refused } = self.fallbacks;
        writeln!(f, "fallbacks: {in_use} of {limit} in use, {admitted} admitted, {refused} refused")?;
        write!(f, "{}", self.counts)?;
        if let Some(verdict) = &self.remote_apply {
            write!(f, "\nremote_apply: {verdict}")?;
        }
        match &self.retirement {
            Retirement::Off => Ok(()),
            retirement => write!(f, "\nretired: {retirement}"),
        }
    }
}

/// One line of the table; what is refused, or looked at again, is told behind it.
impl fmt::Display for NodeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            NodeState::Up if self.is_lagging => "lagging",
            NodeState::Up => "up",
            NodeState::Down => "down",
            NodeState::Refused(_) => "refused",
        };
        let lsn = self.offset.map_or_else(|| "-".to_owned(), lsn);
        write!(
            f,
            "{:<24} {:<10} {state:<8} {:>9} {lsn:>14} {:>9} {:>9} {:>9} {:>5} {:>12}",
            self.server,
            self.route.to_string(),
            time(Some(self.held_for)),
            time(self.known_for),
            time(self.lag),
            time(Some(self.latency)),
            self.under_way,
            format!("{}/{}", self.pool.open - self.pool.idle.min(self.pool.open), self.pool.limit),
        )?;
        if let Some(next) = self.next_probe {
            write!(f, "  next look in {}", time(Some(next)))?;
        }
        if let NodeState::Refused(why) = &self.state {
            write!(f, ": {why}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "reads: {} on replicas, {} on the primary", self.replica_reads, self.primary_reads)?;
        write!(f, ", {} issued twice", self.reissued)?;
        writeln!(f, "; writes: {}, {} of unknown outcome", self.writes, self.commits_unknown)?;
        writeln!(f, "captures: {}; failovers: {}", self.captures, self.failovers)?;
        f.write_str("reasons:")?;
        for (reason, count) in &self.reasons {
            write!(f, " {reason} {count}")?;
        }
        Ok(())
    }
}

/// As Postgres writes it.
fn lsn(offset: u64) -> String {
    format!("{:X}/{:X}", offset >> 32, offset & 0xFFFF_FFFF)
}

/// To three digits at most, whatever its size.
fn time(duration: Option<Duration>) -> String {
    let Some(duration) = duration else { return "-".to_owned() };
    match duration.as_secs_f64() {
        s if s >= 100.0 => format!("{s:.0} s"),
        s if s >= 1.0 => format!("{s:.1} s"),
        s if s >= 0.001 => format!("{:.1} ms", s * 1e3),
        s => format!("{:.0} us", s * 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        for (nanos, text) in [
            (0, "0 us"),
            (1_500, "2 us"),
            (2_500_000, "2.5 ms"),
            (999_000_000, "999.0 ms"),
            (1_500_000_000, "1.5 s"),
            (3_600_000_000_000, "3600 s"),
        ] {
            assert_eq!(time(Some(Duration::from_nanos(nanos))), text);
        }
        assert_eq!(lsn(0x1_0300_0028), "1/3000028");
    }
}
