//! One request of one user: what was restored, and what is to be saved.

use std::sync::Arc;

use http::header::{self, HeaderName};
use http::request::Parts;
use http::{Response, StatusCode};
use http_body::Body;
use ryw_core::{Context, ContextStore, Error, SourceId, StoredContext};

use super::body::{Late, StoredBody};
use super::debt::Debt;
use crate::known::Known;
use crate::retiring::Retiring;
use crate::settings::Subject;

/// What says something of a body, and does not of the one that stands in for it.
const OF_THE_BODY: [HeaderName; 8] = [
    header::CACHE_CONTROL,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::ETAG,
    header::LAST_MODIFIED,
    header::LOCATION,
    header::TRAILER,
];

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) store: ContextStore,
    pub(super) user: Subject,
    pub(super) retiring: Retiring,
    /// Every source that there is; `None`: that is not known.
    pub(super) all_sources: Option<Vec<SourceId>>,
    pub(super) unsaved: Unsaved,
}

impl Settings {
    /// Drops from `ctx` what need not be saved.
    pub(super) fn settle(&self, ctx: &Context) {
        if let Some(all) = &self.all_sources {
            ctx.confine(all);
        }
        self.retiring.retire(ctx);
    }
}

/// What becomes of a response whose session has written, and was not saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsaved {
    Fails,
    IsAnswered,
}

#[derive(Debug)]
pub(super) struct Keeper {
    debt: Debt,
    stored: StoredContext,
    /// What the session knew at first.
    before: Known,
    /// Of a layer outside, which looks at its own.
    outer: Option<Context>,
}

impl Keeper {
    /// Restores the context of the request's user into its extensions; `None` if it has no user.
    pub(super) async fn begin(settings: Arc<Settings>, request: &mut Parts) -> Option<Self> {
        let user = settings.user.of(request)?;
        let stored = settings.store.restore(&user).await;
        let outer = request.extensions.insert(stored.context().clone());
        outer.iter().for_each(|outer| stored.context().merge(outer));
        let before = Known::of(stored.context());
        let debt = Debt::new(settings, &user, stored.context().clone());
        Some(Self { debt, stored, before, outer })
    }

    /// Saves what the session has come to, also if the handler has failed.
    pub(super) async fn finish<B, E>(
        mut self,
        outcome: Result<Response<B>, E>,
    ) -> Result<Response<StoredBody<B>>, E>
    where
        B: Body + Default,
    {
        let ctx = self.stored.context();
        self.outer.iter().for_each(|outer| outer.merge(ctx));
        self.debt.settings().settle(ctx);
        let (known, writes) = (Known::of(ctx), ctx.writes());
        let has_written = self.debt.is_due() || known.has_written_since(&self.before);
        let saved = self.debt.settings().store.save(&self.stored).await;
        self.debt.paid(writes);
        let response = outcome?;
        match saved {
            Err(why) if has_written && self.is_confirming(&response) => Ok(unconfirmed(response, &why)),
            Ok(_) | Err(_) => Ok(response.map(|body| self.late(body, known))),
        }
    }

    /// Whether the response would tell its client of a write.
    fn is_confirming<B>(&self, response: &Response<B>) -> bool {
        self.debt.settings().unsaved == Unsaved::Fails && !response.status().is_server_error()
    }

    /// A body that is still being made may write.
    fn late<B: Body>(self, body: B, saved: Known) -> StoredBody<B> {
        if body.is_end_stream() {
            StoredBody::of_nobody(body)
        } else {
            StoredBody::new(body, Late::new(self.debt, saved))
        }
    }
}

fn unconfirmed<B: Body + Default>(response: Response<B>, why: &Error) -> Response<StoredBody<B>> {
    tracing::warn!(
        error = why as &(dyn std::error::Error + 'static),
        "a session that has written could not be saved: its client is not told that it has"
    );
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::INTERNAL_SERVER_ERROR;
    for name in OF_THE_BODY {
        parts.headers.remove(name);
    }
    Response::from_parts(parts, StoredBody::of_nobody(B::default()))
}
