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
}

#[cfg(test)]
mod tests {
    use ryw_core::Position;

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
    fn a_source_that_is_as_unknown_as_all_others_makes_no_difference() {
        let ctx = Context::unknown();
        ctx.join(&"main".into(), &Frontier::unknown());
        assert_eq!(Known::of(&ctx), Known::of(&Context::unknown()));
    }
}
