//! Over Postgres.

use async_trait::async_trait;
use ryw_core::{Context, Error, PageRequest, Position, Written};
use ryw_postgres::sqlx::{self, FromRow};
use ryw_postgres::{Fate as Told, Isolation, PostgresSource};

use super::{Fate, Listing, Place};
use crate::histories::rows::{Cell, CellRepository, LogRepository, NewCell, SumRepository};

/// More than any term has.
const PAGE: u32 = 1000;

const ADD: &str = "UPDATE sums SET total = total + $2, version = version + 1 WHERE id = $1 RETURNING total";
const APPEND: &str = "UPDATE logs SET elements = elements || $2, version = version + 1 WHERE id = $1";
const READ: &str = "SELECT id, term, value, version FROM cells WHERE id = $1";
const READ_MANY: &str = "SELECT id, term, value, version FROM cells WHERE id = ANY($1)";

/// A source over Postgres, and its repositories.
#[derive(Clone, Debug)]
pub(crate) struct PostgresPlace {
    source: PostgresSource,
    cells: CellRepository,
    sums: SumRepository,
    logs: LogRepository,
}

impl PostgresPlace {
    pub(crate) fn new(source: PostgresSource) -> Self {
        Self {
            cells: CellRepository::new(source.clone()),
            sums: SumRepository::new(source.clone()),
            logs: LogRepository::new(source.clone()),
            source,
        }
    }

    /// Whether the tables are what the rows say.
    pub(crate) async fn verify(&self) -> Result<(), Error> {
        self.cells.verify().await?;
        self.sums.verify().await?;
        self.logs.verify().await
    }
}

#[async_trait]
impl Place for PostgresPlace {
    async fn put(&self, ctx: &Context, new: NewCell) -> Result<Written<Cell>, Error> {
        self.cells.upsert(ctx, new).await
    }

    async fn change(
        &self,
        ctx: &Context,
        version: Option<i64>,
        new: NewCell,
    ) -> Result<Written<Cell>, Error> {
        let Some(version) = version else { return self.cells.insert(ctx, new).await };
        let id = new.id;
        self.cells.update_if(ctx, &id, version, new.into()).await
    }

    async fn find(&self, ctx: &Context, id: i64) -> Result<Option<Cell>, Error> {
        self.cells.find(ctx, &id).await
    }

    async fn find_many(&self, ctx: &Context, ids: &[i64]) -> Result<Vec<Cell>, Error> {
        self.cells.find_many(ctx, ids).await
    }

    async fn query(&self, ctx: &Context, id: i64) -> Result<Option<Cell>, Error> {
        let mut conn = self.source.read(ctx).await?;
        let row = sqlx::query_as(READ).bind(id).fetch_optional(&mut *conn).await.map_err(failed)?;
        conn.finish().await?;
        Ok(row.map(|Row(cell)| cell))
    }

    async fn of_term(&self, ctx: &Context, term: i64, how: Listing) -> Result<Vec<Cell>, Error> {
        match how {
            Listing::Page => Ok(self.cells.list_by_term(ctx, &term, &PageRequest::first(PAGE)).await?.items),
            Listing::Stream => {
                let (mut rows, mut cells) = (self.cells.stream_by_term(ctx, &term), Vec::new());
                while let Some(cell) = rows.try_next().await? {
                    cells.push(cell);
                }
                Ok(cells)
            }
        }
    }

    async fn add(&self, ctx: &Context, id: i64, by: i64) -> Result<Written<i64>, Error> {
        let mut tx = self.source.begin(ctx).await?;
        let total: i64 =
            sqlx::query_scalar(ADD).bind(id).bind(by).fetch_one(&mut *tx).await.map_err(failed)?;
        Ok(tx.commit().await?.map(|()| total))
    }

    async fn total(&self, ctx: &Context, id: i64) -> Result<i64, Error> {
        Ok(self.sums.find(ctx, &id).await?.ok_or_else(|| missing("sum", id))?.total)
    }

    async fn append(&self, ctx: &Context, id: i64, element: i64) -> Result<Written<()>, Error> {
        let mut tx = self.source.begin(ctx).await?;
        sqlx::query(APPEND).bind(id).bind(element).execute(&mut *tx).await.map_err(failed)?;
        tx.commit().await
    }

    async fn elements(&self, ctx: &Context, id: i64) -> Result<Vec<i64>, Error> {
        Ok(self.logs.find(ctx, &id).await?.ok_or_else(|| missing("log", id))?.elements)
    }

    async fn put_together(
        &self,
        ctx: &Context,
        new: Vec<NewCell>,
    ) -> Result<Written<Vec<Option<i64>>>, Error> {
        let (mut tx, mut versions) = (self.source.begin(ctx).await?, Vec::new());
        for cell in new {
            versions.push(Some(self.cells.upsert_in(&mut tx, cell).await?.version));
        }
        Ok(tx.commit().await?.map(|()| versions))
    }

    async fn snapshot(&self, ctx: &Context, ids: &[i64]) -> Result<Vec<Cell>, Error> {
        let reading = self.source.read_transaction(ctx).isolation(Isolation::RepeatableRead);
        let mut tx = reading.begin().await?;
        match sqlx::query_as(READ_MANY).bind(ids).fetch_all(&mut *tx).await {
            Ok(rows) => {
                tx.finish().await?;
                Ok(rows.into_iter().map(|Row(cell)| cell).collect())
            }
            Err(why) => Err(tx.failed(why)),
        }
    }

    async fn fate(&self, position: &Position) -> Result<Fate, Error> {
        Ok(match self.source.fate(position).await? {
            Told::Survived => Fate::Survived,
            Told::Lost => Fate::Lost,
            _ => Fate::Unknown,
        })
    }
}

/// A row of a query of one's own.
struct Row(Cell);

impl FromRow<'_, sqlx::postgres::PgRow> for Row {
    fn from_row(row: &sqlx::postgres::PgRow) -> Result<Self, sqlx::Error> {
        let (id, term, value, version) = FromRow::from_row(row)?;
        Ok(Self(Cell { id, term, value, version }))
    }
}

/// A statement of one's own failed: in a transaction that is not committed, so that nothing of it has happened.
fn failed(why: sqlx::Error) -> Error {
    Error::unavailable("a statement failed").with_source(why)
}

/// Rows that are made before a run begins.
fn missing(what: &str, id: i64) -> Error {
    Error::unavailable(format!("there is no {what} {id} here"))
}
