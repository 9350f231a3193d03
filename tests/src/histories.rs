//! Histories under faults: sessions write and read in every way while servers fail, all of it is recorded, and a checker
//! that knows nothing of ryw looks for a broken promise.
//!
//! A run is a sequence of acts. Each has servers of its own, a schedule of faults made of its seed, and a history, which is
//! checked when the act is over and then dropped. `docs/proof.md` says how to run it and how to read what it prints.

mod act;
mod client;
mod clock;
mod dice;
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

use anyhow::Result;

pub use fault::Fault;
pub use plan::{Event, Plan};
pub use plant::Plant;
pub use scene::Scene;
pub use setup::{Backend, Guarantee, Setup};
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
    seen::listen();
    let mut verdicts = Vec::new();
    while verdicts.is_empty() || tally.elapsed() + setup.act / 2 < setup.duration {
        let plan = Plan::of(setup, verdicts.len());
        show(&plan, None);
        let history = act::play(setup, &plan, tally).await?;
        let verdict = Verdict::of(&plan, &history, setup.keep.as_deref())?;
        tally.found(verdict.violations());
        show(&plan, Some(&verdict));
        verdicts.push(verdict);
    }
    Ok(verdicts)
}
