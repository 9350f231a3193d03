//! The first look at the servers: which of them takes the writes, and which can be used.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use ryw_core::{Error, Identity, Progress, Route};

use crate::address::{Endpoint, Kind};
use crate::epoch::Epochs;
use crate::health::NodeState;
use crate::lsn::WalLayout;
use crate::server::{Role, Server};

/// Longest wait for a server at start.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// What came of the first look at one server.
pub(crate) enum Look {
    Answered(Box<Server>),
    Away(Arc<Error>),
}

/// What a source starts from.
pub(crate) struct Start {
    /// The place of the server that takes the writes.
    pub(crate) leader: usize,
    pub(crate) identity: Identity,
    pub(crate) progress: Progress,
    pub(crate) wal: WalLayout,
}

/// Looks at all servers at once.
///
/// # Errors
/// If one refuses us for a reason that does not pass.
pub(crate) async fn look_at_all(endpoints: &[Endpoint], epochs: Epochs) -> Result<Vec<Look>, Error> {
    let looks: Vec<_> = endpoints
        .iter()
        .cloned()
        .enumerate()
        .map(|(place, endpoint)| tokio::spawn(async move { look_at(&endpoint, &name(place), epochs).await }))
        .collect();
    let mut all = Vec::with_capacity(looks.len());
    for look in looks {
        let stopped = |error| Error::unavailable("the first look at a server was stopped").with_source(error);
        all.push(look.await.map_err(stopped)??);
    }
    Ok(all)
}

/// What the server at `place` is configured as.
fn name(place: usize) -> String {
    place.checked_sub(1).map_or(Route::Primary, Route::Replica).to_string()
}

async fn look_at(endpoint: &Endpoint, name: &str, epochs: Epochs) -> Result<Look, Error> {
    let answer = tokio::time::timeout(CONNECT_LIMIT, endpoint.ask(epochs)).await;
    match answer.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(|error| failed(error, name, endpoint)) {
        Ok(server) => Ok(Look::Answered(Box::new(server))),
        Err(error) if error.is_unavailable() => Ok(Look::Away(Arc::new(error))),
        Err(error) => Err(error),
    }
}

/// Whether a failed first connection is a mistake or a server that is away.
fn failed(error: sqlx::Error, name: &str, endpoint: &Endpoint) -> Error {
    let server = endpoint.server();
    let code =
        error.as_database_error().and_then(|database| database.code()).unwrap_or_default().into_owned();
    let mistake = match code.as_str() {
        "28P01" | "28000" => "refuses the user or the password; check the credentials and pg_hba.conf",
        "3D000" => "has no database of this name",
        "42501" => "does not let this user connect, or call the functions that ryw needs",
        "42P01" if name == Route::Primary.to_string() => {
            "has no table public.ryw_epochs, which `epochs` needs; apply ryw_postgres::EPOCH_MIGRATION first"
        }
        _ if lacks_tls(&error) => {
            "is to be connected to by TLS, which is not compiled in: switch on the feature `tls-rustls` of `ryw-postgres`"
        }
        _ if is_of_configuration(&error) => "cannot be connected to as configured",
        _ => return Error::unavailable(format!("{name}, {server}, cannot be reached")).with_source(error),
    };
    Error::config(format!("{name}, {server}, {mistake}")).with_source(error)
}

/// Whether the address asks for TLS that no feature has brought. sqlx says so in words only.
fn lacks_tls(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Tls(cause) if cause.to_string().contains("without TLS support"))
}

/// A certificate that does not verify comes as "invalid data", in the midst of the handshake.
fn is_of_configuration(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Configuration(_) | sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.kind() == io::ErrorKind::InvalidData,
        _ => false,
    }
}

impl Start {
    /// The configured primary leads if it is one. If it is away, or a standby, and a replica was promoted in its place
    /// (before this start), that one does.
    ///
    /// A configured primary that answers leads even if a replica was promoted; that replica then fails the start, see
    /// [`Look::state`]: which of the two is meant cannot be told from here, and to write to the wrong one is worse.
    pub(crate) fn of(looks: &[Look], endpoints: &[Endpoint]) -> Result<Self, Error> {
        let configured = match looks.first() {
            Some(Look::Answered(configured)) if configured.role == Role::Primary => {
                return Self::led_by(0, configured);
            }
            Some(Look::Answered(configured)) => Some(configured),
            Some(Look::Away(_)) | None => None,
        };
        match (Self::promoted(looks, endpoints)?, configured) {
            (Some((place, server)), _) => Self::led_by(place, server),
            (None, Some(standby)) => Self::led_by(0, standby),
            (None, None) => Err(away(looks)),
        }
    }

    /// Begins the epoch of the one that leads, before any position is given out.
    pub(crate) async fn begin_epoch(self, endpoints: &[Endpoint], epochs: Epochs) -> Result<Self, Error> {
        if !epochs.misses_its_row(self.progress.branch().timeline()) {
            return Ok(self);
        }
        let name = name(self.leader);
        let endpoint = &endpoints[self.leader];
        let asking = endpoint.ask_leader(epochs);
        let answer = tokio::time::timeout(CONNECT_LIMIT, asking).await;
        let server = answer
            .unwrap_or(Err(sqlx::Error::PoolTimedOut))
            .map_err(|error| failed(error, &name, endpoint))?;
        Self::led_by(self.leader, &server)
    }

    /// The replica that was promoted, if one was.
    fn promoted<'a>(looks: &'a [Look], endpoints: &[Endpoint]) -> Result<Option<(usize, &'a Server)>, Error> {
        let mut promoted: Vec<_> = looks
            .iter()
            .enumerate()
            .skip(1)
            .filter_map(|(place, look)| match look {
                // Behind a balancer one finds the primary now and then, and cannot hold on to it.
                Look::Answered(_) if endpoints[place].kind == Kind::Balancer => None,
                // On the first timeline nobody was promoted: it always was a primary, of something else.
                Look::Answered(server) if server.role == Role::Primary && server.timeline > 1 => {
                    Some((place, &**server))
                }
                Look::Answered(_) | Look::Away(_) => None,
            })
            .collect();
        promoted.sort_by_key(|(_, server)| server.timeline);
        if let [.., (one, first), (other, second)] = promoted.as_slice()
            && first.timeline == second.timeline
        {
            return Err(Error::config(format!(
                "{} and {} were both promoted to timeline {}: which of them takes the writes cannot be told; stop one",
                name(*one),
                name(*other),
                first.timeline
            )));
        }
        Ok(promoted.pop())
    }

    fn led_by(leader: usize, server: &Server) -> Result<Self, Error> {
        let name = name(leader);
        server.expect(&name, Role::Primary, Kind::Server, &server.identity)?;
        let progress = server
            .progress()
            .cloned()
            .ok_or_else(|| Error::config(format!("{name} cannot tell how far it has come")))?;
        Ok(Self { leader, identity: server.identity.clone(), progress, wal: server.wal })
    }
}

fn away(looks: &[Look]) -> Error {
    match looks.first() {
        Some(Look::Away(why)) if looks.len() == 1 => {
            Error::unavailable("no server takes writes").with_source(Arc::clone(why))
        }
        Some(Look::Away(why)) => Error::unavailable(
            "no server takes writes: no replica was promoted, and the configured primary is away",
        )
        .with_source(Arc::clone(why)),
        Some(Look::Answered(_)) | None => Error::unavailable("no server takes writes"),
    }
}

impl Look {
    /// Whether the server can be used from the start; an error if it never can.
    pub(crate) fn state(
        &self,
        place: usize,
        leader: usize,
        kind: Kind,
        identity: &Identity,
    ) -> Result<NodeState, Error> {
        let name = name(place);
        match self {
            Self::Answered(_) if place == leader => Ok(NodeState::Up),
            Self::Answered(server) => {
                let verdict = server.expect(&name, Role::Standby, kind, identity);
                match verdict {
                    Ok(()) => Ok(NodeState::Up),
                    // Deposed, most likely: it may come back as a replica.
                    Err(why) if place == 0 && server.identity == *identity => {
                        Ok(NodeState::Refused(why.to_string()))
                    }
                    Err(why) => Err(why),
                }
            }
            Self::Away(error) => {
                tracing::warn!(node = name, %error, "starting without it");
                Ok(NodeState::Down)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;

    /// The words are sqlx's of 0.9; a build of all features, as of these tests, cannot ask a server for them.
    #[test]
    fn tls_that_is_not_compiled_in_is_told_by_the_name_of_its_feature() {
        let endpoint = Address::from("postgres://app@db-1/app").understand("primary").unwrap();
        let lacks = "TLS upgrade required by connect options but SQLx was built without TLS support enabled";
        for (cause, feature) in [(lacks, true), ("the certificate has expired", false)] {
            let error = failed(sqlx::Error::Tls(cause.into()), "primary", &endpoint);
            assert!(error.is_config(), "{error}");
            assert_eq!(error.to_string().contains("`tls-rustls`"), feature, "{error}");
        }
    }
}
