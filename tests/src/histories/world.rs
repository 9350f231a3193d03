//! What all sessions of an act share.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ryw_core::{Context, Position, TokenCodec};
use ryw_testkit::history::{self, Object, OperationId, Recorder, Shape};

use super::place::Place;
use super::plant::Plant;
use super::setup::Guarantee;
use super::tally::Tally;

/// Cells that everybody writes, counters, and lists.
pub(crate) const SHARED_CELLS: i64 = 6;
pub(crate) const SUMS: i64 = 3;
pub(crate) const LOGS: i64 = 3;
/// Terms that everybody's rows move between.
pub(crate) const TERMS: i64 = 5;
/// Cells of one's own begin here, and so do terms.
const FIRST_OWN: i64 = 1000;

/// Which database it is, and so what it promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Postgres,
    Dynamo,
}

/// A source of one process, and the name that it has in the history.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) kind: Kind,
    pub(crate) source: history::Source,
    pub(crate) place: Arc<dyn Place>,
}

/// What one process of the application has: its own sources, pools and watermarks.
#[derive(Clone)]
pub(crate) struct Process {
    pub(crate) stores: Vec<Store>,
}

/// What sessions of an act do, and leave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    /// Whether several sessions write one object. Not where writes may be lost: of many unknown writes to one object nobody
    /// can tell afterwards which ones were.
    pub(crate) sharing: bool,
    /// Whether reads of bounded staleness are made.
    pub(crate) bounded: bool,
    /// Whether eventual reads are made. Not where a standby is left that has what is lost: it may show that, and nobody
    /// promises otherwise to who asks for anything.
    pub(crate) eventual: bool,
    /// A mistake to make.
    pub(crate) plant: Option<Plant>,
}

/// An acknowledged write, whose fate may be asked.
pub(crate) struct Acknowledged {
    pub(crate) write: OperationId,
    pub(crate) position: Position,
    pub(crate) process: usize,
}

/// A write whose outcome nobody knows, and after which nobody writes its cell any more.
pub(crate) struct Doubtful {
    pub(crate) store: Store,
    pub(crate) cell: i64,
    pub(crate) value: u64,
    /// As what it was recorded.
    pub(crate) writes: Vec<OperationId>,
}

/// A client's session: its context, and its name in the history.
pub(crate) struct Session {
    pub(crate) ctx: Context,
    pub(crate) record: history::Session,
}

/// Numbers that nobody has had before on these servers.
pub(crate) struct Numbers {
    values: AtomicU64,
    cells: AtomicI64,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { values: AtomicU64::new(1), cells: AtomicI64::new(FIRST_OWN) }
    }
}

/// An act under way.
pub(crate) struct World {
    pub(crate) recorder: Recorder,
    pub(crate) tally: Arc<Tally>,
    pub(crate) processes: Vec<Process>,
    pub(crate) guarantee: Guarantee,
    pub(crate) habits: Habits,
    pub(crate) codec: TokenCodec,
    /// Each client's session of the moment, for those that join another's.
    pub(crate) seats: Mutex<Vec<Arc<Session>>>,
    /// What may have to be asked for after a failover; none where nothing is lost.
    pub(crate) ledger: Option<Mutex<Vec<Acknowledged>>>,
    /// Writes to one's own cells whose outcome nobody knows, the last of each cell.
    pub(crate) doubtful: Mutex<Vec<Doubtful>>,
    /// Raised by a failover that may lose writes: nobody trusts then what its own rows hold.
    pub(crate) era: AtomicU64,
    pub(crate) ended: AtomicBool,
    numbers: Arc<Numbers>,
    /// The first cell that is of this act.
    first_cell: i64,
    names: AtomicU64,
}

impl World {
    #[expect(clippy::too_many_arguments, reason = "one of each, in one place")]
    pub(crate) fn new(
        recorder: Recorder,
        tally: Arc<Tally>,
        processes: Vec<Process>,
        guarantee: Guarantee,
        habits: Habits,
        codec: TokenCodec,
        may_lose: bool,
        numbers: &Arc<Numbers>,
    ) -> Self {
        Self {
            recorder,
            tally,
            processes,
            guarantee,
            habits,
            codec,
            seats: Mutex::default(),
            ledger: may_lose.then(Mutex::default),
            doubtful: Mutex::default(),
            era: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            first_cell: numbers.cells.load(Ordering::Relaxed),
            numbers: Arc::clone(numbers),
            names: AtomicU64::new(0),
        }
    }

    /// A value that nobody else has written.
    pub(crate) fn value(&self) -> u64 {
        self.numbers.values.fetch_add(1, Ordering::Relaxed)
    }

    /// A cell that nobody else writes.
    pub(crate) fn own_cell(&self) -> i64 {
        self.numbers.cells.fetch_add(1, Ordering::Relaxed)
    }

    /// The cells of one's own that there are.
    pub(crate) fn own_cells(&self) -> std::ops::Range<i64> {
        self.first_cell..self.numbers.cells.load(Ordering::Relaxed)
    }

    /// All cells that there may be.
    pub(crate) fn all_cells(&self) -> impl Iterator<Item = i64> {
        (1..=SHARED_CELLS).chain(self.own_cells())
    }

    /// A session that goes on with `ctx`.
    pub(crate) fn session(&self, ctx: Context) -> Arc<Session> {
        let name = format!("s{}", self.names.fetch_add(1, Ordering::Relaxed));
        Arc::new(Session { ctx, record: self.recorder.session(&name) })
    }

    pub(crate) fn is_over(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    pub(crate) fn cell(&self, store: &Store, id: i64) -> Object {
        self.recorder.object(store.source, &format!("cell {id}"), Shape::Register)
    }

    pub(crate) fn sum(&self, store: &Store, id: i64) -> Object {
        self.recorder.object(store.source, &format!("sum {id}"), Shape::Counter)
    }

    pub(crate) fn log(&self, store: &Store, id: i64) -> Object {
        self.recorder.object(store.source, &format!("log {id}"), Shape::List)
    }

    pub(crate) fn term(&self, store: &Store, id: i64) -> Object {
        self.recorder.object(store.source, &format!("term {id}"), Shape::Set)
    }

    pub(crate) fn note_acknowledged(&self, write: OperationId, position: Option<&Position>, process: usize) {
        if let (Some(ledger), Some(position)) = (&self.ledger, position) {
            let entry = Acknowledged { write, position: position.clone(), process };
            ledger.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        }
    }

    /// Which session a client has from now on.
    pub(crate) fn seat(&self, client: usize, session: &Arc<Session>) {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        if seats.len() <= client {
            seats.resize_with(client + 1, || Arc::clone(session));
        }
        seats[client] = Arc::clone(session);
    }

    /// The session that another client has.
    pub(crate) fn session_of(&self, client: usize) -> Arc<Session> {
        let seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&seats[client % seats.len()])
    }
}
