//! Whether a database is the one that an entity was compiled for: asked at start-up, or in CI.
//!
//! The check at compile time holds for the database that it was made against. Migrations may since have gone on, or not
//! have got so far; and an entity with `checked = false` was held against none. Here the catalog is asked for the columns,
//! and the server prepares and plans every statement as the program will send it, with the role that will send it. Planning
//! is what finds a missing unique constraint and a missing privilege. Nothing is executed.
//!
//! Not promised: that data fit (a label that no variant has, a document of another shape).

use ryw_core::Error;
use sqlx::postgres::PgTypeInfo;
use sqlx::{
    AssertSqlSafe, Column as _, Connection as _, Either, Executor as _, PgConnection, Postgres, Row as _,
    SqlStr, Statement as _, Type, TypeInfo as _,
};

use crate::boxed::boxed;
use crate::cluster::PostgresSource;
use crate::error;
use crate::inner::Inner;
use crate::table::Table;

/// What an entity needs of its table; implemented by the derive.
pub trait Verify: Table {
    /// Every statement by the name of what sends it. The first one gives all columns back, in the order of the fields.
    const STATEMENTS: &'static [(&'static str, &'static str)];

    /// The columns, in the order of the fields.
    fn columns() -> Vec<Expected>;
}

/// A column, and what has to be true of it.
pub struct Expected {
    /// Whose.
    pub field: &'static str,
    /// Its name.
    pub column: &'static str,
    /// Whether the field can hold a value of a type.
    pub accepts: fn(&PgTypeInfo) -> bool,
    /// Whether the field can hold NULL; `None` if that is not known.
    pub nullable: Option<bool>,
}

/// Whether a `T` can hold a value of this type.
#[must_use]
pub fn accepts<T: Type<Postgres>>(ty: &PgTypeInfo) -> bool {
    T::compatible(ty)
}

/// The same, of a part of a struct whose type rustc infers.
#[must_use]
pub fn accepts_part<S, F: Type<Postgres>>(_: fn(&S) -> &F) -> fn(&PgTypeInfo) -> bool {
    accepts::<F>
}

/// Holds an entity against the primary's database.
pub async fn verify<T: Verify>(source: &PostgresSource) -> Result<(), Error> {
    let needs = Needs { entity: T::NAME, table: T::TABLE, statements: T::STATEMENTS, columns: T::columns() };
    boxed(check(source.inner(), needs)).await
}

/// What is to be true of a table.
struct Needs {
    entity: &'static str,
    table: &'static str,
    statements: &'static [(&'static str, &'static str)],
    columns: Vec<Expected>,
}

async fn check(source: &Inner, needs: Needs) -> Result<(), Error> {
    let Needs { entity, table, .. } = needs;
    let (conn, node) = source.topology.connect().await?;
    drop(conn);
    let failed = |error| error::read_failed(error, format!("verify {entity}"));
    // One of its own, for those of the pool remember the statements that they have prepared before.
    let mut conn = PgConnection::connect_with(&node.options()).await.map_err(failed)?;
    let mistakes = mistakes(&mut conn, source, &needs).await.map_err(failed)?;
    drop(conn.close().await);
    if mistakes.is_empty() {
        return Ok(());
    }
    let mistakes = mistakes.join("; ");
    Err(Error::config(format!("`{entity}` does not fit the table `{table}`: {mistakes}")))
}

/// All there are to find; the statements only if their columns are there, for they would say the same again.
async fn mistakes(
    conn: &mut PgConnection,
    source: &Inner,
    needs: &Needs,
) -> Result<Vec<String>, sqlx::Error> {
    let columns = columns(conn, needs.table).await?;
    if columns.is_empty() {
        return Ok(vec!["there is no such table".to_owned()]);
    }
    let expected = &needs.columns;
    let mut mistakes: Vec<_> = expected.iter().filter_map(|expected| missing(expected, &columns)).collect();
    if !mistakes.is_empty() {
        return Ok(mistakes);
    }
    for (index, (name, sql)) in needs.statements.iter().enumerate() {
        match plan(conn, index, source.statements.text(sql)).await {
            Ok(types) if index == 0 => {
                let given = expected.iter().zip(types);
                mistakes.extend(given.filter_map(|(expected, given)| misfit(expected, &given, &columns)));
            }
            Ok(_) => {}
            Err(sqlx::Error::Database(refusal)) => {
                mistakes
                    .push(format!("the server refuses the statement of `{name}` ({})", refusal.message()));
            }
            // A type that the statement names.
            Err(error @ sqlx::Error::TypeNotFound { .. }) => mistakes.push(format!("in `{name}`: {error}")),
            Err(error) => return Err(error),
        }
    }
    Ok(mistakes)
}

/// Has a statement prepared and planned, and returns the types of its columns.
async fn plan(conn: &mut PgConnection, index: usize, sql: SqlStr) -> Result<Vec<PgTypeInfo>, sqlx::Error> {
    let prepared = conn.prepare(sql.clone()).await?;
    let types = prepared.columns().iter().map(|column| column.type_info().clone()).collect();
    let parameters = match prepared.parameters() {
        Some(Either::Left(types)) => types.len(),
        Some(Either::Right(count)) => count,
        None => 0,
    };
    let nulls =
        if parameters == 0 { String::new() } else { format!("({})", vec!["NULL"; parameters].join(", ")) };
    let name = format!("ryw_verify_{index}");
    let planned = format!("PREPARE {name} AS {}; EXPLAIN EXECUTE {name}{nulls}", sql.as_str());
    conn.execute(sqlx::raw_sql(AssertSqlSafe(planned))).await?;
    Ok(types)
}

/// A column of the table: its name, and whether it may be NULL. Those of a view may, as far as is known, and need not.
async fn columns(conn: &mut PgConnection, table: &str) -> Result<Vec<(String, bool)>, sqlx::Error> {
    const SQL: &str = "SELECT a.attname::text, NOT a.attnotnull AND c.relkind IN ('r', 'p', 'f') FROM pg_class c \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         WHERE c.oid = to_regclass($1)";
    let quoted =
        table.split('.').map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect::<Vec<_>>();
    let rows = sqlx::query(SQL).bind(quoted.join(".")).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

fn missing(expected: &Expected, columns: &[(String, bool)]) -> Option<String> {
    let Expected { field, column, .. } = expected;
    let is_there = columns.iter().any(|(name, _)| name == column);
    (!is_there).then(|| format!("there is no column `{column}` for the field `{field}`"))
}

fn misfit(expected: &Expected, ty: &PgTypeInfo, columns: &[(String, bool)]) -> Option<String> {
    let Expected { field, column, accepts, nullable } = expected;
    if !accepts(ty) {
        return Some(format!("the field `{field}` cannot hold the column `{column}` of type {}", ty.name()));
    }
    let may_be_null = columns.iter().any(|(name, may_be_null)| name == column && *may_be_null);
    (may_be_null && *nullable == Some(false))
        .then(|| format!("the column `{column}` may be NULL, and the field `{field}` is no `Option`"))
}
