//! An error inside the SQL: shown at the literal, with the line and a mark under the place.
//!
//! Only a nightly compiler gives a span to a part of a literal. There the error stands at the very word; elsewhere at the
//! whole literal, and the message has the line and the mark. The message is the same on both, so that nothing is lost
//! where an editor shows messages without their source.

use std::ops::Range;

use syn::LitStr;

/// An error at the bytes `at` of the literal's value.
pub(crate) fn error(literal: &LitStr, at: Range<usize>, message: impl AsRef<str>) -> syn::Error {
    let value = literal.value();
    let message = format!("{}{}", message.as_ref(), excerpt(&value, &at));
    let inside = within(literal, &value, &at).and_then(|range| literal.token().subspan(range));
    match inside {
        Some(span) => syn::Error::new(span, message),
        None => syn::Error::new_spanned(literal, message),
    }
}

/// The line of `at`, and marks under it.
fn excerpt(value: &str, at: &Range<usize>) -> String {
    if at.is_empty() {
        return String::new();
    }
    let begin = value[..at.start].rfind('\n').map_or(0, |end| end + 1);
    let line = value[begin..].lines().next().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    let column = value[begin..at.start].chars().count().saturating_sub(indent);
    let marks = value[at.clone()].lines().next().unwrap_or_default().chars().count().max(1);
    let (line, before) = shortened(line.trim(), column);
    format!("\n    {line}\n    {}{}", " ".repeat(column - before), "^".repeat(marks))
}

/// A long line is cut before the place; the second is by how much the place moved.
fn shortened(line: &str, column: usize) -> (String, usize) {
    const BEFORE: usize = 60;
    const MORE: &str = "… ";
    if line.chars().count() <= 2 * BEFORE {
        return (line.to_owned(), 0);
    }
    let cut = column.saturating_sub(BEFORE);
    let shown: String = line.chars().skip(cut).take(2 * BEFORE).collect();
    if cut == 0 { (shown, 0) } else { (format!("{MORE}{shown}"), cut - MORE.chars().count()) }
}

/// Where the bytes stand in the literal's source, if they are written there as they are.
fn within(literal: &LitStr, value: &str, at: &Range<usize>) -> Option<Range<usize>> {
    let source = literal.token().to_string();
    let begin = 1 + source.find('"')?;
    let as_written = source.get(begin..begin + value.len()) == Some(value);
    (as_written && !at.is_empty()).then(|| begin + at.start..begin + at.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &str, word: &str) -> String {
        let at = value.find(word).unwrap();
        excerpt(value, &(at..at + word.len()))
    }

    #[test]
    fn the_mark_stands_under_the_word() {
        assert_eq!(
            shown("SELECT a, titel FROM b", "titel"),
            "\n    SELECT a, titel FROM b\n              ^^^^^"
        );
        assert_eq!(
            shown("SELECT a\n   WHERE größe = bb\n", "bb"),
            "\n    WHERE größe = bb\n                  ^^"
        );
        assert_eq!(excerpt("SELECT a", &(0..0)), "");
        let long = format!("SELECT {} wrong {}", "a, ".repeat(60), "b ".repeat(60));
        let shown = shown(&long, "wrong");
        let lines: Vec<_> = shown.lines().skip(1).collect();
        let mark = lines[1].find('^').unwrap();
        assert!(lines[0].starts_with("    … "), "{shown}");
        assert_eq!(lines[0].chars().skip(mark).take(5).collect::<String>(), "wrong", "{shown}");
    }

    #[test]
    fn a_place_is_known_in_what_is_written_plainly() {
        let cases = [(r#""a bb""#, Some(3..5)), (r###"r#"a bb"#"###, Some(5..7)), (r#""\x61 bb""#, None)];
        for (source, expected) in cases {
            let literal: LitStr = syn::parse_str(source).unwrap();
            assert_eq!(within(&literal, &literal.value(), &(2..4)), expected, "{source}");
        }
    }
}
