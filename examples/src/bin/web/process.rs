//! One process of the service: a source of its own, which knows nothing of the others'.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use ryw_core::{Propagator, TokenCodec};
use ryw_postgres::PostgresSource;
use tokio::net::TcpListener;

use crate::app::App;
use crate::carrier::{Carrier, Session};
use crate::chain;

/// How long a read may wait for its turn on the primary.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a process is set up.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) primary: String,
    pub(crate) replicas: Vec<String>,
    pub(crate) carrier: Carrier,
    pub(crate) codec: TokenCodec,
    /// Whether tokens are bound to the user.
    pub(crate) is_bound: bool,
    /// Who writes, if it is somebody else.
    pub(crate) write_at: Option<SocketAddr>,
}

impl Setup {
    /// The routes, with what carries contexts around them.
    pub(crate) async fn build(&self) -> Result<(Router, PostgresSource)> {
        let source = self.connect().await?;
        let session = Session::new(self.carrier, self.codec.clone(), self.is_bound, &source).await?;
        let codec = (self.carrier != Carrier::None).then(|| self.codec.clone());
        let app = App::new(source.clone(), codec.clone().map(Propagator::new), session.clone());
        let routes = match self.write_at {
            Some(back) => chain::routes(app, back, codec),
            None => app.routes(),
        };
        Ok((session.around(routes), source))
    }

    async fn connect(&self) -> Result<PostgresSource> {
        // All read at once what they have just written, from replicas that lag: there is a queue for the primary.
        let mut builder = PostgresSource::builder("main").fallback_timeout(PATIENCE);
        builder = builder.primary(self.primary.as_str());
        for replica in &self.replicas {
            builder = builder.replica(replica.as_str());
        }
        builder.connect().await.context("cannot connect")
    }
}

/// Listens, and serves until the task that it runs in ends.
pub(crate) async fn listen(at: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(at).await.with_context(|| format!("cannot listen on {at}"))?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}
