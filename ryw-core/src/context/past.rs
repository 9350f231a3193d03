//! What a session knows, source by source.

use crate::frontier::Loss;
use crate::{Frontier, SourceId};

/// A frontier per source: those that the session has met, and one for all others.
///
/// What it is joined with is joined source by source, so it obeys the laws that a frontier does.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    /// By source. A frontier is large and a session knows few: a map would set aside room for eleven.
    known: Vec<(SourceId, Frontier)>,
    /// Since when every other source is unknown, if they are.
    elsewhere: Option<Loss>,
    /// How many writes were made with it, and with what was joined into it, in this process.
    writes: u64,
}

impl Past {
    /// Every source is unknown.
    pub(super) fn unknown() -> Self {
        Self { elsewhere: Some(Loss::now()), ..Self::default() }
    }

    pub(super) const fn is_unknown_elsewhere(&self) -> bool {
        self.elsewhere.is_some()
    }

    /// The sources that it has met, by name.
    pub(super) fn known(&self) -> &[(SourceId, Frontier)] {
        &self.known
    }

    pub(super) fn of(&self, source: &SourceId) -> Frontier {
        self.find(source).map_or_else(|_| self.of_others(), |index| self.known[index].1.clone())
    }

    pub(super) fn with<R>(&self, source: &SourceId, judge: impl FnOnce(&Frontier) -> R) -> R {
        match self.find(source) {
            Ok(index) => judge(&self.known[index].1),
            Err(_) => judge(&self.of_others()),
        }
    }

    pub(super) fn change(&mut self, source: &SourceId, change: impl FnOnce(&mut Frontier)) {
        let index = self.find(source).unwrap_or_else(|index| {
            self.known.insert(index, (source.clone(), self.of_others()));
            index
        });
        change(&mut self.known[index].1);
    }

    pub(super) const fn writes(&self) -> u64 {
        self.writes
    }

    /// Counts a write.
    pub(super) const fn wrote(&mut self) {
        self.writes = self.writes.wrapping_add(1);
    }

    /// Changes what is known of `source`, if it was met; a source of which nothing is left counts as not met.
    pub(super) fn drop_from(&mut self, source: &SourceId, drop: impl FnOnce(&mut Frontier)) {
        let Ok(index) = self.find(source) else { return };
        let known = &mut self.known[index].1;
        drop(known);
        // Where those not met are unknown, nothing is something to know.
        if known.is_empty() && known.written_at().is_none() && self.elsewhere.is_none() {
            self.known.remove(index);
        }
    }

    /// There are no sources but `all`: of those that were not met each is met by now, as unknown if others are, and no other is
    /// unknown any more.
    pub(super) fn confine(&mut self, all: &[SourceId]) {
        if self.elsewhere.is_none() {
            return;
        }
        all.iter().for_each(|source| self.change(source, |_| {}));
        self.elsewhere = None;
        self.known.retain(|(_, known)| !known.is_empty() || known.written_at().is_some());
    }

    pub(super) fn join(&mut self, other: &Self) {
        // Two that are merged into each other time and again may count far.
        self.writes = self.writes.wrapping_add(other.writes);
        for (source, frontier) in &other.known {
            self.change(source, |known| known.join(frontier));
        }
        if let Some(loss) = other.elsewhere {
            let unmet = self.known.iter_mut().filter(|(source, _)| other.find(source).is_err());
            unmet.for_each(|(_, known)| known.join(&Frontier::lost(loss)));
        }
        self.elsewhere = self.elsewhere.max(other.elsewhere);
    }

    fn of_others(&self) -> Frontier {
        self.elsewhere.map_or_else(Frontier::default, Frontier::lost)
    }

    fn find(&self, source: &SourceId) -> Result<usize, usize> {
        self.known.binary_search_by(|(known, _)| known.cmp(source))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Branch, Context, Frontier, Position, Progress, Seen, SourceId, Timestamp};

    fn seen(offset: u64) -> Seen {
        Seen::new(Branch::new("a".into(), 1), offset)
    }

    #[test]
    fn what_is_unknown_is_settled_source_by_source() {
        let (ctx, main, audit) = (Context::unknown(), SourceId::new("main"), SourceId::new("audit"));
        assert!(ctx.frontier(&main).is_unknown() && ctx.frontiers().is_empty());
        ctx.record_primary_read(&main, &ctx.frontier(&main), seen(5));
        assert_eq!(ctx.frontier(&main), seen(5).into());
        assert!(ctx.frontier(&audit).is_unknown(), "of that nobody has asked the primary");
    }

    #[test]
    fn what_was_met_before_becomes_unknown_with_the_rest() {
        let (ctx, main) = (Context::new(), SourceId::new("main"));
        ctx.record_read(&main, seen(5));
        ctx.merge(&Context::unknown());
        assert!(ctx.frontier(&main).is_unknown() && ctx.is_unknown_elsewhere());
    }

    #[test]
    fn what_the_other_has_settled_stays_settled() {
        let (ctx, other, main) = (Context::new(), Context::unknown(), SourceId::new("main"));
        other.record_primary_read(&main, &other.frontier(&main), seen(5));
        ctx.record_read(&main, seen(3));
        ctx.merge(&other);
        assert_eq!(ctx.frontier(&main), seen(5).into());
        assert!(ctx.frontier(&"audit".into()).is_unknown());
    }

    #[test]
    fn a_source_of_which_nothing_is_left_was_not_met() {
        let (ctx, main) = (Context::new(), SourceId::new("main"));
        let write = Position::at(seen(5).branch().clone(), 5);
        ctx.record_write(&main, &ctx.frontier(&main), Some(write), Timestamp::from_unix_millis(50));
        let line = |offset| Progress::new(seen(5).branch().clone(), offset);
        ctx.retire(&main, &line(4), Timestamp::from_unix_millis(99));
        assert!(!ctx.frontier(&main).is_empty(), "it lies past the line");
        ctx.retire(&main, &line(5), Timestamp::from_unix_millis(50));
        assert!(ctx.frontier(&main).is_empty() && !ctx.frontiers().is_empty(), "a window may be open");
        ctx.retire(&main, &line(5), Timestamp::from_unix_millis(51));
        assert!(ctx.frontiers().is_empty());
    }

    #[test]
    fn what_is_settled_in_an_unknown_session_is_not_forgotten_to_be() {
        let (ctx, main) = (Context::unknown(), SourceId::new("main"));
        ctx.record_primary_read(&main, &ctx.frontier(&main), seen(5));
        ctx.retire(&main, &Progress::new(seen(5).branch().clone(), 5), Timestamp::default());
        assert!(ctx.frontier(&main).is_empty(), "{:?}", ctx.frontier(&main));
    }

    #[test]
    fn among_sources_that_are_all_named_what_is_unknown_ends() {
        let (ctx, main, audit) = (Context::unknown(), SourceId::new("main"), SourceId::new("audit"));
        ctx.record_primary_read(&main, &ctx.frontier(&main), seen(5));
        let others = ctx.frontier(&audit);
        ctx.confine(&[main.clone(), audit.clone()]);
        assert!(!ctx.is_unknown_elsewhere() && ctx.frontier(&audit).is_unknown());
        assert_eq!(ctx.frontier(&main), seen(5).into());
        ctx.record_primary_read(&audit, &others, seen(6));
        assert!(!ctx.frontier(&audit).is_unknown(), "it was no later loss");
        let line = Progress::new(seen(5).branch().clone(), 6);
        for source in [&main, &audit] {
            ctx.retire(source, &line, Timestamp::default());
        }
        assert!(ctx.frontiers().is_empty());
        let known = Context::new();
        known.confine(&[main]);
        assert!(known.frontiers().is_empty(), "nothing was unknown");
    }

    #[test]
    fn a_first_write_of_an_unknown_session_settles_nothing() {
        let (ctx, main) = (Context::unknown(), SourceId::new("main"));
        ctx.join(&main, &Frontier::from(seen(1)));
        assert!(ctx.frontier(&main).is_unknown());
    }
}
