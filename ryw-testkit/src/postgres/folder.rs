//! The temporary folder of one cluster, and who removes it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::account::Account;
use super::shared_memory;
use crate::error::{Error, Result};
use crate::watchdog::Watchdog;

/// Holds the data directories; on drop it is removed.
#[derive(Debug)]
pub(super) struct Folder {
    directory: TempDir,
    watchdog: Arc<Watchdog>,
}

impl Folder {
    /// Makes an empty folder that belongs to `account` and is watched over from its first moment.
    pub(super) fn create(account: &Account) -> Result<Self> {
        let place = account.temporary_folder();
        let directory = tempfile::Builder::new()
            .prefix("ryw-testkit-")
            .tempdir_in(&place)
            .map_err(|cause| Error::io("make a temporary folder in", &place, cause))?;
        let watchdog = Arc::new(Watchdog::start(directory.path())?);
        account.give(directory.path())?;
        Ok(Self { directory, watchdog })
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(super) fn watchdog(&self) -> &Arc<Watchdog> {
        &self.watchdog
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        for entry in std::fs::read_dir(self.path()).into_iter().flatten().flatten() {
            shared_memory::release(&entry.path());
        }
        // A start that was cancelled may still be writing from another thread: try again for a moment.
        // What stays even then is left to the watchdog, which ends no sooner than the folder is gone.
        for _ in 0..20 {
            match std::fs::remove_dir_all(self.path()) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Ok(()) | Err(_) => break,
            }
        }
        self.watchdog.dismiss();
    }
}
