//! What the check depends on, told to cargo: a change of the schema then rebuilds what was checked against the old one.
//!
//! A macro on stable Rust cannot say which files it has read. `include_bytes!` can, and what nothing uses is not in the
//! program. So it is emitted for the entry of each statement in the cache `.sqlx`, which `cargo sqlx prepare` writes anew,
//! and for each file in the nearest `migrations` folder, up to that of the workspace.
//!
//! Not noticed: a migration that is new, for there is no file yet to depend on, and a schema that was changed by hand. For the
//! first, a build script that prints `cargo:rerun-if-changed=migrations` does; in CI the cache does.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{env, fs};

use proc_macro2::TokenStream;
use quote::quote;
use sha2::{Digest as _, Sha256};

/// Includes what the check of these statements depends on, once for each crate.
pub(super) fn track<'a>(statements: impl IntoIterator<Item = &'a str>) -> TokenStream {
    static TRACKED: Mutex<BTreeSet<(Option<String>, PathBuf)>> = Mutex::new(BTreeSet::new());
    let folders = folders();
    let entries = statements.into_iter().filter_map(|text| entry(&folders, text));
    let mut tracked = TRACKED.lock().unwrap_or_else(PoisonError::into_inner);
    let new = |path: &PathBuf| tracked.insert((env::var("CARGO_CRATE_NAME").ok(), path.clone()));
    let paths: Vec<_> = entries.chain(migrations(&folders)).filter(new).collect();
    let paths: Vec<_> = paths.iter().filter_map(|path| path.to_str()).collect();
    if paths.is_empty() {
        return TokenStream::new();
    }
    quote!(const _: &[&[u8]] = &[#(::core::include_bytes!(#paths)),*];)
}

/// The package's folder and those above it, up to the workspace's.
fn folders() -> Vec<PathBuf> {
    let Some(package) = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else { return Vec::new() };
    let mut folders = Vec::new();
    for folder in package.ancestors() {
        folders.push(folder.to_owned());
        if folder.join("Cargo.lock").exists() {
            return folders;
        }
    }
    // Of a package that is built outside its workspace, as a dependency is.
    folders.truncate(1);
    folders
}

/// The entry that sqlx finds for a statement, in the order in which it looks.
fn entry(folders: &[PathBuf], text: &str) -> Option<PathBuf> {
    let hash: String = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let name = format!("query-{hash}.json");
    let is_offline = env::var("SQLX_OFFLINE").is_ok_and(|offline| offline == "true" || offline == "1");
    let given = env::var_os("SQLX_OFFLINE_DIR").filter(|_| is_offline).map(PathBuf::from);
    let folders = given.into_iter().chain(folders.iter().map(|folder| folder.join(".sqlx")));
    folders.map(|folder| folder.join(&name)).find(|path| path.is_absolute() && path.is_file())
}

fn migrations(folders: &[PathBuf]) -> Vec<PathBuf> {
    let nearest = folders.iter().map(|folder| folder.join("migrations")).find(|folder| folder.is_dir());
    let mut files = nearest.as_deref().map(sql_files).unwrap_or_default();
    files.sort();
    files
}

fn sql_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "sql")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The canary for the names of sqlx's entries: this crate's own holds the statement that the other canary expands.
    #[test]
    fn an_entry_is_found_by_its_statement() {
        let folders = [PathBuf::from(env!("CARGO_MANIFEST_DIR"))];
        let statement = crate::expand::query_check::columns::KNOWN;
        assert!(entry(&folders, statement).is_some(), "sqlx names its entries in another way now");
        assert!(entry(&folders, "SELECT 'something else'").is_none());
    }

    #[test]
    fn migrations_are_found_and_included_once() {
        let folder = env::temp_dir().join(format!("ryw-track-{}", std::process::id()));
        fs::create_dir_all(folder.join("migrations")).unwrap();
        for name in ["2.sql", "1.sql", "README.md"] {
            fs::write(folder.join("migrations").join(name), "").unwrap();
        }
        let inside = [folder.join("package"), folder.clone()];
        let found: Vec<_> =
            migrations(&inside).iter().map(|path| path.strip_prefix(&folder).unwrap().to_owned()).collect();
        assert_eq!(found, [Path::new("migrations/1.sql"), Path::new("migrations/2.sql")]);
        fs::remove_dir_all(folder).unwrap();
    }
}
