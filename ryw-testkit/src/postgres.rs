//! Postgres clusters: one primary and its streaming replicas.
//!
//! [`Cluster::builder`] starts one; [`Node`] is where to connect and what to break.
//!
//! ```text
//!            ┌───────────── a temporary folder, removed by Drop or by the watchdog ─────────────┐
//!  test ───▶ │ primary ──WAL──▶ replica_0        each: data directory, port, process group, log │
//!    │       │         └─WAL──▶ replica_1                                                       │
//!    │       └──────────────────────────────────────────────────────────────────────────────────┘
//!    └─pipe─▶ watchdog: when the pipe closes, ends the servers and removes the folder
//! ```

mod account;
mod builder;
mod data;
mod folder;
mod locate;
mod login;
mod node;
mod process;
mod program;
mod server;
mod setting;
mod shared_memory;
mod version;

pub use builder::ClusterBuilder;
pub use node::Node;
pub use version::Version;

use folder::Folder;

use crate::error::Result;

/// A running primary with its replicas, which ends when this is dropped.
///
/// Dropping blocks until the servers have ended, for some hundredths of a second;
/// [`shutdown`](Self::shutdown) does the same without blocking the runtime.
#[derive(Debug)]
pub struct Cluster {
    version: Version,
    nodes: Vec<Node>,
    // After the nodes: a folder is removed when its servers have ended.
    folder: Folder,
}

impl Cluster {
    /// A cluster still to be started: without further calls, a primary alone.
    pub fn builder() -> ClusterBuilder {
        ClusterBuilder::new()
    }

    /// The node that was started as the primary.
    ///
    /// Names stay with servers: after a [promotion](Node::promote) this still is the old primary.
    ///
    /// # Panics
    ///
    /// Never: a started cluster has a primary.
    #[must_use]
    pub fn primary(&self) -> &Node {
        match self.nodes.first() {
            Some(primary) => primary,
            None => unreachable!("a started cluster has a primary"),
        }
    }

    /// The node that was started as replica number `index`, counted from 0.
    ///
    /// # Panics
    ///
    /// If the cluster has no such replica.
    #[must_use]
    pub fn replica(&self, index: usize) -> &Node {
        let replicas = self.replicas();
        match replicas.get(index) {
            Some(replica) => replica,
            None => panic!("the cluster has {} replicas, none with index {index}", replicas.len()),
        }
    }

    /// The nodes that were started as replicas.
    #[must_use]
    pub fn replicas(&self) -> &[Node] {
        self.nodes.get(1..).unwrap_or_default()
    }

    /// All nodes, the primary first.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The version of all its servers.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Executes one or several statements on the [primary](Self::primary), as superuser in the application
    /// database. What they create, the application's role may use.
    ///
    /// # Errors
    ///
    /// [`is_database`](crate::Error::is_database) if the primary cannot be reached or refuses a statement.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the statements may have been executed or not.
    pub async fn execute(&self, sql: &str) -> Result<()> {
        self.primary().execute(sql).await
    }

    /// Waits until every running replica has replayed all that is committed now on the node it follows,
    /// also what was committed with `synchronous_commit = off`.
    ///
    /// That node is the [primary](Self::primary), or after a failover the one it was told to
    /// [`follow`](Node::follow). A replica that was promoted is not waited for. Writes one small WAL record.
    ///
    /// # Errors
    ///
    /// [`is_timeout`](crate::Error::is_timeout) if a replica does not get there, for one because its replay
    /// is held; [`is_database`](crate::Error::is_database) if a node cannot be asked, for one because the
    /// primary does not run.
    ///
    /// # Cancel safety
    ///
    /// Only waits: it can be dropped at any time.
    pub async fn wait_until_caught_up(&self) -> Result<()> {
        for upstream in &self.nodes {
            let mut position = None;
            for replica in self.replicas() {
                if replica.follows(upstream).await? {
                    let lsn = match position {
                        Some(lsn) => lsn,
                        None => *position.insert(upstream.flush_all().await?),
                    };
                    replica.wait_for_replay(lsn).await?;
                }
            }
        }
        Ok(())
    }

    /// Ends all servers and removes everything, as dropping does, without blocking the runtime.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the shutdown goes on in the background.
    pub async fn shutdown(self) {
        // It cannot fail but by a panic of ours, after which the watchdog does the work.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // All at once; each is waited for when it is dropped.
        self.nodes.iter().for_each(|node| node.server.begin_end());
    }
}
