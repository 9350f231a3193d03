//! The whole: a database, a source, a session of two tasks, and every step that any of them can take.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ryw_core::{Frontier, MAX_TICKETS, Position, Progress, Ticket};
use stateright::{Model, Property};

use super::database::{Database, Id, Role, Told, Writes, bit, branch};
use super::rule::Rule;
use super::session::{Session, Step, TASKS};
use super::source::{self, Source};
use super::task::{Quest, Task};
use crate::fate::{Fate, Present};

/// How far the histories go, and what can happen in them.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    pub(super) replicas: usize,
    /// By the session's tasks.
    pub(super) writes: u8,
    /// By others.
    pub(super) strangers: u8,
    pub(super) reads: u8,
    /// How often the primary is asked for an LSN in place of tickets.
    pub(super) resolves: u8,
    pub(super) restarts: u8,
    pub(super) promotions: u8,
    pub(super) witness: Witness,
    pub(super) reading: ReadBy,
    pub(super) told: Told,
    /// Whether tasks also ask for strong reads.
    pub(super) strong: bool,
    /// Whether an answer may arrive long after it was given.
    pub(super) late_answers: bool,
    /// Whether the position of a write may not be learnt.
    pub(super) unlearnt: bool,
    /// Whether the answer to a write may be lost, though nobody dies.
    pub(super) lost_answers: bool,
    /// Whether the primary may show a commit later than a standby does.
    pub(super) held: bool,
    /// Whether commits do not wait for the disk.
    pub(super) asynchronous: bool,
    /// Whether a session was there to tell where the old timeline was left.
    pub(super) watched: bool,
    /// Whether a crowded context is merged into the session.
    pub(super) crowd: bool,
}

/// What a write's position is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Witness {
    Ticket,
    Offset,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadBy {
    InBand,
    /// Gate, then read, on one connection.
    Gate,
}

/// A promise that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Fault {
    /// A read does not show what its session has written or read before.
    Stale,
    /// A replica served a session whose write is lost as if nothing had happened, though the failover was known.
    LossHidden,
    /// A server that is not in recovery was found to be behind: it will be for ever.
    Hangs,
    /// The fate of a write was told wrong.
    WrongFate,
}

/// What histories came to, to see that they came to something.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) on_replica: AtomicUsize,
    pub(super) on_primary: AtomicUsize,
    pub(super) again: AtomicUsize,
    pub(super) stale: AtomicUsize,
}

impl Tally {
    pub(super) fn add(count: &AtomicUsize) {
        count.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Debug)]
pub(super) struct System {
    pub(super) bounds: Bounds,
    pub(super) rule: Rule,
    pub(super) tally: Arc<Tally>,
}

#[derive(Clone)]
pub(super) struct State {
    pub(super) database: Database,
    pub(super) source: Source,
    pub(super) session: Session,
    pub(super) tasks: [Task; TASKS],
    left: Left,
    written: Id,
    /// What the session has written, and was told so, or has read.
    pub(super) needs: Writes,
    acknowledged: Vec<(Id, Position)>,
    pub(super) fault: Option<Fault>,
}

/// What can still happen.
#[derive(Clone, Copy, Debug, Hash)]
struct Left {
    writes: u8,
    strangers: u8,
    reads: u8,
    resolves: u8,
    restarts: u8,
    promotions: u8,
    crowd: bool,
}

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Write {
        task: usize,
    },
    Acknowledge {
        task: usize,
    },
    /// Acknowledged, and its position could not be learnt.
    AcknowledgeUnlearnt {
        task: usize,
    },
    LoseAnswer {
        task: usize,
    },
    Read {
        task: usize,
        first: usize,
    },
    ReadStrong {
        task: usize,
    },
    /// A statement comes to its end on the server.
    Evaluate {
        task: usize,
    },
    /// Its answer arrives.
    Answer {
        task: usize,
    },
    Resolve {
        task: usize,
    },
    Resolved {
        task: usize,
    },
    Merge,
    StrangerWrites,
    Commit {
        write: Id,
    },
    /// The primary shows it.
    Release {
        write: Id,
    },
    Flush,
    Replay {
        at: usize,
    },
    /// The replay LSN moves.
    CatchUp {
        at: usize,
    },
    Restart {
        at: usize,
    },
    Promote {
        at: usize,
    },
    Follow {
        at: usize,
    },
    Restartpoint {
        at: usize,
    },
    /// The source finds out who the primary is.
    Notice,
}

/// Histories that differ only in which of the replicas, or of the tasks, is called which are one: of each such state the
/// least hash counts.
impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let servers = self.database.servers.len();
        let as_it_is: Vec<_> = (0..servers).collect();
        let mut least = self.hash_in(&as_it_is);
        if servers == 3 {
            least = least.min(self.hash_in(&[0, 2, 1]));
        }
        state.write_u64(least);
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.database, self.session.known())
    }
}

/// Paths are found by their actions; equality is for the checker's bounds only.
impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        let order: Vec<_> = (0..self.database.servers.len()).collect();
        self.hash_in(&order) == other.hash_in(&order)
    }
}

impl Model for System {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let Bounds { replicas, writes, strangers, reads, resolves, restarts, promotions, crowd, .. } =
            self.bounds;
        let database = Database::new(replicas, if crowd { MAX_TICKETS as u64 } else { 0 });
        let source = Source::new(&database, self.told());
        vec![State {
            database,
            source,
            session: Session::default(),
            tasks: [Task::Idle, Task::Idle],
            left: Left { writes, strangers, reads, resolves, restarts, promotions, crowd },
            written: 0,
            needs: 0,
            acknowledged: Vec::new(),
            fault: None,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.fault.is_some() {
            return;
        }
        self.begin(state, actions);
        for task in 0..TASKS {
            self.go_on(state, task, actions);
        }
        if state.left.crowd {
            actions.push(Action::Merge);
        }
        if state.left.strangers > 0 {
            actions.push(Action::StrangerWrites);
        }
        actions.extend(state.database.open().into_iter().map(|write| Action::Commit { write }));
        let held = (0..state.written).filter(|write| state.database.held() & bit(*write) != 0);
        actions.extend(held.map(|write| Action::Release { write }));
        if self.bounds.asynchronous {
            actions.push(Action::Flush);
        }
        for at in 1..state.database.servers.len() {
            self.of_standby(state, at, actions);
        }
        if state.database.is_promoted() && !state.source.knows_of_the_promotion() {
            actions.push(Action::Notice);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        let is_possible = self.step(&mut state, action);
        if is_possible && state.source.knows_of_the_promotion() {
            state.check_fates(self.rule);
        }
        is_possible.then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("every promise is kept", |_, state: &State| state.fault.is_none())]
    }
}

impl System {
    pub(super) fn told(&self) -> Told {
        if self.rule == Rule::StandbyTrusted { Told::Trusted } else { self.bounds.told }
    }

    /// What an idle task can begin; idle tasks are alike, so only the first of them does.
    fn begin(&self, state: &State, actions: &mut Vec<Action>) {
        let Some(task) = state.tasks.iter().position(Task::is_idle) else { return };
        let Left { writes, reads, resolves, .. } = state.left;
        if writes > 0 {
            actions.push(Action::Write { task });
        }
        if reads > 0 {
            actions.extend((1..=self.bounds.replicas).map(|first| Action::Read { task, first }));
        }
        if reads > 0 && self.bounds.strong {
            actions.push(Action::ReadStrong { task });
        }
        if resolves > 0 && state.session.known().ticket_count() > 0 {
            actions.push(Action::Resolve { task });
        }
    }

    fn go_on(&self, state: &State, task: usize, actions: &mut Vec<Action>) {
        match &state.tasks[task] {
            Task::Idle => {}
            Task::Writing { .. } => {
                actions.push(Action::Acknowledge { task });
                if self.bounds.unlearnt {
                    actions.push(Action::AcknowledgeUnlearnt { task });
                }
                if self.bounds.lost_answers || state.database.is_promoted() {
                    actions.push(Action::LoseAnswer { task });
                }
            }
            Task::Resolving { reached: None } => actions.push(Action::Evaluate { task }),
            Task::Resolving { reached: Some(_) } => actions.push(Action::Resolved { task }),
            Task::Reading(reading) => {
                if self.bounds.late_answers && reading.sent.facts.is_none() {
                    actions.push(Action::Evaluate { task });
                }
                actions.push(Action::Answer { task });
            }
        }
    }

    fn of_standby(&self, state: &State, at: usize, actions: &mut Vec<Action>) {
        actions.extend([Action::Replay { at }, Action::CatchUp { at }]);
        if state.left.restarts > 0 {
            actions.push(Action::Restart { at });
        }
        if state.left.promotions > 0 {
            actions.push(Action::Promote { at });
        }
        if state.database.is_promoted() {
            actions.extend([Action::Follow { at }, Action::Restartpoint { at }]);
        }
    }

    /// Takes the step; false if it cannot be taken.
    fn step(&self, state: &mut State, action: Action) -> bool {
        match action {
            Action::Write { task } => self.write(state, task),
            Action::Acknowledge { task } => self.acknowledge(state, task, true),
            Action::AcknowledgeUnlearnt { task } => self.acknowledge(state, task, false),
            Action::LoseAnswer { task } => {
                state.tasks[task] = Task::Idle;
                state.session.step(Step::Write(task, None));
                true
            }
            Action::Read { task, first } => self.read(state, task, first, false),
            Action::ReadStrong { task } => self.read(state, task, 0, true),
            Action::Evaluate { task } => match state.tasks[task] {
                Task::Resolving { .. } => self.reach(state, task),
                Task::Idle | Task::Writing { .. } | Task::Reading(_) => self.evaluate(state, task),
            },
            Action::Answer { task } => self.answer(state, task),
            Action::Resolve { task } => {
                state.left.resolves -= 1;
                state.tasks[task] = Task::Resolving { reached: None };
                state.session.step(Step::Begin(task));
                true
            }
            Action::Resolved { task } => self.resolved(state, task),
            Action::Merge => merge_a_crowd(state),
            Action::StrangerWrites => self.stranger_writes(state),
            Action::Commit { write } => {
                state.database.commit(write, self.bounds.held);
                self.ship(state);
                true
            }
            Action::Release { write } => {
                state.database.release(write);
                true
            }
            Action::Flush => {
                let is_behind = !state.database.is_flushed();
                state.database.flush();
                is_behind
            }
            Action::Replay { at } => state.database.replay(at),
            Action::CatchUp { at } => state.database.catch_up(at),
            Action::Restart { at } => restart(state, at),
            Action::Promote { at } => promote(state, at),
            Action::Follow { at } => state.database.follow(at),
            Action::Restartpoint { at } => state.database.restartpoint(at),
            Action::Notice => self.notice(state),
        }
    }

    fn write(&self, state: &mut State, task: usize) -> bool {
        if !state.leads() {
            return false;
        }
        state.left.writes -= 1;
        state.session.step(Step::Begin(task));
        let write = state.next_write();
        let (id, after) = state.database.begin(write);
        self.ship(state);
        let branch = branch(state.database.servers[state.source.leader].timeline as u64 + 1);
        state.tasks[task] = Task::Writing { write, ticket: Ticket { id, after }, branch };
        true
    }

    fn stranger_writes(&self, state: &mut State) -> bool {
        if state.database.servers[state.database.primary()].role != Role::Primary {
            return false;
        }
        state.left.strangers -= 1;
        let write = state.next_write();
        state.database.begin(write);
        self.ship(state);
        true
    }

    /// What is in the log goes out at once, unless somebody has to flush it first.
    fn ship(&self, state: &mut State) {
        if !self.bounds.asynchronous {
            state.database.flush();
        }
    }

    fn acknowledge(&self, state: &mut State, task: usize, learnt: bool) -> bool {
        let Task::Writing { write, ticket, branch } = state.tasks[task].clone() else { return false };
        // The answer was on its way when the server died, or there is none.
        let is_old = branch.timeline() == 1 && state.database.is_promoted();
        let is_done = state.database.shown_by(branch.timeline()) & bit(write) != 0;
        let asks = self.bounds.witness != Witness::Ticket && self.rule != Rule::EarlyLsn;
        if !is_done || is_old && (asks || state.source.knows_of_the_promotion()) {
            return false;
        }
        state.source.note(&Progress::new(branch.clone(), ticket.after).with_below(ticket.id + 1));
        let position = learnt.then(|| self.position(state, ticket, &branch));
        state.tasks[task] = Task::Idle;
        state.needs |= bit(write);
        if let Some(position) = position.as_ref().filter(|_| self.bounds.promotions > 0) {
            state.acknowledged.push((write, position.clone()));
        }
        let known = state.session.known();
        let is_full = known.ticket_count() == MAX_TICKETS && state.session.before(task).is_empty();
        let is_forgotten = match self.rule {
            Rule::UnlearntIgnored => position.is_none(),
            Rule::DropAtOverflow => is_full,
            _ => false,
        };
        let step = if is_forgotten { Step::Drop(task) } else { Step::Write(task, position) };
        state.session.step(step);
        true
    }

    fn position(&self, state: &mut State, ticket: Ticket, branch: &ryw_core::Branch) -> Position {
        if self.rule == Rule::EarlyLsn {
            return Position::at(branch.clone(), ticket.after);
        }
        let flushed_will_do = !self.bounds.asynchronous || self.rule == Rule::FlushedLsn;
        let reached = if flushed_will_do { state.database.flushed() } else { state.database.inserted() };
        match self.bounds.witness {
            Witness::Ticket => return Position::ticketed(branch.clone(), ticket),
            Witness::Offset | Witness::Both => {
                state.source.note(&Progress::new(branch.clone(), state.database.inserted()));
            }
        }
        if self.bounds.witness == Witness::Both {
            return Position::ticketed(branch.clone(), ticket).with_offset(reached);
        }
        Position::at(branch.clone(), reached)
    }

    fn read(&self, state: &mut State, task: usize, first: usize, strong: bool) -> bool {
        state.left.reads -= 1;
        state.session.step(Step::Begin(task));
        let aware = state.source.knows_of_the_promotion();
        self.search(state, task, Quest { strong, first, tried: 0, must: state.needs, aware })
    }

    /// The primary says how far it has come, if there is one.
    fn reach(&self, state: &mut State, task: usize) -> bool {
        if !state.leads() {
            state.tasks[task] = Task::Idle;
            state.session.step(Step::Drop(task));
            return true;
        }
        let branch = branch(state.database.servers[state.source.leader].timeline as u64 + 1);
        let reached = Some(Progress::new(branch, state.database.inserted()));
        state.tasks[task] = Task::Resolving { reached };
        true
    }

    fn resolved(&self, state: &mut State, task: usize) -> bool {
        let Task::Resolving { reached: Some(reached) } = state.tasks[task].clone() else { return false };
        state.tasks[task] = Task::Idle;
        state.source.note(&reached);
        let at = Position::at(reached.branch().clone(), reached.offset());
        let is_wrong = self.rule == Rule::ResolveAll;
        state.session.step(if is_wrong { Step::ResolveAll(task, at) } else { Step::Resolve(task, at) });
        true
    }

    fn notice(&self, state: &mut State) -> bool {
        let at = state.database.primary();
        if self.bounds.told == Told::Epoch {
            state.database.begin_epoch();
        }
        let progress = source::progress(at, &state.database, self.told());
        let left_at = self.bounds.watched.then(|| state.database.switch_lsn());
        state.source.pass_to(at, left_at, &progress);
        true
    }
}

impl State {
    /// The hash of the state with its servers in this order, which is its own inverse.
    fn hash_in(&self, order: &[usize]) -> u64 {
        let Self { database, source, session, tasks, left, written, needs, acknowledged, fault } = self;
        let mut state = DefaultHasher::new();
        database.hash_as(order, &mut state);
        source.hash_as(order, order, &mut state);
        session.hash_as(order, &mut state);
        (left, written, needs, acknowledged, fault).hash(&mut state);
        let mut tasks = [0, 1].map(|task| {
            let mut state = DefaultHasher::new();
            tasks[task].hash_as(order, &mut state);
            session.hash_task_as(task, order, &mut state);
            state.finish()
        });
        tasks.sort_unstable();
        tasks.hash(&mut state);
        state.finish()
    }

    fn next_write(&mut self) -> Id {
        self.written += 1;
        self.written - 1
    }

    /// Whether the server that the source takes for the primary is one.
    pub(super) fn leads(&self) -> bool {
        self.database.servers[self.source.leader].role == Role::Primary
    }

    /// Holds what is told of acknowledged writes against what became of them.
    pub(super) fn check_fates(&mut self, rule: Rule) {
        let (survived, switches) = (self.database.committed(), self.source.switches());
        let present = (self.database.inserted(), Some(self.database.switch_lsn()));
        for (write, position) in &self.acknowledged {
            let committed = position.ticket().is_some_and(|ticket| self.database.is_committed(ticket.id));
            let fate = match (rule, committed) {
                (Rule::FateByNumber, true) => Fate::Survived,
                (Rule::FateByNumber, false) => Fate::Lost,
                _ => Present::judge_of_model(&branch(2), present, committed, position, &switches),
            };
            let is_wrong = match fate {
                Fate::Survived => survived & bit(*write) == 0,
                Fate::Lost => survived & bit(*write) != 0,
                Fate::Unknown => false,
            };
            if is_wrong {
                self.fault = Some(Fault::WrongFate);
            }
        }
    }
}

/// What another process of the session has written: as much as fits, and all of it everywhere by now.
fn merge_a_crowd(state: &mut State) -> bool {
    state.left.crowd = false;
    let mut crowd = Frontier::default();
    for id in 1..=MAX_TICKETS as u64 {
        crowd.join(&Position::ticketed(branch(1), Ticket { id, after: 0 }).into());
    }
    state.session.step(Step::Join(Arc::new(crowd)));
    true
}

fn restart(state: &mut State, at: usize) -> bool {
    if state.database.servers[at].role != Role::Standby || state.database.replayed(at) == 0 {
        return false;
    }
    state.left.restarts -= 1;
    state.database.restart(at, 0);
    true
}

fn promote(state: &mut State, at: usize) -> bool {
    state.left.promotions -= 1;
    state.database.promote(at);
    true
}
