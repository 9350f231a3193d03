//! Where a read goes: one pure function, no I/O, no clock, no allocation.
//!
//! A backend describes the read ([`Ask`]) and its replicas ([`Replica`]), [`decide`] answers with a [`Plan`], and the
//! backend obeys. When a plan comes to nothing (the replica is behind after all, or fails) the backend marks that
//! replica as tried and asks again; as each answer uses up a replica, this ends at the primary.
//!
//! The rule behind every branch: a replica is used only when it is *proven* to hold what the read may depend on.
//! What is unknown, foreign, of another timeline or from the future goes to the primary.

use std::time::Duration;

use crate::{Coverage, Frontier, Mode, Progress, ReadPolicy, Reason, Timestamp, Unordered};

/// What the decision knows of the read.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// How the source gives its guarantee.
    pub mode: Mode,
    /// How fresh the read must be.
    pub policy: ReadPolicy,
    /// What the read must be able to see. For [`ReadPolicy::BoundedStaleness`] the backend has joined a position
    /// of the primary that is no older than the bound.
    pub frontier: &'a Frontier,
    /// How far the primary is known to have come, if it was ever asked: to tell a position that a replica will reach
    /// from one that may have been made up.
    ///
    /// Its tickets count as handed out, not as committed: `below` SHOULD be one past the greatest ticket that it is known
    /// to have given to a write, so that a session's own write is worth a wait before anyone has asked for its offset.
    pub primary: Option<&'a Progress>,
    /// What is left of the time this read may wait for a replica.
    pub budget: Duration,
    /// The present instant.
    pub now: Timestamp,
}

/// What the decision knows of a replica.
#[derive(Clone, Copy, Debug)]
pub struct Replica {
    /// Its place in the configuration.
    pub index: usize,
    /// Whether it may be used at all: reachable, and a replica of this source.
    pub usable: bool,
    /// Whether this read has tried it already, in vain.
    pub tried: bool,
    /// How what it is known to hold stands to the frontier; `None` if nothing is known.
    pub coverage: Option<Coverage>,
    /// Whether that knowledge is recent enough to believe that it still does not cover.
    pub recent: bool,
    /// How long it is expected to need to catch up, if that can be told.
    pub catch_up: Option<Duration>,
}

impl Replica {
    /// Whether it is left to try.
    const fn is_left(&self) -> bool {
        self.usable && !self.tried
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Run the read on the primary.
    Primary(Reason),
    /// Run the read on this replica as it is.
    Replica {
        /// Its place in the configuration.
        index: usize,
        /// Why no check is needed.
        reason: Reason,
    },
    /// Ask this replica how far it is; if it has caught up within `wait`, run the read on the same connection.
    Check {
        /// Its place in the configuration.
        index: usize,
        /// How long it may be waited for; zero asks once.
        wait: Duration,
    },
}

/// Decides where a read goes next.
///
/// `replicas` come in the order of preference.
#[must_use]
pub fn decide(ask: &Ask<'_>, replicas: impl Iterator<Item = Replica> + Clone) -> Plan {
    match (requirement(ask), first_usable(replicas.clone())) {
        (Requirement::Primary(reason), _) => Plan::Primary(reason),
        (_, None) if replicas.clone().any(|replica| replica.tried) => Plan::Primary(Reason::ReplicasBehind),
        (_, None) => Plan::Primary(Reason::NoReplica),
        (Requirement::Anywhere(reason), Some(index)) => Plan::Replica { index, reason },
        (Requirement::Covered { may_wait }, Some(_)) => covered(ask, may_wait, replicas),
    }
}

enum Requirement {
    Primary(Reason),
    Anywhere(Reason),
    Covered { may_wait: bool },
}

fn requirement(ask: &Ask<'_>) -> Requirement {
    if ask.mode == Mode::PrimaryOnly {
        return Requirement::Primary(Reason::Mode);
    }
    match ask.policy {
        ReadPolicy::Strong => return Requirement::Primary(Reason::Policy),
        ReadPolicy::Eventual => return Requirement::Anywhere(Reason::Policy),
        ReadPolicy::Session | ReadPolicy::BoundedStaleness(_) => {}
    }
    if let (Mode::TimeToLive(window), ReadPolicy::Session) = (ask.mode, ask.policy) {
        return by_window(ask, window);
    }
    by_position(ask)
}

fn by_window(ask: &Ask<'_>, window: Duration) -> Requirement {
    match ask.frontier.written_at() {
        Some(at) if at.is_within(window, ask.now) => Requirement::Primary(Reason::RecentWrite),
        // Of a session of which nothing is known that goes for the time of its last write too.
        _ if ask.frontier.is_unknown() => Requirement::Primary(Reason::PositionUnknown),
        Some(_) => Requirement::Anywhere(Reason::WindowPassed),
        None => Requirement::Anywhere(Reason::NothingToCover),
    }
}

fn by_position(ask: &Ask<'_>) -> Requirement {
    if ask.frontier.is_unknown() {
        return Requirement::Primary(Reason::PositionUnknown);
    }
    if ask.frontier.is_empty() {
        return Requirement::Anywhere(Reason::NothingToCover);
    }
    match ask.primary.map(|primary| ask.frontier.covered_by(primary)) {
        Some(Coverage::Unordered(Unordered::Identity)) => Requirement::Primary(Reason::PositionForeign),
        Some(Coverage::Unordered(Unordered::Timeline)) => Requirement::Primary(Reason::PositionOtherTimeline),
        Some(Coverage::Covers) => Requirement::Covered { may_wait: true },
        // Perhaps another process wrote it, perhaps it was made up: worth a question, not worth a wait.
        Some(Coverage::Behind) | None => Requirement::Covered { may_wait: false },
    }
}

fn first_usable(mut replicas: impl Iterator<Item = Replica>) -> Option<usize> {
    replicas.find(Replica::is_left).map(|replica| replica.index)
}

fn covered(ask: &Ask<'_>, may_wait: bool, replicas: impl Iterator<Item = Replica> + Clone) -> Plan {
    let usable = || replicas.clone().filter(Replica::is_left);
    if let Some(replica) = usable().find(|replica| replica.coverage == Some(Coverage::Covers)) {
        return Plan::Replica { index: replica.index, reason: Reason::CaughtUp };
    }
    let budget = if may_wait { ask.budget } else { Duration::ZERO };
    let hopeless = |replica: &Replica| match replica.coverage {
        // It may have followed the primary onto its timeline by now.
        Some(Coverage::Unordered(_)) => replica.recent,
        Some(Coverage::Behind) => replica.recent && replica.catch_up.is_none_or(|need| need > budget),
        Some(Coverage::Covers) | None => false,
    };
    usable()
        .filter(|replica| !hopeless(replica))
        .min_by_key(|replica| replica.catch_up.unwrap_or_default())
        .map_or(Plan::Primary(Reason::ReplicasBehind), |replica| Plan::Check {
            index: replica.index,
            wait: if replica.catch_up.is_some_and(|need| need > budget) { Duration::ZERO } else { budget },
        })
}

#[cfg(test)]
mod tests;
