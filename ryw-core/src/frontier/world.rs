//! Contexts in a simulated history: whatever a context counts as covered has all that its session wrote and read.
//!
//! A branch of history is a list of commits. Writes take their tickets when they begin and their offsets when they are
//! committed, so the two orders differ. Two replicas replay commits, show each a moment before they say so, and go back
//! when they restart, though not behind what is durable on them. Two sessions write, read, resolve and settle, each step
//! split at its ends so that all of it overlaps, exchange what they know, let go of what is durable everywhere, and are handed
//! positions that someone made up.
//!
//! After every step each session is held against every state that a server can be in.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::*;
use crate::{Context, Place, SourceId};

/// From one commit to the next.
const STRIDE: u64 = 10;

type Writes = BTreeSet<u64>;

#[derive(Clone, Copy, Debug)]
enum Step {
    Begin { session: usize },
    Commit { write: usize },
    Acknowledge { write: usize, witness: Witness },
    Replay { node: usize },
    CatchUp { node: usize },
    Restart { node: usize, lost: usize },
    Flush { node: usize },
    Retire { session: usize },
    ReadReplica { session: usize, node: usize, told: Told },
    BeginOnPrimary { session: usize, task: Task },
    EndOnPrimary { which: usize, told: Told },
    Exchange { from: usize, to: usize },
    Keep { session: usize },
    Restore { session: usize },
    Forge { session: usize, what: Forged, by: u64 },
}

#[derive(Clone, Copy, Debug)]
enum Witness {
    Offset,
    Ticket,
    Both,
    Nothing,
}

#[derive(Clone, Copy, Debug)]
enum Task {
    Read,
    Resolve,
}

#[derive(Clone, Copy, Debug)]
enum Forged {
    Offset,
    Ticket,
    Both,
    Read,
    Elsewhere,
    Loss,
}

/// What a read tells beside its offset.
#[derive(Clone, Copy, Debug)]
struct Told {
    below: bool,
    place: bool,
    exact: bool,
}

struct Session {
    ctx: Context,
    /// The writes that its reads must see.
    needs: Writes,
    /// Whether all that it was told is true.
    honest: bool,
}

struct Write {
    session: usize,
    id: u64,
    before: Frontier,
    /// How many commits there were with its own.
    committed: Option<usize>,
}

struct OnPrimary {
    session: usize,
    task: Task,
    before: Frontier,
    /// How many commits the snapshot holds.
    snapshot: usize,
}

#[derive(Default)]
struct Node {
    /// How many commits it shows.
    visible: usize,
    /// How many it says that it has replayed: as many, or one less.
    replayed: usize,
    /// How many it has for good.
    durable: usize,
    started: u64,
}

/// What a replica is taken to hold for good.
#[derive(Clone, Copy, Debug)]
enum ForGood {
    /// What it comes back with after a crash.
    Durable,
    /// What it was seen to show: wrong, and must be found out.
    Shown,
}

struct World {
    main: SourceId,
    branch: Branch,
    /// The next ticket.
    next: u64,
    /// Tickets, in the order of their commits.
    history: Vec<u64>,
    nodes: [Node; 2],
    moment: u64,
    sessions: [Session; 2],
    writes: Vec<Write>,
    on_primary: Vec<OnPrimary>,
    kept: Option<(Frontier, Writes, bool)>,
    for_good: ForGood,
}

impl World {
    fn new(for_good: ForGood) -> Self {
        let session = || Session { ctx: Context::new(), needs: Writes::new(), honest: true };
        Self {
            main: "main".into(),
            branch: Branch::new("a".into(), 1),
            next: 1,
            history: Vec::new(),
            nodes: Default::default(),
            moment: 0,
            sessions: [session(), session()],
            writes: Vec::new(),
            on_primary: Vec::new(),
            kept: None,
            for_good,
        }
    }

    fn step(&mut self, step: Step) {
        self.moment += 1;
        match step {
            Step::Begin { session } => self.begin(session),
            Step::Commit { write } => self.commit(write),
            Step::Acknowledge { write, witness } => self.acknowledge(write, witness),
            Step::Replay { node } => self.replay(node),
            Step::CatchUp { node } => self.nodes[node].replayed = self.nodes[node].visible,
            Step::Restart { node, lost } => self.restart(node, lost),
            Step::Flush { node } => self.nodes[node].durable = self.nodes[node].visible,
            Step::Retire { session } => self.retire(session),
            Step::ReadReplica { session, node, told } => self.read_replica(session, node, told),
            Step::BeginOnPrimary { session, task } => self.begin_on_primary(session, task),
            Step::EndOnPrimary { which, told } => self.end_on_primary(which, told),
            Step::Exchange { from, to } => self.exchange(from, to),
            Step::Keep { session } => {
                let Session { needs, honest, .. } = &self.sessions[session];
                self.kept = Some((self.frontier(session), needs.clone(), *honest));
            }
            Step::Restore { session } => self.restore(session),
            Step::Forge { session, what, by } => self.forge(session, what, by),
        }
    }

    fn begin(&mut self, session: usize) {
        let before = self.frontier(session);
        self.writes.push(Write { session, id: self.next, before, committed: None });
        self.next += 1;
    }

    fn commit(&mut self, write: usize) {
        let open = self.writes.iter_mut().filter(|write| write.committed.is_none()).nth(write);
        if let Some(write) = open {
            self.history.push(write.id);
            write.committed = Some(self.history.len());
        }
    }

    fn acknowledge(&mut self, write: usize, witness: Witness) {
        let Some(index) = nth_index(&self.writes, write, |write| write.committed.is_some()) else { return };
        let Write { session, id, before, committed } = self.writes.swap_remove(index);
        let offset = offset(committed.unwrap_or_default());
        let ticketed = Position::ticketed(self.branch.clone(), Ticket { id, after: 0 });
        let written = match witness {
            Witness::Offset => Some(Position::at(self.branch.clone(), offset)),
            Witness::Ticket => Some(ticketed),
            Witness::Both => Some(ticketed.with_offset(offset)),
            Witness::Nothing => None,
        };
        let session = &mut self.sessions[session];
        session.ctx.record_write(&self.main, &before, written, Timestamp::default());
        session.needs.insert(id);
    }

    fn replay(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        if node.visible < self.history.len() {
            node.replayed = node.visible;
            node.visible += 1;
        }
    }

    fn restart(&mut self, node: usize, lost: usize) {
        let Node { visible, durable, .. } = self.nodes[node];
        let visible = visible.saturating_sub(lost).max(durable);
        self.nodes[node] = Node { visible, replayed: visible, durable, started: self.moment };
    }

    fn retire(&mut self, session: usize) {
        let line = self.least(|node| match self.for_good {
            ForGood::Durable => node.durable,
            ForGood::Shown => node.visible,
        });
        let line = self.progress(line, line);
        self.sessions[session].ctx.retire(&self.main, &line, Timestamp::default());
    }

    fn least(&self, of: impl Fn(&Node) -> usize) -> usize {
        self.nodes.iter().map(of).min().unwrap_or_default()
    }

    fn read_replica(&mut self, session: usize, node: usize, told: Told) {
        let Node { visible, replayed, .. } = self.nodes[node];
        // Past what it has replayed lies at most one commit that it shows; unless there is none, or none is shown.
        let exact = visible == self.history.len() || told.exact;
        let bound = offset(replayed) + u64::from(replayed != visible || !exact);
        let seen = self.seen(bound, visible, node as u64, told);
        let session = &mut self.sessions[session];
        session.ctx.record_read(&self.main, seen);
        session.needs.extend(&self.history[..visible]);
    }

    fn begin_on_primary(&mut self, session: usize, task: Task) {
        let before = self.frontier(session);
        self.on_primary.push(OnPrimary { session, task, before, snapshot: self.history.len() });
    }

    fn end_on_primary(&mut self, which: usize, told: Told) {
        let Some(index) = nth_index(&self.on_primary, which, |_| true) else { return };
        let OnPrimary { session, task, before, snapshot } = self.on_primary.swap_remove(index);
        let reached = offset(self.history.len());
        match task {
            Task::Resolve => {
                let at = Position::at(self.branch.clone(), reached);
                self.sessions[session].ctx.resolve(&self.main, &before, at);
            }
            Task::Read => {
                let seen = self.seen(reached, snapshot, 9, told);
                let session = &mut self.sessions[session];
                session.ctx.record_primary_read(&self.main, &before, seen);
                session.needs.extend(&self.history[..snapshot]);
            }
        }
    }

    fn exchange(&mut self, from: usize, to: usize) {
        let Session { ctx, needs, honest } = &self.sessions[from];
        let (ctx, needs, honest) = (ctx.clone(), needs.clone(), *honest);
        let to = &mut self.sessions[to];
        to.ctx.merge(&ctx);
        to.needs.extend(needs);
        to.honest &= honest;
    }

    fn restore(&mut self, session: usize) {
        if let Some((frontier, needs, honest)) = &self.kept {
            let session = &mut self.sessions[session];
            session.ctx.join(&self.main, frontier);
            session.needs.extend(needs);
            session.honest &= honest;
        }
    }

    fn forge(&mut self, session: usize, what: Forged, by: u64) {
        let branch = self.branch.clone();
        let furthest = offset(self.history.len());
        let ticket = Ticket { id: self.next + by, after: 0 };
        let frontier = match what {
            Forged::Offset => Position::at(branch, furthest + by * STRIDE).into(),
            Forged::Ticket => Position::ticketed(branch, ticket).into(),
            Forged::Both => Position::ticketed(branch, ticket).with_offset(by).into(),
            Forged::Read => Seen::new(branch, furthest + by * STRIDE).with_below(ticket.id).into(),
            Forged::Elsewhere => Position::new("b".into(), by, 1).into(),
            Forged::Loss => Frontier::unknown(),
        };
        self.sessions[session].ctx.join(&self.main, &frontier);
        self.sessions[session].honest = false;
    }

    fn seen(&self, offset: u64, visible: usize, node: u64, told: Told) -> Seen {
        let mut seen = Seen::new(self.branch.clone(), offset);
        if told.below {
            seen = seen.with_below(self.history[..visible].iter().max().map_or(1, |id| id + 1));
        }
        if told.place {
            seen = seen.with_place(Place { node, at: self.moment });
        }
        seen
    }

    fn frontier(&self, session: usize) -> Frontier {
        self.sessions[session].ctx.frontier(&self.main)
    }

    /// The most that can be known of a server that shows so many commits, and says that it has replayed so many.
    fn progress(&self, visible: usize, replayed: usize) -> Progress {
        let missing = (1..self.next).find(|id| !self.history[..visible].contains(id));
        Progress::new(self.branch.clone(), offset(replayed)).with_below(missing.unwrap_or(self.next))
    }

    fn check(&self) {
        for (index, session) in self.sessions.iter().enumerate() {
            let known = self.frontier(index);
            // A server never holds less than what is durable everywhere.
            for visible in self.least(|node| node.durable)..=self.history.len() {
                self.check_server(session, &known, &self.progress(visible, visible), visible);
            }
            for (number, node) in self.nodes.iter().enumerate() {
                let place = Place { node: number as u64, at: node.started };
                let told = self.progress(node.visible, node.replayed).with_place(place);
                self.check_server(session, &known, &told, node.visible);
                let nothing_told = Progress::new(self.branch.clone(), 0).with_place(place);
                self.check_server(session, &known, &nothing_told, node.visible);
            }
            let all = self.progress(self.history.len(), self.history.len()).with_below(self.next);
            let settled = known.is_unknown() || known.covered_by(&all) == Coverage::Covers;
            assert!(settled || !session.honest, "session {index} asks for what there is not: {known:?}");
        }
    }

    fn check_server(&self, session: &Session, known: &Frontier, server: &Progress, visible: usize) {
        if known.covered_by(server) == Coverage::Covers {
            let missing = session.needs.iter().find(|id| !self.history[..visible].contains(id));
            assert_eq!(
                missing,
                None,
                "{server:?} covers {known:?}, and shows {:?}",
                &self.history[..visible]
            );
        }
    }
}

fn offset(commits: usize) -> u64 {
    commits as u64 * STRIDE
}

fn nth_index<T>(all: &[T], nth: usize, is_one: impl Fn(&T) -> bool) -> Option<usize> {
    all.iter().enumerate().filter(|(_, one)| is_one(one)).nth(nth).map(|(index, _)| index)
}

fn step() -> impl Strategy<Value = Step> {
    let session = || 0..2_usize;
    let node = || 0..2_usize;
    let which = || 0..3_usize;
    let told = || any::<(bool, bool, bool)>().prop_map(|(below, place, exact)| Told { below, place, exact });
    let witness = prop_oneof![
        4 => Just(Witness::Ticket),
        2 => Just(Witness::Offset),
        2 => Just(Witness::Both),
        1 => Just(Witness::Nothing),
    ];
    let forged = prop_oneof![
        Just(Forged::Offset),
        Just(Forged::Ticket),
        Just(Forged::Both),
        Just(Forged::Read),
        Just(Forged::Elsewhere),
        Just(Forged::Loss),
    ];
    let task = prop_oneof![Just(Task::Read), Just(Task::Resolve)];
    prop_oneof![
        6 => session().prop_map(|session| Step::Begin { session }),
        6 => which().prop_map(|write| Step::Commit { write }),
        6 => (which(), witness).prop_map(|(write, witness)| Step::Acknowledge { write, witness }),
        4 => node().prop_map(|node| Step::Replay { node }),
        2 => node().prop_map(|node| Step::CatchUp { node }),
        1 => (node(), which()).prop_map(|(node, lost)| Step::Restart { node, lost }),
        1 => node().prop_map(|node| Step::Flush { node }),
        2 => session().prop_map(|session| Step::Retire { session }),
        4 => (session(), node(), told())
            .prop_map(|(session, node, told)| Step::ReadReplica { session, node, told }),
        3 => (session(), task).prop_map(|(session, task)| Step::BeginOnPrimary { session, task }),
        3 => (which(), told()).prop_map(|(which, told)| Step::EndOnPrimary { which, told }),
        1 => (session(), session()).prop_map(|(from, to)| Step::Exchange { from, to }),
        1 => session().prop_map(|session| Step::Keep { session }),
        1 => session().prop_map(|session| Step::Restore { session }),
        1 => (session(), forged, 0..3_u64)
            .prop_map(|(session, what, by)| Step::Forge { session, what, by }),
    ]
}

/// Lets it happen, and looks after every step.
fn run(for_good: ForGood, steps: Vec<Step>) {
    let mut world = World::new(for_good);
    for step in steps {
        world.step(step);
        world.check();
    }
}

proptest! {
    #[test]
    fn what_is_covered_has_all_that_the_session_wrote_and_read(
        steps in prop::collection::vec(step(), 0..80),
    ) {
        run(ForGood::Durable, steps);
    }
}

/// What a replica has shown it may lose in a crash: a session that has let go of it would not notice.
#[test]
fn to_let_go_of_what_is_merely_shown_everywhere_is_found_out() {
    let config = ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 0,
        cases: 4096,
        ..ProptestConfig::default()
    };
    let found = TestRunner::new(config).run(&prop::collection::vec(step(), 0..80), |steps| {
        let outcome = std::panic::catch_unwind(|| run(ForGood::Shown, steps));
        prop_assert!(outcome.is_ok());
        Ok(())
    });
    assert!(found.is_err(), "or this world proves nothing");
}
