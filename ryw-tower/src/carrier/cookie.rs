//! Cookies that are written once.
//!
//! A browser has many requests under way at once, and keeps of two responses that set one cookie the one that came last: the
//! other's position would be lost. So no cookie is ever overwritten. Each response that has something new sets one under a
//! name that nobody has used, with all that its request brought and what came since, and expires the cookies that
//! its request brought. Of two responses that race, both cookies stay, and the next request brings both. Whatever is
//! expired is in a cookie that came with the expiry, so the order in which a browser sees them does not matter, nor whether
//! it sees them at all.
//!
//! Rejected: one cookie, which loses (the tests show it); a fixed number of names taken in turn, which loses more rarely.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cookie::Cookie;
use http::HeaderMap;
use http::header::{COOKIE, SET_COOKIE};
use ryw_core::Error;

use super::News;
use crate::inject::value;
use crate::text::texts;

/// The most cookies that one response expires. Those left are expired by the next: proxies take so much of headers and no more.
const MAX_EXPIRED: usize = 16;

/// With which requests from other sites a browser sends the cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SameSite {
    /// With none.
    Strict,
    /// When the user follows a link.
    #[default]
    Lax,
    /// With all. Browsers take such a cookie only if it is `Secure`, so it is that, whatever else is said.
    None,
}

/// Carries tokens in cookies, for browsers, which need no script for it.
///
/// `HttpOnly; Secure; SameSite=Lax; Path=/`, kept for as long as its token counts, unless said otherwise. Each is named
/// `ryw-` and sixteen digits, and written once: of several responses that race none loses its position.
///
/// ```
/// use ryw_tower::{CookieCarrier, SameSite};
///
/// let carrier = CookieCarrier::new().same_site(SameSite::Strict).path("/shop")?;
/// # Ok::<(), ryw_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CookieCarrier {
    prefix: String,
    path: String,
    domain: Option<String>,
    same_site: SameSite,
    secure: bool,
    http_only: bool,
    max_age: Option<Duration>,
}

impl Default for CookieCarrier {
    fn default() -> Self {
        Self::new()
    }
}

impl CookieCarrier {
    /// As safe as cookies can be.
    #[must_use]
    pub fn new() -> Self {
        Self {
            prefix: "ryw-".to_owned(),
            path: "/".to_owned(),
            domain: None,
            same_site: SameSite::default(),
            secure: true,
            http_only: true,
            max_age: None,
        }
    }

    /// Begins the cookies' names with `prefix` instead of `ryw-`. With `__Host-`, as in `__Host-ryw-`, browsers see to it that no other host of
    /// the domain can set one; they are `Secure` then, whatever else is said.
    ///
    /// # Errors
    /// If it has characters that names of cookies cannot have, or begins with `__Host-` and they have another path than `/`, or a
    /// domain.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Result<Self, Error> {
        self.prefix = prefix.into();
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if self.prefix.bytes().all(is_token) {
            return self.of_one_host();
        }
        Err(Error::config(format!(
            "cookies cannot have names that begin with {:?}: use letters, digits, `-` and `_`",
            self.prefix
        )))
    }

    /// Has them sent with requests for paths under `path` only. It has to cover all that reads what was written under it.
    ///
    /// # Errors
    /// If it does not begin with `/`, or has characters that a cookie's path cannot have.
    pub fn path(mut self, path: impl Into<String>) -> Result<Self, Error> {
        self.path = path.into();
        if self.path.starts_with('/') && is_plain(&self.path) {
            return self.of_one_host();
        }
        Err(Error::config(format!(
            "{:?} is no path of a cookie: it begins with `/` and has neither `;` nor control characters",
            self.path
        )))
    }

    /// Has them sent to all hosts of `domain`, not only to the one that set them.
    ///
    /// # Errors
    /// If it has characters that a domain cannot have.
    pub fn domain(mut self, domain: impl Into<String>) -> Result<Self, Error> {
        let domain = domain.into();
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        if domain.is_empty() || !domain.bytes().all(is_host) {
            return Err(Error::config(format!("{domain:?} is no domain: give a name such as `example.org`")));
        }
        self.domain = Some(domain);
        self.of_one_host()
    }

    /// Browsers drop cookies that break the promise of their name, and say nothing: each position would be lost.
    fn of_one_host(self) -> Result<Self, Error> {
        if !begins_with(&self.prefix, "__Host-") || (self.path == "/" && self.domain.is_none()) {
            return Ok(self);
        }
        Err(Error::config(
            "browsers take cookies named `__Host-…` only for the path `/` and without a domain",
        ))
    }

    /// Whether browsers take them only if they are that.
    fn is_always_secure(&self) -> bool {
        self.same_site == SameSite::None
            || ["__Host-", "__Secure-"].iter().any(|promise| begins_with(&self.prefix, promise))
    }

    /// With which requests from other sites they are sent.
    #[must_use]
    pub const fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Has browsers drop them after `max_age`, if their tokens do not [end](ryw_core::TokenCodec::max_age) sooner.
    #[must_use]
    pub const fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Has them sent over plain HTTP as well: for development, where the browser does not take `localhost` for safe.
    #[must_use]
    pub const fn insecure(mut self) -> Self {
        self.secure = false;
        self
    }

    /// Lets scripts of the page read them.
    #[must_use]
    pub const fn readable_by_scripts(mut self) -> Self {
        self.http_only = false;
        self
    }

    /// The tokens, each with the number of its cookie.
    pub(crate) fn tokens<'a>(&self, headers: &'a HeaderMap) -> impl Iterator<Item = (u64, &'a str)> {
        let cookies = texts(headers, COOKIE.as_str()).flat_map(Cookie::split_parse).flatten();
        cookies.filter_map(|cookie| Some((self.number(cookie.name_raw()?)?, cookie.value_raw()?)))
    }

    pub(crate) fn write(&self, news: &News<'_>, headers: &mut HeaderMap) {
        let mut set = |cookie: Cookie<'_>| headers.append(SET_COOKIE, value(&cookie.to_string()));
        // A session that has nothing to wait for needs no cookie.
        if !news.is_empty {
            let lasts = self.max_age.map_or(news.lasts, |max_age| max_age.min(news.lasts));
            // None at all would expire it.
            set(self.cookie(unused(), news.token.as_str(), lasts.max(Duration::from_secs(1))));
        }
        for number in news.replaces.iter().take(MAX_EXPIRED) {
            set(self.cookie(*number, "", Duration::ZERO));
        }
    }

    fn cookie<'a>(&'a self, number: u64, token: &'a str, lasts: Duration) -> Cookie<'a> {
        let mut cookie = Cookie::new(self.name(number), token);
        cookie.set_path(&self.path);
        cookie.set_http_only(self.http_only);
        cookie.set_secure(self.secure || self.is_always_secure());
        cookie.set_same_site(match self.same_site {
            SameSite::Strict => cookie::SameSite::Strict,
            SameSite::Lax => cookie::SameSite::Lax,
            SameSite::None => cookie::SameSite::None,
        });
        let seconds = i64::try_from(lasts.as_secs()).unwrap_or(i64::MAX);
        cookie.set_max_age(cookie::time::Duration::seconds(seconds));
        if let Some(domain) = &self.domain {
            cookie.set_domain(domain);
        }
        cookie
    }

    fn name(&self, number: u64) -> String {
        format!("{}{number:016x}", self.prefix)
    }

    /// The number in the name of a cookie of ours.
    fn number(&self, name: &str) -> Option<u64> {
        let digits = name.strip_prefix(&self.prefix)?;
        let number = u64::from_str_radix(digits, 16).ok()?;
        (format!("{number:016x}") == digits).then_some(number)
    }
}

/// Browsers look at no case.
fn begins_with(name: &str, promise: &str) -> bool {
    name.get(..promise.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(promise))
}

/// Neither ends the attribute nor the header.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';')
}

/// A number that nobody has used, nor can foretell.
fn unused() -> u64 {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    KEY.hash_one(COUNT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use ryw_core::{Context, SessionToken, TokenCodec};

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn token() -> SessionToken {
        TokenCodec::unsigned_for_trusted_networks().encode(&Context::new())
    }

    fn written(carrier: &CookieCarrier, is_empty: bool, replaces: &[u64]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        let news = News { token: &token(), is_empty, lasts: DAY, replaces };
        carrier.write(&news, &mut headers);
        headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    fn attributes(cookie: &str) -> &str {
        cookie.split_once(';').unwrap().1.trim()
    }

    #[test]
    fn what_is_set_is_safe_and_ends_with_its_token() {
        let set = written(&CookieCarrier::new(), false, &[]);
        assert_eq!(attributes(&set[0]), "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=86400");
        assert!(set[0].starts_with("ryw-"), "{set:?}");
    }

    #[test]
    fn attributes_are_those_asked_for() {
        let carrier = CookieCarrier::new().insecure().readable_by_scripts().max_age(Duration::from_secs(9));
        let carrier = carrier.same_site(SameSite::Strict).path("/a").unwrap().domain("b.example").unwrap();
        let set = written(&carrier.clone().prefix("x").unwrap(), false, &[]);
        assert_eq!(attributes(&set[0]), "SameSite=Strict; Path=/a; Domain=b.example; Max-Age=9");
        let none = written(&carrier.same_site(SameSite::None), false, &[]);
        assert!(none[0].contains("SameSite=None; Secure"), "{none:?}");
        let shortest = written(&CookieCarrier::new().max_age(Duration::ZERO), false, &[]);
        assert!(shortest[0].ends_with("Max-Age=1"), "{shortest:?}");
        let longer = written(&CookieCarrier::new().max_age(DAY * 2), false, &[]);
        assert!(longer[0].ends_with("Max-Age=86400"), "{longer:?}");
    }

    #[test]
    fn what_a_name_promises_is_kept() {
        let host = || CookieCarrier::new().prefix("__host-ryw-").unwrap();
        let set = written(&host().insecure(), false, &[]);
        assert!(set[0].contains("; Secure;"), "{set:?}");
        for broken in [
            host().path("/shop"),
            host().domain("b.example"),
            CookieCarrier::new().path("/shop").unwrap().prefix("__Host-"),
        ] {
            let why = broken.unwrap_err().to_string();
            assert!(why.contains("only for the path `/`"), "{why}");
        }
        assert!(CookieCarrier::new().prefix("__Secure-").unwrap().path("/shop").is_ok());
    }

    #[test]
    fn what_was_sent_is_expired_and_nothing_needs_no_cookie() {
        let expired = written(&CookieCarrier::new(), true, &[1, u64::MAX]);
        assert_eq!(expired[0], "ryw-0000000000000001=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0");
        assert!(expired[1].starts_with("ryw-ffffffffffffffff=;"), "{expired:?}");
        let many: Vec<_> = (0..40).collect();
        assert_eq!(written(&CookieCarrier::new(), true, &many).len(), MAX_EXPIRED);
    }

    #[test]
    fn only_our_own_cookies_are_read() {
        let mut headers = HeaderMap::new();
        let theirs = "id=7; ryw-=x; ryw-+000000000000001=x; ryw-00000000000000A1=x; ryw-01=x; =; ;";
        headers.append(COOKIE, HeaderValue::from_static(theirs));
        headers.append(COOKIE, HeaderValue::from_static("a=b;ryw-00000000000000a1=one; c"));
        headers.append(COOKIE, HeaderValue::from_bytes(b"u=\xff; ryw-00000000000000a2=; x=y").unwrap());
        let tokens: Vec<_> = CookieCarrier::new().tokens(&headers).collect();
        assert_eq!(tokens, [(0xa1, "one"), (0xa2, "")]);
    }

    #[test]
    fn names_are_not_used_twice() {
        let mut numbers: Vec<_> = (0..1000).map(|_| unused()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 1000);
    }

    #[test]
    fn what_would_spoil_the_header_is_refused() {
        let new = CookieCarrier::new;
        assert!(new().prefix("a b").is_err() && new().prefix("__Host-ryw-").is_ok());
        assert!(new().path("x").is_err() && new().path("/;a").is_err() && new().path("/\r\n").is_err());
        assert!(new().domain("").is_err() && new().domain("a;b").is_err());
        let why = new().path("x").unwrap_err();
        assert!(why.is_config() && why.to_string().contains("begins with `/`"), "{why}");
    }
}
