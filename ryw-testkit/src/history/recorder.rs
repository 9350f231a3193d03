//! Takes down what sessions do, from any number of tasks and threads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::clock::{Clock, Pace};
use super::pending::Running;
use super::record::{Kind, Record};
use super::{HandOver, History, Object, OperationId, Order, Outcome, Session, SessionId, Shape, Source};

/// The session to which everything belongs that was there before.
const BEFORE: &str = "(before)";

/// Records one history. Cheap to clone; clones record the same one.
///
/// Its clock begins at 0 when it is made, and is never read twice at the same time.
#[derive(Clone, Debug)]
pub struct Recorder(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    clock: Clock,
    history: Mutex<History>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self::timed_by(Clock::new(Pace::Real(Instant::now())))
    }
}

impl Recorder {
    /// An empty history, whose time begins now.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty history in which time passes by `step` whenever the clock is read, and not otherwise: the same calls give the
    /// same history.
    #[must_use]
    pub fn stepped(step: Duration) -> Self {
        Self::timed_by(Clock::new(Pace::Stepped(u64::try_from(step.as_nanos()).unwrap_or(u64::MAX))))
    }

    fn timed_by(clock: Clock) -> Self {
        Self(Arc::new(Shared { clock, history: Mutex::default() }))
    }

    /// The source of that name; the same one each time.
    #[must_use]
    pub fn source(&self, name: &str, order: Order) -> Source {
        self.lock().add_source(name, order)
    }

    /// The object of that name and shape in `source`; the same one each time.
    #[must_use]
    pub fn object(&self, source: Source, name: &str, shape: Shape) -> Object {
        self.lock().add_object(source, name, shape)
    }

    /// The session of that name; the same one each time.
    #[must_use]
    pub fn session(&self, name: &str) -> Session {
        let id = SessionId(self.lock().sessions.number(name));
        Session::new(self.clone(), id)
    }

    /// Says what `object` held before the recording began: the value of a register, the sum of a counter, an element of a list (in
    /// their order) or of a set.
    ///
    /// What is read and neither written nor said here is a violation.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn existing(&self, object: Object, value: u64, version: Option<u64>) -> OperationId {
        let mut history = self.lock();
        let kind = match history.shape(object) {
            Shape::Register => Kind::Write,
            Shape::Counter => Kind::Increment,
            Shape::List => Kind::Append,
            Shape::Set => Kind::Add,
        };
        let before = SessionId(history.sessions.number(BEFORE));
        let mut record = Record::begun(before, object, kind, value, 0);
        (record.end, record.outcome) = (0, Outcome::Ok);
        if let Some(version) = version {
            record.version = version;
        }
        push(&mut history, record)
    }

    /// The service told, now, that this write is lost: after a failover it is not in the database's history.
    ///
    /// From its beginning on it then holds nobody to anything. A read that begins after now and shows it is a violation.
    pub fn lost(&self, write: OperationId) {
        let now = self.now();
        self.lock().lost.entry(write).or_insert(now);
    }

    /// What has been recorded so far; what is under way is of unknown outcome.
    #[must_use]
    pub fn history(&self) -> History {
        self.lock().clone()
    }

    /// Nanoseconds since the recording began.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.0.clock.now()
    }

    pub(super) fn begin(&self, session: SessionId, object: Object, kind: Kind, value: u64) -> Running {
        let mut history = self.lock();
        // Taken under the lock, so that records lie in the order of their beginnings.
        let id = push(&mut history, Record::begun(session, object, kind, value, self.now()));
        drop(history);
        Running::new(self.clone(), id)
    }

    pub(super) fn hand_over(&self, hand_over: HandOver) {
        self.lock().hand_overs.push(hand_over);
    }

    /// Changes what is recorded of an operation.
    pub(super) fn change(&self, id: OperationId, change: impl FnOnce(&mut History, usize)) {
        change(&mut self.lock(), id.index());
    }

    fn lock(&self) -> MutexGuard<'_, History> {
        // Whatever is half done by a panic is an operation of unknown outcome.
        self.0.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push(history: &mut History, record: Record) -> OperationId {
    let id = OperationId::of(history.records.len());
    history.records.push(record);
    id
}
