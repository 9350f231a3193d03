//! One server's processes: started, signalled, waited for, ended with us.

use std::fs::OpenOptions;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::account::Account;
use super::{process, shared_memory};
use crate::error::{Error, Result};
use crate::port;
use crate::watchdog::Watchdog;

const LOG_FILE: &str = "server.log";
const LOG_LINES: usize = 25;

/// How often to look whether something has happened that nobody tells us of.
pub(super) const POLL: Duration = Duration::from_millis(10);

/// How long an immediate shutdown may take before the processes are killed.
const IMMEDIATE: Duration = Duration::from_secs(3);

/// A Postgres server that may run.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) name: String,
    pub(super) data_dir: PathBuf,
    pub(super) port: u16,
    program: PathBuf,
    account: Account,
    watchdog: Arc<Watchdog>,
    child: Mutex<Option<Child>>,
}

impl Server {
    pub(super) fn new(
        name: String,
        (data_dir, port): (PathBuf, u16),
        (program, account): (PathBuf, Account),
        watchdog: Arc<Watchdog>,
    ) -> Self {
        Self { name, data_dir, port, program, account, watchdog, child: Mutex::new(None) }
    }

    /// Starts the server unless it runs; it is not ready yet.
    pub(super) fn spawn(&self) -> Result<()> {
        let mut child = self.child();
        if self.collect(&mut child).is_none() && child.is_some() {
            return Ok(());
        }
        let log = self.open_log()?;
        let error_log = log.try_clone().map_err(|cause| Error::io("share", &self.log_file(), cause))?;
        let mut command = self.account.command(&self.program, &self.data_dir);
        command.arg("-D").arg(&self.data_dir).args(["-p", &self.port.to_string()]);
        // In a group of its own, Ctrl-C does not stop it under the feet of the test.
        command.process_group(0).stdout(log).stderr(error_log);
        let started = command.spawn().map_err(|cause| self.account.could_not_run(&self.program, cause))?;
        self.watchdog.guard(started.id());
        *child = Some(started);
        Ok(())
    }

    /// Whether the server's first process is there.
    pub(super) fn runs(&self) -> bool {
        self.pid().is_some()
    }

    /// An error with the end of the log, if the server has ended.
    pub(super) fn check_running(&self) -> Result<()> {
        let mut child = self.child();
        match (self.collect(&mut child), child.is_some()) {
            (None, true) => Ok(()),
            (None, false) => Err(Error::start(&self.name, "it was stopped", &self.log_tail())),
            (Some(end), _) => Err(Error::start(&self.name, &end, &self.log_tail())),
        }
    }

    /// Shuts the server down by `signal` and waits for its end.
    pub(super) async fn shut_down(&self, signal: Signal, timeout: Duration) -> Result<()> {
        let Some(pid) = self.pid() else { return Ok(()) };
        process::send(pid, signal);
        let deadline = Instant::now() + timeout;
        while self.pid() == Some(pid) {
            if Instant::now() > deadline {
                return Err(Error::timeout(timeout, format_args!("server {} has shut down", self.name)));
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Kills all processes of the server at once and clears away what such a crash leaves behind.
    pub(super) async fn crash(&self, timeout: Duration) -> Result<()> {
        let Some(pid) = self.pid() else { return Ok(()) };
        // A stopped server cannot start further processes while they are counted.
        process::send(pid, Signal::SIGSTOP);
        let children = process::children(pid);
        process::send(pid, Signal::SIGKILL);
        children.iter().for_each(|child| process::send(*child, Signal::SIGKILL));

        let deadline = Instant::now() + timeout;
        while self.pid() == Some(pid) || process::any_runs(&children) {
            if Instant::now() > deadline {
                return Err(Error::timeout(timeout, format_args!("the killed server {} is gone", self.name)));
            }
            tokio::time::sleep(POLL / 5).await;
        }
        shared_memory::release(&self.data_dir);
        Ok(())
    }

    /// Asks for an immediate shutdown, without waiting for it.
    pub(super) fn begin_end(&self) {
        let processes = self.processes();
        if let Some(first) = processes.first() {
            process::send(*first, Signal::SIGQUIT);
        }
        // A frozen process takes the signal when it goes on.
        processes.into_iter().for_each(|pid| process::send(pid, Signal::SIGCONT));
    }

    /// Ends the server for good, waiting for it.
    pub(super) fn end(&self) {
        let deadline = Instant::now() + IMMEDIATE;
        while self.runs() && Instant::now() < deadline {
            std::thread::sleep(POLL / 5);
        }
        // Most severe last: by now it has ended, or it never will by itself.
        while self.runs() {
            self.processes().into_iter().for_each(|pid| process::send(pid, Signal::SIGKILL));
            std::thread::sleep(POLL / 5);
        }
    }

    /// All processes of the running server.
    pub(super) fn processes(&self) -> Vec<u32> {
        self.pid().map(|pid| [vec![pid], process::children(pid)].concat()).unwrap_or_default()
    }

    fn pid(&self) -> Option<u32> {
        let mut child = self.child();
        self.collect(&mut child);
        child.as_ref().map(Child::id)
    }

    /// Forgets the server's process if it has ended, and says how it ended.
    fn collect(&self, child: &mut Option<Child>) -> Option<String> {
        let end = match child.as_mut()?.try_wait() {
            Ok(None) => return None,
            Ok(Some(status)) => status.to_string(),
            // Somebody else collected it, so it has ended.
            Err(error) => error.to_string(),
        };
        self.watchdog.forget(child.take()?.id());
        Some(end)
    }

    fn open_log(&self) -> Result<std::fs::File> {
        let path = self.log_file();
        let log = OpenOptions::new().create(true).append(true).open(&path);
        let log = log.map_err(|cause| Error::io("open", &path, cause))?;
        self.account.give(&path)?;
        Ok(log)
    }

    fn log_tail(&self) -> String {
        let log = std::fs::read(self.log_file()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }

    fn log_file(&self) -> PathBuf {
        self.data_dir.join(LOG_FILE)
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Again, in case the server was never part of a whole cluster.
        self.begin_end();
        self.end();
        port::give_back(self.port);
    }
}
