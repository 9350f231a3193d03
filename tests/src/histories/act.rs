//! One act: servers, sessions, trouble; and in the end a look at what is there.

mod last_look;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result};
use ryw_core::{Context, TokenCodec, TokenKey};
use ryw_testkit::history::{History, Recorder};
use tokio::task::JoinSet;

use super::client::Client;
use super::dice::Dice;
use super::fault::Fault;
use super::plan::Plan;
use super::scene::Scene;
use super::setup::Setup;
use super::stage::Stage;
use super::tally::Tally;
use super::trouble;
use super::world::{Habits, World};

/// Every so many sessions one is shared by several tasks.
const SHARED: usize = 3;
/// How many tasks share it.
const TASKS: usize = 3;

/// How much longer than planned an act may take before it counts as stuck: much, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(300);

/// Plays an act with servers of its own; what it recorded.
pub(crate) async fn play(setup: &Setup, plan: &Plan, tally: &Arc<Tally>) -> Result<History> {
    let stage = Stage::set(plan.scene).await?;
    let played = play_on(&stage, setup, plan, tally).await;
    stage.clear().await;
    played
}

/// Plays an act with servers that may have seen others.
pub(crate) async fn play_on(
    stage: &Stage,
    setup: &Setup,
    plan: &Plan,
    tally: &Arc<Tally>,
) -> Result<History> {
    tally.act(plan.scene.name());
    let world = Arc::new(world(setup, plan, stage, tally)?);
    let performing = perform(setup, plan, stage, &world);
    let in_time = tokio::time::timeout(plan.duration + PATIENCE, performing).await;
    in_time.with_context(|| format!("the act is stuck, {PATIENCE:?} after it was to end"))??;
    Ok(world.recorder.history())
}

async fn perform(setup: &Setup, plan: &Plan, stage: &Stage, world: &Arc<World>) -> Result<()> {
    let clients = clients(setup, plan, world);
    let trouble = trouble::make(stage, plan, world).await;
    world.ended.store(true, Ordering::SeqCst);
    stage.heal().await.context("the servers could not be healed")?;
    clients.join_all().await;
    trouble?;
    last_look::at(world).await
}

fn world(setup: &Setup, plan: &Plan, stage: &Stage, tally: &Arc<Tally>) -> Result<World> {
    let may_lose = matches!(plan.scene.turn(), Some(Fault::PromotedWithLoss | Fault::Diverged));
    let habits = Habits {
        sharing: !may_lose,
        bounded: plan.scene == Scene::Lag,
        eventual: plan.scene != Scene::Divergence,
        plant: setup.plant,
    };
    let codec = TokenCodec::signed(TokenKey::new(plan.seed.to_le_bytes().repeat(4))?);
    let recorder = Recorder::new();
    let processes = stage.processes(setup.plant, &recorder)?;
    let (tally, guarantee, numbers) = (Arc::clone(tally), setup.guarantee, &stage.numbers);
    Ok(World::new(recorder, tally, processes, guarantee, habits, codec, may_lose, numbers))
}

/// Sessions at work, some of them in several tasks.
fn clients(setup: &Setup, plan: &Plan, world: &Arc<World>) -> JoinSet<()> {
    let (mut tasks, mut number) = (JoinSet::new(), 0);
    for index in 0..setup.sessions {
        let session = world.session(Context::new());
        let sharing = if index % SHARED == 0 { TASKS } else { 1 };
        for _ in 0..sharing {
            let dice = Dice::of(plan.seed, number as u64);
            tasks.spawn(Client::new(world, number, &session, dice).work());
            number += 1;
        }
    }
    tasks
}
