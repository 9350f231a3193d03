//! Writes, or with `--check` compares, the offline cache of checked queries in `.sqlx`.
//!
//! Does what `cargo sqlx prepare --workspace -- --all-targets` does, with a server of its own: starts Postgres, applies the
//! schemas, has every query of the workspace checked against it, and collects what the checks found. `--check` ends
//! non-zero if the committed cache is not exactly that: a query is missing, superfluous, or its types have changed.
//!
//! It lies here, not with the tests, because it has to compile while the cache does not hold what these need.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::SystemTime;

use ryw_testkit::postgres::Cluster;

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type Cache = BTreeMap<String, Vec<u8>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("this crate lies in no workspace")?;
    let check = match std::env::args().nth(1).as_deref() {
        None => false,
        Some("--check") => true,
        Some(other) => return Err(format!("unknown argument `{other}`; only `--check` is known").into()),
    };
    let fresh = describe(root).await?;
    let committed = read(&root.join(".sqlx"))?;
    if fresh == committed {
        println!("{} queries, as cached", fresh.len());
        return Ok(ExitCode::SUCCESS);
    }
    report(&fresh, &committed);
    if check {
        eprintln!(
            "the cache in .sqlx is stale: run `cargo run -p ryw-testkit --example sqlx-prepare` and commit it"
        );
        return Ok(ExitCode::FAILURE);
    }
    write(&root.join(".sqlx"), &fresh)?;
    println!("{} queries written", fresh.len());
    Ok(ExitCode::SUCCESS)
}

/// Has the compiler check every query against a server, and returns what it found.
async fn describe(root: &Path) -> Result<Cache> {
    let cluster = Cluster::builder().replicas(0).start().await?;
    for schema in files(&[root.join("examples/schema"), root.join("tests/schema")], "sql")? {
        cluster.execute(&fs::read_to_string(schema)?).await?;
    }
    let found = tempfile::tempdir()?;
    for source in files(&[root.join("examples"), root.join("tests")], "rs")? {
        // A newer file is what makes cargo expand its macros again.
        fs::File::options().append(true).open(source)?.set_modified(SystemTime::now())?;
    }
    let status = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--workspace", "--all-targets"])
        .current_dir(root)
        .env("DATABASE_URL", cluster.primary().url())
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", found.path())
        .status()?;
    cluster.shutdown().await;
    if !status.success() {
        return Err("the workspace does not compile against its own schema".into());
    }
    read(found.path())
}

/// The files of this kind, without the cases that are meant not to compile.
fn files(folders: &[PathBuf], kind: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = folders.to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "ui") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == kind) {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn read(folder: &Path) -> Result<Cache> {
    let mut cache = Cache::new();
    if folder.exists() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            cache.insert(entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?);
        }
    }
    Ok(cache)
}

fn write(folder: &Path, cache: &Cache) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir(folder)?;
    for (name, content) in cache {
        fs::write(folder.join(name), content)?;
    }
    Ok(())
}

fn report(fresh: &Cache, committed: &Cache) {
    for (name, content) in fresh {
        match committed.get(name) {
            None => eprintln!("missing: {name}"),
            Some(old) if old != content => eprintln!("changed: {name}"),
            Some(_) => {}
        }
    }
    for name in committed.keys().filter(|name| !fresh.contains_key(*name)) {
        eprintln!("superfluous: {name}");
    }
}
