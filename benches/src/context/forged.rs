//! What whoever forges tokens can do: ten thousand requests a second, each with another token that is not good, beside users
//! who write and read what they wrote.
//!
//! The service has a thread of its own, and so has whoever forges: many connections that are kept, each with a request under
//! way, as many a second as were asked for. The replicas lag, so that a read which goes there for want of a position shows.

mod forger;
mod users;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path as Segment, State};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use comfy_table::{CellAlignment, Table, presets};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use ryw_core::{ConsistencySource as _, InvalidToken, Propagator, Reason, TokenCodec, TokenKey};
use ryw_postgres::PostgresSource;
use ryw_tower::{SessionContext, SessionLayer};
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use self::forger::Forged;
use self::users::Visits;
use crate::favorite::{Favorite, FavoriteRepository};
use crate::figure::{Figure, Target};
use crate::options::Context as Options;
use crate::samples::Samples;
use crate::servers::{Path, Servers};

/// Who write and read what they wrote, each a row of his own.
const USERS: i64 = 8;
/// How far the replicas are behind.
const LAG: Duration = Duration::from_millis(200);
/// What the layer lets through a second, and at once.
const LIMIT: u32 = 100;
/// How many requests a second there are to be.
const TARGET: f64 = 10_000.0;
/// Until what is let through at once has been.
const WARM_UP: Duration = Duration::from_secs(2);

type App = FavoriteRepository<PostgresSource>;
type Http = Client<HttpConnector, Body>;

/// The service, and what is known of it from within.
#[derive(Clone)]
struct Service {
    at: SocketAddr,
    source: PostgresSource,
    codec: TokenCodec,
    layer: SessionLayer,
}

/// What the service has counted.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    rejected: u64,
    refused: u64,
    unknown: u64,
}

/// What came of it.
pub(crate) struct Measured {
    forged: Forged,
    took: Duration,
    counted: Counted,
    reasons: Vec<(InvalidToken, u64)>,
    calm: Visits,
    beside: Visits,
    blind: Visits,
}

/// Measures the users alone, then beside whoever forges.
pub(crate) async fn measure(options: &Options) -> Result<Measured> {
    let servers = Servers::start(Duration::ZERO, USERS).await?;
    let measured = beside_forgers(&servers, options).await;
    servers.stop().await;
    measured
}

async fn beside_forgers(servers: &Servers, options: &Options) -> Result<Measured> {
    servers.set_lag(LAG).await?;
    let (service, _serving) = serve(servers).await?;
    let acknowledged = Arc::new(AtomicU32::new(0));
    let blind = users::visits(&service, Duration::from_secs(2), users::Token::Dropped, None).await?;
    ensure!(blind.stale > 0, "without their tokens users have seen nothing stale: the replicas do not lag");
    let calm = users::visits(&service, Duration::from_secs(3), users::Token::Kept, None).await?;

    let (stop, forging) = forger::forge(&service, options, Arc::clone(&acknowledged))?;
    tokio::time::sleep(WARM_UP).await;
    let (before, begun) = (service.counted(), Instant::now());
    let sent = forging.sent();
    let beside =
        users::visits(&service, options.forged_for.into(), users::Token::Kept, Some(acknowledged)).await?;
    let (took, counted) = (begun.elapsed(), service.counted().since(before));
    let answered = forging.sent() - sent;
    drop(stop);
    let forged = Forged { answered, ..forging.end()? };
    let reasons = InvalidToken::ALL.map(|why| (why, service.codec.counts().rejected_as(why)));
    ensure!(
        reasons.iter().map(|(_, count)| count).sum::<u64>() == forged.sent,
        "of {} forged tokens not each was counted: {reasons:?}",
        forged.sent
    );
    let reasons = reasons.into_iter().filter(|(_, count)| *count > 0).collect();
    Ok(Measured { forged, took, counted, reasons, calm, beside, blind })
}

impl Service {
    fn counted(&self) -> Counted {
        Counted {
            rejected: self.codec.counts().rejected(),
            refused: self.layer.refused(),
            unknown: self.source.counts().by_reason(Reason::PositionUnknown),
        }
    }

    fn url(&self, user: i64) -> String {
        format!("http://{}/favorites/{user}", self.at)
    }
}

impl Counted {
    const fn since(self, before: Self) -> Self {
        Self {
            rejected: self.rejected - before.rejected,
            refused: self.refused - before.refused,
            unknown: self.unknown - before.unknown,
        }
    }
}

/// The service on a thread of its own, until what is returned beside it is dropped.
async fn serve(servers: &Servers) -> Result<(Service, oneshot::Sender<()>)> {
    let addresses = servers.addresses(Path::Loopback)?;
    let codec = TokenCodec::signed(TokenKey::new([7; 32])?);
    let layer = SessionLayer::header(codec.clone()).bad_tokens_per_second(LIMIT);
    let (told, tells) = oneshot::channel();
    let (ends, ended) = oneshot::channel::<()>();
    let routes = layer.clone();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let serving = async move {
        let source = PostgresSource::builder("main").primary(addresses.primary);
        // All of these users read at once what they have just written, from replicas that lag.
        let source = source.fallback_timeout(Duration::from_secs(5));
        let source = addresses.replicas.into_iter().fold(source, |source, replica| source.replica(replica));
        let source = source.connect().await?;
        let routes = Router::new()
            .route("/favorites/{user}", get(show).put(choose))
            .with_state(App::new(source.clone()))
            .layer(routes);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        // Nobody waits for it any more if it cannot be told.
        let _ = told.send((listener.local_addr()?, source));
        tokio::select! {
            served = axum::serve(listener, routes) => served.context("the service has ended"),
            _ = ended => Ok(()),
        }
    };
    thread::Builder::new().name("service".into()).spawn(move || {
        if let Err(error) = runtime.block_on(serving) {
            eprintln!("ryw-bench: the service: {error:#}");
        }
    })?;
    let (at, source) = tells.await.map_err(|_| anyhow!("the service did not start"))?;
    Ok((Service { at, source, codec, layer }, ends))
}

async fn show(
    SessionContext(ctx): SessionContext,
    State(favorites): State<App>,
    Segment(user): Segment<i64>,
) -> Result<String, (StatusCode, String)> {
    let found = favorites.find(&ctx, &user).await.map_err(failed)?;
    Ok(found.map_or_else(String::new, |favorite| favorite.color_hex))
}

async fn choose(
    SessionContext(ctx): SessionContext,
    State(favorites): State<App>,
    Segment(user): Segment<i64>,
    color_hex: String,
) -> Result<(), (StatusCode, String)> {
    let chosen = Favorite { color_hex, ..Favorite::numbered(user, 0) };
    favorites.upsert(&ctx, &chosen).await.map(drop).map_err(failed)
}

fn failed(error: ryw_core::Error) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

/// The number of the write that a response shows, if it is one, and its token, if it has one.
async fn shown(http: &Http, request: Request<Body>) -> Result<(StatusCode, Option<u32>, Option<String>)> {
    let response = http.request(request).await?;
    let (status, token) = (response.status(), response.headers().get(Propagator::NAME));
    let token = token.map(|token| token.to_str().map(str::to_owned)).transpose()?;
    let body = response.into_body().collect().await?.to_bytes();
    let color_hex = std::str::from_utf8(&body)?.to_owned();
    let number = Favorite { color_hex, ..Favorite::numbered(0, 0) }.number().ok();
    Ok((status, number, token))
}

impl Measured {
    fn per_second(&self, count: u64) -> f64 {
        count as f64 / self.took.as_secs_f64()
    }

    pub(crate) fn figures(&self) -> [Figure; 3] {
        // Those that were let through at once have been before; the clock that is read here is not that of the limiter.
        let most = f64::from(LIMIT) * 1.01;
        let stale = self.forged.stale + self.beside.stale + self.calm.stale;
        [
            Figure::new(
                "tower.forged_per_second",
                self.per_second(self.forged.answered),
                Target::AtLeast(TARGET),
            ),
            Figure::new(
                "tower.forged_primary_per_second",
                self.per_second(self.counted.unknown),
                Target::AtMost(most),
            ),
            Figure::new("tower.forged_stale", stale as f64, Target::None),
        ]
    }

    /// What became of the forged tokens, a second.
    pub(crate) fn table(&self) -> Table {
        let mut table = table(["a second", ""]);
        for (what, count) in [
            ("requests with a forged token", self.forged.answered),
            ("tokens rejected", self.counted.rejected),
            ("requests refused", self.counted.refused),
            ("reads on the primary for them", self.counted.unknown),
        ] {
            table.add_row([what.to_owned(), format!("{:.0}", self.per_second(count))]);
        }
        for (why, count) in &self.reasons {
            let share = 100.0 * *count as f64 / self.forged.sent as f64;
            table.add_row([format!("rejected as `{}`", why.as_str()), format!("{share:.0} %")]);
        }
        table
    }

    /// What it was to the users.
    pub(crate) fn users(&self) -> Table {
        let mut table = table(["users", "reads", "stale", "read p50 ms", "p99 ms"]);
        for (whose, visits) in [
            ("without their tokens", &self.blind),
            ("with them", &self.calm),
            ("with them, beside the forged ones", &self.beside),
        ] {
            let millis = |share| format!("{:.2}", visits.took.quantile(share).as_secs_f64() * 1e3);
            let (reads, stale) = (visits.took.len().to_string(), visits.stale.to_string());
            table.add_row([whose, &reads, &stale, &millis(0.5), &millis(0.99)]);
        }
        let forged = &self.forged;
        table.add_row([
            "the forged ones that were let through",
            &forged.served.to_string(),
            &forged.stale.to_string(),
            "",
            "",
        ]);
        table
    }
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(header);
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}
