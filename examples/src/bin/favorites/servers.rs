//! The servers that are read and written: three of our own that lag, or the user's.
//!
//! Either way the table lies in a schema made for this run, reached by `search_path`: a table of the user's that happens to
//! be called `favorites` can be neither written nor seen.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use ryw_postgres::sqlx::postgres::PgConnectOptions;
use ryw_postgres::sqlx::{self, AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use ryw_testkit::postgres::Cluster;

use crate::options::Options;

const TABLE: &str = include_str!("../../../schema/favorites.sql");
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long replicas may take to show a new table.
const REPLICA_LIMIT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// A primary and its replicas, with the table.
#[derive(Debug)]
pub(crate) struct Servers {
    primary: PgConnectOptions,
    replicas: Vec<PgConnectOptions>,
    schema: String,
    /// Whether there is something of ours on the user's servers, perhaps.
    schema_made: bool,
    cluster: Option<Cluster>,
}

impl Servers {
    /// Starts a cluster, or takes the servers that the user named.
    pub(crate) async fn start(options: &Options) -> Result<Self> {
        match &options.primary {
            Some(primary) => Self::new(primary, &options.replica, None),
            None => Self::start_cluster().await,
        }
    }

    /// Makes the table, and then the lag. To be followed by [`clear`](Self::clear), also if it fails or is dropped.
    pub(crate) async fn prepare(&mut self, options: &Options) -> Result<()> {
        self.make_schema().await?;
        self.wait_for_table().await?;
        self.make_lag(options.lag.into()).await
    }

    async fn start_cluster() -> Result<Self> {
        let cluster = Cluster::builder().replicas(2).start().await?;
        let replicas: Vec<_> = cluster.replicas().iter().map(|replica| replica.url()).collect();
        Self::new(&cluster.primary().url(), &replicas, Some(cluster))
    }

    fn new(primary: &str, replicas: &[String], cluster: Option<Cluster>) -> Result<Self> {
        // The process's number would not do: a database may be used from many machines.
        let schema = format!("ryw_favorites_{:016x}", rand::random::<u64>());
        let primary = understand(primary, &schema).context("--primary")?;
        let replicas: Result<_> =
            replicas.iter().map(|url| understand(url, &schema).context("--replica")).collect();
        Ok(Self { primary, replicas: replicas?, schema, schema_made: false, cluster })
    }

    /// How to connect to the primary.
    pub(crate) fn primary(&self) -> &PgConnectOptions {
        &self.primary
    }

    /// How to connect to each replica.
    pub(crate) fn replicas(&self) -> &[PgConnectOptions] {
        &self.replicas
    }

    /// Kills a replica after a third of the run and starts it after another, if that was asked for.
    pub(crate) async fn crash_one(&self, options: &Options) -> Result<()> {
        let Some(cluster) = self.cluster.as_ref().filter(|_| options.kill_replica) else { return Ok(()) };
        let third = Duration::from(options.duration) / 3;
        tokio::time::sleep(third).await;
        cluster.replica(0).kill().await?;
        tokio::time::sleep(third).await;
        Ok(cluster.replica(0).start().await?)
    }

    /// Waits until all servers stand where they stood before a run: up, and none with work left.
    pub(crate) async fn settle(&self) -> Result<()> {
        match &self.cluster {
            Some(cluster) => Ok(cluster.wait_until_caught_up().await?),
            None => Ok(()),
        }
    }

    /// Removes what was made: the servers, or the schema on the user's.
    pub(crate) async fn clear(self) -> Result<()> {
        match self.cluster {
            Some(cluster) => cluster.shutdown().await,
            None if self.schema_made => self.drop_schema().await?,
            None => {}
        }
        Ok(())
    }

    /// Not `IF NOT EXISTS`: only a schema that we have made may be dropped with all that is in it.
    async fn make_schema(&mut self) -> Result<()> {
        let mut primary = connect(&self.primary).await.context("cannot connect to the primary")?;
        let sql = format!("CREATE SCHEMA {};\n{TABLE}", self.schema);
        self.schema_made = true;
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut primary)
            .await
            .context("cannot make a schema of our own")?;
        Ok(primary.close().await?)
    }

    async fn drop_schema(&self) -> Result<()> {
        let sql = format!("DROP SCHEMA IF EXISTS {} CASCADE", self.schema);
        let failed = || format!("the schema {} could not be dropped", self.schema);
        let mut primary = connect(&self.primary).await.with_context(failed)?;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut primary).await.with_context(failed)?;
        Ok(primary.close().await?)
    }

    async fn wait_for_table(&self) -> Result<()> {
        let deadline = Instant::now() + REPLICA_LIMIT;
        for (index, replica) in self.replicas.iter().enumerate() {
            let name = || format!("cannot connect to replica {index}");
            let mut replica = connect(replica).await.with_context(name)?;
            while !has_table(&mut replica).await? {
                ensure!(
                    Instant::now() < deadline,
                    "replica {index} has not received a new table of the primary in {} s; is it its streaming replica?",
                    REPLICA_LIMIT.as_secs()
                );
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    async fn make_lag(&self, lag: Duration) -> Result<()> {
        let replicas = self.cluster.iter().flat_map(|cluster| cluster.replicas());
        for replica in replicas {
            replica.set_apply_delay(lag).await?;
        }
        Ok(())
    }
}

fn understand(url: &str, schema: &str) -> Result<PgConnectOptions> {
    // Without the URL, which may hold a password.
    let options: PgConnectOptions =
        url.parse().context("not a URL like postgres://user:password@host:5432/database")?;
    Ok(options.options([("search_path", schema)]))
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection> {
    let connecting = tokio::time::timeout(CONNECT_LIMIT, options.connect());
    Ok(connecting.await.context("no answer")??)
}

async fn has_table(replica: &mut PgConnection) -> Result<bool> {
    let sql = "SELECT to_regclass('favorites') IS NOT NULL";
    Ok(sqlx::query_scalar(sql).fetch_one(replica).await?)
}
