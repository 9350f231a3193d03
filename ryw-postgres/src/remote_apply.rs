//! Whether commits that wait for `remote_apply` wait for every replica.
//!
//! `synchronous_commit = remote_apply` makes a commit wait until the standbys named in `synchronous_standby_names` have
//! replayed it: those, and as many of them as that setting says. Only where it names every replica and waits for all is a
//! replica certain to have replayed what was acknowledged; even then a wait that is cancelled is acknowledged all the
//! same. So reads keep their proof in this mode, and the verdict here only says whether they will ever have to wait.
//!
//! What a plain role may see decides how exact it can be: the setting, and the `application_name` of every standby that
//! streams; not which of them is which of the configured replicas. Hence the rule: *verified* if every standby that streams
//! is named, they are as many as the replicas at least, and a commit waits for that many. `tests/tests/seen/
//! remote_apply.rs` holds it against real servers.
//!
//! Rejected: skipping the proof where it is verified. It was true when it was asked, and is over with the next reload.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ryw_core::{Error, Route};
use sqlx::{PgConnection, Row};

use crate::address::{Endpoint, Kind, Way};
use crate::cluster::PostgresSource;
use crate::topology::Topology;

/// How long the question may take.
const LIMIT: Duration = Duration::from_secs(2);

/// Open to a plain role: of other sessions' standbys it sees the names, and nothing else.
const SQL: &str = "\
SELECT current_setting('synchronous_standby_names'), current_setting('synchronous_commit'),
       ARRAY(SELECT coalesce(application_name, '') FROM pg_stat_replication)";

/// Whether a commit waits until every replica has replayed it; see [`Mode::RemoteApply`](crate::Mode::RemoteApply).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemoteApply {
    /// It did when it was asked: no read has to wait for a replica.
    Verified,
    /// It does not; the text says why. Reads are as fresh as ever, but may have to wait, or go to the primary.
    NotAll(String),
    /// It could not be found out; the text says why.
    Unknown(String),
}

impl RemoteApply {
    /// Whether it is certain.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        matches!(self, Self::Verified)
    }
}

impl fmt::Display for RemoteApply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verified => f.write_str("every replica is waited for"),
            Self::NotAll(why) => write!(f, "not every replica is waited for: {why}"),
            Self::Unknown(why) => write!(f, "not known whether every replica is waited for: {why}"),
        }
    }
}

impl PostgresSource {
    /// Asks the primary whether a commit with `synchronous_commit = remote_apply` waits for every replica.
    ///
    /// The answer is kept for [`status`](Self::status). It is one round trip, of two seconds at most, and is asked once
    /// when a source in [`Mode::RemoteApply`](crate::Mode::RemoteApply) connects.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn check_remote_apply(&self) -> RemoteApply {
        check(&self.inner().topology, &self.inner().remote_apply).await
    }
}

/// The last verdict, and when it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Last(Mutex<Option<(RemoteApply, Instant)>>);

impl Last {
    pub(crate) fn verdict(&self) -> Option<(RemoteApply, Instant)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, verdict: &RemoteApply) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((verdict.clone(), Instant::now()));
    }
}

/// Makes every session of ryw's own ask for it: whichever server comes to take the writes.
///
/// # Errors
/// If the primary is a pool of the user's, whose sessions are not ryw's to set up.
pub(crate) fn ask_for_it(endpoints: &mut [Endpoint]) -> Result<(), Error> {
    for (place, endpoint) in endpoints.iter_mut().enumerate() {
        match &mut endpoint.way {
            Way::Options(options) if endpoint.kind == Kind::Server => {
                **options = options.clone().options([("synchronous_commit", "remote_apply")]);
            }
            Way::Pool(_) if place == 0 => {
                return Err(Error::config(
                    "the primary is a pool of your own, and remote_apply mode must set `synchronous_commit` on its \
                     connections: give a URL or connect options, or set it in the pool and use another mode",
                ));
            }
            // Reads only, as long as it is not promoted.
            Way::Options(_) | Way::Pool(_) => {}
        }
    }
    Ok(())
}

/// Asks, and notes the answer.
pub(crate) async fn check(topology: &Arc<Topology>, last: &Last) -> RemoteApply {
    let asking = tokio::time::timeout(LIMIT, ask(topology));
    let verdict = match asking.await {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(why)) => RemoteApply::Unknown(why.to_string()),
        Err(_) => RemoteApply::Unknown("the primary does not answer".to_owned()),
    };
    last.note(&verdict);
    verdict
}

async fn ask(topology: &Arc<Topology>) -> Result<RemoteApply, Error> {
    if let Some(place) = topology.followers().find(|place| topology.node(*place).kind() == Kind::Balancer) {
        let name = topology.node(place).as_replica();
        return Ok(RemoteApply::Unknown(format!("how many servers there are behind {name} cannot be told")));
    }
    let (mut conn, _) = topology.connect().await?;
    conn.busy();
    let answer = question(&mut conn).await;
    conn.keep();
    let (names, commit, standbys) = answer.map_err(|error| {
        crate::error::read_failed(error, format!("ask {} whom it waits for", Route::Primary))
    })?;
    Ok(judge(&names, &commit, &standbys, topology.followers().count()))
}

async fn question(conn: &mut PgConnection) -> Result<(String, String, Vec<String>), sqlx::Error> {
    let row = sqlx::query(SQL).fetch_one(conn).await?;
    Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
}

/// Whether a session with this `commit` setting waits for all of so many `replicas`, when `standbys` stream.
fn judge(names: &str, commit: &str, standbys: &[String], replicas: usize) -> RemoteApply {
    let not_all = |why: String| RemoteApply::NotAll(why);
    if commit != "remote_apply" {
        return not_all(format!("the primary's sessions have synchronous_commit = {commit}"));
    }
    if names.trim().is_empty() {
        return not_all("synchronous_standby_names is empty, so a commit waits for no standby".to_owned());
    }
    let Some(setting) = Setting::parse(names) else {
        return RemoteApply::Unknown(format!("synchronous_standby_names cannot be understood: {names:?}"));
    };
    if setting.count < replicas {
        let (count, rule) = (setting.count, setting.rule);
        return not_all(format!("a commit waits for {count} of {replicas} replicas ({rule} {count})"));
    }
    let (named, others): (Vec<_>, Vec<_>) = standbys.iter().partition(|standby| setting.names(standby));
    if let Some(other) = others.first() {
        let why = format!("{other:?} streams and is not named in synchronous_standby_names");
        // Perhaps it is none of ours.
        return if named.len() < replicas { not_all(why) } else { RemoteApply::Unknown(why) };
    }
    if named.len() > setting.count {
        return not_all(format!(
            "{} standbys are named, and a commit waits for {}",
            named.len(),
            setting.count
        ));
    }
    if named.len() < replicas {
        return RemoteApply::Unknown(format!("{} of {replicas} replicas stream at present", named.len()));
    }
    RemoteApply::Verified
}

/// A value of `synchronous_standby_names`.
#[derive(Debug, PartialEq, Eq)]
struct Setting {
    /// The first so many, or any so many; a quorum of all is all.
    rule: Rule,
    count: usize,
    names: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    First,
    Any,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "FIRST",
            Self::Any => "ANY",
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Quoted(String),
    Bare(String),
    Sign(char),
}

impl Setting {
    /// As the server's own grammar has it: `s1, s2`, `2 (s1, s2)`, `FIRST 2 (s1, s2)`, `ANY 2 (*)`.
    fn parse(text: &str) -> Option<Self> {
        let words = words(text)?;
        let (rule, words) = match words.as_slice() {
            [Word::Bare(rule), rest @ ..] if matches!(rest, [Word::Bare(_), Word::Sign('('), ..]) => {
                (rule.as_str(), rest)
            }
            all => ("FIRST", all),
        };
        let rule = match rule.to_ascii_uppercase().as_str() {
            "FIRST" => Rule::First,
            "ANY" => Rule::Any,
            _ => return None,
        };
        let (count, list) = match words {
            [Word::Bare(count), Word::Sign('('), list @ .., Word::Sign(')')] => (count.parse().ok()?, list),
            list => (1, list),
        };
        let names = list.split(|word| *word == Word::Sign(','));
        let names = names.map(|name| match name {
            [Word::Bare(name) | Word::Quoted(name)] => Some(name.clone()),
            _ => None,
        });
        Some(Self { rule, count, names: names.collect::<Option<_>>()? })
    }

    /// Whether a standby of this `application_name` is meant. The server compares without regard to case.
    fn names(&self, standby: &str) -> bool {
        self.names.iter().any(|name| name == "*" || name.eq_ignore_ascii_case(standby))
    }
}

fn words(text: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => {
                let (word, length) = quoted(rest)?;
                words.push(Word::Quoted(word));
                length
            }
            '(' | ')' | ',' => {
                words.push(Word::Sign(first));
                1
            }
            '*' => {
                words.push(Word::Bare("*".to_owned()));
                1
            }
            _ => {
                let end = rest.find(|c: char| !is_part_of_a_name(c)).unwrap_or(rest.len());
                words.push(Word::Bare(rest[..end].to_owned()));
                if end == 0 {
                    return None;
                }
                end
            }
        };
        rest = rest[length..].trim_start();
    }
    Some(words)
}

fn is_part_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii()
}

/// The word that begins at a quote, and where it ends; a doubled quote stands for one.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut word = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != '"' {
            word.push(c);
        } else if chars.next_if(|(_, next)| *next == '"').is_some() {
            word.push('"');
        } else {
            return Some((word, at + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(Rule, usize, Vec<String>)> {
        Setting::parse(text).map(|setting| (setting.rule, setting.count, setting.names))
    }

    #[test]
    fn the_setting_is_read_as_the_server_reads_it() {
        for (text, rule, count, names) in [
            ("s1", Rule::First, 1, &["s1"][..]),
            ("s1, s2", Rule::First, 1, &["s1", "s2"]),
            (" * ", Rule::First, 1, &["*"]),
            ("2 (s1, s2)", Rule::First, 2, &["s1", "s2"]),
            ("FIRST 2(s1,s2,s3)", Rule::First, 2, &["s1", "s2", "s3"]),
            ("any 1 (s1, s2)", Rule::Any, 1, &["s1", "s2"]),
            ("ANY 2 (*)", Rule::Any, 2, &["*"]),
            ("2 (\"my standby\", \"say \"\"hi\"\"\")", Rule::First, 2, &["my standby", "say \"hi\""]),
            ("\"any\", first", Rule::First, 1, &["any", "first"]),
            ("1 (2, s1)", Rule::First, 1, &["2", "s1"]),
        ] {
            let names = names.iter().map(ToString::to_string).collect();
            assert_eq!(parsed(text), Some((rule, count, names)), "{text}");
        }
        for text in ["", "s1,", "2 (s1", "s1 s2", "\"s1", "MOST 2 (s1, s2)", "x (s1)", "s-1", "2 ()"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn only_all_of_them_will_do() {
        let both = ["s1", "s2"];
        for (names, standbys, expected) in [
            ("", &both[..], "not every replica is waited for: synchronous_standby_names is empty"),
            ("s1, s2", &both, "not every replica is waited for: a commit waits for 1 of 2"),
            ("ANY 1 (s1, s2)", &both, "not every replica is waited for: a commit waits for 1 of 2"),
            ("FIRST 1 (s1, s2)", &both, "not every replica is waited for: a commit waits for 1 of 2"),
            ("2 (s1, x)", &both, "not every replica is waited for: \"s2\" streams and is not named"),
            ("2 (s1, s2)", &both, "every replica is waited for"),
            ("ANY 2 (S1, \"s2\")", &both, "every replica is waited for"),
            ("2 (*)", &both, "every replica is waited for"),
            ("3 (s1, s2, s3)", &both, "every replica is waited for"),
            ("2 (*)", &["s1", "s2", "s3"], "not every replica is waited for: 3 standbys are named"),
            ("2 (s1, s2)", &["s1", "s1", "s2"], "not every replica is waited for: 3 standbys are named"),
            (
                "2 (s1, s2)",
                &["s1", "s2", "backup"],
                "not known whether every replica is waited for: \"backup\"",
            ),
            ("2 (s1, s2)", &["s1"], "not known whether every replica is waited for: 1 of 2"),
            (
                "2 (s1",
                &both,
                "not known whether every replica is waited for: synchronous_standby_names cannot",
            ),
        ] {
            let standbys: Vec<_> = standbys.iter().map(ToString::to_string).collect();
            let verdict = judge(names, "remote_apply", &standbys, 2).to_string();
            assert!(verdict.starts_with(expected), "{names}: {verdict}");
        }
        let other = judge("2 (*)", "on", &["s1".to_owned(), "s2".to_owned()], 2);
        assert!(other.to_string().contains("synchronous_commit = on"), "{other}");
    }
}
