//! A task of a session: it writes, reads, moves and meets others, as its dice say, until the act is over.

mod counters;
mod lists;
mod moves;
mod registers;
mod step;
mod terms;
mod together;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ryw_core::{Context, Error, Position, Reason, Route, Routed, Written};
use ryw_testkit::history::{OperationId, Policy, ReadOp, WriteOp};

use super::dice::Dice;
use super::plant::Plant;
use super::seen;
use super::setup::Guarantee;
use super::tally::Ending;
use super::world::{Kind, Session, Store, World};
use step::Step;

/// How long anything may take before its future is dropped, which is a fault of its own.
const LIMIT: Duration = Duration::from_secs(8);
/// After a failure, so that a server that is away is not asked a thousand times.
const PAUSE: Duration = Duration::from_millis(5);

/// One task.
pub(crate) struct Client {
    world: Arc<World>,
    number: usize,
    process: usize,
    session: Arc<Session>,
    dice: Dice,
    era: u64,
    /// What it alone writes, by store.
    own: Vec<Own>,
}

/// Rows that one client alone writes.
struct Own {
    register: i64,
    rows: Vec<Row>,
}

/// A row in an index.
#[derive(Clone, Copy, Debug)]
struct Row {
    id: i64,
    /// What it is, once it was stored.
    now: Option<Stored>,
}

/// A row as it was stored last.
#[derive(Clone, Copy, Debug)]
struct Stored {
    term: i64,
    value: u64,
    version: i64,
}

/// How many rows each client has in an index.
const ROWS: usize = 3;

/// What became of a write.
enum Sent<T> {
    Done(Written<T>, Option<Routed>),
    Failed,
    Unknown,
}

impl Own {
    fn new(world: &World) -> Self {
        let rows = std::iter::repeat_with(|| Row::new(world)).take(ROWS).collect();
        Self { register: world.own_cell(), rows }
    }
}

impl Row {
    fn new(world: &World) -> Self {
        Self { id: world.own_cell(), now: None }
    }
}

impl Client {
    /// Task number `number`, as `session`, in one of the processes.
    pub(crate) fn new(world: &Arc<World>, number: usize, session: &Arc<Session>, dice: Dice) -> Self {
        let process = number % world.processes.len();
        world.seat(number, session);
        let own = world.processes[process].stores.iter().map(|_| Own::new(world)).collect();
        Self {
            world: Arc::clone(world),
            number,
            process,
            session: Arc::clone(session),
            dice,
            era: world.era.load(Ordering::SeqCst),
            own,
        }
    }

    /// Works until the act is over.
    pub(crate) async fn work(mut self) {
        while !self.world.is_over() {
            self.renew();
            self.step().await;
        }
    }

    /// After a failover that may have lost something nobody knows what its own rows hold.
    fn renew(&mut self) {
        let era = self.world.era.load(Ordering::SeqCst);
        if era != self.era {
            self.era = era;
            self.own.iter_mut().for_each(|own| *own = Own::new(&self.world));
            if self.world.habits.plant.is_some_and(Plant::is_gate) {
                // Nobody tells it what was lost: what is to be seen is what it does then.
                self.session = self.world.session(Context::new());
                self.world.seat(self.number, &self.session);
            }
        }
    }

    async fn step(&mut self) {
        match self.choose() {
            Step::WriteOwn => self.write_own().await,
            Step::WriteShared => self.write_shared().await,
            Step::ReadCell => self.read_cell().await,
            Step::ReadCells => self.read_cells().await,
            Step::QueryCell => self.query_cell().await,
            Step::Increment => self.increment().await,
            Step::ReadSum => self.read_sum().await,
            Step::Append => self.append().await,
            Step::ReadLog => self.read_log().await,
            Step::MoveRow => self.move_row().await,
            Step::ReadTerm => self.read_term().await,
            Step::WriteTogether => self.write_together().await,
            Step::ReadTogether => self.read_together().await,
            Step::MoveByToken => self.move_by_token().await,
            Step::JoinAnother => self.join_another().await,
        }
    }

    fn choose(&mut self) -> Step {
        let habits = self.world.habits;
        let step = self.dice.weighed(step::weights(habits.plant, self.number));
        if step.is_of_shared_objects() && !habits.sharing { Step::ReadCell } else { step }
    }

    /// One of the stores of its process.
    fn store(&mut self) -> (usize, Store) {
        let stores = &self.world.processes[self.process].stores;
        let index = self.dice.roll(stores.len());
        (index, stores[index].clone())
    }

    /// How the next read is made, and what it is held to.
    fn policy(&mut self) -> (Policy, Context) {
        let ctx = &self.session.ctx;
        match self.world.habits.plant {
            // It promises own writes, and breaks that.
            Some(plant) if plant.is_gate() => return (Policy::OwnWrites, ctx.clone()),
            Some(Plant::NoFloor) => return (Policy::Session, ctx.without_monotonic_reads()),
            _ => {}
        }
        let (policy, asked) = match self.dice.roll(100) {
            0..4 => (Policy::OwnWrites, ctx.without_monotonic_reads()),
            4..7 => (Policy::Strong, ctx.strong()),
            7..9 if self.world.habits.eventual => (Policy::Eventual, ctx.eventual()),
            9..11 if self.world.habits.bounded => {
                let bound = self.dice.millis(50..500);
                (Policy::Bounded(bound), ctx.bounded_staleness(bound))
            }
            _ => (Policy::Session, ctx.clone()),
        };
        match self.world.guarantee {
            Guarantee::On => (policy, asked),
            // What naive routing does, held to what ryw promises.
            Guarantee::Off => (policy, ctx.eventual()),
        }
    }

    /// Sends a write, and notes how it ended.
    async fn send<T>(&mut self, sending: impl Future<Output = Result<Written<T>, Error>>) -> Sent<T> {
        let began = Instant::now();
        let (result, routed) = seen::routed(tokio::time::timeout(LIMIT, sending)).await;
        let (ending, sent) = match result {
            Ok(Ok(written)) => (Ending::Written, Sent::Done(written, routed)),
            Ok(Err(why)) if !why.is_commit_unknown() => (Ending::Failed, Sent::Failed),
            Ok(Err(_)) | Err(_) => (Ending::Unknown, Sent::Unknown),
        };
        self.world.tally.ended(ending, began, routed);
        if ending != Ending::Written {
            tokio::time::sleep(PAUSE).await;
        }
        sent
    }

    /// Sends a read, and notes how it ended.
    async fn ask<T>(
        &mut self,
        asking: impl Future<Output = Result<T, Error>>,
    ) -> Option<(T, Option<Routed>)> {
        let began = Instant::now();
        let (result, routed) = seen::routed(tokio::time::timeout(LIMIT, asking)).await;
        let ending = if matches!(result, Ok(Ok(_))) { Ending::Read } else { Ending::Failed };
        self.world.tally.ended(ending, began, routed);
        match result {
            Ok(Ok(found)) => Some((found, routed)),
            Ok(Err(_)) | Err(_) => {
                tokio::time::sleep(PAUSE).await;
                None
            }
        }
    }

    /// Notes where a write ran and stands; it is acknowledged.
    fn acknowledge(
        &self,
        write: WriteOp,
        position: Option<&Position>,
        routed: Option<Routed>,
    ) -> OperationId {
        let write = write.routed(routed.unwrap_or(Routed { route: Route::Primary, reason: Reason::Write }));
        let write = match position {
            Some(position) => write.at(position),
            None => write,
        };
        let id = write.ok();
        self.world.note_acknowledged(id, position, self.process);
        id
    }
}

/// Notes where a read ran; what it is held to follows from that too.
fn routed(read: ReadOp, store: &Store, policy: Policy, routed: Option<Routed>) -> ReadOp {
    let Some(routed) = routed else { return read };
    let read = read.routed(routed);
    // Of DynamoDB nobody knows how far an eventually consistent read had come: it holds later ones to nothing.
    if store.kind == Kind::Dynamo && routed.route.is_replica() && policy == Policy::Session {
        return read.policy(Policy::OwnWrites);
    }
    read
}

#[expect(clippy::cast_possible_wrap, reason = "values count up from 1")]
const fn stored(value: u64) -> i64 {
    value as i64
}

#[expect(clippy::cast_sign_loss, reason = "no row holds anything negative")]
const fn found(value: i64) -> u64 {
    value as u64
}
