//! The demonstration: each way that a context can take, without ryw-tower and with it.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use axum::http::Method;
use ryw_core::{ConsistencySource as _, TokenCodec, TokenKey};
use ryw_postgres::PostgresSource;
use ryw_testkit::postgres::Cluster;
use tokio::task::{AbortHandle, JoinSet};

use crate::carrier::Carrier;
use crate::client::Client;
use crate::options::Demo;
use crate::process::{self, Setup};
use crate::report::{self, Row};
use crate::table;

/// The way from a write to the read that must see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Cookie,
    Header,
    Device,
    Message,
    Chain,
}

impl Way {
    pub(crate) const ALL: [Self; 5] = [Self::Cookie, Self::Header, Self::Device, Self::Message, Self::Chain];

    const fn carrier(self) -> Carrier {
        match self {
            Self::Cookie => Carrier::Cookie,
            Self::Device => Carrier::Store,
            Self::Header | Self::Message | Self::Chain => Carrier::Header,
        }
    }
}

/// What reads came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) reads: u64,
    pub(crate) stale: u64,
    /// Reads that ran on replicas.
    pub(crate) replicas: u64,
}

pub(crate) async fn run(options: &Demo) -> Result<ExitCode> {
    let cluster = table::cluster(options.lag.into()).await?;
    let shown = tokio::select! {
        shown = show(options, &cluster) => shown,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    cluster.shutdown().await;
    let rows = shown?;
    println!("{}\n\n{}", report::table(&rows), report::verdict(&rows));
    Ok(report::exit_code(&rows))
}

async fn show(options: &Demo, cluster: &Cluster) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (turn, way) in (0..).zip(Way::ALL) {
        let without = Pair::start(cluster, Carrier::None).await?.measure(options, way, 2 * turn).await?;
        let with = Pair::start(cluster, way.carrier()).await?.measure(options, way, 2 * turn + 1).await?;
        rows.push(Row { way, without, with });
    }
    Ok(rows)
}

/// Two processes of the service; the second hands writes on to the first.
struct Pair {
    here: SocketAddr,
    there: SocketAddr,
    /// What the second reads by.
    source: PostgresSource,
    serving: [AbortHandle; 2],
}

impl Pair {
    async fn start(cluster: &Cluster, carrier: Carrier) -> Result<Self> {
        let replicas = cluster.replicas().iter().map(|replica| replica.url()).collect();
        let codec = TokenCodec::signed(TokenKey::new(rand::random::<[u8; 32]>())?);
        let primary = cluster.primary().url();
        let mut setup = Setup { primary, replicas, carrier, codec, is_bound: false, write_at: None };
        let (here, _, serving_here) = serve(&setup).await?;
        setup.write_at = Some(here);
        let (there, source, serving_there) = serve(&setup).await?;
        Ok(Self { here, there, source, serving: [serving_here, serving_there] })
    }

    async fn measure(&self, options: &Demo, way: Way, turn: i64) -> Result<Tally> {
        let mut users = JoinSet::new();
        for user in 0..i64::from(options.users) {
            let (here, there, writes, lag) = (self.here, self.there, options.writes, options.lag.into());
            // Users of their own for each turn: nothing of an earlier one is taken for a write of this.
            users.spawn(visit(here, there, way, turn * 1_000_000 + user, writes, lag));
        }
        let mut tally = Tally::default();
        while let Some(visited) = users.join_next().await {
            let (reads, stale) = visited??;
            tally.reads += reads;
            tally.stale += stale;
        }
        tally.replicas = self.source.counts().replica_reads();
        Ok(tally)
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.serving.iter().for_each(AbortHandle::abort);
    }
}

async fn serve(setup: &Setup) -> Result<(SocketAddr, PostgresSource, AbortHandle)> {
    let (routes, source) = setup.build().await?;
    let (listener, at) = process::listen((Ipv4Addr::LOCALHOST, 0).into()).await?;
    let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok((at, source, serving.abort_handle()))
}

/// Writes at one process and reads at the other, at once and when the replicas have it, so many times; returns the reads, and
/// how many were stale.
async fn visit(
    here: SocketAddr,
    there: SocketAddr,
    way: Way,
    user: i64,
    writes: u16,
    lag: Duration,
) -> Result<(u64, u64)> {
    let mut client = Client::of(user.to_string())?;
    let mut stale = 0;
    for round in 1..=writes {
        let color = round.to_string();
        let at_once = once(&mut client, here, there, way, user, color.clone()).await?;
        tokio::time::sleep(lag + lag / 4).await;
        let later = client.send(Method::GET, there, &format!("/favorites/{user}"), String::new()).await?;
        stale += u64::from(at_once != color) + u64::from(later != color);
    }
    Ok((2 * u64::from(writes), stale))
}

async fn once(
    client: &mut Client,
    here: SocketAddr,
    there: SocketAddr,
    way: Way,
    user: i64,
    color: String,
) -> Result<String> {
    let favorite = format!("/favorites/{user}");
    match way {
        Way::Cookie | Way::Header => {
            client.send(Method::PUT, here, &favorite, color).await?;
            client.send(Method::GET, there, &favorite, String::new()).await
        }
        Way::Device => {
            client.send(Method::PUT, here, &favorite, color).await?;
            Client::of(user.to_string())?.send(Method::GET, there, &favorite, String::new()).await
        }
        Way::Message => {
            // The queue: it delivers what it was given, to a worker that the user never meets.
            let message = client.send(Method::POST, here, &format!("{favorite}/announcement"), color).await?;
            Client::new()?.send(Method::PUT, there, "/messages", message).await
        }
        Way::Chain => client.send(Method::PUT, there, &format!("/handed-on/{user}"), color).await,
    }
}
