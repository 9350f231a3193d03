//! Makes happen what the plan says, when it says so.

mod failover;
mod postgres;
mod tables;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::fault::Fault;
use super::plan::{Event, Plan};
use super::stage::{Stage, WINDOW};
use super::world::World;

/// After a failover, which may take longer than the act, so many operations are waited for: it is what came of it that is
/// to be seen.
const AFTER_A_TURN: u64 = 1000;
/// For how long at most.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(10);

/// Goes through a plan. Whatever an event does is over when it returns, but for a failover.
pub(crate) async fn make(stage: &Stage, plan: &Plan, world: &World) -> Result<()> {
    let began = Instant::now();
    for event in &plan.events {
        tokio::time::sleep(event.at.saturating_sub(began.elapsed())).await;
        let from = world.tally.elapsed();
        strike(stage, event, world).await.with_context(|| format!("{} could not be made", event.fault))?;
        world.tally.fault(event.fault, from);
        if plan.scene.turn() == Some(event.fault) {
            go_on(world).await;
        }
    }
    tokio::time::sleep(plan.duration.saturating_sub(began.elapsed())).await;
    Ok(())
}

async fn go_on(world: &World) {
    let (enough, deadline) = (world.tally.glance().operations + AFTER_A_TURN, Instant::now() + PATIENCE);
    while world.tally.glance().operations < enough && Instant::now() < deadline {
        tokio::time::sleep(PAUSE).await;
    }
}

async fn strike(stage: &Stage, event: &Event, world: &World) -> Result<()> {
    match event.fault {
        Fault::ReplayHeld
        | Fault::ApplyDelay
        | Fault::SlowLink
        | Fault::LinkCut
        | Fault::DeafServer
        | Fault::MuteServer
        | Fault::ReplicaKilled
        | Fault::PostmasterKilled
        | Fault::ReplicaFrozen
        | Fault::PrimaryCrashed
        | Fault::PoolExhausted
        | Fault::RecoveryConflict
        | Fault::SlowCheckpoint => {
            let servers = stage.servers.as_ref().context("there are no servers")?;
            postgres::strike(servers, event).await
        }
        Fault::Promoted | Fault::PromotedWithLoss | Fault::Diverged => {
            let servers = stage.servers.as_ref().context("there are no servers")?;
            failover::strike(servers, event.fault, world).await
        }
        Fault::RegionLag
        | Fault::Reordered
        | Fault::Partial
        | Fault::LostAnswers
        | Fault::Throttled
        | Fault::RegionCut
        | Fault::RegionIsolated
        | Fault::IndexLag => {
            tables::strike(stage.tables.as_ref().context("there are no tables")?, event).await;
            Ok(())
        }
        Fault::ClockJump => {
            jump(stage, event.lasting).await;
            Ok(())
        }
    }
}

/// Ahead by a window and more, and back. Nothing is on its way when it goes ahead: a clock that does so while a copy lags
/// ends windows too early, and nobody promises otherwise.
async fn jump(stage: &Stage, lasting: Duration) {
    if let Some(tables) = &stage.tables {
        tables.heal();
    }
    stage.clock.jump_to(2 * WINDOW);
    tokio::time::sleep(lasting).await;
    stage.clock.jump_to(Duration::ZERO);
}
