//! Where a server is.

use std::fmt;

use ryw_core::Error;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use crate::server::Server;

/// A server's address: a URL, sqlx connect options, or a pool of the user's own.
///
/// For a URL or options ryw makes a pool and checks every connection when it is made, so that a read whose position
/// the server is known to have passed needs no question. A pool of your own stays as it is: ryw cannot see when it
/// connects anew, keeps no watermark for it, and asks the server before each read that has a position to cover.
#[derive(Clone)]
pub struct Address(Given);

#[derive(Clone)]
enum Given {
    Url(String),
    Options(Box<PgConnectOptions>),
    Pool(PgPool),
}

/// Says what kind of address it is; a URL may hold a password.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Given::Url(_) => "Address(URL)",
            Given::Options(_) => "Address(options)",
            Given::Pool(_) => "Address(pool)",
        })
    }
}

/// An address that was understood.
#[derive(Clone)]
pub(crate) enum Endpoint {
    Options(Box<PgConnectOptions>),
    Pool(PgPool),
}

impl From<&str> for Address {
    fn from(url: &str) -> Self {
        Self(Given::Url(url.to_owned()))
    }
}

impl From<String> for Address {
    fn from(url: String) -> Self {
        Self(Given::Url(url))
    }
}

impl From<PgConnectOptions> for Address {
    fn from(options: PgConnectOptions) -> Self {
        Self(Given::Options(Box::new(options)))
    }
}

impl From<PgPool> for Address {
    fn from(pool: PgPool) -> Self {
        Self(Given::Pool(pool))
    }
}

impl Address {
    pub(crate) fn understand(self, name: &str) -> Result<Endpoint, Error> {
        match self.0 {
            Given::Options(options) => Ok(Endpoint::Options(options)),
            Given::Pool(pool) => Ok(Endpoint::Pool(pool)),
            // The URL may hold a password: the message must not repeat it.
            Given::Url(url) => {
                url.parse().map(Box::new).map(Endpoint::Options).map_err(|error: sqlx::Error| {
                    Error::config(format!(
                        "the URL of {name} cannot be understood; it should look like \
                     postgres://user:password@host:5432/database"
                    ))
                    .with_source(error)
                })
            }
        }
    }
}

impl Endpoint {
    pub(crate) async fn ask(&self) -> Result<Server, sqlx::Error> {
        match self {
            Self::Options(options) => Server::ask_once(options).await,
            Self::Pool(pool) => Server::ask(&mut *pool.acquire().await?).await,
        }
    }
}
