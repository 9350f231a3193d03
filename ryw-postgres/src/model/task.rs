//! What a task of the session is doing.

use std::hash::{Hash, Hasher};

use ryw_core::{Branch, Reason, Ticket};

use super::database::{Id, Snapshot, Writes};
use super::session::Asked;
use crate::facts::Facts;
use crate::trial::{Certain, Tickets, Trial};

#[derive(Clone)]
pub(super) enum Task {
    Idle,
    /// The statement of a write is sent; what its rows say.
    Writing { write: Id, ticket: Ticket, branch: Branch },
    /// The primary is asked how far it has come.
    Resolving,
    Reading(Box<Reading>),
}

/// A read under way.
#[derive(Clone)]
pub(super) struct Reading {
    pub(super) quest: Quest,
    pub(super) sent: Sent,
    pub(super) trial: Trial,
}

/// A read's search for a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Quest {
    pub(super) strong: bool,
    /// The replica that is preferred.
    pub(super) first: usize,
    /// The servers tried in vain, a bit each.
    pub(super) tried: u8,
    /// What the read must show.
    pub(super) must: Writes,
    /// Whether the source knew of the promotion when the read began.
    pub(super) aware: bool,
}

/// A statement under way.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) at: usize,
    pub(super) reason: Reason,
    pub(super) part: Part,
    /// The run of the server that the connection is of.
    pub(super) run: u64,
    pub(super) branch: Option<Branch>,
    pub(super) certain: Certain,
    pub(super) tickets: Tickets,
    pub(super) snapshot: Snapshot,
    /// Whether a connection to the server was made since.
    pub(super) overtaken: bool,
    /// What it says, once it has come to the end.
    pub(super) facts: Option<Facts>,
}

/// What a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// It reads, and tells whether it has seen enough.
    InBand,
    /// It asks whether the next one will have.
    Gate,
    /// It reads after the gate.
    Gated,
    OnPrimary,
}

impl Task {
    pub(super) const fn is_idle(&self) -> bool {
        matches!(self, Self::Idle)
    }

    pub(super) const fn reading(&self) -> Option<&Reading> {
        match self {
            Self::Reading(reading) => Some(reading),
            Self::Idle | Self::Writing { .. } | Self::Resolving => None,
        }
    }
}

impl Hash for Task {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Idle | Self::Resolving => {}
            Self::Writing { write, ticket, branch } => (write, ticket, branch).hash(state),
            Self::Reading(reading) => reading.hash(state),
        }
    }
}

impl Hash for Reading {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Sent { at, reason, part, run, branch, certain, tickets, snapshot, overtaken, facts } = &self.sent;
        let (left, shown) = self.trial.parts();
        (&self.quest, at, reason, part, run, branch, snapshot, overtaken).hash(state);
        (certain.progress(), tickets.as_slice(), Asked::by(left), shown).hash(state);
        facts.as_ref().map(|facts| format!("{facts:?}")).hash(state);
    }
}
