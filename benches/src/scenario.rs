//! What is measured: a load, over a path, on replicas that lag so much, by several strategies side by side.

use std::fmt;
use std::time::Duration;

use crate::servers::Path;
use crate::strategies::{FLAVOURS, Kind};
use crate::workload::closed::Operation;
use crate::workload::sessions::Habit;

/// The tasks of the closed loops.
const TASKS: [usize; 3] = [1, 8, 64];
/// How many tasks most figures are about: enough to keep every processor busy, and not to exhaust the pools.
pub(crate) const SOME: usize = 8;
/// How many tasks exhaust the pools.
pub(crate) const MANY: usize = 64;
/// How far replicas lag, in milliseconds.
pub(crate) const LAGS: [u64; 3] = [0, 50, 500];
/// The lag that the offloaded share is judged at.
pub(crate) const SOME_LAG: u64 = 50;

/// One comparison.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) path: Path,
    pub(crate) load: Load,
    pub(crate) lag: Duration,
    pub(crate) company: Company,
    /// Who is compared; the first is what the others are held against.
    pub(crate) strategies: Vec<Kind>,
}

/// What clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// One operation after the other.
    Closed { operation: Operation, tasks: usize },
    /// Sessions that think.
    Sessions(Habit),
}

/// Who else is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Company {
    /// Nobody.
    Nobody,
    /// A transaction that has written something, and stays open.
    OldTransaction,
}

impl Scenario {
    fn closed(path: Path, operation: Operation, tasks: usize, field: Field) -> Self {
        Self {
            path,
            load: Load::Closed { operation, tasks },
            lag: Duration::ZERO,
            company: Company::Nobody,
            strategies: field.strategies(operation),
        }
    }

    fn sessions(habit: Habit, lag: u64, field: Field) -> Self {
        Self {
            path: Path::Loopback,
            load: Load::Sessions(habit),
            lag: Duration::from_millis(lag),
            company: Company::Nobody,
            // Sessions write and read what they have written, now and then.
            strategies: field.strategies(Operation::Cycle),
        }
    }

    fn with_old_transaction(self) -> Self {
        Self { company: Company::OldTransaction, ..self }
    }

    /// Whether this is a closed loop of that kind, on replicas that do not lag.
    pub(crate) fn is_closed(&self, path: Path, operation: Operation, tasks: usize, company: Company) -> bool {
        let load = Load::Closed { operation, tasks };
        self.path == path && self.load == load && self.company == company && self.lag.is_zero()
    }

    /// Whether these are sessions of that habit, on replicas that lag so many milliseconds.
    pub(crate) fn is_sessions(&self, habit: Habit, lag: u64) -> bool {
        self.load == Load::Sessions(habit) && self.lag == Duration::from_millis(lag)
    }
}

/// Everything.
pub(crate) fn all() -> Vec<Scenario> {
    let closed = |path, operation, tasks| Scenario::closed(path, operation, tasks, Field::Full);
    let mut all = Vec::new();
    for operation in [Operation::Write, Operation::Read, Operation::Cycle] {
        for path in Path::ALL {
            all.extend(TASKS.map(|tasks| closed(path, operation, tasks)));
        }
    }
    all.extend(Path::ALL.map(|path| closed(path, Operation::Cycle, SOME).with_old_transaction()));
    for lag in LAGS.into_iter().filter(|lag| *lag > 0) {
        let lag = Duration::from_millis(lag);
        all.push(Scenario { lag, ..closed(Path::Loopback, Operation::Cycle, SOME) });
    }
    for habit in [Habit::Thinks, Habit::LooksAtOnce] {
        all.extend(LAGS.map(|lag| Scenario::sessions(habit, lag, Field::Full)));
    }
    all
}

/// What the figures need, and the same writes and reads over the link.
pub(crate) fn quick() -> Vec<Scenario> {
    let closed = |path, operation, tasks| Scenario::closed(path, operation, tasks, Field::Small);
    vec![
        closed(Path::Loopback, Operation::Write, SOME),
        closed(Path::Loopback, Operation::Write, MANY),
        closed(Path::Link, Operation::Write, SOME),
        closed(Path::Loopback, Operation::Read, SOME),
        closed(Path::Loopback, Operation::Read, MANY),
        closed(Path::Link, Operation::Read, SOME),
        closed(Path::Link, Operation::Cycle, SOME),
        closed(Path::Link, Operation::Cycle, SOME).with_old_transaction(),
        Scenario::sessions(Habit::Thinks, SOME_LAG, Field::Small),
    ]
}

/// Who takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    /// All there are.
    Full,
    /// Those whom the figures are about, and the usual ways to do without ryw.
    Small,
}

impl Field {
    /// The strategies that are told apart by `operation`; the first is what the others are held against.
    fn strategies(self, operation: Operation) -> Vec<Kind> {
        let others: &[Kind] = match (operation, self) {
            (Operation::Write, Self::Small) => &[Kind::Primary, Kind::NaiveLsn],
            (Operation::Write, Self::Full) => &[Kind::Primary, Kind::NaiveLsn, Kind::RemoteApply],
            (Operation::Read, Self::Small) => &[Kind::Unguarded, Kind::Primary, Kind::NaiveLsn],
            (Operation::Read, Self::Full) => {
                &[Kind::Unguarded, Kind::UnguardedTested, Kind::Primary, Kind::NaiveLsn, Kind::Poller]
            }
            (Operation::Cycle, Self::Small) => {
                &[Kind::Primary, Kind::Unguarded, Kind::NaiveLsn, Kind::Poller, Kind::TimeToLive]
            }
            (Operation::Cycle, Self::Full) => &[
                Kind::Primary,
                Kind::Unguarded,
                Kind::NaiveLsn,
                Kind::Poller,
                Kind::TimeToLive,
                Kind::RemoteApply,
            ],
        };
        let flavours = match self {
            Self::Full => &FLAVOURS[..],
            Self::Small => &FLAVOURS[..1],
        };
        others.iter().copied().chain(flavours.iter().map(Kind::Ryw)).collect()
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.load {
            Load::Closed { operation, tasks: 1 } => write!(f, "{}, 1 task", operation.name())?,
            Load::Closed { operation, tasks } => write!(f, "{}, {tasks} tasks", operation.name())?,
            Load::Sessions(Habit::Thinks) => f.write_str("sessions that think")?,
            Load::Sessions(Habit::LooksAtOnce) => f.write_str("sessions that look at once")?,
        }
        write!(f, ", {}", self.path.name())?;
        match self.company {
            Company::Nobody => {}
            Company::OldTransaction => f.write_str(", an old transaction open")?,
        }
        match self.lag.as_millis() {
            0 => Ok(()),
            lag => write!(f, ", {lag} ms lag"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_tell_scenarios_apart() {
        let all = all();
        let names: BTreeSet<_> = all.iter().map(Scenario::to_string).collect();
        assert_eq!(names.len(), all.len());
        assert!(names.contains("cycle, 8 tasks, link, an old transaction open"), "{names:?}");
        assert!(names.contains("sessions that think, loopback, 50 ms lag"), "{names:?}");
    }

    #[test]
    fn what_is_quick_is_part_of_all() {
        let all: BTreeSet<_> = all().iter().map(Scenario::to_string).collect();
        assert!(quick().iter().all(|scenario| all.contains(&scenario.to_string())));
    }
}
