//! Who may connect to a cluster, and connecting.

use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, PgConnection};

use crate::error::{Error, Result};

/// The role made by initdb, as which this crate works.
pub(super) const SUPERUSER: &str = "postgres";
/// The role for the code under test, and the name of the database it owns.
pub(super) const APPLICATION: &str = "app";
/// The database made by initdb.
pub(super) const MAINTENANCE: &str = "postgres";

/// No healthy server takes this long to answer a connection over loopback.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The passwords of one cluster.
#[derive(Debug, Clone)]
pub(super) struct Passwords {
    pub(super) superuser: String,
    pub(super) application: String,
}

impl Passwords {
    pub(super) fn random() -> Result<Self> {
        Ok(Self { superuser: password()?, application: password()? })
    }
}

/// Connects to `database` as superuser.
pub(super) async fn connect(port: u16, password: &str, database: &str) -> Result<PgConnection, sqlx::Error> {
    let options = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(port)
        .username(SUPERUSER)
        .password(password)
        .database(database)
        .application_name("ryw-testkit")
        .ssl_mode(PgSslMode::Disable);
    tokio::time::timeout(CONNECT_TIMEOUT, options.connect())
        .await
        .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
}

fn password() -> Result<String> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0; 16];
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|cause| Error::io("read", source, cause))?;
    Ok(bytes.iter().fold(String::new(), |mut password, byte| {
        let _ = write!(password, "{byte:02x}");
        password
    }))
}
