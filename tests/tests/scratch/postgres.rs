//! A crate that depends on `ryw-core` and `ryw-postgres` alone.
//!
//! It has no dependency on sqlx. It must compile against a live database and against the cache which that wrote, and a
//! mistake in a field must be one error, at that field.

use std::fs;
use std::process::{Command, Output};

use ryw_testkit::postgres::Cluster;

use super::outside::Outside;

const PERSON: &str = r#"//! A user's crate.
use ryw_core::Repository;

/// Somebody.
#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "people"))]
pub struct Person {
    /// Which.
    #[repository(key)]
    pub id: i64,
    /// Called.
    pub name: String,
    /// Also called.
    pub nick: Option<String>,
}
"#;

/// Beside it, queries of the user's own.
const QUERIES: &str = r#"
/// What no table holds.
#[derive(Debug, ryw_core::Row)]
pub struct Named {
    /// Called.
    pub name: String,
    /// How many.
    pub count: i64,
}

/// Queries.
#[ryw_core::queries]
impl PersonRepository {
    /// By name.
    #[query("SELECT name, count(*) AS \"count!\" FROM people WHERE true {AND nick = :nick} GROUP BY name")]
    pub async fn named(
        &self,
        ctx: &ryw_core::Context,
        nick: Option<&str>,
    ) -> Result<Vec<Named>, ryw_core::Error>;

    /// Renames.
    #[query("UPDATE people SET name = :name WHERE id = :id RETURNING *")]
    pub async fn rename(
        &self,
        ctx: &ryw_core::Context,
        id: i64,
        name: &str,
    ) -> Result<ryw_core::Written<Option<Person>>, ryw_core::Error>;
}
"#;

struct Scratch {
    outside: Outside,
    database_url: String,
}

impl Scratch {
    fn new(database_url: String) -> Self {
        let outside = Outside::new("scratch", &["ryw-core", "ryw-postgres"], "");
        fs::create_dir_all(outside.folder().join(".sqlx")).unwrap();
        Self { outside, database_url }
    }

    fn check(&self, source: &str) -> Command {
        self.outside.write("src/lib.rs", source);
        self.outside.cargo(&["check", "--quiet", "--message-format=short"])
    }

    fn live(&self, source: &str) -> Output {
        let mut check = self.check(source);
        check.env("SQLX_OFFLINE", "false").env("DATABASE_URL", &self.database_url);
        check.env("SQLX_OFFLINE_DIR", self.outside.folder().join(".sqlx")).output().unwrap()
    }

    fn offline(&self, source: &str) -> Output {
        self.check(source).env("SQLX_OFFLINE", "true").output().unwrap()
    }
}

/// The errors in the crate's own file, as `line: message`.
fn errors(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let errors: Vec<_> = text
        .lines()
        .filter(|line| line.contains(": error"))
        .filter_map(|line| line.strip_prefix("src/lib.rs:"))
        .map(str::to_owned)
        .collect();
    assert_eq!(errors.is_empty(), output.status.success(), "{text}");
    errors
}

fn line_of(source: &str, field: &str) -> usize {
    1 + source.lines().position(|line| line.contains(field)).unwrap()
}

/// The schema has changed, `cargo sqlx prepare` was run, and nobody has touched the source.
fn a_new_cache_rebuilds(scratch: &Scratch) {
    let entries =
        fs::read_dir(scratch.outside.folder().join(".sqlx")).unwrap().map(|entry| entry.unwrap().path());
    let before: Vec<_> = entries.map(|path| (fs::read_to_string(&path).unwrap(), path)).collect();
    for (text, path) in &before {
        fs::write(path, text.replace("\"type_info\": \"Text\"", "\"type_info\": \"Int4\"")).unwrap();
    }
    let errors = errors(
        &scratch
            .outside
            .cargo(&["check", "--quiet", "--message-format=short"])
            .env("SQLX_OFFLINE", "true")
            .output()
            .unwrap(),
    );
    assert!(
        errors.iter().any(|error| error.contains("a column of `i32` does not fit a field of `String`")),
        "{errors:?}"
    );
    for (text, path) in before {
        fs::write(path, text).unwrap();
    }
}

#[tokio::test]
async fn a_crate_with_no_sqlx_of_its_own_is_checked_live_and_offline() {
    let cluster = Cluster::builder().replicas(0).start().await.unwrap();
    let people = "CREATE TABLE people (id bigint PRIMARY KEY, name text NOT NULL, nick text)";
    cluster.execute(people).await.unwrap();
    let scratch = Scratch::new(cluster.primary().url());

    assert_eq!(errors(&scratch.live(PERSON)), Vec::<String>::new());
    assert_eq!(
        fs::read_dir(scratch.outside.folder().join(".sqlx")).unwrap().count(),
        15,
        "every statement is cached"
    );
    assert_eq!(errors(&scratch.offline(&format!("{PERSON}\n"))), Vec::<String>::new());
    a_new_cache_rebuilds(&scratch);

    for (right, wrong, says) in [
        ("nick: Option<String>", "nik: Option<String>", "column \"nik\" does not exist"),
        ("name: String", "name: i64", "a column of `String` does not fit a field of `i64`"),
        (
            "nick: Option<String>",
            "nick: String",
            "a column of `Option<String>` does not fit a field of `String`",
        ),
    ] {
        let source = PERSON.replace(right, wrong);
        let errors = errors(&scratch.live(&source));
        let place = format!("{}:", line_of(&source, wrong));
        let [error] = errors.as_slice() else { panic!("one mistake, one error: {errors:?}") };
        assert!(error.starts_with(&place) && error.contains(says), "{error}");
    }

    let with_queries = format!("{PERSON}{QUERIES}");
    assert_eq!(errors(&scratch.offline(&with_queries)).len(), 2, "neither query is cached yet");
    assert_eq!(errors(&scratch.live(&with_queries)), Vec::<String>::new());
    assert_eq!(errors(&scratch.offline(&format!("{with_queries}\n"))), Vec::<String>::new());
    for (right, wrong, says) in [
        ("{AND nick = :nick}", "{AND nik = :nick}", "column \"nik\" does not exist"),
        ("id: i64,\n        name: &str", "id: i32,\n        name: &str", "an argument of `i32` does not fit"),
        ("pub count: i64", "pub count: i32", "the column `count` holds `i64`"),
    ] {
        let source = with_queries.replace(right, wrong);
        let errors = errors(&scratch.live(&source));
        assert!(
            matches!(errors.as_slice(), [error] if error.contains(says)),
            "one mistake, one error: {errors:?}"
        );
    }

    let packages = scratch.outside.packages();
    assert!(packages.iter().any(|package| package.starts_with("sqlx-postgres ")), "{packages:?}");
    for unwanted in ["aws-", "libsqlite3-sys", "sqlx-sqlite", "sqlx-mysql"] {
        assert!(!packages.iter().any(|package| package.starts_with(unwanted)), "{unwanted} in {packages:#?}");
    }
}
