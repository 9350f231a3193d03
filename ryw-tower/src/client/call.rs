//! One call: what goes with it, what comes back, and what is to be thought if nothing does.

use std::sync::Arc;

use http::header::{TE, TRAILER};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use ryw_core::{Context, Frontier, SourceId, TokenCodec};

use crate::carrier::HeaderCarrier;
use crate::current;
use crate::known::Known;
use crate::settings::Subject;

/// The most tokens of one response that are read: each service that it has come through may have added one.
const MAX_TOKENS: usize = 16;

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) codec: TokenCodec,
    pub(super) header: HeaderCarrier,
    pub(super) subject: Option<Subject>,
    /// `None`: to whatever there is.
    pub(super) writes_to: Option<Vec<SourceId>>,
}

/// A call under way. Dropped while it is open, it may have written what nobody knows of.
#[derive(Debug)]
pub(super) struct Call {
    settings: Arc<Settings>,
    ctx: Context,
    subject: Option<String>,
    /// Whether the callee may write.
    may_write: bool,
    is_open: bool,
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.is_open {
            self.lose();
        }
    }
}

impl Call {
    /// Adds what is known to the request; `None` if it has no context.
    pub(super) fn begin(settings: &Arc<Settings>, request: &mut Parts) -> Option<Self> {
        let ctx = request.extensions.get::<Context>().cloned().or_else(current::try_current)?;
        let subject = settings.subject.as_ref().and_then(|subject| subject.of(request));
        if !Known::of(&ctx).is_empty() {
            let token = match &subject {
                Some(subject) => settings.codec.encode_for(subject, &ctx),
                None => settings.codec.encode(&ctx),
            };
            settings.header.write(&token, &mut request.headers);
        }
        // Without the `Connection: TE` that belongs to it over HTTP/1: over HTTP/2, which this may become, that is an error.
        request.headers.entry(TE).or_insert(HeaderValue::from_static("trailers"));
        let may_write = !request.method.is_safe();
        Some(Self { settings: Arc::clone(settings), ctx, subject, may_write, is_open: may_write })
    }

    /// The callee, or something on the way to it, has answered.
    pub(super) fn answered(&mut self, status: StatusCode, headers: &HeaderMap) {
        let failed = status.is_server_error() || is_grpc_failure(headers);
        let is_told = self.merge(headers);
        if (is_told || !failed) && !self.announces_trailer(headers) {
            self.close();
        } else if failed && !is_told {
            self.fail();
        }
    }

    /// The body has ended in these trailers. If ours was announced and is not among them, whoever passed them on has dropped it:
    /// the callee sends it also if there is nothing new, and empty then.
    pub(super) fn ended(&mut self, trailers: &HeaderMap) {
        if self.merge(trailers) || trailers.contains_key(self.settings.header.name()) {
            self.close();
        } else {
            self.fail();
        }
    }

    /// Nothing is missing.
    const fn close(&mut self) {
        self.is_open = false;
    }

    /// Learns at once, not when the body is dropped, that something may be.
    fn fail(&mut self) {
        if self.is_open {
            self.close();
            self.lose();
        }
    }

    /// Says whether there was a token.
    fn merge(&self, headers: &HeaderMap) -> bool {
        let tokens = || self.settings.header.tokens(headers);
        if tokens().nth(MAX_TOKENS).is_some() {
            self.lose();
        } else {
            tokens().for_each(|token| self.ctx.merge(&self.restore(token)));
        }
        let is_told = tokens().next().is_some();
        if is_told && self.may_write {
            self.ctx.count_write();
        }
        is_told
    }

    /// A token that is not good tells that there is something to know, and not what.
    fn restore(&self, token: &str) -> Context {
        match &self.subject {
            Some(subject) => self.settings.codec.restore_for(subject, token),
            None => self.settings.codec.restore(token),
        }
    }

    fn lose(&self) {
        self.ctx.count_write();
        match &self.settings.writes_to {
            None => self.ctx.merge(&Context::unknown()),
            Some(sources) => {
                sources.iter().for_each(|source| self.ctx.join(source, &Frontier::unknown()));
            }
        }
    }

    fn announces_trailer(&self, headers: &HeaderMap) -> bool {
        let listed = headers.get_all(TRAILER).into_iter().filter_map(|value| value.to_str().ok());
        let mut names = listed.flat_map(|value| value.split(',')).map(str::trim);
        names.any(|name| name.eq_ignore_ascii_case(self.settings.header.name().as_str()))
    }
}

/// What a proxy may say in place of the callee: cancelled, unknown, too late, internal, unavailable. Of gRPC this is with status
/// 200.
fn is_grpc_failure(headers: &HeaderMap) -> bool {
    let status = headers.get("grpc-status").map(HeaderValue::as_bytes);
    matches!(status, Some(b"1" | b"2" | b"4" | b"13" | b"14"))
}
