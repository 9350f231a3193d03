//! One of Postgres's programs that runs to its end.
//!
//! `initdb` is not simply killed when its start is cancelled: the servers it runs inside would leave shared
//! memory behind. Told to stop, it finishes its current step and clears up after itself.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::account::Account;
use super::process;
use super::server::POLL;
use crate::error::{Error, Result};
use crate::watchdog::Watchdog;

/// How long a program that is told to stop may take to finish its step.
const STOPPING: Duration = Duration::from_secs(10);

/// A running program; on drop it is stopped, and waited for.
#[derive(Debug)]
pub(super) struct Program {
    child: Child,
    watchdog: Arc<Watchdog>,
}

impl Program {
    /// Starts `command`, out of reach of Ctrl-C, with what it says going to the file `log`.
    pub(super) fn start(
        mut command: Command,
        account: &Account,
        watchdog: &Arc<Watchdog>,
        log: &Path,
    ) -> Result<Self> {
        let file = File::create(log).map_err(|cause| Error::io("create", log, cause))?;
        let errors = file.try_clone().map_err(|cause| Error::io("share", log, cause))?;
        command.process_group(0).stdout(file).stderr(errors);
        let child = command.spawn();
        let child = child.map_err(|cause| account.could_not_run(Path::new(command.get_program()), cause))?;
        watchdog.guard(child.id());
        Ok(Self { child, watchdog: watchdog.clone() })
    }

    /// Waits for the program's end.
    pub(super) async fn end(mut self) -> Result<ExitStatus> {
        loop {
            let ended = self.child.try_wait();
            if let Some(status) = ended.map_err(|cause| Error::system("lost a program").because(cause))? {
                return Ok(status);
            }
            tokio::time::sleep(POLL / 2).await;
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let pid = self.child.id();
        let deadline = Instant::now() + STOPPING;
        let mut signal = Signal::SIGTERM;
        while let Ok(None) = self.child.try_wait() {
            process::send(pid, signal);
            if Instant::now() > deadline {
                signal = Signal::SIGKILL;
            }
            std::thread::sleep(POLL / 2);
        }
        self.watchdog.forget(pid);
    }
}
