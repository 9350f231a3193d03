//! Where in a source's history a write stands.
//!
//! A [`Position`] is opaque to everyone but the backend that made it: a [`Branch`] and one or two *witnesses*.
//!
//! * An **offset** (for Postgres an LSN at or past the end of the commit record) orders, merges by `max`, and can be
//!   compared with how far a replica says it has come. It has to be asked for, after the commit.
//! * A **ticket** (for Postgres the transaction id) costs nothing, since it comes with the rows of the write, and proves
//!   exactly whether a snapshot holds the write. It has no useful order.
//!
//! A database without a log has neither. There a position says **what was touched, and when** ([`Touch`]), which proves
//! nothing of any server, and tells a backend for how long to read strongly what may depend on it.
//!
//! Either witness suffices: what a server is known to hold ([`Progress`](crate::Progress)) covers the position if it
//! covers one of them.
//!
//! Rejected: a position that is always an offset, because asking for it doubles the time of a write. Rejected: one that is
//! always a ticket, because sets of tickets have to be bounded, and only an offset can take their place. Rejected:
//! `PartialOrd`. It answers `None` for "no order", but `a >= b` compiles and silently means `false` in one direction and,
//! negated, "behind" in the other; see [`Coverage`](crate::Coverage).

use std::fmt;
use std::sync::Arc;

use crate::{Branch, Identity, Timestamp};

mod ticket;
mod touch;

pub use ticket::Ticket;
pub use touch::{Scope, Touch};

/// A point in the history of one source: a branch of it, and an offset or a ticket or both, or else what was touched.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Position {
    branch: Branch,
    offset: Option<u64>,
    ticket: Option<Ticket>,
    touched: Option<Touched>,
}

/// What a write touched, and when.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Touched {
    touches: Arc<[Touch]>,
    at: Timestamp,
}

impl Position {
    /// The position `offset` on a branch, given in parts; for backends.
    #[must_use]
    pub const fn new(identity: Identity, timeline: u64, offset: u64) -> Self {
        Self::at(Branch::new(identity, timeline), offset)
    }

    /// The position `offset` on `branch`; for backends.
    #[must_use]
    pub const fn at(branch: Branch, offset: u64) -> Self {
        Self { branch, offset: Some(offset), ticket: None, touched: None }
    }

    /// The position of the write that had this ticket; for backends.
    #[must_use]
    pub const fn ticketed(branch: Branch, ticket: Ticket) -> Self {
        Self { branch, offset: None, ticket: Some(ticket), touched: None }
    }

    /// The position of a write that touched `touches` at `at`, in a database without a log; if there are none, of one
    /// that may have touched anything until then. For backends.
    #[must_use]
    pub fn touching(branch: Branch, touches: impl Into<Arc<[Touch]>>, at: Timestamp) -> Self {
        let touched = Some(Touched { touches: touches.into(), at });
        Self { branch, offset: None, ticket: None, touched }
    }

    /// The same position, of which an offset is known too. It MUST lie at or past the end of the write's commit.
    #[must_use]
    pub const fn with_offset(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The branch of history it lies on.
    #[must_use]
    pub const fn branch(&self) -> &Branch {
        &self.branch
    }

    /// The database it belongs to.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        self.branch.identity()
    }

    /// The timeline of that database.
    #[must_use]
    pub const fn timeline(&self) -> u64 {
        self.branch.timeline()
    }

    /// How far along the branch, in the backend's unit, if that is known.
    #[must_use]
    pub const fn offset(&self) -> Option<u64> {
        self.offset
    }

    /// The write's own number, if it is known.
    #[must_use]
    pub const fn ticket(&self) -> Option<Ticket> {
        self.ticket
    }

    /// What the write touched, and when, if that is all there is to say of it. Nothing stands for anything.
    #[must_use]
    pub fn touched(&self) -> Option<(&[Touch], Timestamp)> {
        self.touched.as_ref().map(|touched| (&*touched.touches, touched.at))
    }
}

/// As `postgres:7/2@16B3748`, `postgres:7/2#801` or `postgres:7/2#801@16B3748`: branch, ticket, offset. As
/// `dynamodb:a/eu-central-1/0~2@1700000000000ms`: branch, how many things were touched, when.
impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.branch.fmt(f)?;
        if let Some(ticket) = self.ticket {
            write!(f, "#{}", ticket.id)?;
        }
        if let Some(offset) = self.offset {
            write!(f, "@{offset:X}")?;
        }
        if let Some(Touched { touches, at }) = &self.touched {
            write!(f, "~{}@{}ms", touches.len(), at.as_unix_millis())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_offset_as_postgres_does() {
        let branch = Branch::new("postgres:7".into(), 2);
        let ticketed = Position::ticketed(branch.clone(), Ticket { id: 801, after: 0 });
        for (position, shown) in [
            (Position::at(branch, 0x16B_3748), "postgres:7/2@16B3748"),
            (ticketed.clone(), "postgres:7/2#801"),
            (ticketed.with_offset(0x16B_3748), "postgres:7/2#801@16B3748"),
        ] {
            assert_eq!(format!("{position:?}"), shown);
        }
    }
}
