//! The whole: a database, a source, a session of two tasks, and every step that any of them can take.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ryw_core::{Branch, Frontier, MAX_TICKETS, Position, Progress, Ticket};
use stateright::{Model, Property};

use super::action::Action;
use super::bounds::{Bounds, Witness};
use super::database::{Database, Role, Told, bit, branch};
use super::rule::Rule;
use super::session::{Session, Step};
use super::source::{self, Source};
use super::state::{Left, State};
use super::task::{Quest, Task};

/// What histories came to, to see that they came to something.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) on_replica: AtomicUsize,
    pub(super) on_primary: AtomicUsize,
    pub(super) again: AtomicUsize,
    pub(super) stale: AtomicUsize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |of: &AtomicUsize| of.load(Ordering::Relaxed);
        let (replica, primary) = (count(&self.on_replica), count(&self.on_primary));
        write!(f, "reads by replicas {replica}, by the primary {primary}, ")?;
        write!(f, "statements again {}, too early {}", count(&self.again), count(&self.stale))
    }
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

impl Model for System {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let Bounds {
            replicas, writes, strangers, reads, resolves, restarts, endings, promotions, crowd, ..
        } = self.bounds;
        let database = Database::new(replicas, if crowd { MAX_TICKETS as u64 } else { 0 });
        let source = Source::new(&database, self.told());
        vec![State {
            database,
            source,
            session: Session::default(),
            tasks: [Task::Idle, Task::Idle],
            left: Left { writes, strangers, reads, resolves, restarts, endings, promotions, crowd },
            written: 0,
            needs: 0,
            acknowledged: Vec::new(),
            fault: None,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.fault.is_none() {
            self.possible(state, actions);
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
            Action::End { at } => {
                state.left.endings -= 1;
                state.database.end(at)
            }
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

    fn position(&self, state: &mut State, ticket: Ticket, branch: &Branch) -> Position {
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
        let progress = source::report(at, &state.database, self.told()).progress;
        let left_at = self.bounds.watched.then(|| state.database.switch_lsn());
        state.source.pass_to(at, left_at, &progress);
        true
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
    // What it was behind with when it ended it has on disk.
    let kept = if state.database.servers[at].ends { state.database.replayed(at) } else { 0 };
    state.database.restart(at, kept);
    true
}

fn promote(state: &mut State, at: usize) -> bool {
    if state.database.servers[at].ends {
        return false;
    }
    state.left.promotions -= 1;
    state.database.promote(at);
    true
}
