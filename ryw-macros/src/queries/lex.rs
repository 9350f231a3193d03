//! PostgreSQL's lexical rules, as far as they tell what is SQL from what only looks like it.
//!
//! A `:name` in a string, a comment or a quoted identifier is text, and so are braces there. Splitting by these few rules
//! needs no grammar; a parser for SQL was rejected: it would know one version's grammar, and the database judges that
//! anyway.

/// A piece of SQL, with the place where it begins, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    pub(crate) start: usize,
}

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// White space and comments.
    Space,
    /// A string in quotes or dollars.
    Text,
    /// A keyword or a plain identifier.
    Word,
    /// An identifier in double quotes.
    Quoted,
    Number,
    /// `$1`.
    Positional,
    /// Anything else, one character; `::` and `:=` are one as well.
    Symbol,
}

/// Something that begins and never ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Unterminated {
    pub(crate) what: &'static str,
    pub(crate) start: usize,
}

impl Token<'_> {
    /// Whether this is the keyword, in any case.
    pub(crate) fn is(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// Whether this is the symbol.
    pub(crate) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Splits `sql`; the tokens in a row are `sql` again.
pub(crate) fn tokens(sql: &str) -> Result<Vec<Token<'_>>, Unterminated> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while start < sql.len() {
        let (kind, length) = token(&sql[start..]).map_err(|what| Unterminated { what, start })?;
        tokens.push(Token { kind, text: &sql[start..start + length], start });
        start += length;
    }
    Ok(tokens)
}

/// The kind and the length of the token that `rest` begins with, or what never ends.
fn token(rest: &str) -> Result<(Kind, usize), &'static str> {
    let mut chars = rest.chars();
    let (first, second) = (chars.next().unwrap_or_default(), chars.next());
    match (first, second) {
        (first, _) if first.is_whitespace() => Ok((Kind::Space, run(rest, char::is_whitespace))),
        ('-', Some('-')) => Ok((Kind::Space, run(rest, |next| next != '\n'))),
        ('/', Some('*')) => comment(rest).map(|length| (Kind::Space, length)).ok_or("a comment"),
        ('\'', _) => quoted(rest, '\'', false).map(|length| (Kind::Text, length)).ok_or("a string"),
        ('E' | 'e', Some('\'')) => {
            quoted(&rest[1..], '\'', true).map(|length| (Kind::Text, 1 + length)).ok_or("a string")
        }
        ('"', _) => {
            quoted(rest, '"', false).map(|length| (Kind::Quoted, length)).ok_or("an identifier in quotes")
        }
        ('$', Some(second)) if second.is_ascii_digit() => {
            Ok((Kind::Positional, 1 + run(&rest[1..], |next| next.is_ascii_digit())))
        }
        ('$', _) => match dollar_quoted(rest) {
            Some(Some(length)) => Ok((Kind::Text, length)),
            Some(None) => Err("a string"),
            None => Ok((Kind::Symbol, 1)),
        },
        (first, _) if begins_a_word(first) => Ok((Kind::Word, run(rest, continues_a_word))),
        (first, _) if first.is_ascii_digit() => {
            Ok((Kind::Number, run(rest, |next| next == '.' || continues_a_word(next))))
        }
        (':', Some(':' | '=')) => Ok((Kind::Symbol, 2)),
        (first, _) => Ok((Kind::Symbol, first.len_utf8())),
    }
}

/// Whether an identifier, and the name of an argument, may begin so.
pub(crate) fn begins_a_word(first: char) -> bool {
    first == '_' || first.is_alphabetic()
}

fn continues_a_word(next: char) -> bool {
    next == '_' || next == '$' || next.is_alphanumeric()
}

/// How long `rest` goes on like this.
fn run(rest: &str, goes_on: impl Fn(char) -> bool) -> usize {
    rest.find(|next| !goes_on(next)).unwrap_or(rest.len())
}

/// The length of a comment in `/* */`; they nest.
fn comment(rest: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let left = rest.get(at..)?;
        let (length, deeper) = match left.as_bytes() {
            [b'/', b'*', ..] => (2, depth + 1),
            [b'*', b'/', ..] => (2, depth - 1),
            _ => (left.chars().next()?.len_utf8(), depth),
        };
        at += length;
        depth = deeper;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// The length of what stands in quotes; a quote in it is doubled, or escaped where there are escapes.
fn quoted(rest: &str, quote: char, escapes: bool) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, next)) = chars.next() {
        if next == '\\' && escapes {
            chars.next();
        } else if next == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return Some(at + quote.len_utf8());
        }
    }
    None
}

/// The length of `$tag$…$tag$`: `None` if it is not that, `Some(None)` if it never ends.
fn dollar_quoted(rest: &str) -> Option<Option<usize>> {
    let tag = run(&rest[1..], |next| next != '$' && continues_a_word(next));
    let delimiter = rest.get(..tag + 2).filter(|delimiter| delimiter.ends_with('$'))?;
    let end = rest[delimiter.len()..].find(delimiter);
    Some(end.map(|end| end + 2 * delimiter.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(sql: &str) -> Vec<(Kind, &str)> {
        tokens(sql).unwrap().iter().map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn what_only_looks_like_sql_is_one_token() {
        use Kind::{Positional, Quoted, Space, Text, Word};
        let cases = [
            ("'a :b {c} '' d'", Text),
            (r"'a\'", Text),
            (r"E'a\' :b'", Text),
            (r"e'\\'", Text),
            ("$$ :a ' {b} $$", Text),
            ("$tag$ $$ :a $tag$", Text),
            ("\"a :b \"\" {c}\"", Quoted),
            ("-- :a {b} '", Space),
            ("/* :a /* ' */ {b} */", Space),
            (" \t\n", Space),
            ("a$1", Word),
            ("größe", Word),
            ("$12", Positional),
        ];
        for (sql, kind) in cases {
            assert_eq!(split(sql), [(kind, sql)]);
        }
    }

    #[test]
    fn colons_are_told_apart() {
        use Kind::{Number, Symbol, Word};
        let text = |sql| split(sql).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(text("a::int"), ["a", "::", "int"]);
        assert_eq!(text("f(a:=1)"), ["f", "(", "a", ":=", "1", ")"]);
        assert_eq!(split("[1:2]")[1..4], [(Number, "1"), (Symbol, ":"), (Number, "2")]);
        assert_eq!(split(":a")[..], [(Symbol, ":"), (Word, "a")]);
        assert_eq!(text("x-- y\nz"), ["x", "-- y", "\n", "z"]);
        assert_eq!(text("$a"), ["$", "a"]);
        assert_eq!(text("1e5+2.5"), ["1e5", "+", "2.5"]);
    }

    #[test]
    fn what_never_ends_is_reported_where_it_begins() {
        let cases = [
            ("a 'b", "a string", 2),
            ("E'b\\'", "a string", 0),
            ("a $$b", "a string", 2),
            ("a \"b", "an identifier in quotes", 2),
            ("a /* /* */", "a comment", 2),
        ];
        for (sql, what, start) in cases {
            assert_eq!(tokens(sql), Err(Unterminated { what, start }), "{sql}");
        }
    }
}
