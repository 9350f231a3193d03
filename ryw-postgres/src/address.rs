//! Where a server is.

use std::fmt;

use ryw_core::Error;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use crate::epoch::Epochs;
use crate::server::Server;

/// A server's address: a URL, sqlx connect options, or a pool of the user's own.
///
/// For a URL or options ryw makes a pool and checks every connection when it is made, so that a read whose position
/// the server is known to have passed needs no proof. A pool of your own stays as it is: ryw cannot see when it connects
/// anew, so it remembers nothing of its servers, has each read carry its own proof, and asks after each write.
///
/// An address leads to one server unless it says [`balanced`](Self::balanced).
#[derive(Clone)]
pub struct Address {
    given: Given,
    kind: Kind,
    distance: u32,
}

/// What is behind an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// One server.
    #[default]
    Server,
    /// Several, behind a load balancer or a transaction pooler: each connection, or each transaction, may find another.
    Balancer,
}

#[derive(Clone)]
enum Given {
    Url(String),
    Options(Box<PgConnectOptions>),
    Pool(PgPool),
}

/// Says what kind of address it is; a URL may hold a password.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.given {
            Given::Url(_) => "Address(URL)",
            Given::Options(_) => "Address(options)",
            Given::Pool(_) => "Address(pool)",
        })
    }
}

/// An address that was understood.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) way: Way,
    pub(crate) kind: Kind,
    pub(crate) distance: u32,
}

/// How to connect.
#[derive(Clone)]
pub(crate) enum Way {
    Options(Box<PgConnectOptions>),
    Pool(PgPool),
}

impl From<&str> for Address {
    fn from(url: &str) -> Self {
        Given::Url(url.to_owned()).into()
    }
}

impl From<String> for Address {
    fn from(url: String) -> Self {
        Given::Url(url).into()
    }
}

impl From<PgConnectOptions> for Address {
    fn from(options: PgConnectOptions) -> Self {
        Given::Options(Box::new(options)).into()
    }
}

impl From<PgPool> for Address {
    fn from(pool: PgPool) -> Self {
        Given::Pool(pool).into()
    }
}

impl From<Given> for Address {
    fn from(given: Given) -> Self {
        Self { given, kind: Kind::Server, distance: 0 }
    }
}

impl Address {
    /// The same address, of a load balancer or a transaction pooler (PgBouncer, a cloud's reader endpoint) in front of
    /// several replicas.
    ///
    /// Nothing is remembered of what is behind it: every read carries its own proof, in the one statement that reads, and
    /// [`PostgresSource::read`](crate::PostgresSource::read) holds on to one server by a transaction. A pooler must keep
    /// prepared statements apart (PgBouncer 1.21 or later, `max_prepared_statements`).
    #[must_use]
    pub const fn balanced(mut self) -> Self {
        self.kind = Kind::Balancer;
        self
    }

    /// The same address, `distance` away: a replica is preferred to all that are further, and takes part in the choice by
    /// load among those of its own distance. 0 unless said otherwise; the unit is yours.
    #[must_use]
    pub const fn at_distance(mut self, distance: u32) -> Self {
        self.distance = distance;
        self
    }

    pub(crate) fn understand(self, name: &str) -> Result<Endpoint, Error> {
        let Self { given, kind, distance } = self;
        let way = Self::way(given, name)?;
        Ok(Endpoint { way, kind, distance })
    }

    fn way(given: Given, name: &str) -> Result<Way, Error> {
        match given {
            Given::Options(options) => Ok(Way::Options(options)),
            Given::Pool(pool) => Ok(Way::Pool(pool)),
            // The URL may hold a password: the message must not repeat it.
            Given::Url(url) if is_of_something_else(&url) => Err(not_understood(name)),
            Given::Url(url) => {
                let options = url.parse::<PgConnectOptions>();
                let options = options.map_err(|error| not_understood(name).with_source(error))?;
                Ok(Way::Options(Box::new(options)))
            }
        }
    }
}

fn not_understood(name: &str) -> Error {
    Error::config(format!(
        "the URL of {name} cannot be understood; it should look like postgres://user:password@host:5432/database, with \
         what is special in a URL percent-encoded, in a password too"
    ))
}

/// Whether a URL begins with another scheme than Postgres has, which sqlx does not ask.
fn is_of_something_else(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| {
        !["postgres", "postgresql"].iter().any(|ours| scheme.eq_ignore_ascii_case(ours))
    })
}

/// A server's address as a person would write it: never a password.
pub(crate) fn address(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(folder) => format!("{}:{}", folder.display(), options.get_port()),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

impl Endpoint {
    /// Where it leads.
    pub(crate) fn server(&self) -> String {
        match &self.way {
            Way::Options(options) => address(options),
            Way::Pool(pool) => address(&pool.connect_options()),
        }
    }

    /// Whether it is one server, over whose connections nobody watches.
    pub(crate) fn is_an_unexamined_server(&self) -> bool {
        self.kind == Kind::Server && matches!(self.way, Way::Pool(_))
    }

    pub(crate) async fn ask(&self, epochs: Epochs) -> Result<Server, sqlx::Error> {
        match &self.way {
            Way::Options(options) => Server::ask_once(options, epochs).await,
            Way::Pool(pool) => Server::ask(&mut *pool.acquire().await?, epochs).await,
        }
    }

    /// Asks it as the one that takes the writes.
    pub(crate) async fn ask_leader(&self, epochs: Epochs) -> Result<Server, sqlx::Error> {
        match &self.way {
            Way::Options(options) => Server::ask_leader_once(options, epochs).await,
            Way::Pool(pool) => Server::ask_leader(&mut *pool.acquire().await?, epochs).await,
        }
    }
}
