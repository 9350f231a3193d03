//! A header of its own.

use http::{HeaderMap, HeaderName};
use ryw_core::{Propagator, SessionToken};

use crate::inject::value;
use crate::text::texts;

/// Carries tokens in a header, `ryw-session` if no other is named: for clients that are programs.
///
/// Several tokens, in several headers or in a list with commas, are merged. What a client has to do is little, and said in the
/// [crate's documentation](crate#headers).
#[derive(Clone, Debug)]
pub struct HeaderCarrier {
    name: HeaderName,
}

impl Default for HeaderCarrier {
    fn default() -> Self {
        Self::new()
    }
}

impl HeaderCarrier {
    /// In `ryw-session`.
    #[must_use]
    pub const fn new() -> Self {
        Self::named(HeaderName::from_static(Propagator::NAME))
    }

    /// In the header of this name.
    #[must_use]
    pub const fn named(name: HeaderName) -> Self {
        Self { name }
    }

    pub(crate) const fn name(&self) -> &HeaderName {
        &self.name
    }

    pub(crate) fn tokens<'a>(&self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> + use<'a> {
        let listed = texts(headers, self.name.as_str()).flat_map(|text| text.split(','));
        listed.map(str::trim).filter(|token| !token.is_empty())
    }

    /// Beside what is there: a handler may have handed on the answer of another service, with its token.
    pub(crate) fn write(&self, token: &SessionToken, headers: &mut HeaderMap) {
        headers.append(self.name.clone(), value(token.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn lists_and_repeated_headers_are_the_same() {
        let mut headers = HeaderMap::new();
        headers.append("ryw-session", HeaderValue::from_static("a, b,,"));
        headers.append("ryw-session", HeaderValue::from_static(""));
        headers.append("Ryw-Session", HeaderValue::from_static("c"));
        assert_eq!(HeaderCarrier::new().tokens(&headers).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(HeaderCarrier::named(HeaderName::from_static("x")).tokens(&headers).count(), 0);
    }
}
