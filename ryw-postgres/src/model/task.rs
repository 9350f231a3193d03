//! What a task of the session is doing.

use std::hash::{Hash, Hasher};

use ryw_core::{Branch, Progress, Reason, Ticket};

use super::database::{Id, Snapshot, Writes};
use super::session::Asked;
use crate::facts::Facts;
use crate::trial::{Certain, Tickets, Trial};

#[derive(Clone)]
pub(super) enum Task {
    Idle,
    /// The statement of a write is sent; what its rows say.
    Writing {
        write: Id,
        ticket: Ticket,
        branch: Branch,
    },
    /// The primary is asked how far it has come; it had come so far.
    Resolving {
        reached: Option<Progress>,
    },
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
#[derive(Clone, Copy, Debug)]
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
}

impl Task {
    /// As it would be with the servers in another order: `numbers` has the new number of each.
    pub(super) fn hash_as(&self, numbers: &[usize], state: &mut impl Hasher) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Idle => {}
            Self::Resolving { reached } => reached.hash(state),
            Self::Writing { write, ticket, branch } => (write, ticket, branch).hash(state),
            Self::Reading(reading) => reading.hash_as(numbers, state),
        }
    }
}

impl Reading {
    fn hash_as(&self, numbers: &[usize], state: &mut impl Hasher) {
        let Quest { strong, first, tried, must, aware } = self.quest;
        let tried = numbers.iter().enumerate().filter(|(at, _)| tried & (1 << at) != 0);
        let tried = tried.fold(0, |tried: u8, (_, number)| tried | 1 << number);
        (strong, numbers[first], tried, must, aware).hash(state);
        let Sent { at, reason, part, run, branch, certain, tickets, snapshot, overtaken, facts } = &self.sent;
        (numbers[*at], reason, part, run, branch, snapshot, overtaken).hash(state);
        let (left, shown) = self.trial.parts();
        Asked::by(left).hash_as(numbers, state);
        for progress in [certain.progress(), shown] {
            let told =
                progress.map(|told| (told.branch(), told.offset(), told.below(), told.place().is_some()));
            told.hash(state);
        }
        tickets.as_slice().hash(state);
        facts.as_ref().map(|facts| format!("{facts:?}")).hash(state);
    }
}
