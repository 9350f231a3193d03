//! The body of a response, behind which a trailer may follow.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::TRAILER;
use http::{HeaderMap, HeaderName};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use ryw_core::SessionToken;

use crate::inject::value;
use crate::known::Known;
use crate::visit::Session;

pin_project! {
    /// The body of a response of [`SessionService`](crate::SessionService).
    ///
    /// What the session writes while a body streams is known only when the response's headers are long gone. It follows in a
    /// trailer of the same name as the header, if the client has said by `TE: trailers` that it looks at them, and if the length of
    /// the body was not announced. Without anything new the trailer is empty, so that one which was lost on the way is missed.
    #[derive(Debug)]
    pub struct SessionBody<B> {
        #[pin]
        body: B,
        // None: the body of a refusal.
        session: Option<Session>,
        trailing: Option<Trailing>,
        // The body is over, though a trailer has followed: it is not to be asked again.
        is_over: bool,
    }
}

/// A trailer that is to follow.
#[derive(Debug)]
pub(crate) struct Trailing {
    pub(crate) name: HeaderName,
    /// What the client knows by the response's headers.
    pub(crate) told: Known,
}

impl Trailing {
    /// Says that it follows: hyper sends no other over HTTP/1.
    pub(crate) fn announce(&self, headers: &mut HeaderMap) {
        headers.append(TRAILER, self.name.clone().into());
    }
}

impl<B> SessionBody<B> {
    pub(crate) const fn new(body: B, session: Session, trailing: Option<Trailing>) -> Self {
        Self { body, session: Some(session), trailing, is_over: false }
    }
}

/// An empty body, of nobody's session.
impl<B: Default> Default for SessionBody<B> {
    fn default() -> Self {
        Self { body: B::default(), session: None, trailing: None, is_over: false }
    }
}

impl<B: Body> Body for SessionBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        if *this.is_over {
            return Poll::Ready(None);
        }
        let _entered = this.session.as_ref().map(Session::enter);
        let frame = std::task::ready!(this.body.poll_frame(cx));
        let is_last = frame.as_ref().is_none_or(|frame| frame.as_ref().is_ok_and(Frame::is_trailers));
        if !is_last {
            return Poll::Ready(frame);
        }
        let Some((session, Trailing { name, told })) = this.session.as_ref().zip(this.trailing.take()) else {
            return Poll::Ready(frame);
        };
        let token = session.news_since(&told);
        *this.is_over = true;
        let mut trailers =
            frame.transpose()?.and_then(|frame| frame.into_trailers().ok()).unwrap_or_default();
        trailers.append(name, value(token.as_ref().map_or("", SessionToken::as_str)));
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over || (self.trailing.is_none() && self.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
