//! Reads of lists.

use std::collections::HashSet;

use super::Guarantee;
use super::answer::Shown;
use super::bound::{Bound, Witness};
use super::known::Origin;
use super::sweep::{Required, Sweep};
use super::violation::Why;
use crate::history::record::Record;
use crate::history::{Action, Answer};

impl<'h> Sweep<'h> {
    pub(super) fn found_list(&mut self, id: u32, record: &'h Record, required: &Required) {
        let Action::Read(Answer::Many(elements)) = record.action(self.history) else { return };
        if !self.all_genuine(id, record, elements) {
            return;
        }
        let shown = self.facts.without_lost(self.history, record.object, elements);
        if let Some(why) = self.other_order(record, &shown) {
            self.find(Guarantee::Integrity, id, why);
            return;
        }
        let length = shown.len();
        self.judge(id, record, Shown::State { version: Some(length as u64), effective: None }, required);
        let last = shown.last().and_then(|last| self.facts.writer(record.object, *last));
        if let Some(write) = last {
            self.saw_list(id, record, length, write);
        }
    }

    /// Whether every element was appended, and once.
    fn all_genuine(&mut self, id: u32, record: &Record, elements: &[u64]) -> bool {
        let mut met = HashSet::with_capacity(elements.len());
        for element in elements {
            let Some(write) = self.genuine(id, record, *element) else { return false };
            if !met.insert(*element) {
                self.find(Guarantee::Integrity, id, Why::Twice { write, value: *element });
                return false;
            }
        }
        true
    }

    /// How a list differs from the longest that was read, of which it has to be the beginning.
    fn other_order(&mut self, record: &Record, shown: &[u64]) -> Option<Why> {
        self.report.steps += shown.len() as u64;
        let list = self.facts.list(record.object)?;
        let place = shown.iter().zip(&list.order).position(|(shown, element)| shown != element)?;
        Some(Why::OtherOrder { read: list.by, place })
    }

    fn saw_list(&mut self, id: u32, record: &Record, length: usize, write: u32) {
        let Some((start, latest)) = self.facts.list(record.object).and_then(|list| list.latest(length))
        else {
            return;
        };
        let bound = Bound::of(Some(length as u64), start, Witness { write, by: id });
        let state = self.state(record.object);
        state.anywhere.raise(record.end, bound);
        if Self::ran_on_primary(record) {
            state.primary.raise(record.end, bound);
        }
        if Self::binds(record) {
            self.learn(record, Origin::Read, &bound);
            self.reach(record, Origin::Read, start, Witness { write: latest, by: id });
        }
    }
}
