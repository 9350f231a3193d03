//! The least that must be seen of one object.

/// A write, and the operation from which it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Witness {
    pub(super) write: u32,
    pub(super) by: u32,
}

/// A state of one object: in versions, and, for writes without one, by when the latest of them was sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bound {
    version: Option<(u64, Witness)>,
    start: Option<(u64, Witness)>,
}

impl Bound {
    pub(super) const fn of(version: Option<u64>, start: u64, witness: Witness) -> Self {
        let version = match version {
            Some(version) => Some((version, witness)),
            None => None,
        };
        Self { version, start: Some((start, witness)) }
    }

    pub(super) fn version(&self) -> Option<u64> {
        self.version.map(|(version, _)| version)
    }

    pub(super) const fn by_version(&self) -> Option<(u64, Witness)> {
        self.version
    }

    pub(super) const fn by_start(&self) -> Option<(u64, Witness)> {
        self.start
    }

    /// Joins what `other` demands; whether that was more.
    pub(super) fn raise(&mut self, other: &Self) -> bool {
        let version = raise(&mut self.version, other.version);
        raise(&mut self.start, other.start) | version
    }
}

fn raise(known: &mut Option<(u64, Witness)>, other: Option<(u64, Witness)>) -> bool {
    let Some(other) = other else { return false };
    let more = known.is_none_or(|known| known.0 < other.0);
    if more {
        *known = Some(other);
    }
    more
}
