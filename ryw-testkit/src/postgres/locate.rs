//! Finding an installed Postgres.
//!
//! The search looks only at what it was given (two variables and a root), so that its rules are tested by
//! table. It never falls back from what the user asked for: a wrong `RYW_POSTGRES_BIN` is an error, not a
//! hint, because a test that silently runs on another version proves nothing about the wanted one.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::version::Version;
use crate::error::{Error, Result};

/// The variable that names the folder with `initdb` and `postgres`.
pub(super) const VARIABLE: &str = "RYW_POSTGRES_BIN";

/// Where package managers put Postgres, most wanted first; `*` stands for a version.
const INSTALL_FOLDERS: [&str; 5] = [
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
    "Applications/Postgres.app/Contents/Versions/*/bin",
];

/// The programs of one Postgres version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Programs {
    pub(super) folder: PathBuf,
    pub(super) version: Version,
}

impl Programs {
    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }
}

/// Where to look.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) wanted: Option<OsString>,
    pub(super) path: Option<OsString>,
    pub(super) root: PathBuf,
}

impl Search {
    /// The search this process's environment asks for.
    pub(super) fn from_env() -> Self {
        let wanted = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty());
        Self { wanted, path: std::env::var_os("PATH"), root: PathBuf::from("/") }
    }

    /// The first usable Postgres; `version_of` asks a `postgres` program for its version.
    pub(super) fn run(&self, version_of: impl Fn(&Path) -> Result<Version>) -> Result<Programs> {
        if let Some(folder) = &self.wanted {
            return wanted(Path::new(folder), version_of);
        }
        let mut too_old = None;
        let mut broken = None;
        for folder in self.candidates() {
            match version_of(&folder.join("postgres")) {
                Ok(version) if version >= Version::OLDEST => return Ok(Programs { folder, version }),
                Ok(version) => too_old = too_old.or(Some((folder, version))),
                Err(error) => broken = broken.or(Some(error)),
            }
        }
        match (too_old, broken) {
            (Some((folder, version)), _) => Err(refuse(&folder, version)),
            (None, Some(error)) => Err(Error::postgres_missing(missing()).because(error)),
            (None, None) => Err(Error::postgres_missing(missing())),
        }
    }

    fn candidates(&self) -> impl Iterator<Item = PathBuf> {
        let path = self.path.as_ref().map(std::env::split_paths);
        // An empty or relative entry means the current folder, which is no place to run programs from.
        let path: Vec<_> = path.into_iter().flatten().filter(|folder| folder.is_absolute()).collect();
        let installed = INSTALL_FOLDERS.iter().flat_map(|pattern| matching(&self.root, pattern));
        path.into_iter().chain(installed).filter(|folder| lacks(folder).is_none())
    }
}

fn wanted(folder: &Path, version_of: impl Fn(&Path) -> Result<Version>) -> Result<Programs> {
    if let Some(program) = lacks(folder) {
        let folder = folder.display();
        return Err(Error::postgres_missing(format!(
            "{VARIABLE} is set to {folder}, where there is no {program}; it has to be the folder of initdb and postgres"
        )));
    }
    let folder = folder.canonicalize().map_err(|cause| Error::io("resolve", folder, cause))?;
    let version = version_of(&folder.join("postgres"))?;
    if version < Version::OLDEST {
        return Err(refuse(&folder, version));
    }
    Ok(Programs { folder, version })
}

/// The first of the needed programs which is not in `folder`.
fn lacks(folder: &Path) -> Option<&'static str> {
    ["initdb", "postgres"].into_iter().find(|program| !folder.join(program).is_file())
}

/// The folders below `root` that match a pattern with one `*`, newest version first.
fn matching(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut parts = pattern.split('/');
    let before: PathBuf = parts.by_ref().take_while(|part| !part.contains('*')).collect();
    let Some(starred) = pattern.split('/').find(|part| part.contains('*')) else {
        unreachable!("every install folder has a star")
    };
    let after: PathBuf = parts.collect();
    let Some((prefix, _)) = starred.split_once('*') else { unreachable!("found by its star") };

    let entries = std::fs::read_dir(root.join(&before)).into_iter().flatten().flatten();
    let mut found: Vec<(Vec<u32>, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = numbers(name.strip_prefix(prefix)?);
            Some((version, entry.path().join(&after)))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// The numbers of `9.6` or `17`, compared as numbers: 9 is older than 15.
fn numbers(version: &str) -> Vec<u32> {
    version.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

fn refuse(folder: &Path, version: Version) -> Error {
    let (folder, oldest) = (folder.display(), Version::OLDEST.major);
    Error::postgres_too_old(format!(
        "postgres {version} in {folder} is too old, version {oldest} or newer is needed"
    ))
}

fn missing() -> String {
    let hint = install_hint();
    format!("found no postgres: install it ({hint}), or set {VARIABLE} to the folder of initdb and postgres")
}

const fn install_hint() -> &'static str {
    if cfg!(target_os = "macos") {
        "`brew install postgresql`"
    } else {
        "Debian, Ubuntu: `apt-get install postgresql`; Fedora: `dnf install postgresql-server`; \
         Arch: `pacman -S postgresql`; Alpine: `apk add postgresql`"
    }
}

#[cfg(test)]
mod tests;
