//! A history: what clients of a service did and what they were told, to be [checked](crate::check) afterwards.
//!
//! A test lets sessions write and read while servers fail, and records every operation here: who, on what, from when
//! until when, where it ran, what came of it. Nothing here knows a driver. Values are numbers, names are short strings, so a
//! service in any stack can be recorded; for those that use ryw, [`WriteOp::settle`], [`WriteOp::at`] and [`ReadOp::routed`] take what
//! ryw returns.
//!
//! ```
//! use ryw_testkit::history::{Order, Recorder, Shape};
//!
//! let recorder = Recorder::new();
//! let main = recorder.source("main", Order::OneLog);
//! let note = recorder.object(main, "note 7", Shape::Register);
//! let alice = recorder.session("alice");
//!
//! let write = alice.write(note, 17); // the clock runs from here; now send it
//! write.version(2).ok();             // acknowledged, as version 2 of the row
//!
//! let read = alice.read(note);
//! read.found(17);
//! assert_eq!(recorder.history().len(), 2);
//! ```
//!
//! # What is recorded of what
//!
//! | [`Shape`] | writes | reads | what has to be unique |
//! |---|---|---|---|
//! | `Register` | [`write`](Session::write), [`delete`](Session::delete) | a value, or absent | each value, within its object |
//! | `Counter` | [`increment`](Session::increment) | its value | nothing |
//! | `List` | [`append`](Session::append) | all elements, in order | each element, within its object |
//! | `Set`: an index, a query | [`add`](Session::add), [`remove`](Session::remove) | all elements | each element: added once, removed once |
//!
//! An index is a set whose elements are the *values* of the rows, not their keys: a row that moves from one term to another
//! is removed from one set as the value it had, and added to another as the value it has now, in two operations of the
//! same time.
//!
//! # Which order versions have
//!
//! A checker that guesses the order of writes takes exponential time, or accuses wrongly. So it is told: a **version**, the
//! number that the database gave the row in the same write, recorded by [`WriteOp::version`] or, where a write's answer was
//! lost, by whoever reads it ([`ReadOp::version`]). Versions of one object MUST rise with its commits: `version = version +
//! 1` in the row does, a sequence does if it is asked while the row is locked. A deleted row that begins again at 1 does not.
//! Lists carry their order in themselves, counters in their value. Without versions what is certain is used: a write that was
//! acknowledged, or seen, before another one was sent came before it.
//!
//! # Sessions
//!
//! A [`Session`] is what a context is in ryw: its tasks run side by side. An operation follows all those of its session that had
//! ended when it began, and no other. A session that goes on elsewhere by token is [handed over](Session::hand_over): the
//! other one knows from its arrival on all that this one had finished when the token was made.
//!
//! # What it costs
//!
//! About 80 bytes an operation, 8 for each element of a list or set that was read, and each name once. Recording takes a lock for
//! well under a microsecond, twice an operation.

mod clock;
mod elle;
mod export;
mod kind;
mod name;
mod operation;
mod pending;
pub(crate) mod record;
mod recorder;
mod session;

use std::collections::HashMap;

pub use kind::{Action, Answer, Order, Outcome, Policy, Shape};
pub use operation::{Mark, Operation, OperationId};
pub use pending::{ReadOp, WriteOp};
pub use recorder::Recorder;
pub use session::{Object, Session, SessionId, Source, Token};

use name::Names;
use record::Record;

/// What was recorded.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub(crate) records: Vec<Record>,
    /// What reads of many were answered: the number of elements, then the elements.
    pub(crate) elements: Vec<u64>,
    pub(crate) marks: Vec<record::Mark>,
    pub(crate) hand_overs: Vec<HandOver>,
    /// When an operation was said to be lost, in nanoseconds.
    pub(crate) lost: HashMap<OperationId, u64>,
    pub(crate) sources: Vec<(String, Order)>,
    pub(crate) objects: Vec<record::Object>,
    object_ids: HashMap<(u32, Shape, String), u32>,
    pub(crate) sessions: Names,
    /// Reasons, and branches of history.
    pub(crate) words: Names,
}

/// A session that went on as another: what `to` knows from `arrived` on includes all that `from` had finished at `taken`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// Whose past it is.
    pub from: SessionId,
    /// When the token was made, in nanoseconds since the recording began.
    pub taken: u64,
    /// Who goes on with it.
    pub to: SessionId,
    /// When it was joined there.
    pub arrived: u64,
}

impl History {
    /// How many operations there are, of any outcome.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// All operations, in the order in which they began to be recorded.
    #[must_use]
    pub fn operations(&self) -> impl ExactSizeIterator<Item = Operation<'_>> {
        (0..self.records.len()).map(|index| self.view(index))
    }

    /// One operation, if this history has it.
    #[must_use]
    pub fn operation(&self, id: OperationId) -> Option<Operation<'_>> {
        (id.index() < self.records.len()).then(|| self.view(id.index()))
    }

    /// All sessions that went on elsewhere.
    #[must_use]
    pub fn hand_overs(&self) -> &[HandOver] {
        &self.hand_overs
    }

    /// The name of a session.
    #[must_use]
    pub fn session_name(&self, session: SessionId) -> &str {
        self.sessions.name(session.0)
    }

    /// The name of an object.
    #[must_use]
    pub fn object_name(&self, object: Object) -> &str {
        &self.objects[object.0 as usize].name
    }

    /// What kind of thing an object is.
    #[must_use]
    pub fn shape(&self, object: Object) -> Shape {
        self.objects[object.0 as usize].shape
    }

    /// The source that an object lies in.
    #[must_use]
    pub fn source(&self, object: Object) -> Source {
        self.objects[object.0 as usize].source
    }

    /// The name of a source, and what it promises of the order of its writes.
    #[must_use]
    pub fn source_named(&self, source: Source) -> (&str, Order) {
        let (name, order) = &self.sources[source.0 as usize];
        (name, *order)
    }

    fn view(&self, index: usize) -> Operation<'_> {
        self.records[index].view(OperationId::of(index), self)
    }

    fn add_source(&mut self, name: &str, order: Order) -> Source {
        let known = self.sources.iter().position(|known| known.0 == name && known.1 == order);
        Source(known.unwrap_or_else(|| {
            self.sources.push((name.to_owned(), order));
            self.sources.len() - 1
        }) as u32)
    }

    fn add_object(&mut self, source: Source, name: &str, shape: Shape) -> Object {
        let next = self.objects.len() as u32;
        let id = *self.object_ids.entry((source.0, shape, name.to_owned())).or_insert(next);
        if id == next {
            self.objects.push(record::Object { source, shape, name: name.to_owned() });
        }
        Object(id)
    }
}
