//! What a session knows, to be compared: a response says something only if there is something new.

use ryw_core::{Context, Frontier, SourceId};

/// What a token of the context would say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Known {
    sources: Vec<(SourceId, Frontier)>,
    is_unknown_elsewhere: bool,
}

impl Known {
    pub(crate) fn of(ctx: &Context) -> Self {
        let is_unknown_elsewhere = ctx.is_unknown_elsewhere();
        let of_others = if is_unknown_elsewhere { Frontier::unknown() } else { Frontier::default() };
        let mut sources = ctx.frontiers();
        sources.retain(|(_, frontier)| *frontier != of_others);
        Self { sources, is_unknown_elsewhere }
    }

    /// Whether there is nothing that a read would have to see.
    pub(crate) fn is_empty(&self) -> bool {
        self.sources.is_empty() && !self.is_unknown_elsewhere
    }

    /// Whether something was written, or may have been, that `before` knew nothing of: by somebody else, of whom a token has told,
    /// or so that no position of it could be learnt. What was written [here](Context::writes) need not show, for clocks differ.
    pub(crate) fn has_written_since(&self, before: &Self) -> bool {
        let is_new = |(source, now): &(SourceId, Frontier)| {
            let then = before.sources.iter().find(|(known, _)| known == source).map(|(_, then)| then);
            // Of what was unknown before, the time may be that of the read which has settled it.
            let was_unknown = then.map_or(before.is_unknown_elsewhere, Frontier::is_unknown);
            !was_unknown && (now.is_unknown() || now.written_at() > then.and_then(Frontier::written_at))
        };
        (self.is_unknown_elsewhere && !before.is_unknown_elsewhere) || self.sources.iter().any(is_new)
    }
}

#[cfg(test)]
mod tests {
    use ryw_core::{Branch, Position, Seen, Timestamp};

    use super::*;

    #[test]
    fn what_says_nothing_is_not_known() {
        let ctx = Context::new();
        assert!(Known::of(&ctx).is_empty());
        ctx.join(&"main".into(), &Frontier::default());
        assert!(Known::of(&ctx).is_empty());
        ctx.join(&"main".into(), &Position::new("a".into(), 1, 5).into());
        assert!(!Known::of(&ctx).is_empty());
        assert!(!Known::of(&Context::unknown()).is_empty());
    }

    #[test]
    fn a_write_is_told_from_a_read() {
        let (ctx, main) = (Context::new(), SourceId::new("main"));
        let at = |offset| Position::new("a".into(), 1, offset);
        let write = |written, millis| {
            ctx.record_write(&main, &ctx.frontier(&main), written, Timestamp::from_unix_millis(millis));
            Known::of(&ctx)
        };
        let first = write(Some(at(5)), 1);
        assert!(first.has_written_since(&Known::default()) && !first.has_written_since(&first));
        ctx.record_read(&main, Seen::new(at(9).branch().clone(), 9));
        assert!(!Known::of(&ctx).has_written_since(&first));
        let second = write(Some(at(7)), 2);
        assert!(second.has_written_since(&first));
        let lost = write(None, 2);
        assert!(lost.has_written_since(&second) && !lost.has_written_since(&lost));
    }

    #[test]
    fn what_was_unknown_before_is_no_write_when_it_is_settled() {
        let (ctx, main) = (Context::unknown(), SourceId::new("main"));
        let unknown = Known::of(&ctx);
        let before = ctx.frontier(&main);
        ctx.record_primary_read(&main, &before, Seen::new(Branch::new("a".into(), 1), 9));
        ctx.record_doubt(&main, &before, Timestamp::from_unix_millis(5));
        assert!(!Known::of(&ctx).has_written_since(&unknown));
        assert!(unknown.has_written_since(&Known::default()), "a call was lost, say");
    }

    #[test]
    fn a_source_that_is_as_unknown_as_all_others_makes_no_difference() {
        let ctx = Context::unknown();
        ctx.join(&"main".into(), &Frontier::unknown());
        assert_eq!(Known::of(&ctx), Known::of(&Context::unknown()));
    }
}
