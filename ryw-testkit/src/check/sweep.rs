//! Goes through a history in time, once.

use std::collections::{HashMap, HashSet};

use super::bound::{Bound, Witness};
use super::facts::Facts;
use super::known::{ByOrigin, Horizon, Knowledge, Origin};
use super::report::Report;
use super::state::State;
use super::violation::{Finding, Why};
use super::{Guarantee, event};
use crate::history::record::{Kind, NONE, Record};
use crate::history::{History, Object, OperationId, Order, Outcome, Policy, SessionId};

pub(super) struct Sweep<'h> {
    pub(super) history: &'h History,
    pub(super) facts: Facts,
    pub(super) findings: Vec<Finding>,
    pub(super) report: Report,
    /// By object.
    pub(super) states: Vec<State>,
    /// By session.
    sessions: Vec<Knowledge>,
    /// By operation: when a write was first seen, or acknowledged.
    seen: Vec<u64>,
    /// By operation: whether the primary was seen to have the write.
    on_primary: Vec<bool>,
    required: HashMap<u32, Required>,
    /// What was known when a token was made, by hand-over.
    tokens: HashMap<u32, Knowledge>,
    /// The hand-overs that are the last that was heard of a session.
    farewells: HashSet<u32>,
}

/// What an operation that has begun is held to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Required {
    pub(super) object: ByOrigin<Bound>,
    pub(super) horizon: ByOrigin<Horizon>,
    /// Of a counter, the sum of all that had been acknowledged.
    pub(super) acknowledged: u64,
}

impl<'h> Sweep<'h> {
    pub(super) fn new(history: &'h History, facts: Facts) -> Self {
        let mut states = Vec::new();
        states.resize_with(history.objects.len(), State::default);
        let mut sessions = Vec::new();
        sessions.resize_with(history.sessions.len(), Knowledge::default);
        Self {
            history,
            report: Report { steps: facts.steps, ..Report::default() },
            facts,
            findings: Vec::new(),
            states,
            sessions,
            seen: vec![NONE; history.len()],
            on_primary: vec![false; history.len()],
            required: HashMap::new(),
            tokens: HashMap::new(),
            farewells: farewells(history),
        }
    }

    pub(super) fn run(&mut self) {
        for index in 0..self.facts.same_version.len() {
            let (other, wrong) = self.facts.same_version[index];
            self.find(Guarantee::NoLostWrites, wrong, Why::SameVersion { other });
        }
        self.count_lost_increments();
        for event in event::in_order(self.history) {
            self.report.steps += 1;
            match event {
                event::Event::Begins(id) => self.begins(id),
                event::Event::Ends(id) => self.ends(id),
                event::Event::Taken(index) => self.taken(index),
                event::Event::Arrives(index) => self.arrives(index),
            }
        }
    }

    pub(super) fn record(&self, id: u32) -> &'h Record {
        &self.history.records[id as usize]
    }

    pub(super) fn state(&mut self, object: Object) -> &mut State {
        &mut self.states[object.0 as usize]
    }

    pub(super) fn lost(&self, write: u32) -> Option<u64> {
        self.history.lost.get(&OperationId(write)).copied()
    }

    pub(super) fn find(&mut self, guarantee: Guarantee, wrong: u32, why: Why) {
        self.report.counts[guarantee as usize] += 1;
        if self.findings.len() < Report::KEPT {
            self.findings.push(Finding { guarantee, wrong, why });
        }
    }

    fn count_lost_increments(&mut self) {
        for id in self.history.lost.keys() {
            let record = self.record(id.0);
            if record.kind == Kind::Increment {
                self.state(record.object).sum.lost += record.value;
            }
        }
    }

    fn begins(&mut self, id: u32) {
        let record = self.record(id);
        self.count(id, record);
        match record.kind {
            Kind::Unanswered => {}
            Kind::Absent | Kind::Value | Kind::Many => {
                let required = self.requires(record);
                self.required.insert(id, required);
            }
            Kind::Write | Kind::Delete | Kind::Append | Kind::Increment | Kind::Add | Kind::Remove => {
                if record.outcome != Outcome::Failed {
                    self.write_begins(id, record);
                }
            }
        }
    }

    fn count(&mut self, id: u32, record: &Record) {
        self.report.operations += 1;
        match record.outcome {
            Outcome::Ok => {}
            Outcome::Failed => self.report.failed += 1,
            Outcome::Unknown => self.report.unknown += u64::from(record.kind != Kind::Unanswered),
        }
        self.report.lost += u64::from(self.lost(id).is_some());
    }

    /// What the session of `record` knows now that is of use to it.
    fn requires(&self, record: &Record) -> Required {
        let known = &self.sessions[record.session.0 as usize];
        let source = self.history.source(record.object);
        Required {
            object: known.objects.get(&record.object.0).copied().unwrap_or_default(),
            horizon: known.horizons.get(&source.0).copied().unwrap_or_default(),
            acknowledged: self.states[record.object.0 as usize].sum.acknowledged,
        }
    }

    fn write_begins(&mut self, id: u32, record: &'h Record) {
        let version = self.facts.version(id);
        let required = self.requires(record);
        self.keeps_order(id, record, &required);
        // One that is lost may have been seen, and nobody is held to it.
        let place = version.filter(|_| self.lost(id).is_none());
        let state = self.state(record.object);
        match record.kind {
            Kind::Delete => state.deletes.begin(id, place),
            Kind::Increment => {
                state.sum.possible += record.value;
                self.required.insert(id, required);
            }
            Kind::Remove => {
                if let Some(added) = state.set.added.remove(&record.value) {
                    state.set.live.remove(&(added, record.value));
                }
            }
            _ => {}
        }
    }

    /// Monotonic writes, and writes-follow-reads: a write comes after what its session knew when it was sent.
    fn keeps_order(&mut self, id: u32, record: &Record, required: &Required) {
        let Some(version) = self.facts.version(id).filter(|_| self.lost(id).is_none()) else { return };
        let lost = self.states[record.object.0 as usize].sum.lost;
        let broken = |bound: &Bound| {
            let (known, witness) = bound.by_version()?;
            let least = match record.kind {
                // A sum that was known may have held what is lost now.
                Kind::Increment => known.saturating_add(record.value).saturating_sub(lost),
                _ => known,
            };
            (version < least && witness.write != id).then_some(witness)
        };
        if let Some(witness) = broken(&required.object.own) {
            self.find(Guarantee::MonotonicWrites, id, Why::OutOfOrder(witness));
        } else if let Some(witness) = broken(&required.object.read) {
            self.find(Guarantee::WritesFollowReads, id, Why::OutOfOrder(witness));
        }
    }

    fn ends(&mut self, id: u32) {
        let record = self.record(id);
        if record.outcome != Outcome::Ok {
            return;
        }
        match record.kind {
            Kind::Unanswered => {}
            Kind::Absent | Kind::Value | Kind::Many => {
                let required = self.required.remove(&id).unwrap_or_default();
                match record.policy() {
                    Policy::Eventual => self.report.weaker += 1,
                    _ => self.report.checked += 1,
                }
                self.answered(id, record, &required);
            }
            _ if self.lost(id).is_some() => {}
            Kind::Write | Kind::Delete | Kind::Append | Kind::Increment | Kind::Add | Kind::Remove => {
                self.acknowledged(id, record);
            }
        }
    }

    fn acknowledged(&mut self, id: u32, record: &'h Record) {
        let (witness, version) = (Witness { write: id, by: id }, self.facts.version(id));
        match record.kind {
            Kind::Increment => self.incremented(id, record),
            Kind::Add => self.added(id, record),
            Kind::Remove => self.removed(id, record),
            _ => {
                if record.kind == Kind::Delete {
                    self.state(record.object).deletes.acknowledge(version, record.end);
                }
                self.evident(id, id, true, record.end);
                let bound = Bound::of(version, record.start, witness);
                self.learn(record, Origin::Own, &bound);
            }
        }
        self.reach(record, Origin::Own, record.start, witness);
    }

    /// The write was certainly there at `at`, as the operation `by` shows.
    pub(super) fn evident(&mut self, write: u32, by: u32, on_primary: bool, at: u64) {
        let record = self.record(write);
        let bound = Bound::of(self.facts.version(write), record.start, Witness { write, by });
        if self.seen[write as usize] == NONE {
            self.seen[write as usize] = at;
            self.state(record.object).anywhere.raise(at, bound);
        }
        if on_primary && !self.on_primary[write as usize] {
            self.on_primary[write as usize] = true;
            self.state(record.object).primary.raise(at, bound);
        }
    }

    /// When the write was first seen or acknowledged, if it was by now.
    pub(super) fn seen(&self, write: u32) -> Option<u64> {
        Some(self.seen[write as usize]).filter(|at| *at != NONE)
    }

    /// The session of `record` knows `bound` of its object.
    pub(super) fn learn(&mut self, record: &Record, origin: Origin, bound: &Bound) {
        let known = &mut self.sessions[record.session.0 as usize];
        known.objects.entry(record.object.0).or_default().of_mut(origin).raise(bound);
    }

    /// The session of `record` knows a write that was sent at `start`.
    pub(super) fn reach(&mut self, record: &Record, origin: Origin, start: u64, witness: Witness) {
        let (source, known) =
            (self.history.source(record.object), &mut self.sessions[record.session.0 as usize]);
        if self.history.source_named(source).1 == Order::OneLog {
            known.horizons.entry(source.0).or_default().of_mut(origin).raise(start, witness);
        }
    }

    /// What the session of `record` knows of the elements of its set.
    pub(super) fn elements(&mut self, record: &Record) -> &mut super::known::Elements {
        self.sessions[record.session.0 as usize].sets.entry(record.object.0).or_default()
    }

    pub(super) fn required(&mut self, id: u32) -> Required {
        self.required.remove(&id).unwrap_or_default()
    }

    fn taken(&mut self, index: u32) {
        let from = self.history.hand_overs[index as usize].from.0 as usize;
        // A session that ends with its token, as one that moves on does, leaves what it knew behind.
        if self.farewells.contains(&index) {
            self.tokens.insert(index, std::mem::take(&mut self.sessions[from]));
            return;
        }
        let known = self.sessions[from].clone();
        self.report.steps += known.len();
        self.tokens.insert(index, known);
    }

    fn arrives(&mut self, index: u32) {
        let hand_over = self.history.hand_overs[index as usize];
        if let Some(known) = self.tokens.remove(&index) {
            let steps = self.sessions[hand_over.to.0 as usize].join(known, hand_over.arrived);
            self.report.steps += steps;
        }
    }
}

fn farewells(history: &History) -> HashSet<u32> {
    let mut last = vec![0; history.sessions.len()];
    let mut heard = |session: SessionId, at: u64| {
        let last = &mut last[session.0 as usize];
        *last = at.max(*last);
    };
    for record in &history.records {
        heard(record.session, if record.end == NONE { record.start } else { record.end });
    }
    for hand_over in &history.hand_overs {
        heard(hand_over.from, hand_over.taken);
        heard(hand_over.to, hand_over.arrived);
    }
    // One token can go to several: the last of these.
    let mut by_session = HashMap::new();
    for (index, hand_over) in history.hand_overs.iter().enumerate() {
        if hand_over.taken == last[hand_over.from.0 as usize] {
            by_session.insert(hand_over.from, index as u32);
        }
    }
    by_session.into_values().collect()
}
