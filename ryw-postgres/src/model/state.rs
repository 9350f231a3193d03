//! A state of the whole.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use ryw_core::Position;

use super::database::{Database, Id, Role, Writes, bit, branch};
use super::rule::Rule;
use super::session::{Session, TASKS};
use super::source::Source;
use super::task::Task;
use crate::fate::{Fate, Present};

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

#[derive(Clone)]
pub(super) struct State {
    pub(super) database: Database,
    pub(super) source: Source,
    pub(super) session: Session,
    pub(super) tasks: [Task; TASKS],
    pub(super) left: Left,
    /// How many writes began.
    pub(super) written: Id,
    /// What the session has written, and was told so, or has read.
    pub(super) needs: Writes,
    pub(super) acknowledged: Vec<(Id, Position)>,
    pub(super) fault: Option<Fault>,
}

/// What can still happen.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Left {
    pub(super) writes: u8,
    pub(super) strangers: u8,
    pub(super) reads: u8,
    pub(super) resolves: u8,
    pub(super) restarts: u8,
    pub(super) endings: u8,
    pub(super) promotions: u8,
    pub(super) crowd: bool,
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

    pub(super) fn next_write(&mut self) -> Id {
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
        let was_watched = switches.left_at(&branch(1), &branch(2)).is_some();
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
                // A number that came with an LSN tells, if it is known where the old timeline was left.
                Fate::Unknown => was_watched && position.ticket().is_some(),
            };
            if is_wrong {
                self.fault = Some(Fault::WrongFate);
            }
        }
    }
}
