//! The kinds of things that are recorded.

use std::time::Duration;

/// What an object is: which writes and reads there are of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// Holds one value, or none. No value is written to it twice.
    Register,
    /// Is incremented, and read as a sum. It begins at 0 or as [`existing`](super::Recorder::existing) says.
    Counter,
    /// Is appended to, and read as a whole. No element is appended twice.
    List,
    /// Elements are added and removed, and all of them are read: an index, a query. No element is added twice, nor removed
    /// twice.
    Set,
}

/// What a source promises of the order in which its writes become visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Order {
    /// One log: every state that is read holds all writes up to some place in it, and no other. So is one Postgres primary
    /// with physical replicas. A session that has seen a write is then held to everything acknowledged before that write
    /// was sent, whatever object it concerns.
    OneLog,
    /// Each object for itself: writes to one object have one order, between objects nothing is promised. So is DynamoDB.
    PerObject,
}

/// How fresh a read was asked to be, and so what it is held to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// All guarantees of its session.
    #[default]
    Session,
    /// Its session's writes only: monotonic reads were switched off. What it shows holds later reads to nothing.
    OwnWrites,
    /// As `Session`, and nothing is missing that anyone was acknowledged before the read began.
    Strong,
    /// As `Session`, and nothing is missing that anyone was acknowledged longer than this before the read began. Kept in
    /// milliseconds, rounded up, to at most 49 days.
    Bounded(Duration),
    /// Nothing: not checked, but counted, and what it shows holds later reads to nothing. Also what was served stale because a
    /// declared weaker policy allowed it.
    Eventual,
    /// As `Strong`, made on the primary after everything has ended: what is missing now is lost.
    Final,
}

/// What became of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Acknowledged, or answered.
    Ok,
    /// It certainly did not happen.
    Failed,
    /// It may have happened, or may happen yet: no answer, an unknown commit, a future that was dropped.
    Unknown,
}

/// What an operation did to its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// A value took the place of what was there.
    Write(u64),
    /// What was there was removed.
    Delete,
    /// An element was put at the end.
    Append(u64),
    /// The sum grew by this.
    Increment(u64),
    /// An element was added.
    Add(u64),
    /// An element was removed.
    Remove(u64),
    /// It was read.
    Read(Answer<'a>),
}

/// What a read was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// Nothing: it failed, or the answer never came.
    None,
    /// There is no value.
    Absent,
    /// The value of a register, or the sum of a counter.
    Value(u64),
    /// The elements: of a list in their order, of a set in any.
    Many(&'a [u64]),
}

impl Action<'_> {
    /// Whether it is a read.
    #[must_use]
    pub const fn is_read(&self) -> bool {
        matches!(self, Self::Read(_))
    }
}
