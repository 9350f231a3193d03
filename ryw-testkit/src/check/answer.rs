//! Judges what a read was answered.

use ryw_core::Route;

use super::Guarantee;
use super::bound::{Bound, Witness};
use super::known::Origin;
use super::sweep::{Required, Sweep};
use super::violation::Why;
use crate::history::record::{Kind, Record};
use crate::history::{Outcome, Policy, Shape};

/// The state that a read was shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shown {
    /// The version, and when the write that made it had certainly taken effect; as far as known.
    State { version: Option<u64>, effective: Option<u64> },
    /// None: no value.
    Absent,
}

impl<'h> Sweep<'h> {
    pub(super) fn answered(&mut self, id: u32, record: &'h Record, required: &Required) {
        match record.kind {
            Kind::Absent => self.found_nothing(id, record, required),
            Kind::Value => match self.history.shape(record.object) {
                Shape::Counter => self.found_sum(id, record, required),
                _ => self.found_value(id, record, required),
            },
            Kind::Many => match self.history.shape(record.object) {
                Shape::List => self.found_list(id, record, required),
                _ => self.found_set(id, record, required),
            },
            _ => unreachable!("only reads are answered"),
        }
    }

    /// Whether the read shows all that it has to. Reports the first thing it does not.
    pub(super) fn judge(&mut self, id: u32, record: &Record, shown: Shown, required: &Required) -> bool {
        let found = match record.policy() {
            Policy::Eventual => None,
            Policy::Final => {
                self.stale(record, shown).or_else(|| self.misses_own_past(record, shown, required))
            }
            _ => self.misses_own_past(record, shown, required).or_else(|| self.stale(record, shown)),
        };
        if let Some((guarantee, why)) = found {
            self.find(guarantee, id, why);
        }
        found.is_none()
    }

    fn misses_own_past(
        &mut self,
        record: &Record,
        shown: Shown,
        required: &Required,
    ) -> Option<(Guarantee, Why)> {
        if let Some(witness) = self.older(record, shown, &required.object.own) {
            return Some((Guarantee::ReadYourWrites, Why::Missed(witness)));
        }
        let reads_too = record.policy() != Policy::OwnWrites;
        if reads_too && let Some(witness) = self.older(record, shown, &required.object.read) {
            return Some((Guarantee::MonotonicReads, Why::Missed(witness)));
        }
        self.behind(record, shown, required, Origin::Own)
            .or_else(|| reads_too.then(|| self.behind(record, shown, required, Origin::Read))?)
    }

    /// Of one log: a state that holds a write holds everything that was there before it was sent.
    fn behind(
        &mut self,
        record: &Record,
        shown: Shown,
        required: &Required,
        origin: Origin,
    ) -> Option<(Guarantee, Why)> {
        let horizon = match origin {
            Origin::Own => required.horizon.own,
            Origin::Read => required.horizon.read,
        };
        let (sent, known) = horizon.0?;
        // A replica replays the log. The primary can show a commit later than a replica does.
        let on_replica = matches!(record.route(), Some(Route::Replica(_) | Route::Cache));
        let state = &self.states[record.object.0 as usize];
        let evident = if on_replica { &state.anywhere } else { &state.primary };
        let (held, steps) = evident.before(sent);
        let held = held.copied();
        self.report.steps += steps;
        let missed = self.older(record, shown, &held?)?;
        Some((self.blame(missed, known, origin), Why::Behind { missed, known }))
    }

    /// Which guarantee would have kept a read from showing a state without `missed` to a session that knows `known`.
    pub(super) fn blame(&self, missed: Witness, known: Witness, origin: Origin) -> Guarantee {
        let (first, second) = (self.record(missed.write), self.record(known.write));
        let shows = self.record(missed.by);
        if first.session == second.session && first.end < second.start && known.by != known.write {
            Guarantee::MonotonicWrites
        } else if missed.by != missed.write && shows.session == second.session {
            Guarantee::WritesFollowReads
        } else if origin == Origin::Own {
            Guarantee::ReadYourWrites
        } else {
            Guarantee::MonotonicReads
        }
    }

    /// What a read misses that was acknowledged so long before it that its policy does not allow it.
    fn stale(&mut self, record: &Record, shown: Shown) -> Option<(Guarantee, Why)> {
        let (before, guarantee) = fresh_until(record)?;
        let (held, steps) = self.states[record.object.0 as usize].primary.before(before);
        let held = held.copied();
        self.report.steps += steps;
        self.older(record, shown, &held?).map(|witness| (guarantee, Why::Stale(witness)))
    }

    /// What `shown` misses of `bound`, for certain.
    fn older(&self, record: &Record, shown: Shown, bound: &Bound) -> Option<Witness> {
        let versioned = |write| self.facts.version(write).is_some();
        let Shown::State { version, effective } = shown else {
            let deletes = &self.states[record.object.0 as usize].deletes;
            return deletes.missed(bound, |write| self.record(write).start, versioned);
        };
        let by_version =
            bound.by_version().filter(|(least, _)| version.is_some_and(|version| version < *least));
        let by_time = bound.by_start().filter(|(sent, witness)| {
            let comparable = version.is_some() && versioned(witness.write);
            !comparable && effective.is_some_and(|effective| effective < *sent)
        });
        by_version.or(by_time).map(|(_, witness)| witness)
    }

    /// Whether what a read shows was certainly shown by the primary.
    pub(super) fn ran_on_primary(record: &Record) -> bool {
        match record.route() {
            Some(Route::Primary) => true,
            None => matches!(record.policy(), Policy::Strong | Policy::Final),
            Some(_) => false,
        }
    }

    /// Whether a read holds later ones of its session to what it shows.
    pub(super) fn binds(record: &Record) -> bool {
        !matches!(record.policy(), Policy::Eventual | Policy::OwnWrites)
    }

    /// Whether a read can have seen what it shows of the write with `value`. Reports if it cannot.
    pub(super) fn genuine(&mut self, id: u32, record: &Record, value: u64) -> Option<u32> {
        self.report.steps += 1;
        let why = match self.facts.writer(record.object, value) {
            None => Why::Invented { value },
            Some(write) => match self.fault_of(write, record) {
                None => return Some(write),
                Some(why) => why,
            },
        };
        let guarantee = match why {
            Why::AfterLoss { .. } => Guarantee::NoLostWrites,
            _ => Guarantee::Integrity,
        };
        self.find(guarantee, id, why);
        None
    }

    fn fault_of(&self, write: u32, read: &Record) -> Option<Why> {
        let written = self.record(write);
        if written.outcome == Outcome::Failed {
            return Some(Why::WriteFailed { write });
        }
        if written.start > read.end {
            return Some(Why::FromTheFuture { write });
        }
        self.lost(write).filter(|lost| *lost < read.start).map(|_| Why::AfterLoss { write })
    }
}

/// Until when everything that was acknowledged has to be seen, whoever did it.
pub(super) fn fresh_until(record: &Record) -> Option<(u64, Guarantee)> {
    match record.policy() {
        Policy::Session | Policy::OwnWrites | Policy::Eventual => None,
        Policy::Strong => Some((record.start, Guarantee::Freshness)),
        Policy::Final => Some((record.start, Guarantee::NoLostWrites)),
        Policy::Bounded(bound) => {
            let bound = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
            Some((record.start.saturating_sub(bound), Guarantee::Freshness))
        }
    }
}
