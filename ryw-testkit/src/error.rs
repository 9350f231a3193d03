//! What can go wrong while a cluster or a Region is started or shaken.
//!
//! One opaque type: callers ask predicates, people read the message. A message says this crate's part in
//! one line (after a failed start, followed by the end of the server's log); the cause is in
//! [`source`](std::error::Error::source), and neither repeats the other.

use std::fmt;
#[cfg(any(feature = "postgres", feature = "redis"))]
use std::path::Path;
#[cfg(any(feature = "postgres", feature = "redis"))]
use std::time::Duration;

/// The result of this crate's operations.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a cluster or Regions could not be started, or a node or a table could not be brought to a state.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    cause: Option<Cause>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "only servers fail in these ways"))]
enum Kind {
    PostgresMissing,
    PostgresTooOld,
    PortTaken,
    Start,
    Timeout,
    Setting,
    Database,
    System,
}

impl Error {
    /// No Postgres was found, or the one that was pointed at is none.
    #[must_use]
    pub fn is_postgres_missing(&self) -> bool {
        self.kind == Kind::PostgresMissing
    }

    /// Postgres was found, but only versions older than 15.
    #[must_use]
    pub fn is_postgres_too_old(&self) -> bool {
        self.kind == Kind::PostgresTooOld
    }

    /// A server ended while it was being started; the message carries the end of its log.
    #[must_use]
    pub fn is_start_failed(&self) -> bool {
        matches!(self.kind, Kind::Start | Kind::PortTaken)
    }

    /// A server did not come to the wanted state in time.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind == Kind::Timeout
    }

    /// A server refused a connection or a statement; the driver's error is the source.
    #[must_use]
    pub fn is_database(&self) -> bool {
        self.kind == Kind::Database
    }

    #[cfg(any(feature = "dynamo", feature = "postgres"))]
    pub(crate) fn setting(message: impl Into<String>) -> Self {
        Self::new(Kind::Setting, message)
    }

    pub(crate) fn system(what: impl Into<String>) -> Self {
        Self::new(Kind::System, what)
    }

    pub(crate) fn because(mut self, cause: impl Into<Cause>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), cause: None }
    }
}

#[cfg(feature = "postgres")]
impl Error {
    pub(crate) fn postgres_missing(message: impl Into<String>) -> Self {
        Self::new(Kind::PostgresMissing, message)
    }

    pub(crate) fn postgres_too_old(message: impl Into<String>) -> Self {
        Self::new(Kind::PostgresTooOld, message)
    }

    pub(crate) fn database(what: impl Into<String>, cause: sqlx::Error) -> Self {
        Self::new(Kind::Database, what).because(cause)
    }
}

#[cfg(any(feature = "postgres", feature = "redis"))]
impl Error {
    pub(crate) fn is_port_taken(&self) -> bool {
        self.kind == Kind::PortTaken
    }

    pub(crate) fn start(name: &str, end: &str, log: &str) -> Self {
        // The messages are in English because Postgres runs with `LC_ALL=C`, and Redis knows no other language.
        let taken = ["could not create any TCP/IP sockets", "Failed listening on port"];
        let taken = taken.iter().any(|message| log.contains(message));
        let kind = if taken { Kind::PortTaken } else { Kind::Start };
        Self::new(
            kind,
            format!("server {name} did not start ({end}); its log ends with:\n{}", log.trim_end()),
        )
    }

    pub(crate) fn timeout(waited: Duration, what: impl fmt::Display) -> Self {
        Self::new(Kind::Timeout, format!("gave up after {} s waiting until {what}", waited.as_secs_f32()))
    }

    pub(crate) fn io(what: &str, path: &Path, cause: std::io::Error) -> Self {
        Self::new(Kind::System, format!("could not {what} {}", path.display())).because(cause)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| &**cause as _)
    }
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_read_from_the_log() {
        let taken =
            Error::start("primary", "exit status: 1", "FATAL:  could not create any TCP/IP sockets\n");
        let other = Error::start("primary", "exit status: 1", "FATAL:  data directory has wrong ownership\n");
        assert!(taken.is_port_taken() && taken.is_start_failed());
        assert!(!other.is_port_taken() && other.is_start_failed());
    }

    #[test]
    fn the_cause_is_chained_and_not_repeated() {
        let error = Error::io("read", Path::new("x"), std::io::Error::other("broken"));
        assert_eq!(error.to_string(), "could not read x");
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "broken");
    }
}
