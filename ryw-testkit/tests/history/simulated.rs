//! A simulated system that keeps every guarantee: one log, replicas that lag, sessions that know how far they have seen,
//! tasks side by side, tokens, lost answers, failovers. And what can be changed in it for the worse.

#[path = "simulated/log.rs"]
mod log;
#[path = "simulated/world.rs"]
mod world;

use ryw_testkit::history::{History, Object, Shape};

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) steps: usize,
    pub(crate) sessions: usize,
    /// How many of them write.
    pub(crate) writers: usize,
    /// How many operations of a session run side by side.
    pub(crate) tasks: usize,
    pub(crate) shapes: &'static [Shape],
    /// How many objects there are at a time.
    pub(crate) objects: usize,
    /// After how many writes another object takes an object's place.
    pub(crate) writes: usize,
    /// Registers are deleted at times.
    pub(crate) deletes: bool,
    /// Answers are lost, writes fail, sessions go on elsewhere, and replicas are promoted.
    pub(crate) faults: bool,
    pub(crate) flaw: Flaw,
}

/// What is wrong with the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// One read is served by a state that lacks what its session knows of the object.
    StaleRead,
    /// One write is acknowledged and not done.
    LostWrite,
    /// One in so many reads is served by any replica.
    Naive {
        one_in: usize,
    },
}

impl Plan {
    pub(crate) const fn new(seed: u64) -> Self {
        let (sessions, writers, tasks) = (4, 4, 2);
        let shapes = &[Shape::Register, Shape::Counter, Shape::List, Shape::Set];
        let (objects, writes) = (6, 12);
        Self {
            seed,
            steps: 600,
            sessions,
            writers,
            tasks,
            shapes,
            objects,
            writes,
            deletes: true,
            faults: true,
            flaw: Flaw::None,
        }
    }
}

/// What came of it.
pub(crate) struct Run {
    pub(crate) history: History,
    pub(crate) objects: Vec<Object>,
    /// Whether the flaw was to be seen.
    pub(crate) flawed: bool,
}

pub(crate) fn run(plan: Plan) -> Run {
    let mut world = world::World::new(plan);
    for _ in 0..plan.steps {
        world.step();
    }
    world.finish()
}
