//! What kind of statement a query is: what it begins with, whether it changes or locks rows, and whether it ends in
//! `RETURNING`.
//!
//! Told by its words, at compile time: a read is sent to replicas, and there a statement that writes would fail. What a
//! *function* does is not seen; if one writes, the server refuses, the primary too (`ryw-postgres/src/facts.rs`).

use std::ops::Range;

use super::lex::{self, Kind, Token};

/// What a statement is, by its words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Nature {
    pub(crate) command: Command,
    /// The first word that changes rows.
    pub(crate) changes: Option<(&'static str, Range<usize>)>,
    /// The words that lock rows.
    pub(crate) locks: Option<Range<usize>>,
    /// Whether it is a write that ends in what it returns, so that more can be asked for there.
    pub(crate) returning: bool,
    /// Its first word.
    pub(crate) begins: Range<usize>,
}

/// What the statement as a whole does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Command {
    Select,
    Insert,
    Update,
    Delete,
    Merge,
    /// Neither reads nor writes rows by itself: `CALL`, `SET`, `CREATE`.
    Other,
}

const CHANGES: [(&str, Command); 4] = [
    ("INSERT", Command::Insert),
    ("UPDATE", Command::Update),
    ("DELETE", Command::Delete),
    ("MERGE", Command::Merge),
];

impl Command {
    /// For spans.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Merge => "MERGE",
            Self::Other => "OTHER",
        }
    }
}

impl Nature {
    /// Of a statement, with all its groups. Braces are of no account; that it can be split was seen before.
    pub(crate) fn of(sql: &str) -> Self {
        let tokens = lex::tokens(sql).unwrap_or_default();
        let tokens: Vec<_> = tokens
            .into_iter()
            .filter(|token| token.kind != Kind::Space && !token.is_symbol("{") && !token.is_symbol("}"))
            .collect();
        let begins = tokens.first().map_or(0..0, |token| token.start..token.end());
        let (command, main) = command(&tokens);
        let returning = command != Command::Select && outermost(&tokens).any(|at| returns(&tokens, at));
        let changes = main
            .and_then(|at| change(&tokens[at]))
            .or_else(|| {
                let with = (0..tokens.len()).find(|at| begins_a_part_of_with(&tokens, *at))?;
                change(&tokens[with])
            })
            .map(|(word, _, range)| (word, range));
        Self { command, changes, locks: locks(&tokens), returning, begins }
    }
}

/// The main command, and where it stands.
fn command(tokens: &[Token<'_>]) -> (Command, Option<usize>) {
    let Some(first) = tokens.first() else { return (Command::Other, None) };
    if let Some((_, command, _)) = change(first) {
        return (command, Some(0));
    }
    if first.is("SELECT") || first.is("VALUES") || first.is("TABLE") || first.is_symbol("(") {
        return (Command::Select, Some(0));
    }
    if !first.is("WITH") {
        return (Command::Other, None);
    }
    // The names of the parts of a WITH may be words like these.
    let main = outermost(tokens).skip(1).find(|at| {
        let (token, before) = (&tokens[*at], &tokens[at - 1]);
        let is_name = before.is("WITH") || before.is("RECURSIVE") || before.is_symbol(",");
        let is_command =
            token.is("SELECT") || token.is("VALUES") || token.is("TABLE") || change(token).is_some();
        is_command && !is_name
    });
    let command = main.and_then(|at| change(&tokens[at])).map_or(Command::Select, |(_, command, _)| command);
    (command, main)
}

/// The tokens outside of all parentheses and brackets.
fn outermost<'a>(tokens: &'a [Token<'_>]) -> impl Iterator<Item = usize> + 'a {
    let mut depth = 0_usize;
    tokens.iter().enumerate().filter_map(move |(at, token)| {
        if token.is_symbol("(") || token.is_symbol("[") {
            depth += 1;
        } else if token.is_symbol(")") || token.is_symbol("]") {
            depth = depth.saturating_sub(1);
        }
        (depth == 0).then_some(at)
    })
}

/// Whether this is the word that begins what a write returns: after `AS`, or a dot, it is a name.
fn returns(tokens: &[Token<'_>], at: usize) -> bool {
    let names = |before: &Token<'_>| before.is("AS") || before.is_symbol(".");
    tokens[at].is("RETURNING") && !at.checked_sub(1).is_some_and(|before| names(&tokens[before]))
}

fn change(token: &Token<'_>) -> Option<(&'static str, Command, Range<usize>)> {
    let (word, command) = CHANGES.into_iter().find(|(word, _)| token.is(word))?;
    Some((word, command, token.start..token.end()))
}

/// `AS (INSERT`, `AS MATERIALIZED (INSERT`.
fn begins_a_part_of_with(tokens: &[Token<'_>], at: usize) -> bool {
    let Some(before) = at.checked_sub(2) else { return false };
    change(&tokens[at]).is_some()
        && tokens[at - 1].is_symbol("(")
        && (tokens[before].is("AS") || tokens[before].is("MATERIALIZED"))
}

/// `FOR UPDATE`, `FOR NO KEY UPDATE`, `FOR SHARE`, `FOR KEY SHARE`.
fn locks(tokens: &[Token<'_>]) -> Option<Range<usize>> {
    tokens
        .windows(3)
        .map(|three| (&three[0], &three[1], Some(&three[2])))
        .chain(tokens.windows(2).next_back().map(|two| (&two[0], &two[1], None)))
        .find(|(first, second, third)| {
            let key = |word| third.is_some_and(|third| third.is(word));
            first.is("FOR")
                && (second.is("UPDATE")
                    || second.is("SHARE")
                    || second.is("NO") && key("KEY")
                    || second.is("KEY") && key("SHARE"))
        })
        .map(|(first, second, _)| first.start..second.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_told_by_its_words() {
        let cases = [
            ("select 1", Command::Select, None, false),
            ("-- INSERT\n SELECT 'UPDATE'", Command::Select, None, false),
            ("(SELECT 1) UNION (SELECT 2)", Command::Select, None, false),
            ("VALUES (1)", Command::Select, None, false),
            ("TABLE a", Command::Select, None, false),
            ("WITH update AS (SELECT 1) SELECT * FROM update", Command::Select, None, false),
            (
                "WITH RECURSIVE insert(a) AS NOT MATERIALIZED (SELECT 1), delete AS (SELECT 2) TABLE insert",
                Command::Select,
                None,
                false,
            ),
            (
                "WITH a AS (insert INTO t VALUES (1) RETURNING b) SELECT b FROM a",
                Command::Select,
                Some("INSERT"),
                false,
            ),
            (
                "WITH a AS MATERIALIZED (DELETE FROM t RETURNING b) UPDATE t SET b = 1",
                Command::Update,
                Some("UPDATE"),
                false,
            ),
            ("UPDATE t SET a = (SELECT b FROM c) RETURNING a", Command::Update, Some("UPDATE"), true),
            ("INSERT INTO t VALUES (1)", Command::Insert, Some("INSERT"), false),
            (
                "MERGE INTO t USING s ON true WHEN MATCHED THEN DO NOTHING RETURNING t.a",
                Command::Merge,
                Some("MERGE"),
                true,
            ),
            ("DELETE FROM t {WHERE a = :a} RETURNING a", Command::Delete, Some("DELETE"), true),
            ("SELECT returning FROM (SELECT 1) AS t(returning)", Command::Select, None, false),
            ("INSERT INTO t SELECT 1 AS returning", Command::Insert, Some("INSERT"), false),
            ("UPDATE t SET a = u.returning FROM u", Command::Update, Some("UPDATE"), false),
            ("CALL p()", Command::Other, None, false),
            ("", Command::Other, None, false),
        ];
        for (sql, command, changes, returning) in cases {
            let nature = Nature::of(sql);
            let word = nature.changes.map(|(word, _)| word);
            assert_eq!((nature.command, word, nature.returning), (command, changes, returning), "{sql}");
        }
    }

    #[test]
    fn locks_are_seen() {
        for sql in [
            "SELECT 1 FOR UPDATE",
            "SELECT 1 for no key update SKIP LOCKED",
            "SELECT 1 FOR SHARE",
            "(SELECT 1 FOR KEY SHARE)",
        ] {
            assert!(Nature::of(sql).locks.is_some(), "{sql}");
        }
        for sql in ["SELECT substring(a FROM 1 FOR 2)", "SELECT 'FOR UPDATE'", "SELECT a.update FROM a"] {
            assert_eq!(Nature::of(sql).locks, None, "{sql}");
        }
    }
}
