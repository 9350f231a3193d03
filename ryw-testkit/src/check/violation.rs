//! A guarantee that was not kept, and what shows it.

use std::fmt;

use super::Guarantee;
use super::bound::Witness;
use crate::history::OperationId;

/// A guarantee that a history breaks, with the operations that show it. Displayed, it explains itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Violation {
    /// What was not kept.
    pub guarantee: Guarantee,
    /// What shows it, in order; the last one is the operation that must not be so.
    pub operations: Vec<OperationId>,
    pub(super) text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What was found, before it is explained.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finding {
    pub(super) guarantee: Guarantee,
    /// The operation that must not be so.
    pub(super) wrong: u32,
    pub(super) why: Why,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Why {
    /// The session knew of a write, and a read of it does not show it.
    Missed(Witness),
    /// A read does not show a write that was there before another one was sent, which its session knew.
    Behind { missed: Witness, known: Witness },
    /// A read does not show a write that it was to see, whoever made it.
    Stale(Witness),
    /// The session knew of a write, and a later write of it comes before that.
    OutOfOrder(Witness),
    /// Two writes made the same version.
    SameVersion { other: u32 },
    /// Nobody wrote this.
    Invented { value: u64 },
    /// It was written, by a write that failed.
    WriteFailed { write: u32 },
    /// It was read before it was written.
    FromTheFuture { write: u32 },
    /// It was said to be lost before it was read.
    AfterLoss { write: u32 },
    /// A list has an element twice.
    Twice { write: u32, value: u64 },
    /// Another read has another order.
    OtherOrder { read: u32, place: usize },
    /// A counter is more than all increments that had begun.
    More { at_most: u64 },
    /// A session knew that the element was removed, and it is read.
    StillThere { removal: u32, by: u32 },
}
