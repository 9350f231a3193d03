//! A Region's state: its copies, what is on its way to them, and what is ordered of it.

use dynoxide::DynoxideError;
use tokio::time::Instant;

use super::change::Change;
use super::fault::Faults;
use super::queue::Queue;
use super::request::{Consistency, Request, wants_strong};
use super::requests::Requests;
use super::store::Store;

/// A Region.
pub(super) struct Site {
    pub(super) name: String,
    /// Takes the writes, and answers strong reads.
    pub(super) leader: Store,
    /// Answers eventual reads of tables and local indexes.
    pub(super) follower: Store,
    /// Answers reads of global indexes.
    pub(super) indexes: Store,
    pub(super) to_follower: Queue,
    pub(super) to_indexes: Queue,
    pub(super) faults: Faults,
    pub(super) requests: Requests,
    pub(super) reach: Reach,
    pub(super) eventual: EventualReads,
    /// Whether the next eventual read is the leader's turn, when they alternate.
    leaders_turn: bool,
}

/// From where a Region can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Everywhere,
    /// From clients only.
    Clients,
    Nowhere,
}

/// Who answers eventually consistent reads of tables and local indexes in a Region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventualReads {
    /// The lagging copy.
    #[default]
    Follower,
    /// The leader: by luck, every read is current.
    Leader,
    /// The leader and the lagging copy in turn, beginning with the leader: a later read may be older than an earlier one.
    Alternating,
}

/// One of a Region's copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Copy {
    Leader,
    Follower,
    Indexes,
}

impl Site {
    pub(super) fn new(name: String) -> Result<Self, DynoxideError> {
        Ok(Self {
            name,
            leader: Store::new()?,
            follower: Store::new()?,
            indexes: Store::new()?,
            to_follower: Queue::default(),
            to_indexes: Queue::default(),
            faults: Faults::default(),
            requests: Requests::default(),
            reach: Reach::Everywhere,
            eventual: EventualReads::default(),
            leaders_turn: true,
        })
    }

    pub(super) fn copies(&mut self) -> [&mut Store; 3] {
        [&mut self.leader, &mut self.follower, &mut self.indexes]
    }

    pub(super) fn copy(&self, which: Copy) -> &Store {
        match which {
            Copy::Leader => &self.leader,
            Copy::Follower => &self.follower,
            Copy::Indexes => &self.indexes,
        }
    }

    /// Which copy a read of items goes to.
    pub(super) fn route(&mut self, request: &Request) -> Copy {
        if request.consistency() == Some(Consistency::Strong) || wants_strong(&request.body) {
            // Of a global index, too: the emulator refuses that as the service does.
            return Copy::Leader;
        }
        match request.index() {
            Some(index) if self.is_global(request, index) => Copy::Indexes,
            _ => self.route_eventual(),
        }
    }

    pub(super) fn route_eventual(&mut self) -> Copy {
        match self.eventual {
            EventualReads::Follower => Copy::Follower,
            EventualReads::Leader => Copy::Leader,
            EventualReads::Alternating => {
                self.leaders_turn = !self.leaders_turn;
                if self.leaders_turn { Copy::Follower } else { Copy::Leader }
            }
        }
    }

    /// Takes a change that was made at the leader just now, or that another Region's replication brought.
    pub(super) fn pass_on(&mut self, change: &Change, at: Instant) {
        self.to_follower.push(change.clone(), at);
        self.to_indexes.push(change.clone(), at);
    }

    /// Takes a change from another Region, unless a later one was made here.
    pub(super) fn take(&mut self, change: &Change, at: Instant) -> Result<(), DynoxideError> {
        if self.leader.apply(change)? {
            self.pass_on(change, at);
        }
        Ok(())
    }

    /// Delivers what is due.
    pub(super) fn settle(&mut self, now: Instant) -> Result<(), DynoxideError> {
        while let Some((_, change)) = self.to_follower.pop_due(now) {
            self.follower.apply(&change)?;
        }
        while let Some((_, change)) = self.to_indexes.pop_due(now) {
            self.indexes.apply(&change)?;
        }
        Ok(())
    }

    /// Forgets all that was on its way to a table that has gone.
    pub(super) fn forget(&mut self, table: &str) {
        self.to_follower.forget(table);
        self.to_indexes.forget(table);
    }

    fn is_global(&self, request: &Request, index: &str) -> bool {
        let schema = request.tables().first().and_then(|table| self.leader.schema(table));
        schema.is_some_and(|schema| schema.global_indexes.iter().any(|name| name == index))
    }
}
