//! An operation, as it is read back.

use std::fmt;

use ryw_core::Route;

use super::{Action, Object, Outcome, Policy, SessionId};

/// Which operation of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationId(pub(crate) u32);

impl OperationId {
    pub(crate) const fn of(index: usize) -> Self {
        Self(index as u32)
    }

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a session did, and what it was told.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Operation<'a> {
    /// Its number in the history.
    pub id: OperationId,
    /// Who did it.
    pub session: SessionId,
    /// What it was done to.
    pub object: Object,
    /// What was done, or found.
    pub action: Action<'a>,
    /// Before it was sent, in nanoseconds since the recording began.
    pub start: u64,
    /// After its answer had come; `None` if none ever did.
    pub end: Option<u64>,
    /// What became of it.
    pub outcome: Outcome,
    /// The version that a write made of its object, or that a read was shown.
    pub version: Option<u64>,
    /// How fresh a read was asked to be.
    pub policy: Policy,
    /// Where it ran, if that is known.
    pub route: Option<Route>,
    /// Why it ran there.
    pub reason: Option<&'a str>,
    /// Where the write stands in its source's history, if that is known. Shown to the reader of a violation; not used to find one.
    pub mark: Option<Mark<'a>>,
    /// When the service told that the write is lost, in nanoseconds since the recording began.
    pub lost: Option<u64>,
}

/// A position, in plain words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark<'a> {
    /// The branch of history that the numbers belong to.
    pub branch: &'a str,
    /// The number of the write itself.
    pub ticket: Option<u64>,
    /// How far along the branch.
    pub offset: Option<u64>,
}

/// As ryw shows positions: `postgres:7/2#801@16B3748`.
impl fmt::Display for Mark<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.branch)?;
        if let Some(ticket) = self.ticket {
            write!(f, "#{ticket}")?;
        }
        if let Some(offset) = self.offset {
            write!(f, "@{offset:X}")?;
        }
        Ok(())
    }
}
