//! What a session knows, and so must see.

use std::collections::HashMap;

use super::bound::{Bound, Witness};

/// Where knowledge comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// A read of the session.
    Read,
    /// A write of the session.
    Own,
}

/// One of each, for what came from the session's reads and what from its writes: a read may be held to the latter only.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ByOrigin<T> {
    pub(super) read: T,
    pub(super) own: T,
}

impl<T> ByOrigin<T> {
    pub(super) const fn of_mut(&mut self, origin: Origin) -> &mut T {
        match origin {
            Origin::Read => &mut self.read,
            Origin::Own => &mut self.own,
        }
    }
}

/// Of one log: the latest sent of the writes that the session knows. All that was there before is in any state that holds it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Horizon(pub(super) Option<(u64, Witness)>);

impl Horizon {
    pub(super) fn raise(&mut self, start: u64, witness: Witness) {
        if self.0.is_none_or(|known| known.0 < start) {
            self.0 = Some((start, witness));
        }
    }

    fn join(&mut self, other: Self) {
        if let Some((start, witness)) = other.0 {
            self.raise(start, witness);
        }
    }
}

/// From which operation a session knows something of an element of a set, and since when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Learnt {
    pub(super) by: u32,
    pub(super) since: u64,
}

/// The first time each way.
pub(super) type Element = ByOrigin<Option<Learnt>>;

/// What a session knows of a set.
#[derive(Clone, Debug, Default)]
pub(super) struct Elements {
    pub(super) present: HashMap<u64, Element>,
    pub(super) gone: HashMap<u64, Element>,
}

/// What a session knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Knowledge {
    pub(super) objects: HashMap<u32, ByOrigin<Bound>>,
    pub(super) sets: HashMap<u32, Elements>,
    pub(super) horizons: HashMap<u32, ByOrigin<Horizon>>,
}

impl Knowledge {
    /// How much it is.
    pub(super) fn len(&self) -> u64 {
        let elements = |elements: &Elements| elements.present.len() + elements.gone.len();
        (self.objects.len() + self.sets.values().map(elements).sum::<usize>()) as u64
    }

    /// Joins, at `now`, what another session knew; in how many steps.
    pub(super) fn join(&mut self, mut other: Self, now: u64) -> u64 {
        // What both know goes into the larger one.
        if self.objects.len() < other.objects.len() {
            std::mem::swap(&mut self.objects, &mut other.objects);
        }
        let mut steps = other.objects.len() as u64;
        for (object, bounds) in other.objects {
            let known = self.objects.entry(object).or_default();
            known.read.raise(&bounds.read);
            known.own.raise(&bounds.own);
        }
        for (source, horizons) in other.horizons {
            let known = self.horizons.entry(source).or_default();
            known.read.join(horizons.read);
            known.own.join(horizons.own);
        }
        for (set, elements) in other.sets {
            steps += self.sets.entry(set).or_default().join(elements, now);
        }
        steps
    }
}

impl Elements {
    fn join(&mut self, other: Self, now: u64) -> u64 {
        let steps = (other.present.len() + other.gone.len()) as u64;
        for (element, known) in other.gone {
            for (origin, learnt) in known.each() {
                self.learn_gone(element, origin, Learnt { since: now, ..learnt });
            }
        }
        for (element, known) in other.present {
            for (origin, learnt) in known.each() {
                self.learn_present(element, origin, Learnt { since: now, ..learnt });
            }
        }
        steps
    }

    /// It was seen, or added. What is known to be gone stays so: nothing is added twice.
    pub(super) fn learn_present(&mut self, element: u64, origin: Origin, learnt: Learnt) {
        if !self.gone.contains_key(&element) {
            self.present.entry(element).or_default().of_mut(origin).get_or_insert(learnt);
        }
    }

    /// It was removed, or missed.
    pub(super) fn learn_gone(&mut self, element: u64, origin: Origin, learnt: Learnt) {
        self.present.remove(&element);
        self.gone.entry(element).or_default().of_mut(origin).get_or_insert(learnt);
    }
}

impl Element {
    fn each(self) -> impl Iterator<Item = (Origin, Learnt)> {
        let own = self.own.map(|learnt| (Origin::Own, learnt));
        own.into_iter().chain(self.read.map(|learnt| (Origin::Read, learnt)))
    }
}
