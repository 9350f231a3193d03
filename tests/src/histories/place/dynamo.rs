//! Over DynamoDB.

use async_trait::async_trait;
use ryw_core::{Context, Entity, Error, Position, Written};
use ryw_dynamo::DynamoSource;

use super::{Fate, Listing, Place};
use crate::histories::rows::{
    Cell, CellRepository, Log, LogRepository, NewCell, NewLog, NewSum, Sum, SumRepository,
};

/// How often a change is made anew because somebody else's came between.
const TRIES: u32 = 50;

/// A source over DynamoDB, and its repositories.
#[derive(Clone, Debug)]
pub(crate) struct DynamoPlace {
    source: DynamoSource,
    cells: CellRepository<DynamoSource>,
    sums: SumRepository<DynamoSource>,
    logs: LogRepository<DynamoSource>,
}

impl DynamoPlace {
    pub(crate) fn new(source: DynamoSource) -> Self {
        Self {
            cells: CellRepository::new(source.clone()),
            sums: SumRepository::new(source.clone()),
            logs: LogRepository::new(source.clone()),
            source,
        }
    }

    /// Makes the tables in the home Region.
    pub(crate) async fn create_tables(&self) -> Result<(), Error> {
        self.source.create_table::<Cell>().await?;
        self.source.create_table::<Sum>().await?;
        self.source.create_table::<Log>().await
    }

    /// Makes the counters and lists, which are changed and never made later.
    pub(crate) async fn create_rows(&self, ids: impl Iterator<Item = i64>) -> Result<(), Error> {
        let ctx = Context::new();
        for id in ids {
            self.sums.insert(&ctx, NewSum { id, total: 0 }).await?;
            self.logs.insert(&ctx, NewLog { id, elements: Vec::new() }).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Place for DynamoPlace {
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
        // Of one's own there are none.
        self.cells.find(ctx, &id).await
    }

    async fn of_term(&self, ctx: &Context, term: i64, how: Listing) -> Result<Vec<Cell>, Error> {
        let query = self.cells.query_by_term(ctx, &term);
        match how {
            Listing::Page => query.all().await,
            Listing::Stream => {
                let (mut rows, mut cells) = (query.stream(), Vec::new());
                while let Some(cell) = rows.try_next().await? {
                    cells.push(cell);
                }
                Ok(cells)
            }
        }
    }

    async fn add(&self, ctx: &Context, id: i64, by: i64) -> Result<Written<i64>, Error> {
        let mut known = Sum { id, total: 0, version: 1 };
        for _ in 0..TRIES {
            let patch = Sum::patch().total(known.total + by);
            match self.sums.update_if(ctx, &id, known.version, patch).await {
                Err(why) if why.is_version_conflict() => known = current(&why)?,
                done => return Ok(done?.map(|sum| sum.total)),
            }
        }
        Err(crowded())
    }

    async fn total(&self, ctx: &Context, id: i64) -> Result<i64, Error> {
        Ok(self.sums.find(ctx, &id).await?.map_or(0, |sum| sum.total))
    }

    async fn append(&self, ctx: &Context, id: i64, element: i64) -> Result<Written<()>, Error> {
        let mut known = Log { id, elements: Vec::new(), version: 1 };
        for _ in 0..TRIES {
            let mut elements = known.elements;
            elements.push(element);
            match self.logs.update_if(ctx, &id, known.version, Log::patch().elements(elements)).await {
                Err(why) if why.is_version_conflict() => known = current(&why)?,
                done => return Ok(done?.map(drop)),
            }
        }
        Err(crowded())
    }

    async fn elements(&self, ctx: &Context, id: i64) -> Result<Vec<i64>, Error> {
        Ok(self.logs.find(ctx, &id).await?.map_or_else(Vec::new, |log| log.elements))
    }

    async fn put_together(
        &self,
        ctx: &Context,
        new: Vec<NewCell>,
    ) -> Result<Written<Vec<Option<i64>>>, Error> {
        let (mut tx, count) = (self.source.transact_write(ctx), new.len());
        for cell in new {
            self.cells.upsert_in(&mut tx, cell)?;
        }
        Ok(tx.commit().await?.map(|()| vec![None; count]))
    }

    async fn snapshot(&self, ctx: &Context, ids: &[i64]) -> Result<Vec<Cell>, Error> {
        let mut tx = self.source.transact_get(ctx);
        let wanted = ids.iter().map(|id| self.cells.find_in(&mut tx, id)).collect::<Result<Vec<_>, _>>()?;
        let mut found = tx.get().await?;
        let mut cells = Vec::new();
        for wanted in wanted {
            cells.extend(found.take(wanted)?);
        }
        Ok(cells)
    }

    /// Nothing that was acknowledged is lost: there is no failover.
    async fn fate(&self, _: &Position) -> Result<Fate, Error> {
        Ok(Fate::Survived)
    }
}

/// The row that a change was refused for.
fn current<T: Entity>(why: &Error) -> Result<T, Error> {
    why.current::<T>().cloned().ok_or_else(crowded)
}

fn crowded() -> Error {
    Error::unavailable("others kept changing the row")
}
