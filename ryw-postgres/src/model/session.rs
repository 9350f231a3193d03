//! The context under test, as a value.
//!
//! A [`Context`] is shared and changes in place, and the copies that tasks took `before` they began refer to its inner
//! counters; a checker needs states that it can copy and compare. So a session is kept as what was done with it, in order,
//! and made anew each time by doing that again: the product's code, through its public interface, and no other.
//!
//! Two sessions count as one state if their [`Key`]s are equal: what the context asks for, what the tasks under way had
//! found, and what is left of the context if it forgot each of those. That is all that the future can depend on: every part
//! of a frontier is either still what a task found or was joined since, and whether it was only ever turns from the former
//! to the latter, when the part is joined again. The counters behind that, and the numbers of losses (which are the
//! process's, and grow), are not part of it.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use ryw_core::{Branch, Context, Frontier, Position, Seen, SourceId, Ticket, Timestamp};

use super::database::branch;

/// Two tasks share the context.
pub(super) const TASKS: usize = 2;

/// What is done with a context.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A task begins, and notes what is known.
    Begin(usize),
    /// It ends, and nothing came of it.
    Drop(usize),
    Write(usize, Option<Position>),
    Read(usize, Seen),
    PrimaryRead(usize, Seen),
    Resolve(usize, Position),
    Join(Arc<Frontier>),
    /// Wrong, of a settling read: what was joined meanwhile goes too.
    Replace(usize, Seen),
    /// Wrong, of a resolving offset: it takes the place of what was joined meanwhile, too.
    ResolveAll(usize, Position),
}

/// What a frontier asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    unknown: bool,
    marks: Vec<Mark>,
}

type Mark = (Branch, Option<u64>, Vec<(Ticket, Option<u64>)>, Option<Seen>);

impl Asked {
    pub(super) fn by(frontier: &Frontier) -> Self {
        let mark = |mark: &ryw_core::Mark| {
            (mark.branch().clone(), mark.offset(), mark.tickets().collect(), mark.floor())
        };
        Self { unknown: frontier.is_unknown(), marks: frontier.marks().map(mark).collect() }
    }

    /// As it would be with the servers in another order: `numbers` has the new number of each.
    pub(super) fn hash_as(&self, numbers: &[usize], state: &mut impl Hasher) {
        self.unknown.hash(state);
        for (branch, offset, tickets, floor) in &self.marks {
            (branch, offset, tickets).hash(state);
            if let Some(floor) = floor {
                let place = floor.place().map(|place| (numbers[place.node as usize], place.at));
                (floor.offset(), floor.below(), place).hash(state);
            }
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Key {
    known: Asked,
    /// Of each task under way: what it found, and what was joined since.
    tasks: [Option<(Asked, Asked)>; TASKS],
}

#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    done: Vec<Step>,
    known: Arc<Frontier>,
    before: [Option<Arc<Frontier>>; TASKS],
    key: Key,
}

impl Session {
    /// What the context asks for.
    pub(super) fn known(&self) -> &Arc<Frontier> {
        &self.known
    }

    pub(super) fn hash_as(&self, numbers: &[usize], state: &mut impl Hasher) {
        self.key.known.hash_as(numbers, state);
    }

    /// What `task` has found, and what was joined since.
    pub(super) fn hash_task_as(&self, task: usize, numbers: &[usize], state: &mut impl Hasher) {
        if let Some((found, since)) = &self.key.tasks[task] {
            found.hash_as(numbers, state);
            since.hash_as(numbers, state);
        }
    }

    /// What it asked for when `task` began.
    pub(super) fn before(&self, task: usize) -> Arc<Frontier> {
        self.before[task].clone().unwrap_or_default()
    }

    /// The session after one more step.
    pub(super) fn step(&mut self, step: Step) {
        self.done.push(step);
        let live = Live::of(&self.done);
        self.known = Arc::new(live.known());
        self.before = live.before.map(|before| before.map(Arc::new));
        if self.before.iter().all(Option::is_none) {
            // Nothing refers to the counters any more.
            self.done = vec![Step::Join(Arc::clone(&self.known))];
        }
        self.key = self.key();
    }

    fn key(&self) -> Key {
        let task = |task: usize| {
            let before = self.before[task].as_ref()?;
            Some((Asked::by(before), self.joined_since(task, before)))
        };
        Key { known: Asked::by(&self.known), tasks: [0, 1].map(task) }
    }

    /// What is left if all that `task` found is forgotten: by a settling read, of a branch that nothing else is on.
    fn joined_since(&self, task: usize, before: &Frontier) -> Asked {
        let is_begin = |step: &Step| matches!(step, Step::Begin(begun) if *begun == task);
        let begun = self.done.iter().rposition(is_begin).unwrap_or_default();
        if self.done[begun..].iter().all(|step| matches!(step, Step::Begin(_) | Step::Drop(_))) {
            return Asked::default();
        }
        if before.is_empty() {
            return Asked::by(&self.known);
        }
        let live = Live::of(&self.done);
        let probe = Seen::new(branch(u64::MAX), 0);
        live.ctx.record_primary_read(&live.main, live.before[task].as_ref().unwrap_or(before), probe);
        let mut left = Asked::by(&live.known());
        left.marks.retain(|(on, ..)| *on != branch(u64::MAX));
        left
    }
}

/// A context, and what its tasks have found.
struct Live {
    main: SourceId,
    ctx: Context,
    before: [Option<Frontier>; TASKS],
}

impl Live {
    fn of(done: &[Step]) -> Self {
        let mut live = Self { main: "main".into(), ctx: Context::new(), before: [None, None] };
        for step in done {
            live.step(step);
        }
        live
    }

    fn known(&self) -> Frontier {
        self.ctx.frontier(&self.main)
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Begin(task) => self.before[*task] = Some(self.known()),
            Step::Drop(task) => drop(self.end(*task)),
            Step::Write(task, position) => {
                let before = self.end(*task);
                self.ctx.record_write(&self.main, &before, position.clone(), Timestamp::default());
            }
            Step::Read(task, seen) => {
                self.end(*task);
                self.ctx.record_read(&self.main, seen.clone());
            }
            Step::PrimaryRead(task, seen) => {
                let before = self.end(*task);
                self.ctx.record_primary_read(&self.main, &before, seen.clone());
            }
            Step::Resolve(task, at) => {
                let before = self.end(*task);
                self.ctx.resolve(&self.main, &before, at.clone());
            }
            Step::Join(frontier) => self.ctx.join(&self.main, frontier),
            Step::Replace(task, seen) => {
                self.end(*task);
                self.ctx = Context::new();
                self.ctx.record_read(&self.main, seen.clone());
            }
            Step::ResolveAll(task, at) => {
                self.end(*task);
                let known = self.known();
                self.ctx.resolve(&self.main, &known, at.clone());
            }
        }
    }

    fn end(&mut self, task: usize) -> Frontier {
        self.before[task].take().unwrap_or_default()
    }
}
