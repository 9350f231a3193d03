//! Processes of the service, and the cluster that they share.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ryw_testkit::postgres::Cluster;

/// What everybody has chosen before the replicas stood still.
pub(crate) const OLD: &str = "old";

/// How long a busy machine may take for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

const TABLE: &str = include_str!("../../schema/favorites.sql");
const KEY: &str = "kEWzZ2pYo2GqHk0s3Wm1bXr8iQ5r7mVvN9tqQeZr2nM=";

/// A primary and two replicas that stand still.
pub(crate) struct World {
    cluster: Cluster,
}

impl World {
    pub(crate) async fn start(users: Range<i64>) -> Self {
        let cluster = Cluster::builder().replicas(2).start().await.unwrap();
        cluster.execute(TABLE).await.unwrap();
        let (first, end) = (users.start, users.end);
        let fill = format!(
            "INSERT INTO favorites (user_id, color_hex) SELECT number, '{OLD}' FROM generate_series({first}, {end}) AS number"
        );
        cluster.execute(&fill).await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
        for replica in cluster.replicas() {
            replica.hold_replay().await.unwrap();
        }
        Self { cluster }
    }

    /// Starts a process that ends with what is returned.
    pub(crate) fn serve(&self, options: &[&str]) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_web"));
        command.arg("serve").args(["--key", KEY, "--primary", &self.cluster.primary().url()]);
        for replica in self.cluster.replicas() {
            command.args(["--replica", &replica.url()]);
        }
        let mut child = command.args(options).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let mut process = Process { child, at: (Ipv4Addr::UNSPECIFIED, 0).into() };
        let (says, said) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            // Whoever does not hear of it says that there was nothing.
            let _ = BufReader::new(stdout).read_line(&mut line);
            says.send(line)
        });
        let line = said.recv_timeout(PATIENCE).expect("the process says in time where it listens");
        let at = line.trim().strip_prefix("listening on http://");
        process.at = at.unwrap_or_else(|| panic!("the process said {line:?}")).parse().unwrap();
        process
    }
}

pub(crate) struct Process {
    child: Child,
    pub(crate) at: SocketAddr,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has then seen.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
