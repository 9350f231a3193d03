//! Every diagnostic of `#[derive(Repository)]`, as the user sees it.
//!
//! `ui/attributes` needs no database: these mistakes stop the derive before any SQL. So do those of `ui/dynamo`, where all else
//! is told by types. `ui/cached` is checked against the cache in `ui/cached/.sqlx`, and `ui/live` against a server that this
//! program starts. trybuild takes its environment
//! from the process, so that each of the two ways runs in a child with an environment of its own.
//!
//! `TRYBUILD=overwrite cargo test -p ryw-tests --test ui` writes the expected messages and the cache anew.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::{env, fs};

use ryw_testkit::postgres::Cluster;

/// Tells a child which way it runs.
const WAY: &str = "RYW_UI";

const SCHEMA: &str = "
    CREATE SCHEMA ui;
    CREATE TABLE ui.favorites (
        user_id bigint PRIMARY KEY,
        color_hex text NOT NULL,
        colour_note text,
        weight integer NOT NULL DEFAULT 0,
        computed text GENERATED ALWAYS AS (upper(color_hex)) STORED,
        serial bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL
    );
    CREATE VIEW ui.heavy AS SELECT user_id, color_hex, weight::bigint FROM ui.favorites WHERE weight > 9;
    CREATE TYPE ui.mood AS ENUM ('fine', 'so-so');
    CREATE TABLE ui.moods (user_id bigint PRIMARY KEY, now ui.mood NOT NULL, before ui.mood);
";

fn main() -> ExitCode {
    let Ok(way) = env::var(WAY) else { return every_way() };
    let cases = trybuild::TestCases::new();
    match way.as_str() {
        "offline" => {
            cases.compile_fail("tests/ui/attributes/*.rs");
            cases.compile_fail("tests/ui/cached/*.rs");
            cases.compile_fail("tests/ui/dynamo/*.rs");
        }
        "live" => cases.compile_fail("tests/ui/live/*.rs"),
        "describe" => cases.compile_fail("tests/ui/cached/*types.rs"),
        _ => panic!("{WAY} is one of offline, live, describe"),
    }
    ExitCode::SUCCESS
}

/// Starts a server, and this program once for each way.
fn every_way() -> ExitCode {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let cluster = runtime.block_on(server());
    let database = [("SQLX_OFFLINE", "false".to_owned()), ("DATABASE_URL", cluster.primary().url())];
    let cache = ("SQLX_OFFLINE_DIR", cache().display().to_string());

    if env::var("TRYBUILD").is_ok_and(|how| how == "overwrite") {
        refresh(&cache, &database).expect("the cache can be written");
    }
    let offline = run("offline", [cache, ("SQLX_OFFLINE", "true".to_owned())]);
    let live = run("live", database);
    if offline && live { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A server with the tables of these cases, and those of this package's library, which is compiled beside them.
async fn server() -> Cluster {
    let cluster = Cluster::builder().start().await.expect("a Postgres server starts");
    for schema in [ryw_tests::SCHEMA, SCHEMA] {
        cluster.execute(schema).await.expect("the schema is sound");
    }
    cluster
}

/// Describes the queries of `ui/cached`, and only those.
fn refresh(cache: &(&'static str, String), database: &[(&'static str, String)]) -> std::io::Result<()> {
    fs::remove_dir_all(&cache.1)?;
    fs::create_dir(&cache.1)?;
    run("describe", database.iter().chain([cache]).cloned());
    for entry in fs::read_dir(&cache.1)? {
        let path = entry?.path();
        if !fs::read_to_string(&path)?.contains(r#"\"ui\"."#) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Runs the cases of one `way`; true if all are as expected.
fn run(way: &str, variables: impl IntoIterator<Item = (&'static str, String)>) -> bool {
    let mut child = Command::new(env::current_exe().expect("this program has a path"));
    child.args(env::args_os().skip(1)).env(WAY, way).env_remove("SQLX_OFFLINE_DIR").envs(variables);
    child.status().expect("this program can be started").success()
}

fn cache() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/ui/cached/.sqlx")
}
