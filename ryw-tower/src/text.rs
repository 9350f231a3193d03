//! What of a header is text.
//!
//! Other people's cookies and baggage may hold bytes that are none. They must not hide a token beside them: a token that is
//! overlooked is a session that has written nothing.

use http::{HeaderMap, HeaderValue};

/// Stands for bytes that are no text: no token, so that a header that was to be one counts as one that is not good.
const NOISE: &str = "?";

/// The text of all headers of this name, cut where there is none.
pub(crate) fn texts<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    headers.get_all(name).into_iter().flat_map(pieces)
}

fn pieces(value: &HeaderValue) -> impl Iterator<Item = &str> {
    value.as_bytes().utf8_chunks().flat_map(|chunk| {
        let noise = if chunk.invalid().is_empty() { "" } else { NOISE };
        [chunk.valid(), noise].into_iter().filter(|piece| !piece.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_hides_nothing_beside_it() {
        let mut headers = HeaderMap::new();
        headers.append("x", HeaderValue::from_static("one"));
        headers.append("x", HeaderValue::from_bytes(b"a=\xc3\xa4; two; b=\xff; three").unwrap());
        headers.append("x", HeaderValue::from_bytes(b"\xff").unwrap());
        assert_eq!(texts(&headers, "x").collect::<Vec<_>>(), ["one", "a=ä; two; b=", "?", "; three", "?"]);
    }
}
