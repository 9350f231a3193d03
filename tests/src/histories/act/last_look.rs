//! When everything has ended and every server is well: what is there now, from where it was written to.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use ryw_core::{Context, Error};
use ryw_testkit::history::{Object, Policy, ReadOp};

use crate::histories::place::Listing;
use crate::histories::plant::Plant;
use crate::histories::world::{Doubtful, LOGS, SUMS, Session, Store, TERMS, World};

/// How long a server that was just healed may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// Reads all that there is. What is missing now is lost.
pub(super) async fn at(world: &World) -> Result<()> {
    resolve_doubts(world).await?;
    let session = world.session(Context::new());
    for store in &world.processes[0].stores {
        look_at(world, &session, store).await.context("what is left could not be read")?;
    }
    Ok(())
}

/// Of a write whose outcome nobody knew, and after which nobody wrote its cell, it is known now.
///
/// Without a failover it has come or will never come; with one it may have been seen, and be lost.
async fn resolve_doubts(world: &World) -> Result<()> {
    if world.ledger.is_none() {
        return Ok(());
    }
    let doubtful = std::mem::take(&mut *world.doubtful.lock().unwrap_or_else(PoisonError::into_inner));
    for Doubtful { store, cell, value, writes } in doubtful {
        let ctx = Context::new().strong();
        let there = patiently(|| store.place.find(&ctx, cell)).await?;
        if there.is_none_or(|there| there.value.cast_unsigned() != value) {
            writes.into_iter().for_each(|write| world.recorder.lost(write));
        }
    }
    Ok(())
}

async fn look_at(world: &World, session: &Session, store: &Store) -> Result<(), Error> {
    let ctx = &session.ctx.strong();
    let read = |object: Object| -> ReadOp { session.record.read(object).policy(Policy::Final) };
    for id in world.all_cells() {
        let found = read(world.cell(store, id));
        match patiently(|| store.place.find(ctx, id)).await? {
            Some(cell) => found.version(cell.version.cast_unsigned()).found(cell.value.cast_unsigned()),
            None => found.absent(),
        };
    }
    if world.habits.plant.is_some_and(Plant::is_gate) {
        return Ok(()); // It knows registers only.
    }
    for id in 1..=SUMS {
        let found = read(world.sum(store, id));
        found.found(patiently(|| store.place.total(ctx, id)).await?.cast_unsigned());
    }
    for id in 1..=LOGS {
        let found = read(world.log(store, id));
        let elements = patiently(|| store.place.elements(ctx, id)).await?;
        found.found_all(elements.into_iter().map(i64::cast_unsigned));
    }
    // A global index has no strong read.
    if store.kind == crate::histories::world::Kind::Postgres {
        for id in 1..=TERMS {
            let found = read(world.term(store, id));
            let cells = patiently(|| store.place.of_term(ctx, id, Listing::Page)).await?;
            found.found_all(cells.into_iter().map(|cell| cell.value.cast_unsigned()));
        }
    }
    Ok(())
}

async fn patiently<T, F>(mut ask: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        match ask().await {
            Err(why) if why.is_retryable() && Instant::now() < deadline => tokio::time::sleep(PAUSE).await,
            result => return result,
        }
    }
}
