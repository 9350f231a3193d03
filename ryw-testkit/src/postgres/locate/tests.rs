//! The rules of the search, on made-up installations: a file `postgres` holds the version it would print.

use std::fs;

use tempfile::TempDir;

use super::*;

/// A root with these installations, as (folder, version).
fn machine(installed: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (folder, version) in installed {
        let folder = root.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("initdb"), "").unwrap();
        fs::write(folder.join("postgres"), format!("postgres (PostgreSQL) {version}")).unwrap();
    }
    root
}

fn read_version(program: &Path) -> Result<Version> {
    Version::parse(&fs::read_to_string(program).unwrap()).ok_or_else(|| Error::system("does not run"))
}

fn search(root: &TempDir, path: &[&str]) -> Result<PathBuf> {
    let path = std::env::join_paths(path.iter().map(|folder| root.path().join(folder))).unwrap();
    let search = Search { wanted: None, path: Some(path), root: root.path().to_owned() };
    search.run(read_version).map(|found| found.folder.strip_prefix(root.path()).unwrap().to_owned())
}

fn search_wanted(root: &TempDir, folder: &str) -> Result<Programs> {
    let wanted = Some(root.path().join(folder).into_os_string());
    let path = Some(root.path().join("bin").into_os_string());
    Search { wanted, path, root: root.path().to_owned() }.run(read_version)
}

#[test]
fn the_order_of_the_search() {
    let debian = [("usr/lib/postgresql/9.6/bin", "9.6.24"), ("usr/lib/postgresql/15/bin", "15.18")];
    let newer = ("usr/lib/postgresql/17/bin", "17.10");
    let on_path = ("home/bin", "16.2");
    let old_on_path = ("home/bin", "14.1");
    for (installed, expected) in [
        (vec![debian[0], debian[1]], "usr/lib/postgresql/15/bin"),
        (vec![debian[1], newer, debian[0]], "usr/lib/postgresql/17/bin"),
        (vec![newer, on_path], "home/bin"),
        (vec![newer, old_on_path], "usr/lib/postgresql/17/bin"),
        (vec![("usr/pgsql-15/bin", "15.1"), ("usr/pgsql-18/bin", "18.4")], "usr/pgsql-18/bin"),
        (vec![("opt/homebrew/opt/postgresql@17/bin", "17.1")], "opt/homebrew/opt/postgresql@17/bin"),
        (vec![("usr/local/opt/postgresql/bin", "15.1")], "usr/local/opt/postgresql/bin"),
        (
            vec![("Applications/Postgres.app/Contents/Versions/18/bin", "18.0")],
            "Applications/Postgres.app/Contents/Versions/18/bin",
        ),
    ] {
        let root = machine(&installed);
        assert_eq!(search(&root, &["home/bin"]).unwrap(), Path::new(expected), "{installed:?}");
    }
}

#[test]
fn nothing_found_says_what_to_do() {
    let error = search(&machine(&[]), &["home/bin"]).unwrap_err();
    assert!(error.is_postgres_missing());
    assert!(error.to_string().contains("install"), "{error}");
    assert!(error.to_string().contains(VARIABLE), "{error}");
}

#[test]
fn a_program_that_does_not_run_is_named_as_the_cause() {
    let error = search(&machine(&[("home/bin", "none")]), &["home/bin"]).unwrap_err();
    assert!(error.is_postgres_missing() && std::error::Error::source(&error).is_some());
}

#[test]
fn half_an_installation_is_passed_over() {
    let root = machine(&[("home/bin", "16.2"), ("usr/lib/postgresql/15/bin", "15.18")]);
    fs::remove_file(root.path().join("home/bin/initdb")).unwrap();
    assert_eq!(search(&root, &["home/bin"]).unwrap(), Path::new("usr/lib/postgresql/15/bin"));
}

#[test]
fn only_old_versions_are_refused() {
    let error = search(&machine(&[("usr/lib/postgresql/14/bin", "14.11")]), &[]).unwrap_err();
    assert!(error.is_postgres_too_old());
    assert!(error.to_string().contains("14.11"), "{error}");
}

#[test]
fn the_wanted_folder_wins_and_is_never_skipped() {
    let root = machine(&[("bin", "17.1"), ("wanted", "16.2"), ("old", "14.1")]);
    assert_eq!(search_wanted(&root, "wanted").unwrap().version, Version { major: 16, minor: 2 });
    assert!(search_wanted(&root, "old").unwrap_err().is_postgres_too_old());

    let missing = search_wanted(&root, "nowhere").unwrap_err();
    assert!(missing.is_postgres_missing());
    assert!(missing.to_string().contains("nowhere"), "{missing}");
}
