//! What is known of one object, up to the moment that the sweep has come to.

use std::collections::{BTreeMap, HashMap};

use super::bound::{Bound, Witness};
use super::evident::Evident;

#[derive(Debug, Default)]
pub(super) struct State {
    /// What someone had certainly seen or been acknowledged by when.
    pub(super) anywhere: Evident,
    /// The same of what the primary had certainly shown: a replica can show a commit before the primary does.
    pub(super) primary: Evident,
    pub(super) deletes: Deletes,
    pub(super) sum: Sum,
    pub(super) set: Set,
}

/// Of a register: what may have made it absent.
#[derive(Debug, Default)]
pub(super) struct Deletes {
    versions: BTreeMap<u64, u32>,
    unversioned: Unordered,
    all: Unordered,
}

/// Deletes by time only.
#[derive(Debug, Default)]
struct Unordered {
    begun: u64,
    /// May take effect yet: under way, or of unknown outcome.
    open: u64,
    /// When the last of the others had certainly taken effect.
    last: u64,
}

/// Of a counter.
#[derive(Debug, Default)]
pub(super) struct Sum {
    /// Of all increments that have begun and not failed: more cannot be read.
    pub(super) possible: u64,
    /// Of those that were acknowledged and are not lost: less is not in the database.
    pub(super) acknowledged: u64,
    /// Of those that are said to be lost: what was read may have held them.
    pub(super) lost: u64,
}

/// Of a set.
#[derive(Debug, Default)]
pub(super) struct Set {
    /// Elements that were acknowledged at that time, and that nobody has begun to remove.
    pub(super) live: BTreeMap<(u64, u64), u32>,
    pub(super) added: HashMap<u64, u64>,
    /// When the removal of an element was acknowledged, and by which operation.
    pub(super) removed: HashMap<u64, (u64, u32)>,
}

impl Deletes {
    pub(super) fn begin(&mut self, delete: u32, version: Option<u64>) {
        self.all.begin();
        match version {
            Some(version) => drop(self.versions.insert(version, delete)),
            None => self.unversioned.begin(),
        }
    }

    pub(super) fn acknowledge(&mut self, version: Option<u64>, at: u64) {
        self.all.close(at);
        if version.is_none() {
            self.unversioned.close(at);
        }
    }

    /// What a read that found nothing has certainly missed of `bound`: no delete can have come after it.
    ///
    /// `sent` tells when a write was sent, `versioned` whether its version is known.
    pub(super) fn missed(
        &self,
        bound: &Bound,
        sent: impl Fn(u32) -> u64,
        versioned: impl Fn(u32) -> bool,
    ) -> Option<Witness> {
        let by_version = bound.by_version().filter(|(version, witness)| {
            let later = self.versions.last_key_value().is_some_and(|(last, _)| last >= version);
            !later && !self.unversioned.may_follow(sent(witness.write))
        });
        let by_start = bound
            .by_start()
            .filter(|(start, witness)| !versioned(witness.write) && !self.all.may_follow(*start));
        by_version.or(by_start).map(|(_, witness)| witness)
    }

    /// The delete that a read has certainly seen, which found nothing where `version` was known.
    pub(super) fn after(&self, version: u64) -> Option<(u64, u32)> {
        if self.unversioned.begun > 0 {
            return None;
        }
        self.versions.range(version..).next().map(|(version, delete)| (*version, *delete))
    }
}

impl Unordered {
    const fn begin(&mut self) {
        self.begun += 1;
        self.open += 1;
    }

    fn close(&mut self, at: u64) {
        self.open -= 1;
        self.last = self.last.max(at);
    }

    /// Whether one of them may have come after a write that was sent at `start`.
    const fn may_follow(&self, start: u64) -> bool {
        self.open > 0 || self.last >= start
    }
}
