//! Headers as carriers of [`Propagator`](ryw_core::Propagator)s.

use http::{HeaderMap, HeaderName, HeaderValue};
use ryw_core::{Extractor, Injector};

use crate::text::texts;

/// Headers that a context is put into.
///
/// ```
/// use http::HeaderMap;
/// use ryw_core::{Context, Propagator, TokenCodec, TokenKey};
/// use ryw_tower::{HeaderExtractor, HeaderInjector};
///
/// let propagator = Propagator::new(TokenCodec::signed(TokenKey::new([7; 32])?));
/// let ctx = Context::new();
///
/// // Whoever calls another service without a tower stack puts what it knows into the request …
/// let mut request = HeaderMap::new();
/// propagator.inject(&ctx, &mut HeaderInjector(&mut request));
///
/// // … and learns what the response knows. A response without a token has nothing new.
/// # let response = request;
/// ctx.merge(&propagator.extract(&HeaderExtractor(&response)));
/// # assert!(!ctx.is_unknown_elsewhere());
/// # Ok::<(), ryw_core::Error>(())
/// ```
#[derive(Debug)]
pub struct HeaderInjector<'a>(pub &'a mut HeaderMap);

/// Headers that a context is taken out of.
#[derive(Debug)]
pub struct HeaderExtractor<'a>(pub &'a HeaderMap);

impl Injector for HeaderInjector<'_> {
    /// # Panics
    /// If the name that the propagator was given is none of a header.
    fn set(&mut self, name: &str, text: String) {
        let name = HeaderName::try_from(name).unwrap_or_else(|_| panic!("{name:?} is no name of a header"));
        self.0.insert(name, value(&text));
    }
}

/// So that headers can carry a context in their [`Baggage`](ryw_core::Baggage), beside what is there.
impl Extractor for HeaderInjector<'_> {
    fn values(&self, name: &str) -> Vec<&str> {
        texts(self.0, name).collect()
    }
}

impl Extractor for HeaderExtractor<'_> {
    fn values(&self, name: &str) -> Vec<&str> {
        texts(self.0, name).collect()
    }
}

/// Text of ours as a header's value.
pub(crate) fn value(text: &str) -> HeaderValue {
    // Baggage hands on what others wrote, which need not be ASCII.
    HeaderValue::from_bytes(text.as_bytes()).unwrap_or_else(|_| {
        unreachable!("tokens, what came in as a header, and checked attributes have no control characters")
    })
}

#[cfg(test)]
mod tests {
    use ryw_core::Baggage;

    use super::*;

    #[test]
    fn the_baggage_of_others_is_kept() {
        let mut headers = HeaderMap::new();
        headers.append("baggage", HeaderValue::from_static("a=1"));
        headers.append("baggage", HeaderValue::from_bytes("b=ä".as_bytes()).unwrap());
        let mut carrier = HeaderInjector(&mut headers);
        Baggage(&mut carrier).set("ryw-session", "token".into());
        assert_eq!(Baggage(&mut carrier).values("ryw-session"), ["token"]);
        assert_eq!(headers["baggage"], "a=1,b=ä,ryw-session=token".as_bytes());
    }

    #[test]
    fn what_is_no_text_is_a_value_all_the_same() {
        let mut headers = HeaderMap::new();
        headers.append("ryw-session", HeaderValue::from_bytes(b"\xff").unwrap());
        assert_eq!(HeaderExtractor(&headers).values("Ryw-Session").len(), 1);
    }
}
