//! One request: what it brought, and what its response is to say.

use std::sync::Arc;

use http::header::TE;
use http::request::Parts;
use http::{HeaderMap, Response};
use http_body::Body;
use ryw_core::{Context, SessionToken};

use crate::body::{SessionBody, Trailing};
use crate::carrier::{Brought, Carrier, HeaderCarrier, News};
use crate::current::{self, Entered};
use crate::known::Known;
use crate::settings::Settings;

/// A request that was let through.
#[derive(Debug)]
pub(crate) struct Visit {
    session: Session,
    brought: Restored,
    takes_trailers: bool,
}

/// Who is told what.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    settings: Arc<Settings>,
    ctx: Context,
    subject: Option<String>,
}

/// What the tokens of a request came to.
#[derive(Debug, Default)]
struct Restored {
    ctx: Context,
    /// What the client has been told already.
    known: Known,
    cookies: Vec<u64>,
    is_bad: bool,
}

impl Visit {
    /// Finds out what the session knows and puts it into the request's extensions; `None` if the request is to be refused.
    pub(crate) fn begin(settings: &Arc<Settings>, request: &mut Parts) -> Option<Self> {
        let subject = settings.subject.as_ref().and_then(|subject| subject.of(request));
        let brought = settings.restore(&request.headers, subject.as_deref());
        if brought.is_bad && settings.limiter.as_ref().is_some_and(|limiter| !limiter.admits()) {
            settings.counts.refuse();
            return None;
        }
        let ctx = settings.session_of(request, &brought.ctx);
        request.extensions.insert(ctx.clone());
        Some(Self {
            session: Session { settings: Arc::clone(settings), ctx, subject },
            brought,
            takes_trailers: takes_trailers(&request.headers),
        })
    }

    pub(crate) fn enter(&self) -> Entered {
        self.session.enter()
    }

    /// Tells the client, if there is something new.
    pub(crate) fn finish<B: Body>(self, response: Response<B>) -> Response<SessionBody<B>> {
        let (mut parts, body) = response.into_parts();
        let known = self.session.known();
        if self.brought.is_bad || known != self.brought.known {
            self.session.tell(&known, &self.brought.cookies, &mut parts.headers);
        }
        let trailing = self.trailing(&body, known);
        if let Some(trailing) = &trailing {
            trailing.announce(&mut parts.headers);
        }
        Response::from_parts(parts, SessionBody::new(body, self.session, trailing))
    }

    /// What is written while the body is on its way goes into a trailer, if there is a body to be on its way, and somebody who
    /// looks at trailers.
    fn trailing(&self, body: &impl Body, told: Known) -> Option<Trailing> {
        let streams = !body.is_end_stream() && body.size_hint().exact().is_none();
        let header = self.session.header().filter(|_| self.takes_trailers && streams)?;
        Some(Trailing { name: header.name().clone(), told })
    }
}

impl Session {
    pub(crate) fn enter(&self) -> Entered {
        current::enter(Some(&self.ctx).filter(|_| self.settings.is_current))
    }

    /// A token, if there is something new since what was `told`.
    pub(crate) fn news_since(&self, told: &Known) -> Option<SessionToken> {
        (self.known() != *told).then(|| self.token())
    }

    /// What is worth telling.
    fn known(&self) -> Known {
        if let Some(all) = &self.settings.all_sources {
            self.ctx.confine(all);
        }
        self.settings.retiring.retire(&self.ctx);
        Known::of(&self.ctx)
    }

    fn tell(&self, known: &Known, replaces: &[u64], headers: &mut HeaderMap) {
        let token = self.token();
        let lasts = self.settings.codec.accepts_for();
        let news = News { token: &token, is_empty: known.is_empty(), lasts, replaces };
        self.settings.carriers.iter().for_each(|carrier| carrier.write(&news, headers));
    }

    fn token(&self) -> SessionToken {
        let codec = &self.settings.codec;
        match &self.subject {
            Some(subject) => codec.encode_for(subject, &self.ctx),
            None => codec.encode(&self.ctx),
        }
    }

    fn header(&self) -> Option<&HeaderCarrier> {
        self.settings.carriers.iter().find_map(|carrier| match carrier {
            Carrier::Header(header) => Some(header),
            Carrier::Cookie(_) => None,
        })
    }
}

impl Settings {
    fn restore(&self, headers: &HeaderMap, subject: Option<&str>) -> Restored {
        let mut brought = Brought::default();
        self.carriers.iter().for_each(|carrier| carrier.read(headers, &mut brought));
        let (ctx, is_bad) = if brought.are_too_many() {
            self.counts.too_many();
            (Context::new(), true)
        } else {
            self.merge(&brought.tokens, subject)
        };
        let known = Known::of(&ctx);
        if is_bad {
            ctx.merge(&Context::unknown());
        }
        Restored { ctx, known, cookies: brought.cookies, is_bad }
    }

    /// The session that a request begins with: what its tokens know, and what a layer outside knows by other means.
    fn session_of(&self, request: &Parts, brought: &Context) -> Context {
        let outer = request.extensions.get::<Context>();
        outer.iter().for_each(|outer| outer.merge(brought));
        let ctx = outer.unwrap_or(brought);
        if self.monotonic_reads { ctx.clone() } else { ctx.without_monotonic_reads() }
    }

    /// What the good ones of `tokens` say, and whether there was one that is not.
    fn merge(&self, tokens: &[&str], subject: Option<&str>) -> (Context, bool) {
        let (mut ctx, mut is_bad) = (None, false);
        for token in tokens {
            match (self.decode(token, subject), &ctx) {
                (None, _) => is_bad = true,
                // As a rule there is one, and nothing to merge.
                (Some(one), None) => ctx = Some(one),
                (Some(other), Some(ctx)) => Context::merge(ctx, &other),
            }
        }
        (ctx.unwrap_or_default(), is_bad)
    }

    /// What the token says, if it is good.
    fn decode(&self, token: &str, subject: Option<&str>) -> Option<Context> {
        let decoded = match subject {
            Some(subject) => self.codec.decode_for(subject, token),
            None => self.codec.decode(token),
        };
        match decoded {
            Ok(ctx) => {
                self.counts.accepted();
                Some(ctx)
            }
            Err(why) => {
                self.counts.rejected(why);
                None
            }
        }
    }
}

/// Whether the client has said that it looks at them.
fn takes_trailers(headers: &HeaderMap) -> bool {
    let listed = headers.get_all(TE).into_iter().filter_map(|value| value.to_str().ok());
    let mut codings = listed.flat_map(|value| value.split(',')).map(str::trim);
    codings.any(|coding| coding.eq_ignore_ascii_case("trailers"))
}
