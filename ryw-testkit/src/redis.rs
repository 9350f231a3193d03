//! A Redis server in a test: real, on a port of its own, gone afterwards.
//!
//! It keeps nothing on disk, so a server that was killed comes back empty, as a cache does. Faults are called by name, and
//! each call returns when the server shows the effect.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::port;
use crate::watchdog::Watchdog;

/// The program, unless the environment names another.
const PROGRAM: &str = "redis-server";
const VARIABLE: &str = "RYW_REDIS_SERVER";
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(5);
/// How often another port is tried, if somebody else is quicker.
const PORTS: usize = 5;

/// A Redis server; on drop it is killed, and its folder removed. So it is if this process is killed.
#[derive(Debug)]
pub struct Server {
    program: OsString,
    port: u16,
    child: Mutex<Option<Child>>,
    // Dropped last: it removes the folder if nobody else does.
    folder: TempDir,
    watchdog: Watchdog,
}

impl Server {
    /// Starts one: `redis-server` as it is found on `PATH`, or what `RYW_REDIS_SERVER` names.
    ///
    /// # Errors
    /// If there is none, the message says what to install; [`is_start_failed`](Error::is_start_failed) with the end of the
    /// log, if it ends again.
    ///
    /// # Cancel safety
    /// Dropped under way, the server is killed.
    pub async fn start() -> Result<Self> {
        let program = std::env::var_os(VARIABLE).unwrap_or_else(|| PROGRAM.into());
        let place = std::env::temp_dir();
        let folder = tempfile::Builder::new().prefix("ryw-testkit-redis-").tempdir();
        let folder = folder.map_err(|cause| Error::io("make a temporary folder in", &place, cause))?;
        let watchdog = Watchdog::start(folder.path())?;
        let mut server = Self { program, port: port::free()?, child: Mutex::new(None), folder, watchdog };
        for _ in 1..PORTS {
            match server.run().await {
                Err(error) if error.is_port_taken() => {
                    port::give_back(std::mem::replace(&mut server.port, port::free()?));
                }
                result => return result.map(|()| server),
            }
        }
        server.run().await?;
        Ok(server)
    }

    /// Its address, such as `redis://127.0.0.1:23456`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port on the loopback interface.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Starts it again after a [`kill`](Self::kill), on its port, empty. Does nothing if it runs.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn run(&self) -> Result<()> {
        self.spawn()?;
        let deadline = Instant::now() + PATIENCE;
        while !self.answers() {
            self.check_running()?;
            if Instant::now() > deadline {
                return Err(Error::timeout(PATIENCE, "Redis answers"));
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Kills it, by `SIGKILL`. What it held is gone. Does nothing if it does not run.
    pub fn kill(&self) {
        if let Some(mut child) = self.child().take() {
            // It may have ended by itself, which is as good.
            let _ = child.kill();
            let _ = child.wait();
            self.watchdog.forget(child.id());
        }
    }

    /// Freezes it: connections stay open, and nothing answers.
    pub fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Lets it run again. Does nothing if it is not frozen.
    pub fn thaw(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn spawn(&self) -> Result<()> {
        let mut running = self.child();
        if running.is_some() {
            return Ok(());
        }
        let path = self.folder.path().join("server.log");
        let log = File::create(&path).map_err(|cause| Error::io("create", &path, cause))?;
        let mut command = Command::new(&self.program);
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"]);
        command.arg(self.port.to_string()).arg("--dir").arg(self.folder.path());
        // In a group of its own, Ctrl-C does not stop it under the feet of the test.
        command.process_group(0).stdin(Stdio::null()).stdout(log).stderr(Stdio::null());
        let child = command.spawn().map_err(|cause| {
            let program = self.program.to_string_lossy();
            Error::system(format!(
                "{program} could not be run: install Redis (Debian, Ubuntu: `apt-get install redis-server`), or name its \
                 server in {VARIABLE}"
            ))
            .because(cause)
        })?;
        self.watchdog.guard(child.id());
        *running = Some(child);
        Ok(())
    }

    fn answers(&self) -> bool {
        let asking = || {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.write_all(b"PING\r\n")?;
            let mut answer = [0; 5];
            stream.read_exact(&mut answer)?;
            Ok::<_, std::io::Error>(answer == *b"+PONG")
        };
        asking().unwrap_or(false)
    }

    fn check_running(&self) -> Result<()> {
        let mut running = self.child();
        let ended = running.as_mut().and_then(|child| child.try_wait().ok().flatten());
        let Some(status) = ended else { return Ok(()) };
        if let Some(child) = running.take() {
            self.watchdog.forget(child.id());
        }
        let log = std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default();
        Err(Error::start("redis", &status.to_string(), &log))
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child().as_ref().and_then(|child| i32::try_from(child.id()).ok());
        if let Some(pid) = pid {
            // It may have ended by itself, which is as good.
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        port::give_back(self.port);
    }
}
