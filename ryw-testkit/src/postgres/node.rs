//! One server of a cluster.

mod lifecycle;
mod replay;

use std::path::Path;
use std::sync::atomic::AtomicU16;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgRow, Postgres};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use super::login::{self, APPLICATION, MAINTENANCE, Passwords, SUPERUSER};
use super::server::{POLL, Server};
use super::setting;
use crate::error::{Error, Result};

/// One server of a [`Cluster`](super::Cluster): where it is, and what can be done to it.
///
/// All methods take `&self`, so that faults can be injected while clients run.
#[derive(Debug)]
pub struct Node {
    pub(super) server: Server,
    pub(super) passwords: Passwords,
    pub(super) timeout: Duration,
    /// The port of the node that this one was told to stream from; 0 for none.
    pub(super) upstream: AtomicU16,
}

impl Node {
    /// The node's name: `primary`, `replica_0`, `replica_1`, …
    ///
    /// A replica introduces itself to the primary by this name, so that it is also what to write into
    /// `synchronous_standby_names`, and the name of its replication slot.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.server.name
    }

    /// The port on 127.0.0.1, the same after every restart.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// The server's data directory; its log is `server.log` in there.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.server.data_dir
    }

    /// Where an application connects: as the ordinary role `app`, to the database `app`, which it owns.
    ///
    /// The role logs in by SCRAM, the way servers are usually set up.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(APPLICATION, &self.passwords.application)
    }

    /// The same database, as superuser.
    #[must_use]
    pub fn admin_url(&self) -> String {
        self.url_of(SUPERUSER, &self.passwords.superuser)
    }

    /// Whether the server's process exists; it may not be ready to answer.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.server.runs()
    }

    /// Executes one or several statements, as superuser in the application database.
    ///
    /// Several statements without `BEGIN` are one transaction, as in any simple query of Postgres.
    ///
    /// # Errors
    ///
    /// [`is_database`](Error::is_database) if the server cannot be reached or refuses a statement,
    /// [`is_timeout`](Error::is_timeout) if it does not come to the end of them in time.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the statements may have been executed or not.
    pub async fn execute(&self, sql: &str) -> Result<()> {
        self.execute_in(APPLICATION, sql).await
    }

    /// Executes statements as superuser in `database`.
    pub(super) async fn execute_in(&self, database: &str, sql: &str) -> Result<()> {
        let mut connection = self.connect_to(database).await?;
        self.run(&mut connection, sql).await?;
        // Nothing depends on a polite farewell.
        let _ = connection.close().await;
        Ok(())
    }

    /// Changes a setting of the running server, by `ALTER SYSTEM` and a reload.
    ///
    /// Sessions opened from now on have the new value. A setting that takes effect only at start needs a
    /// [`restart`](Self::restart). The value goes before that of
    /// [`ClusterBuilder::setting`](super::ClusterBuilder::setting).
    ///
    /// # Errors
    ///
    /// [`is_database`](Error::is_database) if the server does not know the setting or refuses the value.
    /// [`is_timeout`](Error::is_timeout) if it does not reload.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the setting may have been changed or not.
    pub async fn set(&self, name: &str, value: &str) -> Result<()> {
        let mut connection = self.connect().await?;
        self.run(&mut connection, &setting::alter(name, value)?).await?;
        self.reload(&mut connection).await
    }

    /// Makes the server read its configuration, and waits until it has.
    async fn reload(&self, connection: &mut PgConnection) -> Result<()> {
        let before: i64 =
            self.ask(connection, "SELECT (extract(epoch FROM clock_timestamp()) * 1e6)::int8").await?;
        self.run(connection, "SELECT pg_reload_conf()").await?;
        // The server tells its processes before it makes new ones. So when a new session has the new
        // configuration, all others have been told, and obey before they do anything else.
        let loaded = format!("SELECT extract(epoch FROM pg_conf_load_time()) * 1e6 >= {before}");
        self.until("the configuration is reloaded", &loaded).await
    }

    /// A session for control, in a database that is there from the beginning.
    async fn connect(&self) -> Result<PgConnection> {
        self.connect_to(MAINTENANCE).await
    }

    async fn connect_to(&self, database: &str) -> Result<PgConnection> {
        login::connect(self.port(), &self.passwords.superuser, database)
            .await
            .map_err(|cause| Error::database(format!("could not connect to {}", self.name()), cause))
    }

    async fn run(&self, connection: &mut PgConnection, sql: &str) -> Result<()> {
        // The callers are tests, and their statements are their own.
        self.answer(sql, sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection)).await.map(drop)
    }

    async fn ask<T>(&self, connection: &mut PgConnection, sql: &'static str) -> Result<T>
    where
        T: Send + Unpin,
        (T,): for<'r> sqlx::FromRow<'r, PgRow>,
    {
        self.answer(sql, sqlx::query_scalar::<Postgres, T>(sql).fetch_one(connection)).await
    }

    /// Asks again and again, each time in a new session, until the answer to `sql` is yes.
    async fn until(&self, what: &str, sql: &str) -> Result<()> {
        let deadline = Instant::now() + self.timeout;
        loop {
            let mut connection = self.connect().await?;
            let asking = async {
                let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_one(&mut connection).await?;
                row.try_get::<Option<bool>, _>(0)
            };
            if self.answer(sql, asking).await? == Some(true) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(Error::timeout(self.timeout, format_args!("on {} {what}", self.name())));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// What the server answers to `sql`, which may wait for ever: for a lock, for a standby, in a server that is frozen.
    async fn answer<T>(&self, sql: &str, answer: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T> {
        let first: String = sql.trim().chars().take(80).collect();
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(answer) => {
                answer.map_err(|cause| Error::database(format!("{} failed at `{first}`", self.name()), cause))
            }
            Err(_) => {
                Err(Error::timeout(self.timeout, format_args!("{} has answered `{first}`", self.name())))
            }
        }
    }

    fn url_of(&self, role: &str, password: &str) -> String {
        format!("postgres://{role}:{password}@127.0.0.1:{}/{APPLICATION}", self.port())
    }
}
