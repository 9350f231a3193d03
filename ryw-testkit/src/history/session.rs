//! Who acts, and on what.

use super::record::Kind;
use super::recorder::Recorder;
use super::{HandOver, ReadOp, WriteOp};

/// A database, or whatever else has one order of writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source(pub(crate) u32);

/// A register, counter, list or set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Object(pub(crate) u32);

/// The number of a session in its history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub(crate) u32);

/// Who acts: what a [context](ryw_core::Context) is in ryw. Clones are the same session, for its other tasks.
#[derive(Clone, Debug)]
pub struct Session {
    recorder: Recorder,
    id: SessionId,
}

/// What a session had finished at some time, on its way to another one.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    from: SessionId,
    taken: u64,
}

impl Session {
    pub(super) const fn new(recorder: Recorder, id: SessionId) -> Self {
        Self { recorder, id }
    }

    /// Its number.
    #[must_use]
    pub const fn id(&self) -> SessionId {
        self.id
    }

    /// Begins a write of `value` to a register. No other write to it has the same value.
    pub fn write(&self, register: Object, value: u64) -> WriteOp {
        self.change(register, Kind::Write, value)
    }

    /// Begins to remove what a register holds.
    pub fn delete(&self, register: Object) -> WriteOp {
        self.change(register, Kind::Delete, 0)
    }

    /// Begins to put `element` at the end of a list. No other append to it has the same element.
    pub fn append(&self, list: Object, element: u64) -> WriteOp {
        self.change(list, Kind::Append, element)
    }

    /// Begins to add `by` to a counter. The [version](WriteOp::version) of it is the sum as the database returned it.
    pub fn increment(&self, counter: Object, by: u64) -> WriteOp {
        self.change(counter, Kind::Increment, by)
    }

    /// Begins to add `element` to a set. It is added once.
    pub fn add(&self, set: Object, element: u64) -> WriteOp {
        self.change(set, Kind::Add, element)
    }

    /// Begins to remove `element` from a set. It is removed once.
    pub fn remove(&self, set: Object, element: u64) -> WriteOp {
        self.change(set, Kind::Remove, element)
    }

    /// Begins a read.
    pub fn read(&self, object: Object) -> ReadOp {
        ReadOp::new(self.recorder.begin(self.id, object, Kind::Unanswered, 0))
    }

    /// What this session has finished by now, to be [taken over](Self::take_over): call it where its token is made.
    #[must_use]
    pub fn hand_over(&self) -> Token {
        Token { from: self.id, taken: self.recorder.now() }
    }

    /// From now on this session knows what `token` stands for: call it where the token was joined.
    pub fn take_over(&self, token: Token) {
        let Token { from, taken } = token;
        self.recorder.hand_over(HandOver { from, taken, to: self.id, arrived: self.recorder.now() });
    }

    fn change(&self, object: Object, kind: Kind, value: u64) -> WriteOp {
        WriteOp::new(self.recorder.begin(self.id, object, kind, value))
    }
}
