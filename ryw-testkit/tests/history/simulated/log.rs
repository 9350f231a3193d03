//! The log of the simulated system, and the states that its beginnings are.

use std::collections::HashMap;

use ryw_testkit::history::{Object, OperationId, Shape};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Write(u64),
    Delete,
    Increment(u64),
    Append(u64),
    Add(u64),
    Remove(u64),
}

/// What an object is, at some place of the log.
pub(super) enum State {
    Absent,
    Row { value: u64, version: u64 },
    Sum(u64),
    Elements(Vec<u64>),
}

#[derive(Default)]
pub(super) struct Log {
    entries: Vec<(Object, OperationId)>,
    /// By object: its changes, and their places, from 1.
    changes: HashMap<Object, Vec<(usize, Change)>>,
}

impl Log {
    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn push(&mut self, object: Object, change: Change, by: OperationId) {
        self.entries.push((object, by));
        self.changes.entry(object).or_default().push((self.entries.len(), change));
    }

    /// Forgets all but the beginning; which writes these were.
    pub(super) fn truncate(&mut self, length: usize) -> Vec<OperationId> {
        let lost = self.entries.split_off(length);
        for (object, _) in &lost {
            self.changes.entry(*object).or_default().retain(|(place, _)| *place <= length);
        }
        lost.into_iter().map(|(_, by)| by).collect()
    }

    pub(super) fn writes(&self, object: Object) -> usize {
        self.all(object).len()
    }

    /// What the database would return of the change: the number of the row's version, or the sum.
    pub(super) fn version(&self, object: Object, change: Change) -> u64 {
        match change {
            Change::Increment(by) => sum(self.all(object)) + by,
            _ => self.all(object).len() as u64 + 1,
        }
    }

    /// The place of the object's last change up to `place`.
    pub(super) fn last_change(&self, object: Object, place: usize) -> usize {
        self.until(object, place).last().map_or(0, |(place, _)| *place)
    }

    /// The change at a place, if it is one of the object, and the object's change before.
    pub(super) fn change_at(&self, object: Object, place: usize) -> Option<(Option<Change>, Change)> {
        match self.until(object, place) {
            [.., (_, before), (at, change)] if *at == place => Some((Some(*before), *change)),
            [(at, change)] if *at == place => Some((None, *change)),
            _ => None,
        }
    }

    pub(super) fn state(&self, object: Object, shape: Shape, place: usize) -> State {
        let changes = self.until(object, place);
        match shape {
            Shape::Register => register(changes),
            Shape::Counter => State::Sum(sum(changes)),
            _ => State::Elements(elements(changes)),
        }
    }

    fn all(&self, object: Object) -> &[(usize, Change)] {
        self.changes.get(&object).map_or(&[], Vec::as_slice)
    }

    fn until(&self, object: Object, place: usize) -> &[(usize, Change)] {
        let changes = self.all(object);
        &changes[..changes.partition_point(|(at, _)| *at <= place)]
    }
}

fn register(changes: &[(usize, Change)]) -> State {
    match changes.last() {
        Some((_, Change::Write(value))) => State::Row { value: *value, version: changes.len() as u64 },
        _ => State::Absent,
    }
}

fn sum(changes: &[(usize, Change)]) -> u64 {
    let by = |change: &(usize, Change)| if let Change::Increment(by) = change.1 { by } else { 0 };
    changes.iter().map(by).sum()
}

fn elements(changes: &[(usize, Change)]) -> Vec<u64> {
    let mut elements = Vec::new();
    for (_, change) in changes {
        match change {
            Change::Append(element) | Change::Add(element) => elements.push(*element),
            Change::Remove(gone) => elements.retain(|element| element != gone),
            Change::Write(_) | Change::Delete | Change::Increment(_) => {}
        }
    }
    elements
}
