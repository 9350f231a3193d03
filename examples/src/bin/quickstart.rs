//! ryw in one page: an entity, a source, a write, and a read that sees it wherever it is served.
//!
//! `quickstart` starts a primary and a replica of its own. `quickstart PRIMARY_URL REPLICA_URL` uses yours, where the table
//! of `schema/favorites.sql` must be.

use chrono::{DateTime, Utc};
use ryw_core::{Context, Repository};
use ryw_postgres::PostgresSource;
use ryw_testkit::postgres::Cluster;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"))]
struct Favorite {
    #[repository(key)]
    user_id: i64,
    color_hex: String,
    #[repository(updated_at)] // by the database's clock
    updated_at: DateTime<Utc>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let servers = Servers::named_or_started().await?;

    let source = PostgresSource::builder("main")
        .primary(servers.primary.as_str())
        .replica(servers.replica.as_str())
        .connect()
        .await?;
    let favorites = FavoriteRepository::new(source);

    // One context for each user's session: it knows what the session's reads must be able to see.
    let ctx = Context::new();
    let blue = Favorite { user_id: 7, color_hex: "#0000ff".into(), updated_at: Utc::now() };
    let written = favorites.insert(&ctx, &blue).await?;
    println!("stored at {}", written.updated_at);

    // Served by the replica if it has the write already, else by the primary.
    let found = favorites.find(&ctx, &7).await?;
    println!("{found:?}");

    servers.end().await;
    Ok(())
}

/// Where the databases are; no part of what an application needs.
struct Servers {
    primary: String,
    replica: String,
    started: Option<Cluster>,
}

impl Servers {
    async fn named_or_started() -> Result<Self> {
        let mut arguments = std::env::args().skip(1);
        if let (Some(primary), Some(replica)) = (arguments.next(), arguments.next()) {
            return Ok(Self { primary, replica, started: None });
        }
        let cluster = Cluster::builder().replicas(1).start().await?;
        cluster.execute(include_str!("../../schema/favorites.sql")).await?;
        let (primary, replica) = (cluster.primary().url(), cluster.replica(0).url());
        Ok(Self { primary, replica, started: Some(cluster) })
    }

    async fn end(self) {
        if let Some(cluster) = self.started {
            cluster.shutdown().await;
        }
    }
}
