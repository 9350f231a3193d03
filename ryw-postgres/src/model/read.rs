//! A read: the search for a server, the statement, the verdict, what is noted of it. As `search.rs`, `read.rs` and
//! `record.rs` of the product do it, with the product's decision, trial and facts.

use std::sync::Arc;
use std::time::Duration;

use ryw_core::decision::{Ask, Plan, decide};
use ryw_core::{Branch, Coverage, Frontier, Mode, ReadPolicy, Reason, Route, Seen, Timestamp};

use super::bounds::ReadBy;
use super::database::{Role, Snapshot, Told, branch};
use super::rule::Rule;
use super::session::Step;
use super::source::place;
use super::state::{Fault, State};
use super::system::{System, Tally};
use super::task::{Part, Quest, Reading, Sent, Task};
use crate::facts::Facts;
use crate::report::Report;
use crate::trial::{Tickets, Trial, Verdict};

impl System {
    /// Sends the read to the next server there is, or gives it up.
    pub(super) fn search(&self, state: &mut State, task: usize, mut quest: Quest) -> bool {
        loop {
            let (at, reason) = match self.plan(state, task, &quest) {
                Plan::Primary(reason) => return self.send_to_primary(state, task, quest, reason),
                Plan::Replica { index, reason } => (index, reason),
                Plan::Check { index, .. } => (index, Reason::CaughtUp),
            };
            if !self.connect(state, at) {
                quest.tried |= 1 << at;
                continue;
            }
            let trial = match reason {
                Reason::CaughtUp => Trial::of(self.required(state, task)),
                _ => Trial::nothing(),
            };
            self.refresh(state, at, &trial);
            let part = match self.bounds.reading {
                ReadBy::InBand => Part::InBand,
                ReadBy::Gate if trial.is_over(&trial.certain(state.source.certain(at))) => Part::Gated,
                ReadBy::Gate => Part::Gate,
            };
            self.send(state, task, quest, trial, at, reason, part);
            return true;
        }
    }

    fn plan(&self, state: &State, task: usize, quest: &Quest) -> Plan {
        let required = self.required(state, task);
        let ask = Ask {
            mode: Mode::Position,
            policy: if quest.strong { ReadPolicy::Strong } else { ReadPolicy::Session },
            frontier: &required,
            primary: Some(state.source.furthest()),
            budget: Duration::ZERO,
            now: Timestamp::default(),
        };
        let places = std::iter::once(quest.first)
            .chain((0..state.database.servers.len()).filter(|at| *at != quest.first));
        decide(&ask, places.map(|at| state.source.view(at, &required, quest.tried & (1 << at) != 0)))
    }

    fn required(&self, state: &State, task: usize) -> Arc<Frontier> {
        self.rule.required(state.session.before(task), state.source.furthest().branch())
    }

    /// Makes sure of a connection; false if the server is not what it is in use as.
    fn connect(&self, state: &mut State, at: usize) -> bool {
        let run = state.database.servers[at].run;
        let is_connected = matches!(&state.source.nodes[at].connected, Some((of, _)) if *of == run);
        if is_connected {
            return true;
        }
        if state.database.servers[at].role != Role::Standby && state.source.leader != at {
            state.source.refuse(at);
            return false;
        }
        if state.database.servers[at].ends {
            return false;
        }
        let kept = state.source.nodes[at].known.clone();
        state.source.connect(at, &state.database, self.told());
        if self.rule == Rule::WatermarkKept {
            state.source.nodes[at].known = kept;
        }
        state.overtake(at);
        true
    }

    /// Asks the server which branch it is on, if something of another is required.
    fn refresh(&self, state: &mut State, at: usize, trial: &Trial) {
        let is_elsewhere = state.source.branch(at).is_some_and(|branch| trial.is_elsewhere(&branch));
        if is_elsewhere && state.database.servers[at].role == Role::Standby {
            let told = super::source::report(at, &state.database, self.told());
            state.source.raise(at, false, &told);
        }
    }

    fn send_to_primary(&self, state: &mut State, task: usize, quest: Quest, reason: Reason) -> bool {
        let at = state.source.leader;
        if !state.leads() || !self.connect(state, at) {
            state.tasks[task] = Task::Idle;
            state.session.step(Step::Drop(task));
            return true;
        }
        self.send(state, task, quest, Trial::nothing(), at, reason, Part::OnPrimary);
        true
    }

    #[expect(clippy::too_many_arguments, reason = "they are what there is to know of a statement")]
    fn send(
        &self,
        state: &mut State,
        task: usize,
        quest: Quest,
        trial: Trial,
        at: usize,
        reason: Reason,
        part: Part,
    ) {
        let branch = match part {
            Part::OnPrimary => Some(branch(state.database.servers[at].timeline as u64 + 1)),
            Part::InBand | Part::Gate | Part::Gated => state.source.branch(at),
        };
        let certain = trial.certain(state.source.certain(at));
        let tickets = trial.tickets(branch.as_ref(), &certain);
        let (run, snapshot) = (state.database.servers[at].run, state.database.snapshot(at, self.told()));
        let sent =
            Sent { at, reason, part, run, branch, certain, tickets, snapshot, overtaken: false, facts: None };
        state.tasks[task] = Task::Reading(Box::new(Reading { quest, sent, trial }));
    }

    /// The statement comes to its end on the server, and its answer is on the way.
    pub(super) fn evaluate(&self, state: &mut State, task: usize) -> bool {
        let Task::Reading(reading) = &state.tasks[task] else { return false };
        let Some(facts) = self.facts(state, &reading.sent) else { return false };
        if let Task::Reading(reading) = &mut state.tasks[task] {
            reading.sent.facts = Some(facts);
        }
        true
    }

    /// What the statement says, as things stand when it comes to its end; nothing if its server is gone.
    fn facts(&self, state: &State, sent: &Sent) -> Option<Facts> {
        let (database, at) = (&state.database, sent.at);
        let server = &database.servers[at];
        if server.role == Role::Dead || server.run != sent.run {
            return None;
        }
        let Snapshot { xmin, xmax, branch, .. } = sent.snapshot;
        let frozen =
            self.rule == Rule::FrozenReplayLsn && sent.part != Part::OnPrimary && server.timeline == 1;
        let standby = server.role == Role::Standby || frozen;
        let is_brief = sent.tickets.is_empty() && self.bounds.told != Told::Epoch;
        let exact = match self.rule {
            Rule::ReplayLsnAsFloor => true,
            _ if is_brief => !standby,
            _ => !database.is_late(at),
        };
        let asked = sent.tickets.as_slice().iter().filter(|id| **id >= 0).map(|id| id.cast_unsigned());
        let is_open = |id: &u64| *id < xmax && (*id >= xmin || xmin == xmax);
        let busy = asked.filter(is_open).any(|id| match self.rule {
            Rule::OverIsCommitted if id >= xmin => database.is_in_progress(at, id),
            _ => !database.knows_as_committed(at, id),
        });
        let since = sent.tickets.as_slice().last().filter(|id| **id < 0).map(|id| id.unsigned_abs());
        let whole = xmin == xmax
            && since.is_some_and(|since| (since..xmax).all(|id| database.knows_as_committed(at, id)));
        let lsn = if frozen { database.switch_lsn() } else { database.lsn(at) };
        let told = (self.bounds.told == Told::Epoch).then_some(branch);
        Some(Facts::of_model((xmin, xmax), (lsn, exact), (busy, whole), standby, told))
    }

    /// The answer arrives.
    pub(super) fn answer(&self, state: &mut State, task: usize) -> bool {
        let Task::Reading(reading) = std::mem::replace(&mut state.tasks[task], Task::Idle) else {
            return false;
        };
        let Reading { mut quest, sent, trial } = *reading;
        let facts = sent.facts.clone().or_else(|| self.facts(state, &sent));
        let is_replica = sent.part != Part::OnPrimary;
        let route = if is_replica { Route::Replica(sent.at) } else { Route::Primary };
        let Some(facts) = facts.filter(|facts| facts.is_of(route)) else {
            quest.tried |= 1 << sent.at;
            let is_there = state.database.servers[sent.at].role == Role::Standby;
            if is_replica && !is_there {
                state.source.refuse(sent.at);
            }
            return self.search(state, task, quest);
        };
        match sent.part {
            Part::OnPrimary => self.on_primary(state, task, &quest, &sent, &facts),
            Part::Gated => self.after_gate(state, task, quest, &sent),
            Part::InBand | Part::Gate => self.judged(state, task, quest, sent, trial, &facts),
        }
    }

    fn judged(
        &self,
        state: &mut State,
        task: usize,
        mut quest: Quest,
        sent: Sent,
        mut trial: Trial,
        facts: &Facts,
    ) -> bool {
        if let (Some(_), Some(told)) = (&sent.branch, facts.branch(sent.branch.as_ref())) {
            let overtaken = sent.overtaken && self.rule != Rule::LateAnswer;
            state.source.raise(sent.at, overtaken, &self.report(facts, &told));
        }
        let verdict = self.verdict(state, &quest, &sent, &mut trial, facts);
        let is_served = (verdict, sent.part) == (Verdict::Fresh, Part::InBand);
        let is_cut = state.database.servers[sent.at].run != sent.run;
        if is_cut && !is_served && verdict != Verdict::Stale {
            // The next statement finds the connection gone.
            quest.tried |= 1 << sent.at;
            return self.search(state, task, quest);
        }
        match (verdict, sent.part) {
            (Verdict::Fresh | Verdict::Again, Part::Gate) => {
                self.send(state, task, quest, trial, sent.at, sent.reason, Part::Gated);
                if let (Rule::GateFreezes, Task::Reading(reading)) = (self.rule, &mut state.tasks[task]) {
                    reading.sent.snapshot = sent.snapshot;
                }
                true
            }
            (Verdict::Fresh, _) => self.on_replica(state, task, &quest, &sent, facts),
            (Verdict::Again, _) => {
                Tally::add(&self.tally.again);
                self.send(state, task, quest, trial, sent.at, sent.reason, sent.part);
                true
            }
            (Verdict::Stale, _) => {
                Tally::add(&self.tally.stale);
                if state.database.servers[sent.at].role == Role::Primary {
                    state.fault = Some(Fault::Hangs);
                }
                quest.tried |= 1 << sent.at;
                self.search(state, task, quest)
            }
        }
    }

    /// How far the server is, by what it said.
    fn report(&self, facts: &Facts, on: &Branch) -> Report {
        let report = facts.report(on);
        if self.rule == Rule::QuietTrusted { report.likely().into() } else { report }
    }

    fn verdict(
        &self,
        state: &State,
        quest: &Quest,
        sent: &Sent,
        trial: &mut Trial,
        facts: &Facts,
    ) -> Verdict {
        let Sent { branch, tickets, at, .. } = sent;
        let is_or = |fresh: bool| if fresh { Verdict::Fresh } else { Verdict::Stale };
        let certain = match self.rule {
            Rule::LearntMeanwhile => trial.certain(state.source.certain(*at)),
            _ => sent.certain.clone(),
        };
        match self.rule {
            Rule::GateInStatement if !quest.strong => {
                let covered =
                    branch.as_ref().map(|on| trial.parts().0.covered_by(&facts.report(on).likely()));
                is_or(covered == Some(Coverage::Covers))
            }
            Rule::VisibleInSnapshot => is_or(visible_in_snapshot(tickets, facts)),
            Rule::QuietTrusted if below(tickets, facts.xmin) => Verdict::Fresh,
            Rule::MaybeAtOnce => match trial.judge(branch.as_ref(), certain, tickets, facts) {
                Verdict::Fresh | Verdict::Again => Verdict::Fresh,
                Verdict::Stale => Verdict::Stale,
            },
            _ => trial.judge(branch.as_ref(), certain, tickets, facts),
        }
    }

    /// Rows came from a replica.
    fn on_replica(&self, state: &mut State, task: usize, quest: &Quest, sent: &Sent, facts: &Facts) -> bool {
        Tally::add(&self.tally.on_replica);
        let shown = sent.snapshot.writes;
        if quest.must & state.database.committed() & !shown != 0 {
            state.fault = Some(Fault::Stale);
        } else if quest.aware && quest.must & !shown != 0 {
            state.fault = Some(Fault::LossHidden);
        }
        state.needs |= shown;
        let Some(on) = facts.branch(sent.branch.as_ref()) else { return false };
        let seen = facts.seen(&on, Some(place(sent.at, sent.run)));
        state.session.step(Step::Read(task, seen));
        true
    }

    /// Rows came after a gate; what they may have shown is asked after them.
    fn after_gate(&self, state: &mut State, task: usize, mut quest: Quest, sent: &Sent) -> bool {
        let mut last = sent.clone();
        if last.facts.is_none() {
            let Snapshot { xmin, xmax, .. } = state.database.snapshot(sent.at, self.told());
            (last.snapshot.xmin, last.snapshot.xmax) = (xmin, xmax);
        }
        let facts = last.facts.clone().or_else(|| self.facts(state, &last));
        let Some(facts) = facts.filter(|facts| facts.is_of(Route::Replica(sent.at))) else {
            quest.tried |= 1 << sent.at;
            return self.search(state, task, quest);
        };
        self.on_replica(state, task, &quest, sent, &facts)
    }

    fn on_primary(&self, state: &mut State, task: usize, quest: &Quest, sent: &Sent, facts: &Facts) -> bool {
        Tally::add(&self.tally.on_primary);
        let shown = sent.snapshot.writes;
        let missing = quest.must & !shown;
        if missing & state.database.committed() != 0 {
            state.fault = Some(Fault::Stale);
        }
        // What is lost is settled: the read may have said so.
        state.needs = state.needs & !missing | shown;
        let on: Branch = branch(state.database.servers[sent.at].timeline as u64 + 1);
        let seen = Seen::new(on, facts.lsn()).with_below(facts.xmax);
        let is_wrong = self.rule == Rule::SettleAll;
        state.session.step(if is_wrong { Step::Replace(task, seen) } else { Step::PrimaryRead(task, seen) });
        true
    }
}

impl State {
    /// A connection to the server was made: answers under way from it are of the time before.
    fn overtake(&mut self, at: usize) {
        for task in &mut self.tasks {
            if let Task::Reading(reading) = task
                && reading.sent.at == at
            {
                reading.sent.overtaken = true;
            }
        }
    }
}

/// A standby's snapshot lists nothing as in progress.
fn visible_in_snapshot(tickets: &Tickets, facts: &Facts) -> bool {
    below(tickets, facts.xmax)
}

fn below(tickets: &Tickets, limit: u64) -> bool {
    let mut ids = tickets.as_slice().iter().filter(|id| **id > 0).peekable();
    ids.peek().is_some() && ids.all(|id| id.cast_unsigned() < limit)
}
