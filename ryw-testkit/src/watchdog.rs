//! The process that clears up after us, whatever becomes of us.
//!
//! `Drop` does not run after Ctrl-C or `SIGKILL`. So each cluster is accompanied by a small shell script in
//! its own process group, reading from a pipe whose other end only this process holds. While we live we
//! tell it which servers run. When we end, however we end, the kernel closes the pipe: the script ends
//! those servers and removes the directory.
//!
//! Alternatives: a signal handler does not see `SIGKILL` and belongs to the application; a parent-death
//! signal is Linux only and fires when the *thread* that started the server ends, which under a runtime
//! is at any time.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};

const SCRIPT: &str = include_str!("watchdog.sh");

/// The pipe to the watchdog of one cluster.
#[derive(Debug)]
pub(crate) struct Watchdog {
    running: Mutex<Option<(Child, ChildStdin)>>,
}

impl Watchdog {
    /// Starts a watchdog over `directory`, which it removes at the end.
    pub(crate) fn start(directory: &Path) -> Result<Self> {
        let mut child = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "ryw-testkit-watchdog"])
            .arg(directory)
            .current_dir("/")
            // Out of reach of the terminal's Ctrl-C.
            .process_group(0)
            // The standard library makes the pipe close-on-exec: no server inherits our end.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|cause| Error::io("run the watchdog with", Path::new("/bin/sh"), cause))?;
        let Some(pipe) = child.stdin.take() else { unreachable!("stdin is piped above") };
        Ok(Self { running: Mutex::new(Some((child, pipe))) })
    }

    /// From now on `pid` has to be ended with us.
    pub(crate) fn guard(&self, pid: u32) {
        self.tell(&format!("+ {pid}\n"));
    }

    /// `pid` has ended; its number may come to mean another process.
    pub(crate) fn forget(&self, pid: u32) {
        self.tell(&format!("- {pid}\n"));
    }

    /// Lets the watchdog do its last round, and waits for its end.
    pub(crate) fn dismiss(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((mut child, pipe)) = running {
            drop(pipe);
            let _ = child.wait();
        }
    }

    fn tell(&self, line: &str) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, pipe)) = running.as_mut() {
            // A dead watchdog is no reason to fail a test: `Drop` still clears up.
            let _ = pipe.write_all(line.as_bytes());
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.dismiss();
    }
}
