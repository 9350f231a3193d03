//! Reads of sets, and what is known of their elements.

use std::collections::HashSet;

use super::Guarantee;
use super::answer::fresh_until;
use super::bound::Witness;
use super::known::{Element, Learnt, Origin};
use super::sweep::{Required, Sweep};
use super::violation::Why;
use crate::history::record::Record;
use crate::history::{Action, Answer, Outcome, Policy};

impl<'h> Sweep<'h> {
    pub(super) fn added(&mut self, id: u32, record: &'h Record) {
        let learnt = Learnt { by: id, since: record.end };
        self.elements(record).learn_present(record.value, Origin::Own, learnt);
        if !self.removal_begun(record, record.value, record.end) {
            let set = &mut self.state(record.object).set;
            set.live.insert((record.end, record.value), id);
            set.added.insert(record.value, record.end);
        }
    }

    pub(super) fn removed(&mut self, id: u32, record: &'h Record) {
        let learnt = Learnt { by: id, since: record.end };
        self.elements(record).learn_gone(record.value, Origin::Own, learnt);
        self.state(record.object).set.removed.insert(record.value, (record.end, id));
    }

    pub(super) fn found_set(&mut self, id: u32, record: &'h Record, required: &Required) {
        let Action::Read(Answer::Many(elements)) = record.action(self.history) else { return };
        let mut found = HashSet::with_capacity(elements.len());
        for element in elements {
            // What is lost may be there or not, until it is said to be lost.
            let Some(write) = self.genuine(id, record, *element) else { return };
            if self.lost(write).is_none() && !found.insert(*element) {
                return self.find(Guarantee::Integrity, id, Why::Twice { write, value: *element });
            }
        }
        if record.policy() == Policy::Eventual {
            return;
        }
        let wrong = self
            .misses_known(record, &found)
            .or_else(|| self.still_there(record, &found))
            .or_else(|| self.misses_live(record, &found, required));
        if let Some((guarantee, why)) = wrong {
            self.find(guarantee, id, why);
        } else if Self::binds(record) {
            self.learn_set(id, record, &found);
        }
    }

    /// An element that the session knew of before the read, and that nobody has begun to remove.
    fn misses_known(&mut self, record: &Record, found: &HashSet<u64>) -> Option<(Guarantee, Why)> {
        let known = &self.elements(record).present;
        let steps = known.len() as u64;
        let missing = known.iter().filter(|(element, _)| !found.contains(element));
        let missing: Vec<_> =
            missing.filter_map(|(element, known)| Some((*element, binding(known, record)?))).collect();
        self.report.steps += steps;
        let certain =
            missing.into_iter().filter(|(element, _)| !self.removal_begun(record, *element, record.end));
        let (element, (guarantee, by)) = certain.min_by_key(|(element, _)| *element)?;
        let write = self.facts.writer(record.object, element)?;
        Some((guarantee, Why::Missed(Witness { write, by })))
    }

    /// An element that is shown though the session knew it to be removed, or was to know.
    fn still_there(&mut self, record: &Record, found: &HashSet<u64>) -> Option<(Guarantee, Why)> {
        self.report.steps += found.len() as u64;
        let mut elements: Vec<_> = found.iter().copied().collect();
        elements.sort_unstable();
        for element in elements {
            let Some(removal) = self.facts.remover(record.object, element) else { continue };
            if self.lost(removal).is_some() {
                continue;
            }
            let known = self.elements(record).gone.get(&element).copied();
            if let Some((guarantee, by)) = known.and_then(|known| binding(&known, record)) {
                return Some((guarantee, Why::StillThere { removal, by }));
            }
            let set = &self.states[record.object.0 as usize].set;
            let due = fresh_until(record).zip(set.removed.get(&element).copied());
            if let Some(((until, guarantee), (at, _))) = due
                && at < until
            {
                return Some((guarantee, Why::StillThere { removal, by: removal }));
            }
        }
        None
    }

    /// An element that is missing though everybody, or everybody who knows what this session knows, has to see it.
    fn misses_live(
        &mut self,
        record: &Record,
        found: &HashSet<u64>,
        required: &Required,
    ) -> Option<(Guarantee, Why)> {
        if let Some((until, guarantee)) = fresh_until(record)
            && let Some(missed) = self.first_missing(record, found, until)
        {
            return Some((guarantee, Why::Stale(missed)));
        }
        let horizon = &required.horizon;
        let (sent, known, origin) = match (horizon.own.0, horizon.read.0) {
            (own, Some((sent, known)))
                if record.policy() != Policy::OwnWrites && own.is_none_or(|own| own.0 < sent) =>
            {
                (sent, known, Origin::Read)
            }
            (Some((sent, known)), _) => (sent, known, Origin::Own),
            _ => return None,
        };
        let missed = self.first_missing(record, found, sent)?;
        Some((self.blame(missed, known, origin), Why::Behind { missed, known }))
    }

    /// The first element that was acknowledged before `until`, that nobody has begun to remove, and that is missing.
    fn first_missing(&mut self, record: &Record, found: &HashSet<u64>, until: u64) -> Option<Witness> {
        let live = &self.states[record.object.0 as usize].set.live;
        let mut steps = 0;
        let missing = live
            .range(..(until, 0))
            .inspect(|_| steps += 1)
            .find(|((_, element), _)| !found.contains(element));
        let missed = missing.map(|(_, write)| Witness { write: *write, by: *write });
        self.report.steps += steps;
        missed
    }

    fn learn_set(&mut self, id: u32, record: &Record, found: &HashSet<u64>) {
        let gone: Vec<_> = self
            .elements(record)
            .present
            .iter()
            .filter(|(element, known)| !found.contains(element) && binding(known, record).is_some())
            .map(|(element, _)| *element)
            .collect();
        let learnt = Learnt { by: id, since: record.end };
        let known = self.elements(record);
        for element in gone {
            known.learn_gone(element, Origin::Read, learnt);
        }
        for element in found {
            known.learn_present(*element, Origin::Read, learnt);
        }
        let sent = found.iter().filter_map(|element| {
            let write = self.facts.writer(record.object, *element)?;
            Some((self.record(write).start, write))
        });
        if let Some((start, write)) = sent.max() {
            self.reach(record, Origin::Read, start, Witness { write, by: id });
        }
    }

    /// Whether the element may have been removed by `time`.
    fn removal_begun(&self, record: &Record, element: u64, time: u64) -> bool {
        self.facts.remover(record.object, element).is_some_and(|removal| {
            let removal = self.record(removal);
            removal.outcome != Outcome::Failed && removal.start <= time
        })
    }
}

/// Which guarantee holds this read to what is known of an element, if any does, and from which operation it is known.
fn binding(known: &Element, record: &Record) -> Option<(Guarantee, u32)> {
    let before = |learnt: &Learnt| learnt.since < record.start;
    let own = known.own.filter(before).map(|learnt| (Guarantee::ReadYourWrites, learnt.by));
    let read = known.read.filter(before).map(|learnt| (Guarantee::MonotonicReads, learnt.by));
    own.or_else(|| read.filter(|_| record.policy() != Policy::OwnWrites))
}
