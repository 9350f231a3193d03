//! One server of a source: its pool, what it was found to be, and how far it is known to have come.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ryw_core::{Coverage, Error, Frontier, Identity, Position, Route, decision};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool, Postgres};

use crate::address::Endpoint;
use crate::error;
use crate::health::{Health, NodeState};
use crate::limits::Limits;
use crate::server::{Role, Server};
use crate::timeline::Timeline;
use crate::watermark::{Asked, Known, Watermark};

/// How long a connection may have lain idle and be used without a ping.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// How long a probe may take.
const PROBE_LIMIT: Duration = Duration::from_secs(2);
/// How long "on another timeline" is believed without asking again.
const RECENT_TIMELINE: Duration = Duration::from_millis(100);
/// The least time for which "still behind" is believed without asking again.
const RECENT: Duration = Duration::from_millis(2);

#[derive(Debug)]
pub(crate) struct Node {
    shared: Arc<Shared>,
    pool: PgPool,
    /// How long a connection may be waited for.
    patience: Duration,
    /// Whether every connection of the pool is checked when it is made, so that a watermark can be kept.
    checked: bool,
}

/// What the pool's hook and the node share.
#[derive(Debug)]
struct Shared {
    name: String,
    route: Route,
    identity: Identity,
    timeline: Arc<Timeline>,
    watermark: Watermark,
    health: Health,
}

impl Node {
    pub(crate) fn new(
        endpoint: Endpoint,
        route: Route,
        identity: Identity,
        timeline: Arc<Timeline>,
        limits: &Limits,
        state: NodeState,
    ) -> Self {
        let shared = Arc::new(Shared {
            name: route.to_string(),
            route,
            identity,
            timeline,
            watermark: Watermark::default(),
            health: Health::new(state),
        });
        let patience = match route {
            Route::Replica(_) => limits.replica_patience,
            _ => limits.primary_patience,
        };
        let (pool, checked) = match endpoint {
            Endpoint::Pool(pool) => (pool, false),
            Endpoint::Options(options) => (checked_pool(*options, &shared, limits, patience), true),
        };
        Self { shared, pool, patience, checked }
    }

    pub(crate) fn name(&self) -> &str {
        &self.shared.name
    }

    pub(crate) fn state(&self) -> NodeState {
        self.shared.health.state()
    }

    /// A connection to this server, within the node's patience; none at all while it is refused.
    ///
    /// A server that cannot be connected to is left out. A pool that has none free in time is no such proof, for the
    /// server may just be busy: leaving it out would send its load to the primary. It is probed, and stays in use.
    pub(crate) async fn acquire(self: &Arc<Self>) -> Result<PoolConnection<Postgres>, Error> {
        if let NodeState::Refused(why) = self.state() {
            return Err(Error::unavailable(why));
        }
        let acquired = tokio::time::timeout(self.patience, self.pool.acquire()).await;
        let error = match acquired.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
            Ok(conn) => return Ok(conn),
            Err(error) => error,
        };
        if let NodeState::Refused(why) = self.state() {
            return Err(Error::unavailable(why).with_source(error));
        }
        let busy = matches!(error, sqlx::Error::PoolTimedOut);
        let why = error::no_connection(error, self.name());
        if !busy {
            self.suspect(&why);
        } else if self.shared.health.doubt(Instant::now()) {
            self.spawn_probe();
        }
        Err(why)
    }

    /// The most connections that its pool can hold.
    pub(crate) fn max_connections(&self) -> u32 {
        self.pool.options().get_max_connections()
    }

    /// Asks the server how far it is, over a connection of its own, and makes sure that it still is what it was.
    ///
    /// Bounded by the node's patience: a server that hangs is as good as one that is away.
    pub(crate) async fn ask(&self, conn: &mut PgConnection) -> Result<Position, Error> {
        let asked = self.shared.watermark.ask();
        let answer = tokio::time::timeout(self.patience, Server::ask(conn)).await;
        let server = answer
            .unwrap_or(Err(sqlx::Error::PoolTimedOut))
            .map_err(|error| error::read_failed(error, format!("ask {} how far it is", self.name())))?;
        let position = self.shared.verify(&server, asked)?;
        if self.checked {
            let lag = self.shared.timeline.lag(&position, Instant::now());
            self.shared.watermark.raise(asked, position.clone(), lag);
        }
        Ok(position)
    }

    /// Notes what a read on this replica showed of its progress; `asked` was taken before the read was sent.
    pub(crate) fn seen(&self, asked: Asked, position: &Position) {
        if self.checked {
            let lag = self.shared.timeline.lag(position, Instant::now());
            self.shared.watermark.raise(asked, position.clone(), lag);
        }
    }

    pub(crate) fn about_to_ask(&self) -> Asked {
        self.shared.watermark.ask()
    }

    pub(crate) fn known(&self) -> Option<Known> {
        self.shared.watermark.known()
    }

    /// Whether the watermark, read now, covers `frontier`.
    pub(crate) fn covers(&self, frontier: &Frontier) -> bool {
        self.known().is_some_and(|known| frontier.covered_by(&known.position) == Coverage::Covers)
    }

    /// What the decision may know of this replica.
    pub(crate) fn view(&self, index: usize, frontier: &Frontier, tried: bool) -> decision::Replica {
        let usable = self.shared.health.is_up();
        let known = if usable && !tried { self.known() } else { None };
        let Some(known) = known else {
            return decision::Replica { index, usable, tried, coverage: None, recent: false, catch_up: None };
        };
        let coverage = frontier.covered_by(&known.position);
        if coverage == Coverage::Covers {
            return decision::Replica {
                index,
                usable,
                tried,
                coverage: Some(coverage),
                recent: true,
                catch_up: None,
            };
        }
        let now = Instant::now();
        let since = now.saturating_duration_since(known.asked_at);
        let (recent, catch_up) = if coverage == Coverage::Behind {
            let furthest = frontier.marks().map(Position::offset).max().unwrap_or_default();
            let need = known.lag.saturating_sub(self.shared.timeline.age(furthest, now));
            (since < RECENT.max(known.lag / 8), Some(need))
        } else {
            (since < RECENT_TIMELINE, None)
        };
        decision::Replica { index, usable, tried, coverage: Some(coverage), recent, catch_up }
    }

    /// Leaves the node alone until a probe has found it well.
    pub(crate) fn suspect(self: &Arc<Self>, why: &Error) {
        if self.shared.health.is_up() {
            tracing::warn!(node = self.name(), error = %why, "left out until it answers again");
            self.shared.health.not_up(NodeState::Down);
        }
        self.probe_if_due();
    }

    /// Starts a probe beside the caller if the node is not up and it is time to look again.
    pub(crate) fn probe_if_due(self: &Arc<Self>) {
        if self.shared.health.probe_is_due(Instant::now()) {
            self.spawn_probe();
        }
    }

    fn spawn_probe(self: &Arc<Self>) {
        let node = Arc::clone(self);
        tokio::spawn(async move { node.probe().await });
    }

    async fn probe(&self) {
        let options = self.pool.connect_options();
        let asked = self.shared.watermark.ask();
        let answer = tokio::time::timeout(PROBE_LIMIT, Server::ask_once(&options)).await;
        match answer.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
            Ok(server) => {
                if let Ok(position) = self.shared.verify(&server, asked) {
                    // The probe's connection is not of the pool: it proves the server well, and no more. The pool's
                    // own connections set the watermark when they are made.
                    if self.checked {
                        self.shared.connected(asked, position);
                    }
                    if !self.shared.health.is_up() {
                        tracing::info!(node = self.name(), "in use");
                    }
                    self.shared.health.up();
                }
            }
            Err(error) => {
                tracing::debug!(node = self.name(), %error, "does not answer");
                self.shared.health.not_up(NodeState::Down);
            }
        }
    }
}

impl Shared {
    /// Whether the server is what it is configured as, and how far it is; notes a refusal.
    fn verify(&self, server: &Server, asked: Asked) -> Result<Position, Error> {
        let role = match self.route {
            Route::Replica(_) => Role::Standby,
            _ => Role::Primary,
        };
        let verdict = server.expect(&self.name, role, &self.identity).and_then(|()| {
            server
                .position
                .clone()
                .ok_or_else(|| Error::config(format!("{} cannot tell how far it has replayed", self.name)))
        });
        if let Err(why) = &verdict {
            let text = why.to_string();
            if self.health.state() != NodeState::Refused(text.clone()) {
                tracing::warn!(node = self.name, %why, "refused");
            }
            self.watermark.reset();
            self.health.not_up(NodeState::Refused(text));
        }
        verdict.inspect(|position| {
            if role == Role::Primary {
                self.timeline.note(position, asked.at());
            }
        })
    }

    fn connected(&self, asked: Asked, position: Position) {
        let lag = self.timeline.lag(&position, Instant::now());
        self.watermark.connected(asked, position, lag);
    }
}

/// A pool whose every connection is asked what it reached before it is used.
fn checked_pool(
    options: PgConnectOptions,
    shared: &Arc<Shared>,
    limits: &Limits,
    patience: Duration,
) -> PgPool {
    let shared = Arc::clone(shared);
    PgPoolOptions::new()
        .max_connections(limits.max_connections)
        .acquire_timeout(patience)
        // A ping at every use would cost a round trip. Only connections that lay idle are pinged, below.
        .test_before_acquire(false)
        .after_connect(move |conn, _| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let asked = shared.watermark.ask();
                let server = Server::ask(conn).await?;
                let position =
                    shared.verify(&server, asked).map_err(|why| sqlx::Error::Configuration(Box::new(why)))?;
                shared.connected(asked, position);
                shared.health.up();
                Ok(())
            })
        })
        .before_acquire(|conn, meta| {
            Box::pin(async move {
                if meta.idle_for > TRUSTED_IDLE {
                    conn.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}
