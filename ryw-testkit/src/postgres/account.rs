//! The operating-system user that servers run as.
//!
//! Postgres refuses to run as root, and containers and build machines often run tests as root. Then the
//! programs are started as an unprivileged user, and what they work on is handed to that user.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::unistd::{User, geteuid};

use crate::error::{Error, Result};

/// Whom `initdb` and `postgres` run as.
#[derive(Debug, Clone)]
pub(super) enum Account {
    /// The user of this process, who is not root.
    Own,
    /// An unprivileged user, because this process is root.
    Lowered { name: String, uid: u32, gid: u32 },
}

impl Account {
    /// Whom to run as: oneself, or when that is root, `postgres` or else `nobody`.
    pub(super) fn choose() -> Result<Self> {
        if !geteuid().is_root() {
            return Ok(Self::Own);
        }
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self::Lowered { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw() })
            .ok_or_else(|| {
                Error::system(
                    "postgres does not run as root, and there is no user postgres or nobody to run it as",
                )
            })
    }

    /// A command for one of Postgres's programs, which runs as this account and in `folder`, and which
    /// none of the variables that steer Postgres reaches.
    pub(super) fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::null());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
            command.env_remove(name);
        }
        // English messages; and with a time zone given, initdb does not search for the machine's.
        command.env("LC_ALL", "C").env("TZ", "UTC");
        if let Self::Lowered { uid, gid, .. } = self {
            command.uid(*uid).gid(*gid);
        }
        command
    }

    /// What to say when such a command could not be started.
    pub(super) fn could_not_run(&self, program: &Path, cause: std::io::Error) -> Error {
        let who = match self {
            Self::Own => String::new(),
            Self::Lowered { name, .. } => format!(" as user {name} (postgres does not run as root)"),
        };
        Error::system(format!("could not run {}{who}", program.display())).because(cause)
    }

    /// Hands a file or directory to this account.
    pub(super) fn give(&self, path: &Path) -> Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::Lowered { uid, gid, .. } => chown(path, Some(*uid), Some(*gid))
                .map_err(|cause| Error::io("change the owner of", path, cause)),
        }
    }

    /// The folder in which to make temporary directories: the usual one, unless this account cannot
    /// pass through it (`TMPDIR` of root often lies below `/root`).
    pub(super) fn temporary_folder(&self) -> PathBuf {
        let usual = std::env::temp_dir();
        match self {
            Self::Own => usual,
            Self::Lowered { uid, gid, .. } if passable(&usual, *uid, *gid) => usual,
            Self::Lowered { .. } => PathBuf::from("/tmp"),
        }
    }
}

fn passable(path: &Path, uid: u32, gid: u32) -> bool {
    let Ok(path) = path.canonicalize() else { return false };
    path.ancestors().all(|folder| {
        folder.metadata().is_ok_and(|found| {
            let bit = match () {
                () if found.uid() == uid => 0o100,
                () if found.gid() == gid => 0o010,
                () => 0o001,
            };
            found.permissions().mode() & bit != 0
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_folder_is_passable_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o700)).unwrap();
        let found = folder.path().metadata().unwrap();

        assert!(passable(folder.path(), found.uid(), found.gid()));
        assert!(!passable(folder.path(), found.uid() + 1, found.gid() + 1));
    }
}
