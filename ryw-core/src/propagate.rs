//! How a context gets into whatever carries it, and out again.
//!
//! Shaped like OpenTelemetry's propagators: what carries text under names implements [`Injector`] or [`Extractor`], and a
//! [`Propagator`] puts a context in and takes it out. So one piece of code serves headers, gRPC metadata, the properties of a
//! queue's message and the payload of a job. Carriers of HTTP and gRPC are in `ryw-tower`.
//!
//! What is taken out is the merge of all that is there: a carrier may hold several tokens, of several responses that a client
//! has had at once. A carrier without a token is a session that has done nothing; one with a token that is
//! [rejected](crate::InvalidToken) is one of which nothing is known.
//!
//! Rejected: that an extractor returns an `Option`, as text that is *there* and not good must not be taken for nothing.

mod baggage;
mod maps;

use crate::{Context, TokenCodec};

pub use self::baggage::Baggage;

/// The most tokens that one carrier may hold. Of more none is read, and nothing is known of the session: whoever sends many
/// makes verifying them cost.
const MAX_TOKENS: usize = 16;

/// What text can be put into under a name.
pub trait Injector {
    /// Puts `value` under `name`, in place of what is there.
    ///
    /// Names are lower case, digits and `-`; values `[A-Za-z0-9_-]`, or what [`Baggage`] writes.
    fn set(&mut self, name: &str, value: String);
}

/// What text can be taken out of under a name.
pub trait Extractor {
    /// Each value under `name`. Where names are those of headers they MUST be compared without regard to case.
    fn values(&self, name: &str) -> Vec<&str>;
}

/// Puts contexts into carriers, and takes them out.
///
/// ```
/// use std::collections::HashMap;
///
/// use ryw_core::{Context, Propagator, TokenCodec, TokenKey};
///
/// let propagator = Propagator::new(TokenCodec::signed(TokenKey::new([7; 32])?));
///
/// // Who sends a job:
/// let ctx = Context::new();
/// let mut properties = HashMap::new();
/// propagator.inject(&ctx, &mut properties);
///
/// // Who does it:
/// let ctx = propagator.extract(&properties);
/// # assert!(!ctx.is_unknown_elsewhere());
/// # Ok::<(), ryw_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Propagator {
    codec: TokenCodec,
    name: String,
}

impl Propagator {
    /// The name under which a token is carried, if no other is given.
    pub const NAME: &'static str = "ryw-session";

    /// Carries tokens of `codec` under [`NAME`](Self::NAME).
    #[must_use]
    pub fn new(codec: TokenCodec) -> Self {
        Self { codec, name: Self::NAME.to_owned() }
    }

    /// The same under another name: lower case, digits and `-`, so that it may be the name of a header.
    #[must_use]
    pub fn under(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The name under which tokens are carried.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What makes and reads the tokens.
    #[must_use]
    pub const fn codec(&self) -> &TokenCodec {
        &self.codec
    }

    /// Puts what `ctx` knows into `carrier`.
    pub fn inject(&self, ctx: &Context, carrier: &mut impl Injector) {
        carrier.set(&self.name, self.codec.encode(ctx).into());
    }

    /// Puts what `ctx` knows into `carrier`, bound to `subject`.
    pub fn inject_for(&self, subject: &str, ctx: &Context, carrier: &mut impl Injector) {
        carrier.set(&self.name, self.codec.encode_for(subject, ctx).into());
    }

    /// A session that knows what the tokens in `carrier` know, together.
    #[must_use]
    pub fn extract(&self, carrier: &impl Extractor) -> Context {
        self.extracted(carrier, |token| self.codec.restore(token))
    }

    /// A session that knows what the tokens in `carrier` know, together, if they were issued for `subject`.
    #[must_use]
    pub fn extract_for(&self, subject: &str, carrier: &impl Extractor) -> Context {
        self.extracted(carrier, |token| self.codec.restore_for(subject, token))
    }

    fn extracted(&self, carrier: &impl Extractor, restore: impl Fn(&str) -> Context) -> Context {
        // Several headers of one name may have been joined by commas on the way.
        let values = carrier.values(&self.name);
        let tokens = || values.iter().flat_map(|value| value.split(',')).map(str::trim);
        let tokens = || tokens().filter(|token| !token.is_empty());
        if tokens().nth(MAX_TOKENS).is_some() {
            return Context::unknown();
        }
        let ctx = Context::new();
        tokens().for_each(|token| ctx.merge(&restore(token)));
        ctx
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::{Position, SourceId, TokenKey};

    fn propagator() -> Propagator {
        Propagator::new(TokenCodec::signed(TokenKey::new([7; 32]).unwrap()))
    }

    fn wrote(source: &str) -> Context {
        let ctx = Context::new();
        ctx.join(&SourceId::new(source), &Position::new("a".into(), 1, 5).into());
        ctx
    }

    fn carried(value: String) -> HashMap<String, String> {
        HashMap::from([(Propagator::NAME.to_owned(), value)])
    }

    #[test]
    fn what_is_put_in_comes_out() {
        let (ctx, mut carrier) = (wrote("main"), HashMap::new());
        propagator().inject(&ctx, &mut carrier);
        assert_eq!(propagator().extract(&carrier).frontiers(), ctx.frontiers());
        propagator().inject_for("ada", &ctx, &mut carrier);
        assert_eq!(propagator().extract_for("ada", &carrier).frontiers(), ctx.frontiers());
        assert!(propagator().extract_for("bob", &carrier).is_unknown_elsewhere());
    }

    #[test]
    fn nothing_is_a_new_session_and_nonsense_is_an_unknown_one() {
        let nothing = propagator().extract(&HashMap::<String, String>::new());
        assert!(!nothing.is_unknown_elsewhere() && nothing.frontiers().is_empty());
        assert!(propagator().extract(&carried("nonsense".into())).is_unknown_elsewhere());
    }

    #[test]
    fn several_tokens_are_merged_and_one_bad_one_counts() {
        let codec = propagator().codec().clone();
        let (one, other) = (codec.encode(&wrote("main")), codec.encode(&wrote("audit")));
        let both = propagator().extract(&carried(format!("{one}, {other}")));
        assert_eq!(both.frontiers().len(), 2);
        let spoiled = propagator().extract(&carried(format!("{one},{other}x")));
        assert!(spoiled.is_unknown_elsewhere());
    }

    #[test]
    fn too_many_tokens_are_not_verified() {
        let propagator = propagator();
        let token = propagator.codec().encode(&wrote("main")).to_string();
        let many = |count| carried(vec![token.clone(); count].join(","));
        assert!(!propagator.extract(&many(MAX_TOKENS)).is_unknown_elsewhere());
        let accepted = propagator.codec().counts().accepted();
        assert!(propagator.extract(&many(MAX_TOKENS + 1)).is_unknown_elsewhere());
        assert_eq!(propagator.codec().counts().accepted(), accepted);
    }
}
