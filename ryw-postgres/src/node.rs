//! One server of a source: its pool, what it was found to be, and how far it is known to have come.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ryw_core::{Branch, Coverage, Error, Frontier, Identity, Place, Progress, Route, decision};
use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;

use crate::address::{Endpoint, Kind, Way};
use crate::durable::Durable;
use crate::epoch::Epochs;
use crate::error;
use crate::health::{Circuit, Health, NodeState};
use crate::lag::Lag;
use crate::leadership::Leadership;
use crate::limits::Limits;
use crate::load::Load;
use crate::observe::{Changes, Labels};
use crate::pool::{Conn, Examine, Fill, Pool};
use crate::report::Report;
use crate::sequence;
use crate::server::{Role, Server};
use crate::timeline::Timeline;
use crate::watermark::{Asked, Known, Watermark};

/// How long a probe may take.
const PROBE_LIMIT: Duration = Duration::from_secs(2);
/// How long a session from before a promotion may be looked for. Writes wait meanwhile; but what it tells nobody can tell
/// later, and the server has just answered.
const SESSION_LIMIT: Duration = PROBE_LIMIT;
/// How long one of them may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_millis(500);
/// The pause between two looks for one.
const BETWEEN_SESSIONS: Duration = Duration::from_millis(10);
/// How often a server in use is asked whether it still is what it was.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// How long "on another timeline" is believed without asking again.
const RECENT_TIMELINE: Duration = Duration::from_millis(100);
/// The least time for which "still behind" is believed without asking again.
const RECENT: Duration = Duration::from_millis(2);

pub(crate) struct Node {
    shared: Arc<Shared>,
    pool: Pool,
    kind: Kind,
    load: Load,
    lag: Lag,
    limits: Patience,
}

/// How long a connection may be waited for.
#[derive(Clone, Copy)]
struct Patience {
    as_primary: Duration,
    as_replica: Duration,
}

/// What the pool's examiner and the node share.
struct Shared {
    /// Its own number in this process, for [`Place`].
    number: u64,
    /// Its place among the nodes of the source.
    place: usize,
    /// What it is called when it is not the primary.
    as_replica: Route,
    kind: Kind,
    identity: Identity,
    epochs: Epochs,
    timeline: Arc<Timeline>,
    leadership: Arc<Leadership>,
    watermark: Watermark,
    durable: Durable,
    health: Health,
}

/// What all nodes of a source have in common.
#[derive(Clone)]
pub(crate) struct Common {
    pub(crate) identity: Identity,
    pub(crate) epochs: Epochs,
    pub(crate) timeline: Arc<Timeline>,
    pub(crate) leadership: Arc<Leadership>,
    pub(crate) labels: Labels,
}

impl Node {
    pub(crate) fn new(
        endpoint: Endpoint,
        place: usize,
        as_replica: Route,
        common: &Common,
        limits: &Limits,
        state: NodeState,
    ) -> Self {
        let labels = common.labels.server(&endpoint.server());
        let Endpoint { way, kind, distance: _ } = endpoint;
        let shared = Arc::new(Shared {
            number: sequence::next(),
            place,
            as_replica,
            kind,
            identity: common.identity.clone(),
            epochs: common.epochs,
            timeline: Arc::clone(&common.timeline),
            leadership: Arc::clone(&common.leadership),
            watermark: Watermark::default(),
            durable: Durable::default(),
            health: Health::new(state, labels.changes("failed")),
        });
        let patience = Patience { as_primary: limits.primary_patience, as_replica: limits.replica_patience };
        let pool = match way {
            Way::Pool(pool) => Pool::Given(pool),
            Way::Options(options) => {
                let examiner: Arc<dyn Examine> = Arc::<Shared>::clone(&shared);
                Pool::own(*options, limits.max_connections, examiner)
            }
        };
        let (load, lag) = (Load::new(Instant::now()), Lag::new(limits.max_lag, &labels));
        Self { shared, pool, kind, load, lag, limits: patience }
    }

    /// Where an operation on it runs, as things stand.
    pub(crate) fn route(&self) -> Route {
        self.shared.route()
    }

    /// Its place among the nodes of the source.
    pub(crate) fn at(&self) -> usize {
        self.shared.place
    }

    /// What it is called when it is not the primary.
    pub(crate) fn as_replica(&self) -> Route {
        self.shared.as_replica
    }

    pub(crate) fn state(&self) -> NodeState {
        self.shared.health.state()
    }

    pub(crate) fn is_up(&self) -> bool {
        self.shared.health.is_up()
    }

    pub(crate) fn load(&self) -> &Load {
        &self.load
    }

    /// Its state, for how long, and when it is looked at next.
    pub(crate) fn circuit(&self, now: Instant) -> Circuit {
        self.shared.health.circuit(now)
    }

    /// How often it was left out and taken back: because it failed, and because it lagged.
    pub(crate) fn changes(&self) -> [&Changes; 2] {
        [self.shared.health.changes(), self.lag.changes()]
    }

    /// Whether it lags so far that another is preferred.
    pub(crate) fn lags(&self) -> bool {
        self.lag.is_beyond()
    }

    /// How its server is connected to.
    pub(crate) fn options(&self) -> Arc<PgConnectOptions> {
        self.pool.options()
    }

    pub(crate) fn fill(&self) -> Fill {
        self.pool.fill()
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether what one connection found holds for the next: one server, and every connection examined.
    pub(crate) fn remembers(&self) -> bool {
        self.pool.is_own() && self.kind == Kind::Server
    }

    /// What it holds for good, as a replica; nothing, if it was never asked.
    pub(crate) fn durable(&self) -> Option<Progress> {
        self.shared.durable.held()
    }

    /// Where a read on it that is sent now has its place.
    pub(crate) fn place(&self) -> Option<Place> {
        self.remembers().then(|| Place { node: self.shared.number, at: sequence::now() })
    }

    /// A connection to this server, within the node's patience; none at all while it is refused.
    ///
    /// A server that cannot be connected to is left out. A pool that has none free in time is no such proof, for the
    /// server may just be busy: leaving it out would send its load to the primary. It is probed, and stays in use.
    pub(crate) async fn acquire(self: &Arc<Self>) -> Result<Conn, Error> {
        self.acquire_within(self.patience()).await
    }

    /// The same, within `limit`.
    pub(crate) async fn acquire_within(self: &Arc<Self>, limit: Duration) -> Result<Conn, Error> {
        if let NodeState::Refused(why) = self.state() {
            return Err(Error::unavailable(why));
        }
        let error = match self.pool.acquire(limit).await {
            Ok(conn) => return Ok(conn),
            Err(error) => error,
        };
        if let NodeState::Refused(why) = self.state() {
            return Err(Error::unavailable(why).with_source(error));
        }
        let busy = matches!(error, sqlx::Error::PoolTimedOut);
        let why = error::no_connection(error, &self.route().to_string());
        if !busy {
            self.suspect(&why);
        } else if self.shared.health.doubt(Instant::now()) {
            self.spawn_probe();
        }
        Err(why)
    }

    /// How long a connection may be waited for in the part that it plays now.
    fn patience(&self) -> Duration {
        if self.shared.leadership.is_led_by(self.shared.place) {
            self.limits.as_primary
        } else {
            self.limits.as_replica
        }
    }

    /// The most connections that its pool can hold.
    pub(crate) fn max_connections(&self) -> u32 {
        self.pool.limit()
    }

    /// Asks the server how far it is, over a connection of its own, and makes sure that it still is what it was.
    ///
    /// Bounded by the node's patience: a server that hangs is as good as one that is away.
    pub(crate) async fn ask(&self, conn: &mut PgConnection) -> Result<Progress, Error> {
        let asked = self.about_to_ask();
        let answer =
            tokio::time::timeout(self.patience().min(PROBE_LIMIT), Server::ask(conn, self.shared.epochs))
                .await;
        let server = answer
            .unwrap_or(Err(sqlx::Error::PoolTimedOut))
            .map_err(|error| error::read_failed(error, format!("ask {} how far it is", self.route())))?;
        let report = self.shared.verify(&server, asked)?;
        self.passed(asked, &report);
        Ok(report.progress)
    }

    /// Notes how far an answer showed this server to be; `asked` was taken before the question was sent.
    pub(crate) fn passed(&self, asked: Asked, report: &Report) {
        if self.remembers() {
            let lag = self.shared.timeline.lag(report.progress.offset(), Instant::now());
            self.shared.watermark.raise(asked, report, lag);
            if !self.shared.leadership.is_led_by(self.shared.place) {
                self.lag.note(lag);
            }
        }
    }

    pub(crate) fn about_to_ask(&self) -> Asked {
        self.shared.watermark.ask()
    }

    pub(crate) fn known(&self) -> Option<Known> {
        self.shared.watermark.known()
    }

    /// The branch of history that `conn` leads to, as far as that is known.
    pub(crate) fn branch(&self, conn: &Conn) -> Option<Branch> {
        if !self.remembers() {
            return None;
        }
        let known = self.known().map(|known| known.progress().branch().clone());
        known.or_else(|| conn.branch().cloned())
    }

    /// What a read over `conn` is certain to see.
    pub(crate) fn certain(&self, conn: &Conn) -> Option<Progress> {
        let known = self.known()?;
        let born = conn.born()?;
        Some(known.report.progress.with_place(Place { node: self.shared.number, at: born }))
    }

    /// What the decision may know of this replica.
    pub(crate) fn view(&self, frontier: &Frontier, tried: bool) -> decision::Replica {
        let index = self.shared.place;
        let usable = self.is_up() && !self.shared.leadership.is_led_by(index);
        let known = if usable && !tried { self.known() } else { None };
        let Some(known) = known else {
            return decision::Replica { index, usable, tried, coverage: None, recent: false, catch_up: None };
        };
        // That the read will find a connection old enough is assumed here, and made sure of there.
        let progress = known.report.likely().with_place(Place { node: self.shared.number, at: 0 });
        let coverage = frontier.covered_by(&progress);
        if coverage == Coverage::Covers {
            let coverage = Some(coverage);
            return decision::Replica { index, usable, tried, coverage, recent: true, catch_up: None };
        }
        let now = Instant::now();
        let since = now.saturating_duration_since(known.asked_at);
        let (recent, catch_up) = if coverage == Coverage::Behind {
            let need = frontier
                .furthest_offset(progress.branch())
                .map(|furthest| known.lag.saturating_sub(self.shared.timeline.age(furthest, now)));
            (since < RECENT.max(known.lag / 8), Some(need.unwrap_or(known.lag)))
        } else {
            (since < RECENT_TIMELINE, None)
        };
        decision::Replica { index, usable, tried, coverage: Some(coverage), recent, catch_up }
    }

    /// Leaves the node alone until a probe has found it well.
    pub(crate) fn suspect(self: &Arc<Self>, why: &Error) {
        if self.is_up() {
            tracing::warn!(node = %self.route(), error = %why, "left out until it answers again");
            self.shared.health.not_up(NodeState::Down);
        }
        if self.shared.leadership.is_led_by(self.shared.place) {
            self.shared.leadership.doubt();
        }
        self.look_if_due();
    }

    /// Starts a look at the server beside the caller if it is time for one: a probe if the node is not up, a question
    /// whether it still is what it was if it is.
    pub(crate) fn look_if_due(self: &Arc<Self>) {
        let now = Instant::now();
        if self.shared.health.probe_is_due(now) {
            self.spawn_probe();
        } else if self.remembers() && self.shared.health.look_is_due(now, BETWEEN_LOOKS) {
            let node = Arc::clone(self);
            tokio::spawn(async move { node.look().await });
        }
    }

    fn spawn_probe(self: &Arc<Self>) {
        let node = Arc::clone(self);
        tokio::spawn(async move { drop(node.probe().await) });
    }

    /// Asks a server in use, over one of its connections.
    async fn look(self: &Arc<Self>) {
        let Ok(mut conn) = self.acquire().await else { return };
        conn.busy();
        match self.ask(&mut conn).await {
            Ok(_) => conn.keep(),
            Err(why) => {
                // A session leads to the server that it was made for: if that does not fit any more it was promoted.
                if why.is_config() {
                    conn.keep();
                    conn.put_aside();
                } else {
                    conn.give_up();
                }
                self.suspect(&why);
            }
        }
    }

    /// Asks the server over a connection made for the question.
    pub(crate) async fn probe(&self) -> Result<Server, Error> {
        let options = self.pool.options();
        let asked = self.about_to_ask();
        let answer = tokio::time::timeout(PROBE_LIMIT, Server::ask_once(&options, self.shared.epochs)).await;
        match answer.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
            Ok(server) => {
                if let Ok(report) = self.shared.verify(&server, asked) {
                    // The probe's connection is not of the pool: it proves the server well, and no more. The pool's
                    // own connections set the watermark when they are made.
                    if self.remembers() {
                        self.shared.connected(asked, report);
                    }
                    if !self.is_up() {
                        tracing::info!(node = %self.route(), "in use");
                    }
                    self.shared.health.up();
                }
                Ok(server)
            }
            Err(error) => {
                tracing::debug!(node = %self.route(), %error, "does not answer");
                self.shared.health.not_up(NodeState::Down);
                if self.shared.leadership.is_led_by(self.shared.place) {
                    self.shared.leadership.doubt();
                }
                Err(error::no_connection(error, &self.route().to_string()))
            }
        }
    }

    /// Asks it as the one that is to take the writes.
    pub(crate) async fn ask_as_leader(&self) -> Result<Server, Error> {
        let options = self.pool.options();
        let asking = Server::ask_leader_once(&options, self.shared.epochs);
        let answer = tokio::time::timeout(PROBE_LIMIT, asking).await;
        answer
            .unwrap_or(Err(sqlx::Error::PoolTimedOut))
            .map_err(|error| error::no_connection(error, &self.as_replica().to_string()))
    }

    /// Where it left `branch` when it was promoted, exactly, if a session of before is left to tell.
    ///
    /// A promoted server keeps the end of its replay until it starts anew, and then its sessions are gone. To be asked
    /// while it counts as a replica, for then no new connection passes the examination, and before it is renewed, for all
    /// sessions are used up. Some may be dead, from before an earlier restart; one that is still in use is waited for.
    pub(crate) async fn left_at(&self, branch: &Branch) -> Option<u64> {
        if !self.remembers() {
            return None;
        }
        let asking = async {
            loop {
                // Asked first: what is in use now may be idle, or put aside, a moment later.
                let open = self.pool.fill().open;
                let sessions = self.pool.take_idle();
                for mut session in sessions.into_iter().filter(|session| session.branch() == branch) {
                    if let Some(lsn) = end_of_replay(session.pg()).await {
                        return Some(lsn);
                    }
                }
                if open == 0 {
                    return None;
                }
                tokio::time::sleep(BETWEEN_SESSIONS).await;
            }
        };
        tokio::time::timeout(SESSION_LIMIT, asking).await.ok()?
    }

    /// Forgets what was known of it: it plays another part from now on, and its connections are made anew.
    pub(crate) fn renew(&self) {
        self.shared.watermark.reset();
        self.shared.durable.reset();
        self.pool.renew();
    }

    /// It was found to be what it now is.
    pub(crate) fn is_well(&self) {
        self.shared.health.up();
    }
}

impl Shared {
    fn route(&self) -> Route {
        if self.leadership.is_led_by(self.place) { Route::Primary } else { self.as_replica }
    }

    /// Whether the server is what it is in use as, and how far it is; notes a refusal.
    fn verify(&self, server: &Server, asked: Asked) -> Result<Report, Error> {
        let route = self.route();
        let name = route.to_string();
        let role = match route {
            Route::Primary => Role::Primary,
            _ => Role::Standby,
        };
        let verdict = server.expect(&name, role, self.kind, &self.identity).and_then(|()| {
            if role == Role::Primary {
                server.expect_not_deposed(&name, &self.timeline.branch())?;
            }
            server
                .report
                .clone()
                .ok_or_else(|| Error::config(format!("{name} cannot tell how far it has replayed")))
        });
        if let Err(why) = &verdict {
            let text = why.to_string();
            if self.health.state() != NodeState::Refused(text.clone()) {
                tracing::warn!(node = name, %why, "refused");
                self.leadership.doubt();
            }
            self.watermark.reset();
            self.health.not_up(NodeState::Refused(text));
        }
        let report = verdict?;
        if role == Role::Primary {
            self.timeline.note(&report.progress, asked.at());
        } else if let Some(told) = &server.durable {
            self.durable.note(asked.at(), told);
        }
        Ok(report)
    }

    fn connected(&self, asked: Asked, report: Report) {
        // What one connection to a balancer finds says nothing about the next.
        if self.kind == Kind::Balancer {
            return;
        }
        let lag = self.timeline.lag(report.progress.offset(), Instant::now());
        self.watermark.connected(asked, report, lag);
    }
}

#[async_trait::async_trait]
impl Examine for Shared {
    async fn examine(&self, conn: &mut PgConnection) -> Result<Branch, sqlx::Error> {
        let asked = self.watermark.ask();
        let server = if self.leadership.is_led_by(self.place) {
            Server::ask_leader(conn, self.epochs).await?
        } else {
            Server::ask(conn, self.epochs).await?
        };
        let report = self.verify(&server, asked).map_err(|why| sqlx::Error::Configuration(Box::new(why)))?;
        let branch = report.progress.branch().clone();
        self.connected(asked, report);
        self.health.up();
        Ok(branch)
    }
}

/// Where a server that was promoted has ended its replay; `None` if it was not, or does not answer.
async fn end_of_replay(conn: &mut PgConnection) -> Option<u64> {
    const SQL: &str = "SELECT (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::int8 WHERE NOT pg_is_in_recovery()";
    let asking = sqlx::query_scalar::<_, Option<i64>>(SQL).fetch_optional(conn);
    let answer = tokio::time::timeout(ANSWER_LIMIT, asking).await.ok()?.ok()?;
    answer.flatten().map(i64::cast_unsigned)
}
