//! Histories under faults: sessions write and read in every way while servers fail, all of it is recorded, and a checker
//! that knows nothing of ryw looks for a broken promise.
//!
//! A run is a sequence of acts. Each has servers of its own, a schedule of faults made of its seed, and a history, which is
//! checked when the act is over and then dropped. `docs/proof.md` says how to run it and how to read what it prints.

mod act;
mod client;
mod clock;
mod dice;
mod excuse;
mod fault;
mod place;
mod plan;
mod plant;
mod rows;
mod scene;
mod seen;
mod setup;
mod stage;
mod tally;
mod trouble;
mod verdict;
mod world;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use ryw_testkit::history::History;

pub use fault::Fault;
pub use plan::{Event, Plan};
pub use plant::Plant;
pub use scene::Scene;
pub use setup::{Backend, Guarantee, Keep, Setup};
pub use tally::{Details, Glance, Mark, SLOT, Slot, Tally};
pub use verdict::Verdict;

/// Plays acts until the time is over, and judges each.
///
/// `show` is told of each plan before it is played, and of what came of it.
///
/// # Errors
/// If servers cannot be started, or do not do what they are told.
pub async fn run(
    setup: &Setup,
    tally: &Arc<Tally>,
    mut show: impl FnMut(&Plan, Option<&Verdict>),
) -> Result<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    while verdicts.is_empty() || tally.elapsed() + setup.act / 2 < setup.duration {
        let plan = Plan::of(setup, verdicts.len());
        show(&plan, None);
        let verdict = act(setup, &plan, tally).await?;
        show(&plan, Some(&verdict));
        verdicts.push(verdict);
    }
    Ok(verdicts)
}

/// Plays one act, and judges it.
///
/// # Errors
/// As [`run`].
pub async fn act(setup: &Setup, plan: &Plan, tally: &Arc<Tally>) -> Result<Verdict> {
    seen::listen();
    let history = act::play(setup, plan, tally).await?;
    judge(setup, plan, &history, tally)
}

/// Makes a mistake in one act after another, until it is caught or `tries` are used up; the last verdict of each mistake. The
/// servers are those of one scene, and new ones after a failover.
///
/// # Errors
/// As [`run`].
pub async fn catch(
    seed: u64,
    act: Duration,
    scene: Scene,
    plants: &[Plant],
    tries: usize,
) -> Result<Vec<(Plant, Verdict)>> {
    seen::listen();
    let (mut stage, tally) = (stage::Stage::set(scene).await?, Arc::<Tally>::default());
    let (mut verdicts, mut is_used_up) = (Vec::new(), false);
    for plant in plants {
        let setup = Setup { act, scenes: vec![scene], ..Setup::new(seed, act).planted(*plant) };
        for number in 0..tries {
            if is_used_up {
                stage.clear().await;
                stage = stage::Stage::set(scene).await?;
            }
            let plan = Plan::of(&setup, number);
            is_used_up = scene.turn().is_some();
            let history = act::play_on(&stage, &setup, &plan, &tally).await?;
            let verdict = judge(&setup, &plan, &history, &tally)?;
            let is_caught = verdict.count(plant.breaks()) > 0;
            if is_caught || number + 1 == tries {
                verdicts.push((*plant, verdict));
                break;
            }
        }
    }
    stage.clear().await;
    Ok(verdicts)
}

fn judge(setup: &Setup, plan: &Plan, history: &History, tally: &Tally) -> Result<Verdict> {
    let verdict = Verdict::of(plan, history, &setup.keep)?;
    tally.found(verdict.violations());
    Ok(verdict)
}
