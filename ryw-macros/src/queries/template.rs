//! The SQL of a query, as the user wrote it: with arguments by name, and groups that may be left out.
//!
//! ```text
//! SELECT * FROM articles WHERE author_id = :author {AND title ILIKE :title} LIMIT :limit
//! ```
//!
//! * `:name` is an argument of the function. `::` is a cast and `:=` a named argument of a call; inside `[…]` a name that
//!   no argument has is a slice by a column, `list[1:size]`.
//! * `{…}` is left out when an argument of it that is an `Option` is `None`. Groups do not nest: each combination of them
//!   is a text of its own, known at compile time.
//!
//! Positions are bytes of the template, and survive rendering: what the server says of a text is shown in the template.

use std::ops::Range;

use super::lex::{self, Kind, Token};
use crate::sql::RESERVED;
use crate::suggest::nearest;

/// So many groups a query may have: each more doubles the number of its texts.
pub(crate) const MAX_GROUPS: usize = 6;

/// A query's SQL, taken apart.
#[derive(Debug)]
pub(crate) struct Template {
    parts: Vec<Part>,
    /// Where the groups stand, braces and all.
    pub(crate) groups: Vec<Range<usize>>,
}

#[derive(Debug)]
struct Part {
    group: Option<usize>,
    piece: Piece,
    /// Where it stands in the template.
    at: Range<usize>,
}

#[derive(Debug)]
enum Piece {
    Sql(String),
    /// By its place among the function's.
    Argument(usize),
}

/// Which of the groups are in, a bit each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Combination(usize);

/// The template with some of its groups, and with numbers for names.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) text: String,
    /// The arguments that it has, in the order of their numbers.
    pub(crate) arguments: Vec<usize>,
    /// Where each piece came from: its start in the text, and in the template.
    origins: Vec<(usize, Range<usize>)>,
}

/// A mistake, and the part of the template to show it at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) message: String,
    pub(crate) at: Range<usize>,
}

impl Combination {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn all(groups: usize) -> Self {
        Self((1 << groups) - 1)
    }

    pub(crate) const fn only(group: usize) -> Self {
        Self(1 << group)
    }

    /// Every combination, in the order of their numbers.
    pub(crate) fn every(groups: usize) -> impl Iterator<Item = Self> {
        (0..1 << groups).map(Self)
    }

    pub(crate) const fn has(self, group: usize) -> bool {
        self.0 & 1 << group != 0
    }
}

impl Template {
    /// Takes `sql` apart; `names` are those of the function's arguments.
    pub(crate) fn parse(sql: &str, names: &[String]) -> Result<Self, Vec<Mistake>> {
        let tokens = lex::tokens(sql).map_err(|open| {
            let message = format!("{} begins here and never ends", open.what);
            vec![Mistake { message, at: open.start..open.start + 1 }]
        })?;
        let mut parser = Parser { names, ..Parser::default() };
        let mut tokens = tokens.as_slice();
        while let [token, rest @ ..] = tokens {
            tokens = if parser.take_argument(*token, rest.first()) { &rest[1..] } else { rest };
        }
        parser.finish()
    }

    /// The groups that an argument stands in, and whether it stands outside of all.
    pub(crate) fn uses(&self, argument: usize) -> (Vec<usize>, bool) {
        let uses = || {
            self.parts.iter().filter(|part| matches!(part.piece, Piece::Argument(named) if named == argument))
        };
        let mut groups: Vec<_> = uses().filter_map(|part| part.group).collect();
        groups.dedup();
        (groups, uses().any(|part| part.group.is_none()))
    }

    /// The arguments that stand in a group.
    pub(crate) fn arguments_of(&self, group: usize) -> Vec<usize> {
        let mut arguments: Vec<_> = self
            .parts
            .iter()
            .filter(|part| part.group == Some(group))
            .filter_map(|part| match part.piece {
                Piece::Argument(argument) => Some(argument),
                Piece::Sql(_) => None,
            })
            .collect();
        arguments.sort_unstable();
        arguments.dedup();
        arguments
    }

    /// The text with these groups; the arguments in it are numbered in the function's order.
    pub(crate) fn render(&self, groups: Combination) -> Rendered {
        let parts = || self.parts.iter().filter(|part| part.group.is_none_or(|group| groups.has(group)));
        let mut arguments: Vec<_> = parts()
            .filter_map(|part| match part.piece {
                Piece::Argument(argument) => Some(argument),
                Piece::Sql(_) => None,
            })
            .collect();
        arguments.sort_unstable();
        arguments.dedup();
        let mut rendered = Rendered { text: String::new(), arguments, origins: Vec::new() };
        for part in parts() {
            rendered.origins.push((rendered.text.len(), part.at.clone()));
            match &part.piece {
                Piece::Sql(sql) => rendered.text.push_str(sql),
                Piece::Argument(argument) => {
                    let number = 1 + rendered.arguments.partition_point(|other| other < argument);
                    rendered.text.push_str(&format!("${number}"));
                }
            }
        }
        rendered
    }
}

impl Rendered {
    /// Where the byte `at` of the text came from.
    pub(crate) fn origin(&self, at: usize) -> usize {
        let after = self.origins.partition_point(|(start, _)| *start <= at);
        let Some((start, origin)) = after.checked_sub(1).and_then(|last| self.origins.get(last)) else {
            return 0;
        };
        (origin.start + (at - start)).min(origin.end)
    }
}

#[derive(Default)]
struct Parser<'a> {
    names: &'a [String],
    parts: Vec<Part>,
    groups: Vec<Range<usize>>,
    /// Where the group begins that is open.
    open: Option<usize>,
    /// How deep in `[…]`.
    brackets: usize,
    mistakes: Vec<Mistake>,
}

impl Parser<'_> {
    /// Takes a token in, and the name `next` to it if the two are an argument: then it says so.
    fn take_argument(&mut self, token: Token<'_>, next: Option<&Token<'_>>) -> bool {
        let name = next.filter(|next| next.kind == Kind::Word && token.is_symbol(":"));
        let Some(name) = name else {
            self.take(token);
            return false;
        };
        let at = token.start..name.end();
        if let Some(argument) = self.names.iter().position(|known| known == name.text) {
            self.push(Piece::Argument(argument), at);
        } else if self.brackets > 0 {
            // A slice by a column.
            self.take(token);
            return false;
        } else {
            self.mistake(unknown(name.text, self.names), at);
        }
        true
    }

    fn take(&mut self, token: Token<'_>) {
        let at = token.start..token.end();
        match (token.kind, token.text) {
            (Kind::Symbol, "{") => self.open_group(at),
            (Kind::Symbol, "}") => self.close_group(at),
            (Kind::Symbol, ";") => {
                self.mistake("a query is one statement: remove the `;`, and what follows it", at);
            }
            (Kind::Positional, number) => {
                self.mistake(format!("arguments go by their names here: write `:name` for `{number}`"), at);
            }
            (Kind::Word | Kind::Quoted, name)
                if name.trim_start_matches('"').to_lowercase().starts_with(RESERVED) =>
            {
                self.mistake(
                    format!("names that begin with `{RESERVED}` are reserved for the columns that ryw adds"),
                    at,
                );
            }
            (Kind::Symbol, "[") => {
                self.brackets += 1;
                self.push(Piece::Sql(token.text.to_owned()), at);
            }
            (Kind::Symbol, "]") => {
                self.brackets = self.brackets.saturating_sub(1);
                self.push(Piece::Sql(token.text.to_owned()), at);
            }
            _ => self.push(Piece::Sql(token.text.to_owned()), at),
        }
    }

    fn open_group(&mut self, at: Range<usize>) {
        if self.open.is_some() {
            self.mistake("groups do not nest: close the one before with `}` first", at);
        } else {
            self.open = Some(at.start);
        }
    }

    fn close_group(&mut self, at: Range<usize>) {
        match self.open.take() {
            Some(start) => self.groups.push(start..at.end),
            None => self.mistake("this `}` closes no group", at),
        }
    }

    fn push(&mut self, piece: Piece, at: Range<usize>) {
        let group = self.open.map(|_| self.groups.len());
        if let (Piece::Sql(more), Some(Part { piece: Piece::Sql(sql), at: before, group: last })) =
            (&piece, self.parts.last_mut())
            && *last == group
            && before.end == at.start
        {
            sql.push_str(more);
            before.end = at.end;
            return;
        }
        self.parts.push(Part { group, piece, at });
    }

    fn mistake(&mut self, message: impl Into<String>, at: Range<usize>) {
        self.mistakes.push(Mistake { message: message.into(), at });
    }

    fn finish(mut self) -> Result<Template, Vec<Mistake>> {
        if let Some(start) = self.open {
            self.mistake("a group begins here and never ends: close it with `}`", start..start + 1);
        }
        if let Some(group) = self.groups.get(MAX_GROUPS).cloned() {
            let message = format!(
                "a query has {MAX_GROUPS} groups at most, for each combination is a text of its own: split it in two"
            );
            self.mistake(message, group);
        }
        if self.parts.iter().all(|part| matches!(&part.piece, Piece::Sql(sql) if sql.trim().is_empty()))
            && self.mistakes.is_empty()
        {
            self.mistake("there is no SQL in this query", 0..0);
        }
        if self.mistakes.is_empty() {
            Ok(Template { parts: self.parts, groups: self.groups })
        } else {
            Err(self.mistakes)
        }
    }
}

fn unknown(name: &str, known: &[String]) -> String {
    let names: Vec<_> = known.iter().map(String::as_str).collect();
    match nearest(name, &names) {
        Some(near) => format!("the function has no argument `{name}`: did you mean `:{near}`?"),
        None => format!("the function has no argument `{name}`: add `{name}: …` to its arguments"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(sql: &str) -> Result<Template, Vec<Mistake>> {
        Template::parse(sql, &["author", "title", "limit"].map(str::to_owned))
    }

    fn render(sql: &str, groups: Combination) -> (String, Vec<usize>) {
        let rendered = parse(sql).unwrap().render(groups);
        (rendered.text, rendered.arguments)
    }

    #[test]
    fn names_become_numbers_in_the_functions_order() {
        let cases = [
            ("WHERE a = :author LIMIT :limit", "WHERE a = $1 LIMIT $2", vec![0, 2]),
            ("LIMIT :limit OFFSET :limit - :title", "LIMIT $2 OFFSET $2 - $1", vec![1, 2]),
            (":author::bigint", "$1::bigint", vec![0]),
            ("a[1:2] || a[:limit]", "a[1:2] || a[$1]", vec![2]),
            ("a[1:size] || a[lo:hi]", "a[1:size] || a[lo:hi]", vec![]),
            (
                "':author' \":author\" $$:author$$ --:author",
                "':author' \":author\" $$:author$$ --:author",
                vec![],
            ),
            ("f(a := :author)", "f(a := $1)", vec![0]),
            ("'{a}'::text[]", "'{a}'::text[]", vec![]),
        ];
        for (sql, text, arguments) in cases {
            assert_eq!(render(sql, Combination::NONE), (text.to_owned(), arguments), "{sql}");
        }
    }

    #[test]
    fn groups_come_and_go() {
        let sql = "a = :author {AND b = :title} {AND c = :author} LIMIT :limit";
        let texts: Vec<_> = Combination::every(2).map(|groups| render(sql, groups)).collect();
        assert_eq!(texts[0], ("a = $1   LIMIT $2".to_owned(), vec![0, 2]));
        assert_eq!(texts[1], ("a = $1 AND b = $2  LIMIT $3".to_owned(), vec![0, 1, 2]));
        assert_eq!(texts[2], ("a = $1  AND c = $1 LIMIT $2".to_owned(), vec![0, 2]));
        assert_eq!(texts[3], ("a = $1 AND b = $2 AND c = $1 LIMIT $3".to_owned(), vec![0, 1, 2]));
        let template = parse(sql).unwrap();
        assert_eq!((template.uses(0), template.uses(1)), ((vec![1], true), (vec![0], false)));
        assert_eq!(template.arguments_of(1), [0]);
    }

    #[test]
    fn positions_lead_back() {
        let sql = "a = :author {AND bb = :title} LIMIT x";
        let template = parse(sql).unwrap();
        for groups in [Combination::NONE, Combination::all(1)] {
            let rendered = template.render(groups);
            let at = rendered.text.find('x').unwrap();
            assert_eq!(&sql[rendered.origin(at)..], "x");
        }
        let rendered = template.render(Combination::all(1));
        assert!(sql[rendered.origin(rendered.text.find("bb").unwrap())..].starts_with("bb = "));
        assert!(sql[rendered.origin(rendered.text.find("$2").unwrap())..].starts_with(":title"));
    }

    #[test]
    fn mistakes_are_shown_where_they_are() {
        let cases = [
            ("a {b {c} d}", "groups do not nest", "{"),
            ("a } b", "closes no group", "}"),
            ("a {b", "never ends", "{"),
            ("a = $1", "write `:name` for `$1`", "$1"),
            ("a; b", "one statement", ";"),
            ("a = :titel", "did you mean `:title`?", ":titel"),
            ("a = :x", "add `x: …` to its arguments", ":x"),
            ("a AS __ryw_a", "reserved", "__ryw_a"),
            ("a AS \"__ryw_a\"", "reserved", "\"__ryw_a\""),
            ("a 'b", "a string begins here", "'"),
            (" \n", "no SQL", ""),
            ("{a}{a}{a}{a}{a}{a}{b}{a}", "6 groups at most", "{b}"),
        ];
        for (sql, says, at) in cases {
            let mistakes = parse(sql).unwrap_err();
            assert!(mistakes[0].message.contains(says), "{sql}: {mistakes:?}");
            assert_eq!(&sql[mistakes[0].at.clone()], at, "{sql}");
        }
        assert_eq!(parse(":x { :y }").unwrap_err().len(), 2, "all at once");
    }
}
