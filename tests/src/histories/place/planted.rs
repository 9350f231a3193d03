//! Registers by a wrong rule, in plain SQL: what an application would write by hand, and be wrong.
//!
//! Positions lie in the same contexts, and travel by the same tokens, as ryw's own; what is wrong is how they are taken, or
//! what they are compared with.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use ryw_core::{Branch, Context, Error, Position, ReadPolicy, SourceId, Ticket, Timestamp, Written};
use ryw_postgres::sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use ryw_postgres::sqlx::{self, PgPool, Row as _};

use super::{Fate, Listing, Place};
use crate::histories::plant::Plant;
use crate::histories::rows::{Cell, NewCell};

const CONNECTIONS: u32 = 6;
const PATIENCE: Duration = Duration::from_secs(2);
/// A transaction is under way for up to eight times this: so long that most sessions are in one whenever replay is held, and
/// that those which began earlier do not end earlier.
const WORK: Duration = Duration::from_millis(10);

/// What is wrong about `early-lsn`: the commit record comes after this.
const STORE: &str = "
    INSERT INTO cells VALUES ($1, $2, $3, 1)
    ON CONFLICT (id) DO UPDATE SET term = excluded.term, value = excluded.value, version = cells.version + 1
    RETURNING id, term, value, version, pg_current_xact_id()::text::int8 AS xid,
              (pg_current_wal_insert_lsn() - '0/0')::int8 AS lsn";
const FLUSHED: &str = "SELECT (pg_current_wal_flush_lsn() - '0/0')::int8";
const REPLAYED: &str = "SELECT coalesce((pg_last_wal_replay_lsn() - '0/0')::int8, 0) >= $1";
const READ: &str = "SELECT id, term, value, version FROM cells WHERE id = $1";
/// The snapshot is taken at the beginning, the comparison made when the statement has taken its time.
const READ_IN_A_RACE: &str = "
    WITH work AS MATERIALIZED (SELECT pg_sleep(0.01)),
         gate AS MATERIALIZED (SELECT (pg_last_wal_replay_lsn() - '0/0')::int8 >= $2 AS passed FROM work)
    SELECT passed, id, term, value, version FROM gate LEFT JOIN cells ON id = $1";
const READ_VISIBLE: &str = "
    SELECT pg_visible_in_snapshot($2::text::xid8, pg_current_snapshot()) AS passed, id, term, value, version
    FROM (SELECT 1) AS one LEFT JOIN cells ON id = $1";

/// Pools of one's own, and a wrong rule.
pub(crate) struct PlantedPlace {
    plant: Plant,
    nodes: Vec<PgPool>,
    /// Which of them takes the writes.
    leader: Arc<AtomicUsize>,
    turn: AtomicUsize,
    source: SourceId,
    branch: Branch,
}

impl PlantedPlace {
    /// Over these servers, the primary first.
    pub(crate) fn new(plant: Plant, urls: &[String], leader: &Arc<AtomicUsize>) -> Result<Self, sqlx::Error> {
        let pool = |url: &String| -> Result<PgPool, sqlx::Error> {
            let options: PgConnectOptions = url.parse()?;
            let options = match plant {
                Plant::FlushLsn => options.options([("synchronous_commit", "off")]),
                _ => options,
            };
            let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
            Ok(pool.connect_lazy_with(options))
        };
        Ok(Self {
            plant,
            nodes: urls.iter().map(pool).collect::<Result<_, _>>()?,
            leader: Arc::clone(leader),
            turn: AtomicUsize::new(0),
            source: SourceId::new("main"),
            // What is wrong about `old-timeline`: there is but one.
            branch: Branch::new("planted".into(), 1),
        })
    }

    fn primary(&self) -> &PgPool {
        &self.nodes[self.leader.load(Ordering::SeqCst)]
    }

    /// Each in its turn.
    fn replica(&self) -> &PgPool {
        let leader = self.leader.load(Ordering::SeqCst);
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % (self.nodes.len() - 1);
        let place = 1 + turn;
        // Once a replica leads there is one less.
        &self.nodes[if place == leader { 1 + place % (self.nodes.len() - 1) } else { place }]
    }

    /// What the session must see, as the rule has it.
    fn needed(&self, ctx: &Context) -> i64 {
        let known = ctx.frontier(&self.source);
        let needed = match self.plant {
            Plant::VisibleInSnapshot => known.tickets().map(|(_, ticket)| ticket.id).max(),
            _ => known.furthest_offset(&self.branch),
        };
        needed.unwrap_or(0).cast_signed()
    }

    async fn read_on(
        &self,
        replica: &PgPool,
        id: i64,
        needed: i64,
    ) -> Result<Option<Option<Cell>>, sqlx::Error> {
        let mut conn = replica.acquire().await?;
        match self.plant {
            Plant::SnapshotRace => {
                let row = sqlx::query(READ_IN_A_RACE).bind(id).bind(needed).fetch_one(&mut *conn).await?;
                verdict(&row)
            }
            Plant::VisibleInSnapshot if needed > 0 => {
                let needed = needed.to_string();
                let row = sqlx::query(READ_VISIBLE).bind(id).bind(needed).fetch_one(&mut *conn).await?;
                verdict(&row)
            }
            _ => {
                let passed: bool = sqlx::query_scalar(REPLAYED).bind(needed).fetch_one(&mut *conn).await?;
                if !passed {
                    return Ok(None);
                }
                let row = sqlx::query(READ).bind(id).fetch_optional(&mut *conn).await?;
                Ok(Some(row.map(|row| cell(&row)).transpose()?))
            }
        }
    }
}

#[async_trait]
impl Place for PlantedPlace {
    async fn put(&self, ctx: &Context, new: NewCell) -> Result<Written<Cell>, Error> {
        let before = ctx.frontier(&self.source);
        let mut tx = self.primary().begin().await.map_err(away)?;
        let store = sqlx::query(STORE).bind(new.id).bind(new.term).bind(new.value);
        let row = store.fetch_one(&mut *tx).await.map_err(away)?;
        if matches!(self.plant, Plant::EarlyLsn | Plant::VisibleInSnapshot) {
            // So that others commit meanwhile.
            tokio::time::sleep(WORK * (new.value % 8).unsigned_abs() as u32).await;
        }
        tx.commit().await.map_err(lost)?;
        let (mut lsn, xid): (i64, i64) = (row.get("lsn"), row.get("xid"));
        if self.plant != Plant::EarlyLsn {
            lsn = sqlx::query_scalar(FLUSHED).fetch_one(self.primary()).await.map_err(lost)?;
        }
        let position = match self.plant {
            Plant::VisibleInSnapshot => {
                Position::ticketed(self.branch.clone(), Ticket { id: xid.cast_unsigned(), after: 0 })
            }
            _ => Position::at(self.branch.clone(), lsn.cast_unsigned()),
        };
        ctx.record_write(&self.source, &before, Some(position.clone()), Timestamp::default());
        Ok(Written::new(cell(&row).map_err(lost)?, Some(position)))
    }

    async fn find(&self, ctx: &Context, id: i64) -> Result<Option<Cell>, Error> {
        // A replica that is away has no answer; the primary has.
        if ctx.policy() != ReadPolicy::Strong
            && let Ok(Some(found)) = self.read_on(self.replica(), id, self.needed(ctx)).await
        {
            return Ok(found);
        }
        let row = sqlx::query(READ).bind(id).fetch_optional(self.primary()).await.map_err(away)?;
        row.map(|row| cell(&row)).transpose().map_err(away)
    }

    async fn change(&self, ctx: &Context, _: Option<i64>, new: NewCell) -> Result<Written<Cell>, Error> {
        self.put(ctx, new).await
    }

    async fn find_many(&self, ctx: &Context, ids: &[i64]) -> Result<Vec<Cell>, Error> {
        let mut cells = Vec::new();
        for id in ids {
            cells.extend(self.find(ctx, *id).await?);
        }
        Ok(cells)
    }

    async fn query(&self, ctx: &Context, id: i64) -> Result<Option<Cell>, Error> {
        self.find(ctx, id).await
    }

    async fn of_term(&self, _: &Context, _: i64, _: Listing) -> Result<Vec<Cell>, Error> {
        Err(registers_only())
    }

    async fn add(&self, _: &Context, _: i64, _: i64) -> Result<Written<i64>, Error> {
        Err(registers_only())
    }

    async fn total(&self, _: &Context, _: i64) -> Result<i64, Error> {
        Err(registers_only())
    }

    async fn append(&self, _: &Context, _: i64, _: i64) -> Result<Written<()>, Error> {
        Err(registers_only())
    }

    async fn elements(&self, _: &Context, _: i64) -> Result<Vec<i64>, Error> {
        Err(registers_only())
    }

    async fn put_together(&self, _: &Context, _: Vec<NewCell>) -> Result<Written<Vec<Option<i64>>>, Error> {
        Err(registers_only())
    }

    async fn snapshot(&self, ctx: &Context, ids: &[i64]) -> Result<Vec<Cell>, Error> {
        self.find_many(ctx, ids).await
    }

    async fn fate(&self, _: &Position) -> Result<Fate, Error> {
        Ok(Fate::Unknown)
    }
}

/// The row, if the rule calls it fresh.
fn verdict(row: &PgRow) -> Result<Option<Option<Cell>>, sqlx::Error> {
    if !row.try_get::<bool, _>("passed")? {
        return Ok(None);
    }
    Ok(Some(match row.try_get::<Option<i64>, _>("id")? {
        Some(_) => Some(cell(row)?),
        None => None,
    }))
}

fn cell(row: &PgRow) -> Result<Cell, sqlx::Error> {
    Ok(Cell {
        id: row.try_get("id")?,
        term: row.try_get("term")?,
        value: row.try_get("value")?,
        version: row.try_get("version")?,
    })
}

fn away(why: sqlx::Error) -> Error {
    Error::unavailable("a server did not answer").with_source(why)
}

/// It may have been committed.
fn lost(why: sqlx::Error) -> Error {
    Error::commit_unknown().with_source(why)
}

fn registers_only() -> Error {
    Error::unavailable("a planted rule knows registers only")
}
