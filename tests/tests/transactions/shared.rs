//! What these tests share.

use std::fmt;

use ryw_postgres::sqlx::{self, PgConnection};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::plain;

/// An application's own error, as handlers have it.
#[derive(Debug)]
pub(crate) enum AppError {
    Ryw(ryw_core::Error),
    Sqlx(sqlx::Error),
    Refused(&'static str),
}

impl From<ryw_core::Error> for AppError {
    fn from(error: ryw_core::Error) -> Self {
        Self::Ryw(error)
    }
}

impl From<sqlx::Error> for AppError {
    fn from(error: sqlx::Error) -> Self {
        Self::Sqlx(error)
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ryw(_) | Self::Sqlx(_) => f.write_str("the database did not do it"),
            Self::Refused(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for AppError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Ryw(error) => Some(error),
            Self::Sqlx(error) => Some(error),
            Self::Refused(_) => None,
        }
    }
}

/// The number a key has on the primary, by a connection of the test's own.
pub(crate) async fn stored(cluster: &Cluster, key: i64) -> Option<i64> {
    color(&mut plain(&cluster.primary().url()).await, key).await
}

/// The number a key has over this connection.
pub(crate) async fn color(conn: &mut PgConnection, key: i64) -> Option<i64> {
    let color: Option<String> = sqlx::query_scalar("SELECT color_hex FROM favorites WHERE user_id = $1")
        .bind(key)
        .fetch_optional(conn)
        .await
        .unwrap();
    color.map(|color| i64::from_str_radix(&color[1..], 16).unwrap())
}

/// Writes a favourite by plain SQL.
pub(crate) async fn put(conn: &mut PgConnection, key: i64, count: i64) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO favorites VALUES ($1, $2)
        ON CONFLICT (user_id) DO UPDATE SET color_hex = excluded.color_hex";
    sqlx::query(sql).bind(key).bind(format!("#{count:06x}")).execute(conn).await.map(drop)
}
