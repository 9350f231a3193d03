//! The layer.

use std::sync::Arc;

use http::StatusCode;
use http::request::Parts;
use ryw_core::{ConsistencySource, SourceId, TokenCodec};
use tower_layer::Layer;

use crate::carrier::{Carrier, CookieCarrier, HeaderCarrier};
use crate::limiter::Limiter;
use crate::observe::Counts;
use crate::retiring::Retiring;
use crate::service::SessionService;
use crate::settings::{Settings, Subject};

/// How many requests with bad tokens are let through in a second, if no other number is given.
const BAD_TOKENS_PER_SECOND: u32 = 100;

/// Gives each request the context of its session, and tells the client what the session knows afterwards.
///
/// See the [crate's documentation](crate) for examples.
#[derive(Clone, Debug)]
#[must_use]
pub struct SessionLayer {
    settings: Arc<Settings>,
}

impl SessionLayer {
    /// Tokens of `codec`, carried by `carrier`.
    pub fn new(codec: TokenCodec, carrier: impl Into<Carrier>) -> Self {
        let settings = Settings {
            codec,
            carriers: vec![carrier.into()],
            subject: None,
            monotonic_reads: true,
            is_current: false,
            retiring: Retiring::default(),
            all_sources: None,
            limiter: Some(Arc::new(Limiter::new(BAD_TOKENS_PER_SECOND))),
            refusal: StatusCode::SERVICE_UNAVAILABLE,
            counts: Arc::new(Counts::new()),
        };
        Self { settings: Arc::new(settings) }
    }

    /// In the header `ryw-session`: for clients that are programs.
    pub fn header(codec: TokenCodec) -> Self {
        Self::new(codec, HeaderCarrier::new())
    }

    /// In cookies: for browsers.
    pub fn cookie(codec: TokenCodec) -> Self {
        Self::new(codec, CookieCarrier::new())
    }

    /// By `carrier` as well. What a request brings by any is merged; what is new is told by all.
    pub fn also(self, carrier: impl Into<Carrier>) -> Self {
        self.with(|settings| settings.carriers.push(carrier.into()))
    }

    /// Binds tokens to whom `subject` says that the request is from: one that was issued for somebody else, or for nobody, is
    /// rejected, as is one for somebody where `subject` gives `None`.
    ///
    /// It is asked before the handler runs, so what it looks at (an extension, say) has to be put there by a layer outside this
    /// one. Whoever logs in or out goes on with a session of which nothing is known: one read on the primary, nothing stale.
    pub fn bound_to(self, subject: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.subject = Some(Subject::new(subject)))
    }

    /// Lets reads go behind what the session has read before: only its writes are kept in view.
    ///
    /// Otherwise what a request has read is news as well, and most responses carry a token.
    pub fn without_monotonic_reads(self) -> Self {
        self.with(|settings| settings.monotonic_reads = false)
    }

    /// Drops what every server of `source` [holds for good](ConsistencySource::retire) before the client is told anything, so that
    /// idle users carry nothing. To be given once for each source.
    pub fn retiring(self, source: impl ConsistencySource + 'static) -> Self {
        self.with(|settings| settings.retiring.add(source))
    }

    /// Says that there are no sources but these, so that a session of which nothing was known can be known again: when it has read
    /// each of them on its primary. Otherwise its tokens say for as long as it lasts that every source which it has not met is
    /// unknown, and name those that it has; and never is there a token that says nothing.
    ///
    /// They MUST be all that anybody reads by these tokens, in every service that they come to: a source that is missing counts as
    /// one to which nothing was written, and may be read stale after a bad token.
    pub fn all_sources(self, sources: impl IntoIterator<Item = impl Into<SourceId>>) -> Self {
        let sources = sources.into_iter().map(Into::into).collect();
        self.with(|settings| settings.all_sources = Some(sources))
    }

    /// Makes the request's context the [current](crate::current) one while its handler runs and its response's body streams.
    pub fn with_current(self) -> Self {
        self.with(|settings| settings.is_current = true)
    }

    /// Lets so many requests through in each second though their token is bad; 100, if nothing else is said, and as many at once.
    ///
    /// Nothing is known of such a session, so its first read of each source runs on the primary. Over the limit requests are
    /// [refused](Self::refusing_with) before they reach the handler: whoever forges tokens cannot load the primary at will. A key
    /// that was replaced without [rotating](TokenCodec::also_accepting) it makes everybody's token bad at once.
    pub fn bad_tokens_per_second(self, limit: u32) -> Self {
        self.with(|settings| settings.limiter = Some(Arc::new(Limiter::new(limit))))
    }

    /// Lets all requests through, however many come with a bad token: for a service that only trusted ones can reach.
    pub fn unlimited_bad_tokens(self) -> Self {
        self.with(|settings| settings.limiter = None)
    }

    /// Answers what is over the limit with this status instead of 503. Either way it says `Retry-After: 1`.
    pub fn refusing_with(self, status: StatusCode) -> Self {
        self.with(|settings| settings.refusal = status)
    }

    /// How many requests were refused, by this layer and its clones. The codec's [counts](TokenCodec::counts) tell of tokens.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.settings.counts.refused()
    }

    #[cfg(feature = "tonic")]
    pub(crate) const fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService::new(inner, Arc::clone(&self.settings))
    }
}
