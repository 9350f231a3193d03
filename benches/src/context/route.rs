//! What the layer adds to a route of axum, over a real socket.
//!
//! One client, one connection, one thread for both ends: nothing waits for another processor, so that what the layer does
//! stands in the p50. Where a row is read over a link, the servers are as far away as in a data centre.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use axum::routing::get;
use comfy_table::{CellAlignment, Table, presets};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use ryw_core::{Context, Propagator, TokenCodec, TokenKey};
use ryw_postgres::PostgresSource;
use ryw_tower::SessionLayer;
use tokio::net::TcpListener;

use crate::favorite::{Favorite, FavoriteRepository};
use crate::figure::{Figure, Target};
use crate::options::Context as Options;
use crate::samples::{Ratio, Samples};
use crate::servers::{Path, Servers};

/// A row that all read.
const USER: i64 = 7;

/// How contexts come to the handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Without,
    WithoutAgain,
    Header,
    Cookie,
}

impl Way {
    const ALL: [Self; 4] = [Self::Without, Self::WithoutAgain, Self::Header, Self::Cookie];

    const fn name(self) -> &'static str {
        match self {
            Self::Without => "without a layer",
            Self::WithoutAgain => "without a layer, again",
            Self::Header => "with the layer, header",
            Self::Cookie => "with the layer, cookie",
        }
    }
}

/// What the handler does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handler {
    /// Answers.
    Answers,
    /// Reads a row by its key, from a replica.
    Reads(Path),
}

impl Handler {
    const ALL: [Self; 3] = [Self::Answers, Self::Reads(Path::Loopback), Self::Reads(Path::Link)];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Answers => "A route that only answers",
            Self::Reads(Path::Loopback) => "A route that reads a row from a replica, over loopback",
            Self::Reads(Path::Link) => "A route that reads a row from a replica, over a link",
        }
    }

    /// Where the servers are, if they are asked at all.
    const fn path(self) -> Path {
        match self {
            Self::Answers => Path::Loopback,
            Self::Reads(path) => path,
        }
    }

    /// Requests in a turn.
    const fn turn(self) -> usize {
        match self.path() {
            Path::Loopback => 100,
            Path::Link => 20,
        }
    }
}

/// The p50 of each turn, in microseconds, by way.
pub(crate) struct Measured(Vec<(Way, Vec<f64>)>);

type App = FavoriteRepository<PostgresSource>;

/// Measures each handler.
pub(crate) async fn measure(options: &Options) -> Result<Vec<(Handler, Measured)>> {
    let servers = Servers::start(options.round_trip.into(), USER).await?;
    let measuring = async {
        let mut measured = Vec::new();
        for handler in Handler::ALL {
            measured.push((handler, turns(&servers, handler, options.rounds).await?));
        }
        Ok(measured)
    };
    let measured = measuring.await;
    servers.stop().await;
    measured
}

async fn turns(servers: &Servers, handler: Handler, rounds: u16) -> Result<Measured> {
    let addresses = servers.addresses(handler.path())?;
    let source = PostgresSource::builder("main").primary(addresses.primary);
    let source = addresses.replicas.into_iter().fold(source, |source, replica| source.replica(replica));
    let source = source.connect().await?;
    let favorites = App::new(source);
    let session = Context::new();
    favorites.upsert(&session, &Favorite::numbered(USER, 1)).await?;
    servers.settle().await?;
    favorites.find(&session, &USER).await?;

    let codec = TokenCodec::signed(TokenKey::new([7; 32])?);
    let token = codec.encode(&session).to_string();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut entrants = Vec::new();
    for way in Way::ALL {
        let at = serve(routes(favorites.clone(), handler, way, codec.clone())).await?;
        let (client, token) = (client.clone(), token.clone());
        let mut entrant = Entrant { client, way, at, token, requests: handler.turn(), p50: Vec::new() };
        entrant.turn().await?;
        entrant.p50.clear();
        entrants.push(entrant);
    }
    for round in 0..usize::from(rounds) {
        for place in 0..entrants.len() {
            let turn = (round + place) % Way::ALL.len();
            entrants[turn].turn().await?;
        }
    }
    Ok(Measured(entrants.into_iter().map(|entrant| (entrant.way, entrant.p50)).collect()))
}

fn routes(favorites: App, handler: Handler, way: Way, codec: TokenCodec) -> Router {
    let routes = Router::new();
    let routes = match handler {
        Handler::Answers => routes.route("/", get(answer)),
        Handler::Reads(_) => routes.route("/", get(read)),
    };
    let routes = routes.with_state(favorites);
    match way {
        Way::Without | Way::WithoutAgain => routes,
        Way::Header => routes.layer(SessionLayer::header(codec)),
        Way::Cookie => routes.layer(SessionLayer::cookie(codec)),
    }
}

async fn answer() -> &'static str {
    "#00000001"
}

async fn read(State(favorites): State<App>, request: axum::extract::Request) -> String {
    let ctx = request.extensions().get::<Context>().cloned().unwrap_or_default();
    match favorites.find(&ctx, &USER).await {
        Ok(found) => found.map_or_else(String::new, |favorite| favorite.color_hex),
        Err(error) => error.to_string(),
    }
}

async fn serve(routes: Router) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let at = listener.local_addr()?;
    // It ends with the runtime.
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(at)
}

struct Entrant {
    client: Client<HttpConnector, Body>,
    way: Way,
    at: SocketAddr,
    token: String,
    /// Requests in a turn.
    requests: usize,
    p50: Vec<f64>,
}

impl Entrant {
    async fn turn(&mut self) -> Result<()> {
        let mut samples = Samples::default();
        for _ in 0..self.requests {
            let request = self.request()?;
            let begun = Instant::now();
            let response = self.client.request(request).await?;
            let body = response.into_body().collect().await?.to_bytes();
            samples.record(begun.elapsed());
            ensure!(body == "#00000001", "the route answered {body:?}");
        }
        samples.sort();
        self.p50.push(samples.quantile(0.5).as_secs_f64() * 1e6);
        Ok(())
    }

    /// The same bytes for all but their names: who has no layer is sent them as well.
    fn request(&self) -> Result<Request<Body>> {
        let request = Request::get(format!("http://{}/", self.at));
        let request = match self.way {
            Way::Without | Way::WithoutAgain | Way::Header => request.header(Propagator::NAME, &self.token),
            Way::Cookie => request.header("cookie", format!("ryw-0123456789abcdef={}", self.token)),
        };
        Ok(request.body(Body::empty())?)
    }
}

impl Measured {
    fn of(&self, way: Way) -> Result<&[f64]> {
        let found = self.0.iter().find(|(one, _)| *one == way);
        Ok(&found.context("every way was measured")?.1)
    }

    fn ratio(&self, way: Way) -> Result<Ratio> {
        Ratio::by_round(self.of(way)?, self.of(Way::Without)?).context("no round could be compared")
    }
}

pub(crate) fn figure(measured: &[(Handler, Measured)]) -> Result<Figure> {
    let reads = measured.iter().find(|(handler, _)| *handler == Handler::Reads(Path::Link));
    let (_, reads) = reads.context("every handler was measured")?;
    Ok(Figure::of_rounds("tower.overhead_p50_ratio", reads.ratio(Way::Header)?, Target::AtMost(1.02)))
}

pub(crate) fn table(measured: &Measured) -> Result<Table> {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(["route", "p50 µs", "× first"]);
    for way in Way::ALL {
        let mut turns = measured.of(way)?.to_vec();
        turns.sort_unstable_by(f64::total_cmp);
        let Ratio { median, low, high } = measured.ratio(way)?;
        let ratio = format!("{median:.3} ({low:.2}–{high:.2})");
        table.add_row([way.name(), &format!("{:.1}", turns[turns.len() / 2]), &ratio]);
    }
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    Ok(table)
}
