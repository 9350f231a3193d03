//! What can be said of a history before it is gone through in time: which operation wrote what, and in which order.

use std::collections::HashMap;

use super::misuse::Misuse;
use crate::history::record::{Kind, NONE, Record};
use crate::history::{Action, Answer, History, Object, OperationId, Outcome, Shape};

/// In place of a version, for an element that no list which was read contains: it comes after all that do.
pub(super) const BEYOND: u64 = NONE - 1;

#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Who wrote, appended or added a value.
    writers: HashMap<(Object, u64), u32>,
    removers: HashMap<(Object, u64), u32>,
    /// By operation: the version of its object that it made.
    versions: Vec<u64>,
    lists: HashMap<Object, List>,
    /// Pairs of writes that made the same version of one object.
    pub(super) same_version: Vec<(u32, u32)>,
    pub(super) steps: u64,
}

/// The order of a list's elements, as the longest read has it.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) order: Vec<u64>,
    /// That read.
    pub(super) by: u32,
    /// By length: the append, among that many first elements, that was sent last.
    latest: Vec<(u64, u32)>,
}

impl Facts {
    pub(super) fn gather(history: &History) -> Result<Self, Misuse> {
        let mut facts = Self { versions: vec![NONE; history.len()], ..Self::default() };
        for (index, record) in history.records.iter().enumerate() {
            facts.note_write(history, index as u32, record)?;
        }
        for (index, record) in history.records.iter().enumerate() {
            facts.note_answer(history, index as u32, record);
        }
        facts.number_appends(history);
        facts.find_same_versions(history);
        Ok(facts)
    }

    pub(super) fn writer(&self, object: Object, value: u64) -> Option<u32> {
        self.writers.get(&(object, value)).copied()
    }

    pub(super) fn remover(&self, object: Object, value: u64) -> Option<u32> {
        self.removers.get(&(object, value)).copied()
    }

    /// The version that a write made, if that is known.
    pub(super) fn version(&self, write: u32) -> Option<u64> {
        Some(self.versions[write as usize]).filter(|version| *version != NONE)
    }

    pub(super) fn list(&self, list: Object) -> Option<&List> {
        self.lists.get(&list)
    }

    fn note_write(&mut self, history: &History, id: u32, record: &Record) -> Result<(), Misuse> {
        self.steps += 1;
        if !fits(history.shape(record.object), &record.action(history)) {
            return Err(Misuse::unfit(history, record.object, OperationId(id)));
        }
        self.versions[id as usize] = record.version;
        let (writers, what) = match record.kind {
            Kind::Write => (&mut self.writers, "written to"),
            Kind::Append => (&mut self.writers, "appended to"),
            Kind::Add => (&mut self.writers, "added to"),
            Kind::Remove => (&mut self.removers, "removed from"),
            Kind::Delete | Kind::Increment => return Ok(()),
            Kind::Unanswered | Kind::Absent | Kind::Value | Kind::Many => return Ok(()),
        };
        match writers.insert((record.object, record.value), id) {
            Some(_) => Err(Misuse::twice(history, record.object, record.value, what)),
            None => Ok(()),
        }
    }

    fn note_answer(&mut self, history: &History, id: u32, record: &Record) {
        self.steps += 1;
        match (history.shape(record.object), record.action(history)) {
            (Shape::Register, Action::Read(Answer::Value(value))) => {
                if let Some(writer) = self.writer(record.object, value)
                    && self.versions[writer as usize] == NONE
                {
                    self.versions[writer as usize] = record.version;
                }
            }
            (Shape::List, Action::Read(Answer::Many(elements))) => {
                self.steps += elements.len() as u64;
                let order = self.without_lost(history, record.object, elements);
                let known = self.lists.entry(record.object).or_default();
                if order.len() > known.order.len() {
                    (known.order, known.by) = (order, id);
                }
            }
            _ => {}
        }
    }

    /// A list, less what is said to be lost: the rest has one order.
    pub(super) fn without_lost(&self, history: &History, list: Object, elements: &[u64]) -> Vec<u64> {
        if history.lost.is_empty() {
            return elements.to_vec();
        }
        let lost = |element: &u64| {
            self.writer(list, *element).is_some_and(|by| history.lost.contains_key(&OperationId(by)))
        };
        elements.iter().copied().filter(|element| !lost(element)).collect()
    }

    fn number_appends(&mut self, history: &History) {
        for (id, record) in history.records.iter().enumerate() {
            if record.kind == Kind::Append {
                self.versions[id] = BEYOND;
            }
        }
        for (object, list) in &mut self.lists {
            let mut latest = (0, 0);
            for (place, element) in list.order.iter().enumerate() {
                self.steps += 1;
                if let Some(writer) = self.writers.get(&(*object, *element)) {
                    self.versions[*writer as usize] = place as u64 + 1;
                    latest = latest.max((history.records[*writer as usize].start, *writer));
                }
                list.latest.push(latest);
            }
        }
    }

    fn find_same_versions(&mut self, history: &History) {
        let mut makers = HashMap::new();
        for (id, record) in history.records.iter().enumerate() {
            let version = self.versions[id];
            if version == NONE || !makes_versions(record) || history.lost.contains_key(&OperationId::of(id)) {
                continue;
            }
            self.steps += 1;
            // One that was told its version only by those who read it has happened, too.
            let happened = record.outcome == Outcome::Ok || record.version == NONE;
            if happened && let Some(other) = makers.insert((record.object, version), id as u32) {
                self.same_version.push((other, id as u32));
            }
        }
    }
}

impl List {
    /// The append that was sent last, and when, of the first `length` elements.
    pub(super) fn latest(&self, length: usize) -> Option<(u64, u32)> {
        length.checked_sub(1).map(|index| self.latest[index])
    }
}

fn makes_versions(record: &Record) -> bool {
    match record.kind {
        Kind::Write | Kind::Delete => record.outcome != Outcome::Failed,
        Kind::Increment => record.outcome != Outcome::Failed && record.value > 0,
        Kind::Append | Kind::Add | Kind::Remove => false,
        Kind::Unanswered | Kind::Absent | Kind::Value | Kind::Many => false,
    }
}

fn fits(shape: Shape, action: &Action<'_>) -> bool {
    match shape {
        Shape::Register => {
            matches!(
                action,
                Action::Write(_)
                    | Action::Delete
                    | Action::Read(Answer::None | Answer::Absent | Answer::Value(_))
            )
        }
        Shape::Counter => {
            matches!(action, Action::Increment(_) | Action::Read(Answer::None | Answer::Value(_)))
        }
        Shape::List => matches!(action, Action::Append(_) | Action::Read(Answer::None | Answer::Many(_))),
        Shape::Set => {
            matches!(
                action,
                Action::Add(_) | Action::Remove(_) | Action::Read(Answer::None | Answer::Many(_))
            )
        }
    }
}
