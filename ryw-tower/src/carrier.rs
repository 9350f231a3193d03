//! Where in a request a token is, and where in a response it goes.

mod cookie;
mod header;

use std::time::Duration;

use http::HeaderMap;
use ryw_core::SessionToken;

pub use self::cookie::{CookieCarrier, SameSite};
pub use self::header::HeaderCarrier;

/// Carries tokens from and to a client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Carrier {
    /// In a header of its own, for programs.
    Header(HeaderCarrier),
    /// In cookies, for browsers.
    Cookie(CookieCarrier),
}

impl From<HeaderCarrier> for Carrier {
    fn from(carrier: HeaderCarrier) -> Self {
        Self::Header(carrier)
    }
}

impl From<CookieCarrier> for Carrier {
    fn from(carrier: CookieCarrier) -> Self {
        Self::Cookie(carrier)
    }
}

/// What a request brought.
#[derive(Debug, Default)]
pub(crate) struct Brought<'a> {
    pub(crate) tokens: Vec<&'a str>,
    /// The numbers of the cookies they were in.
    pub(crate) cookies: Vec<u64>,
}

/// What a response says.
pub(crate) struct News<'a> {
    pub(crate) token: &'a SessionToken,
    /// Whether it is a token of a session that has nothing to wait for.
    pub(crate) is_empty: bool,
    /// For how long it counts.
    pub(crate) lasts: Duration,
    /// The cookies that it stands for.
    pub(crate) replaces: &'a [u64],
}

impl Carrier {
    /// Adds what `headers` of a request bring.
    pub(crate) fn read<'a>(&self, headers: &'a HeaderMap, brought: &mut Brought<'a>) {
        match self {
            Self::Header(header) => brought.tokens.extend(header.tokens(headers)),
            Self::Cookie(cookie) => {
                for (number, token) in cookie.tokens(headers) {
                    brought.cookies.push(number);
                    brought.tokens.push(token);
                }
            }
        }
    }

    /// Tells the client, by the `headers` of the response.
    pub(crate) fn write(&self, news: &News<'_>, headers: &mut HeaderMap) {
        match self {
            Self::Header(header) => header.write(news.token, headers),
            Self::Cookie(cookie) => cookie.write(news, headers),
        }
    }
}
