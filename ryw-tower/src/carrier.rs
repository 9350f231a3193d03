//! Where in a request a token is, and where in a response it goes.

mod cookie;
mod header;

use std::time::Duration;

use http::HeaderMap;
use ryw_core::SessionToken;

pub use self::cookie::{CookieCarrier, SameSite};
pub use self::header::HeaderCarrier;

/// The most tokens that a request may bring. Of more none is read, and nothing is known of the session: whoever sends many makes
/// verifying them cost.
///
/// A browser brings one for each response that it had at once, so it is as many as some pages send requests at once. It is
/// no more than 4 KiB of cookies, half of what proxies take.
const MAX_TOKENS: usize = 32;

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

/// What a request brought; of too many tokens the first.
#[derive(Debug, Default)]
pub(crate) struct Brought<'a> {
    pub(crate) tokens: Vec<&'a str>,
    /// The numbers of the cookies they were in.
    pub(crate) cookies: Vec<u64>,
}

impl Brought<'_> {
    pub(crate) const fn are_too_many(&self) -> bool {
        self.tokens.len() > MAX_TOKENS
    }

    /// How many more are looked at: one more than are read tells that there are too many, and however many there are, nothing
    /// more is set aside.
    const fn room(&self) -> usize {
        MAX_TOKENS + 1 - self.tokens.len()
    }
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
        let room = brought.room();
        match self {
            Self::Header(header) => brought.tokens.extend(header.tokens(headers).take(room)),
            Self::Cookie(cookie) => {
                for (number, token) in cookie.tokens(headers).take(room) {
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

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::COOKIE;

    use super::*;

    #[test]
    fn however_many_there_are_few_are_set_aside() {
        let mut headers = HeaderMap::new();
        headers.append("ryw-session", HeaderValue::try_from("a,".repeat(30)).unwrap());
        let mut brought = Brought::default();
        let carriers = [Carrier::from(HeaderCarrier::new()), CookieCarrier::new().into()];
        carriers.iter().for_each(|carrier| carrier.read(&headers, &mut brought));
        assert_eq!((brought.tokens.len(), brought.are_too_many()), (30, false));

        headers.append("ryw-session", HeaderValue::try_from("a,".repeat(30_000)).unwrap());
        headers.append(COOKIE, HeaderValue::from_static("ryw-0000000000000001=a"));
        let mut brought = Brought::default();
        carriers.iter().for_each(|carrier| carrier.read(&headers, &mut brought));
        assert_eq!((brought.tokens.len(), brought.are_too_many()), (MAX_TOKENS + 1, true));
    }
}
