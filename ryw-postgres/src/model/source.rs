//! What the source knows, and shares between its operations.
//!
//! The product's [`Watermark`] and [`Timeline`] are shared and change in place; of each only what the future depends on is
//! kept, and the thing itself made anew for each use.

use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant};

use ryw_core::{Branch, Coverage, Frontier, Place, Progress, decision};

use super::database::{Database, ORIGIN, Role, Told, branch};
use crate::fate::Switches;
use crate::report::Report;
use crate::timeline::Timeline;
use crate::watermark::Watermark;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) leader: usize,
    furthest: Progress,
    /// Where the old timeline was left, if a session was there to tell.
    left_at: Option<u64>,
    pub(super) nodes: Vec<Node>,
}

/// What is known of a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    /// What the watermark says.
    pub(super) known: Option<Report>,
    /// The run of the server that the connections are of, and the branch that they found; `None` if none is made.
    pub(super) connected: Option<(u64, Branch)>,
    /// Found not to be what it is in use as.
    refused: bool,
}

impl Source {
    /// Connected to all, before anything was written.
    pub(super) fn new(database: &Database, told: Told) -> Self {
        let node = Node { known: None, connected: None, refused: false };
        let nodes = vec![node; database.servers.len()];
        let furthest = Progress::new(branch(1), ORIGIN);
        let mut source = Self { leader: 0, furthest, left_at: None, nodes };
        for at in 0..database.servers.len() {
            source.connect(at, database, told);
        }
        source
    }

    /// All of it, as it would be with the servers in another order.
    pub(super) fn hash_as(&self, order: &[usize], numbers: &[usize], state: &mut impl Hasher) {
        let Self { leader, furthest, left_at, nodes } = self;
        (numbers[*leader], furthest, left_at).hash(state);
        order.iter().for_each(|at| nodes[*at].hash(state));
    }

    pub(super) fn furthest(&self) -> &Progress {
        &self.furthest
    }

    pub(super) fn knows_of_the_promotion(&self) -> bool {
        self.leader != 0
    }

    /// A new connection to the server; it asks first.
    pub(super) fn connect(&mut self, at: usize, database: &Database, told: Told) {
        let found = report(at, database, told);
        let node = &mut self.nodes[at];
        node.connected = Some((database.servers[at].run, found.progress.branch().clone()));
        let watermark = watermark(node.known.as_ref());
        watermark.connected(watermark.ask(), found, Duration::ZERO);
        node.known = watermark.known().map(|known| known.report);
    }

    /// Notes an answer, `overtaken` if a connection was made since the question.
    pub(super) fn raise(&mut self, at: usize, overtaken: bool, told: &Report) {
        let node = &mut self.nodes[at];
        let before = Watermark::default();
        let asked_before = before.ask();
        before.reset();
        let watermark = if overtaken { before } else { Watermark::default() };
        let asked = if overtaken { asked_before } else { watermark.ask() };
        if let Some(known) = &node.known {
            watermark.raise(watermark.ask(), known, Duration::ZERO);
        }
        watermark.raise(asked, told, Duration::ZERO);
        node.known = watermark.known().map(|known| known.report);
    }

    /// Notes that the primary had come to `progress`.
    pub(super) fn note(&mut self, progress: &Progress) {
        let timeline = Timeline::new(self.furthest.clone());
        timeline.note(progress, Instant::now());
        self.furthest = timeline.furthest();
    }

    /// The writes go to another server from now on.
    pub(super) fn pass_to(&mut self, at: usize, left_at: Option<u64>, progress: &Progress) {
        self.left_at = left_at;
        self.note(progress);
        for node in [self.leader, at] {
            self.nodes[node] = Node { known: None, connected: None, refused: false };
        }
        self.leader = at;
    }

    pub(super) fn switches(&self) -> Switches {
        let switches = Switches::default();
        if let Some(at) = self.left_at {
            switches.note(branch(1), branch(2), at);
        }
        switches
    }

    pub(super) fn refuse(&mut self, at: usize) {
        self.nodes[at] = Node { known: None, connected: None, refused: true };
    }

    /// What the decision may know of it.
    pub(super) fn view(&self, at: usize, required: &Frontier, tried: bool) -> decision::Replica {
        let Node { known, refused, .. } = &self.nodes[at];
        let coverage: Option<Coverage> =
            known.as_ref().map(|known| required.covered_by(&known.likely().with_place(place(at, 0))));
        let usable = !refused && self.leader != at;
        decision::Replica { index: at, usable, tried, coverage, recent: false, catch_up: None }
    }

    /// What a statement over a connection to it is certain to see.
    pub(super) fn certain(&self, at: usize) -> Option<Progress> {
        let Node { known, connected, .. } = &self.nodes[at];
        let (run, _) = connected.as_ref()?;
        Some(known.clone()?.progress.with_place(place(at, *run)))
    }

    /// The branch that it was last found on.
    pub(super) fn branch(&self, at: usize) -> Option<Branch> {
        let Node { known, connected, .. } = &self.nodes[at];
        let known = known.as_ref().map(|known| known.progress.branch().clone());
        known.or_else(|| connected.as_ref().map(|(_, found)| found.clone()))
    }
}

/// Where the server is, in this run.
pub(super) const fn place(at: usize, run: u64) -> Place {
    Place { node: at as u64, at: run }
}

/// What the server says when it is asked how far it is.
pub(super) fn report(at: usize, database: &Database, told: Told) -> Report {
    let snapshot = database.snapshot(at, told);
    let number = match database.servers[at].role {
        Role::Primary => database.servers[at].timeline as u64 + 1,
        Role::Standby | Role::Dead => snapshot.branch,
    };
    let progress = Progress::new(branch(number), database.lsn(at));
    let is_proven = database.servers[at].role == Role::Primary;
    Report::of_snapshot(progress, (snapshot.xmin, snapshot.xmax), is_proven)
}

fn watermark(known: Option<&Report>) -> Watermark {
    let watermark = Watermark::default();
    if let Some(known) = known {
        watermark.raise(watermark.ask(), known, Duration::ZERO);
    }
    watermark
}
