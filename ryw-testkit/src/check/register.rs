//! Reads of registers and counters.

use super::Guarantee;
use super::answer::Shown;
use super::bound::{Bound, Witness};
use super::known::Origin;
use super::sweep::{Required, Sweep};
use super::violation::Why;
use crate::history::record::Record;

impl<'h> Sweep<'h> {
    pub(super) fn found_value(&mut self, id: u32, record: &'h Record, required: &Required) {
        let Some(write) = self.genuine(id, record, record.value) else { return };
        if self.lost(write).is_some() {
            return; // It has no place in the order of what is left.
        }
        let version = self.facts.version(write);
        let shown = Shown::State { version, effective: self.seen(write) };
        self.judge(id, record, shown, required);
        self.evident(write, id, Self::ran_on_primary(record), record.end);
        if Self::binds(record) {
            let (start, witness) = (self.record(write).start, Witness { write, by: id });
            self.learn(record, Origin::Read, &Bound::of(version, start, witness));
            self.reach(record, Origin::Read, start, witness);
        }
    }

    pub(super) fn found_nothing(&mut self, id: u32, record: &'h Record, required: &Required) {
        if !self.judge(id, record, Shown::Absent, required) || !Self::binds(record) {
            return;
        }
        let known = required.object.own.version().max(required.object.read.version());
        let Some(known) = known else { return };
        let state = &self.states[record.object.0 as usize];
        if let Some((version, write)) = state.deletes.after(known) {
            let (start, witness) = (self.record(write).start, Witness { write, by: id });
            self.learn(record, Origin::Read, &Bound::of(Some(version), start, witness));
            self.reach(record, Origin::Read, start, witness);
        }
    }

    pub(super) fn found_sum(&mut self, id: u32, record: &'h Record, required: &Required) {
        let sum = &self.states[record.object.0 as usize].sum;
        let (at_most, lost) = (sum.possible, sum.lost);
        if record.value > at_most {
            self.find(Guarantee::Integrity, id, Why::More { at_most });
            return;
        }
        // What was known may have held increments that are lost now.
        let shown = Shown::State { version: Some(record.value.saturating_add(lost)), effective: None };
        self.judge(id, record, shown, required);
        if Self::binds(record) {
            let witness = Witness { write: id, by: id };
            self.learn(record, Origin::Read, &Bound::of(Some(record.value), record.start, witness));
        }
    }

    pub(super) fn incremented(&mut self, id: u32, record: &'h Record) {
        let required = self.required(id);
        let witness = Witness { write: id, by: id };
        let sum = &mut self.state(record.object).sum;
        sum.acknowledged += record.value;
        let least = Bound::of(Some(sum.acknowledged), record.start, witness);
        self.state(record.object).anywhere.raise(record.end, least);
        self.state(record.object).primary.raise(record.end, least);
        // From what was known when it was sent: what was read meanwhile may hold it already.
        let own = required.object.own.version().unwrap_or(0).max(required.acknowledged);
        let all = own.max(required.object.read.version().unwrap_or(0));
        for (origin, before) in [(Origin::Own, own), (Origin::Read, all)] {
            let after = before.saturating_add(record.value);
            let after = record.version().map_or(after, |returned| returned.max(after));
            self.learn(record, origin, &Bound::of(Some(after), record.start, witness));
        }
    }
}
