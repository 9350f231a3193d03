//! Putting a source together.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use crate::address::{Address, Endpoint};
use crate::cluster::PostgresSource;
use crate::health::NodeState;
use crate::inner::Inner;
use crate::limits::Limits;
use crate::lsn::WalLayout;
use crate::node::Node;
use crate::server::Role;
use crate::timeline::Timeline;
use ryw_core::{Clock, Error, Identity, Mode, Position, Route, RouteCounts, SourceId, SystemClock};

/// Longest wait for a server at start.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// Longest budget for waiting on replicas.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Puts a [`PostgresSource`] together.
///
/// ```no_run
/// # async fn connect() -> Result<(), ryw_core::Error> {
/// use ryw_postgres::PostgresSource;
///
/// let source = PostgresSource::builder("main")
///     .primary("postgres://app:secret@db-1/app")
///     .replica("postgres://app:secret@db-2/app")
///     .replica("postgres://app:secret@db-3/app")
///     .connect()
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a builder does nothing until `connect`"]
pub struct PostgresSourceBuilder {
    id: SourceId,
    primary: Option<Address>,
    replicas: Vec<Address>,
    mode: Mode,
    limits: Limits,
    clock: Arc<dyn Clock>,
}

impl PostgresSource {
    /// Starts to put a source together; `id` is your name for it, under which contexts and tokens keep its positions.
    pub fn builder(id: impl Into<SourceId>) -> PostgresSourceBuilder {
        PostgresSourceBuilder::new(id.into())
    }
}

impl PostgresSourceBuilder {
    fn new(id: SourceId) -> Self {
        Self {
            id,
            primary: None,
            replicas: Vec::new(),
            mode: Mode::default(),
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
        }
    }

    /// The server that takes writes. Required.
    pub fn primary(mut self, address: impl Into<Address>) -> Self {
        self.primary = Some(address.into());
        self
    }

    /// Adds a physical streaming replica of the primary. Each address must lead to one server, not to a load balancer.
    pub fn replica(mut self, address: impl Into<Address>) -> Self {
        self.replicas.push(address.into());
        self
    }

    /// How the source gives its guarantee; [`Mode::Position`] unless said otherwise.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// How long, in total, one read may wait for replicas to catch up before it goes to the primary; 10 ms unless said
    /// otherwise. No read waits for a replica that is not expected to catch up in time.
    pub fn wait_budget(mut self, budget: Duration) -> Self {
        self.limits.wait_budget = budget;
        self
    }

    /// The most connections to keep to each server; 10 unless said otherwise. Pools of your own keep their own limit.
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.limits.max_connections = connections;
        self
    }

    /// How long a connection to the primary may be waited for before the operation fails; 5 s unless said otherwise.
    pub fn primary_timeout(mut self, limit: Duration) -> Self {
        self.limits.primary_patience = limit;
        self
    }

    /// How long a connection to a replica may be waited for before the read goes elsewhere; 1 s unless said otherwise.
    pub fn replica_timeout(mut self, limit: Duration) -> Self {
        self.limits.replica_patience = limit;
        self
    }

    /// How long a generated read may run on a replica before it is repeated elsewhere; 5 s unless said otherwise. It
    /// guards against a server that holds its connections and does not answer. Reads of your own through
    /// [`PostgresSource::read`] have no such limit.
    pub fn replica_read_timeout(mut self, limit: Duration) -> Self {
        self.limits.replica_read_limit = limit;
        self
    }

    /// The clock that time-to-live mode reads.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Connects to the primary, and to every replica that answers within five seconds.
    ///
    /// A replica that cannot be reached does not hinder the start: its reads go elsewhere, and it is taken into use
    /// when it appears. [`PostgresSource::replicas`] tells.
    ///
    /// # Errors
    /// * [Config](Error::is_config): no primary; a URL that cannot be understood; a server that refuses the user, the
    ///   password or the database; a primary that is a standby; a replica that is a primary, or of another cluster.
    /// * [Unavailable](Error::is_unavailable): the primary cannot be reached.
    ///
    /// # Cancel safety
    /// Dropping the future closes what was opened.
    pub async fn connect(self) -> Result<PostgresSource, Error> {
        let primary = self.primary.ok_or_else(|| {
            Error::config(
                "no primary is configured: call `primary` with the address of the server that takes writes",
            )
        })?;
        if self.limits.max_connections == 0 {
            return Err(Error::config("`max_connections` is 0: each server needs at least one connection"));
        }
        if self.limits.wait_budget > LONGEST_WAIT {
            return Err(Error::config(
                "`wait_budget` is longer than a minute: no read should wait that long",
            ));
        }
        let primary = primary.understand(&Route::Primary.to_string())?;
        let replicas: Vec<_> = self
            .replicas
            .into_iter()
            .enumerate()
            .map(|(index, address)| {
                Ok((Route::Replica(index), address.understand(&Route::Replica(index).to_string())?))
            })
            .collect::<Result<_, Error>>()?;

        let (identity, start, wal) = first_look(&primary).await?;
        let timeline = Arc::new(Timeline::new(start));
        let node = |endpoint, route, state| {
            Arc::new(Node::new(endpoint, route, identity.clone(), Arc::clone(&timeline), &self.limits, state))
        };
        let looks: Vec<_> = replicas
            .into_iter()
            .map(|(route, endpoint)| {
                let identity = identity.clone();
                tokio::spawn(async move {
                    let state = look_at_replica(&endpoint, route, &identity).await?;
                    Ok((endpoint, route, state))
                })
            })
            .collect();
        let mut nodes = Vec::with_capacity(looks.len());
        for look in looks {
            let (endpoint, route, state) = look.await.map_err(|error| {
                Error::unavailable("the check of a replica was stopped").with_source(error)
            })??;
            nodes.push(node(endpoint, route, state));
        }
        let primary = node(primary, Route::Primary, NodeState::Up);
        Ok(PostgresSource::new(Inner {
            id: self.id,
            mode: self.mode,
            identity,
            wal,
            timeline,
            primary,
            replicas: nodes,
            limits: self.limits,
            clock: self.clock,
            counts: RouteCounts::default(),
            turn: AtomicUsize::new(0),
        }))
    }
}

/// What the primary is, and how far it has come: what every other answer is held against.
async fn first_look(primary: &Endpoint) -> Result<(Identity, Position, WalLayout), Error> {
    let name = Route::Primary.to_string();
    let answer = tokio::time::timeout(CONNECT_LIMIT, primary.ask()).await;
    let server = answer.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(|error| at_start(error, &name))?;
    server.expect(&name, Role::Primary, &server.identity)?;
    let start = server
        .position
        .clone()
        .ok_or_else(|| Error::config("the primary cannot tell how far it has come"))?;
    Ok((server.identity, start, server.wal))
}

/// Whether a replica can be used from the start; an error if it never can.
async fn look_at_replica(endpoint: &Endpoint, route: Route, identity: &Identity) -> Result<NodeState, Error> {
    let name = route.to_string();
    let answer = tokio::time::timeout(CONNECT_LIMIT, endpoint.ask()).await;
    match answer.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(|error| at_start(error, &name)) {
        Ok(server) => server.expect(&name, Role::Standby, identity).map(|()| NodeState::Up),
        Err(error) if error.is_unavailable() => {
            tracing::warn!(node = name, %error, "starting without it");
            Ok(NodeState::Down)
        }
        Err(error) => Err(error),
    }
}

/// Whether a failed first connection is a mistake or a server that is away.
fn at_start(error: sqlx::Error, name: &str) -> Error {
    let code =
        error.as_database_error().and_then(|database| database.code()).unwrap_or_default().into_owned();
    let mistake = match code.as_str() {
        "28P01" | "28000" => "refuses the user or the password; check the credentials and pg_hba.conf",
        "3D000" => "has no database of this name",
        "42501" => "does not let this user connect, or call the functions that ryw needs",
        _ if matches!(error, sqlx::Error::Configuration(_) | sqlx::Error::Tls(_)) => {
            "cannot be connected to as configured"
        }
        _ => return Error::unavailable(format!("{name} cannot be reached")).with_source(error),
    };
    Error::config(format!("{name} {mistake}")).with_source(error)
}
