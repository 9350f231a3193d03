//! Read units that sessions consume, and the stale reads they see, over a model of a Region whose follower is behind.
//!
//! Time runs twenty times as fast as for people: a session thinks for a quarter of a second, not five; the follower is 50 ms
//! behind, not the second that AWS speaks of; the window is 3 s, not 60. Right after a write nobody thinks: whoever has sent
//! a form is shown something at once.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use ryw_core::Context;
use ryw_dynamo::DynamoSource;
use ryw_testkit::dynamo::{Region, Regions};
use tokio::task::JoinSet;

use super::order::{Order, customer};
use super::steps::{self, ORDERS, Step};
use super::strategies::{Kind, Strategy};
use crate::options::Dynamo;
use crate::report;

const LAG: Duration = Duration::from_millis(50);
const WINDOW: Duration = Duration::from_secs(3);
/// On average; exponentially distributed.
const THINKING: Duration = Duration::from_millis(250);

/// What a strategy's sessions have read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tally {
    pub(crate) kind: Kind,
    pub(crate) reads: u64,
    /// Of what the session has recently written.
    pub(crate) own: u64,
    /// As the service counts.
    pub(crate) strong: u64,
    /// As the service charges.
    pub(crate) units: f64,
    /// Own reads of less than was acknowledged.
    pub(crate) stale: u64,
}

/// What a session has read.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    reads: u64,
    own: u64,
    stale: u64,
}

/// Runs every strategy's sessions, one strategy after the other, each in a Region of its own.
pub(crate) async fn measure(options: &Dynamo) -> Result<Vec<Tally>> {
    let mut tallies = Vec::new();
    for kind in Kind::ALL {
        let tally = run(kind, options.sessions.into(), options.operations.into()).await;
        tallies.push(tally.with_context(|| kind.name())?);
    }
    Ok(tallies)
}

/// All strategies, for people.
pub(crate) fn table(tallies: &[Tally]) -> String {
    let columns = ["reads", "all", "of own recent writes", "strong", "read units", "× first", "stale"];
    let mut table = report::markdown(&columns);
    let first = tallies.first().map_or(f64::NAN, |tally| tally.units);
    for tally in tallies {
        let share = |part: u64| format!("{:.2} %", 100.0 * part as f64 / tally.reads as f64);
        let kept = tally.kind != Kind::Eventual;
        table.add_row([
            tally.kind.name(),
            tally.reads.to_string(),
            share(tally.own),
            share(tally.strong),
            format!("{:.1}", tally.units),
            format!("{:.3}", tally.units / first),
            // Not a defect: nothing else was promised.
            if kept { tally.stale.to_string() } else { format!("({})", tally.stale) },
        ]);
    }
    table.to_string()
}

async fn run(kind: Kind, sessions: usize, operations: usize) -> Result<Tally> {
    let regions = Regions::builder().start().await?;
    let region = regions.region(0);
    let strategy = Arc::new(prepared(kind, region, sessions).await?);
    let before = region.requests();
    let mut running = JoinSet::new();
    for index in 0..sessions {
        let steps = steps::of(index, sessions, operations);
        running.spawn(session(Arc::clone(&strategy), index, steps));
    }
    let mut seen = Seen::default();
    while let Some(session) = running.join_next().await {
        let session = session??;
        seen.reads += session.reads;
        seen.own += session.own;
        seen.stale += session.stale;
    }
    let after = region.requests();
    let strong = after.strong_reads() - before.strong_reads();
    let served = strong + after.eventual_reads() - before.eventual_reads();
    ensure!(served == seen.reads, "{} reads were made, and {served} served", seen.reads);
    let units = after.read_units() - before.read_units();
    Ok(Tally { kind, reads: seen.reads, own: seen.own, strong, units, stale: seen.stale })
}

/// The table with everybody's orders, of which the follower has the latest; from then on it is behind.
async fn prepared(kind: Kind, region: &Region, sessions: usize) -> Result<Strategy> {
    let source = DynamoSource::builder("orders").home(region.name(), region.client()).window(WINDOW);
    let source = match kind {
        Kind::Ryw(scope) => source.scope(scope),
        Kind::Eventual | Kind::Strong => source,
    };
    let source = source.build()?;
    source.create_table::<Order>().await?;
    for session in 0..sessions {
        for number in 0..ORDERS {
            let item = Order::revised(session, number, 0).to_item();
            region.client().put_item().table_name("orders").set_item(Some(item)).send().await?;
        }
    }
    region.follower().set_delay(LAG);
    Ok(Strategy::new(kind, region.client(), source))
}

async fn session(strategy: Arc<Strategy>, index: usize, steps: Vec<Step>) -> Result<Seen> {
    let (ctx, mut seen) = (Context::new(), Seen::default());
    let mut random = StdRng::seed_from_u64(!(index as u64));
    let mut written = [0; ORDERS as usize];
    let mut wrote = false;
    for step in steps {
        let thinking = thinking(&mut random);
        if !wrote {
            tokio::time::sleep(thinking).await;
        }
        wrote = matches!(step, Step::Write(_));
        match step {
            Step::Write(number) => {
                let revision = written[number as usize] + 1;
                strategy.write(&ctx, &Order::revised(index, number, revision)).await?;
                written[number as usize] = revision;
            }
            Step::ReadOwn(number) => {
                let order = strategy.read(&ctx, &(customer(index), number)).await?;
                seen.stale += u64::from(order.revision < written[number as usize]);
                seen.own += 1;
            }
            Step::ReadOther(other, number) => {
                strategy.read(&ctx, &(customer(other), number)).await?;
            }
        }
        seen.reads += u64::from(!wrote);
    }
    Ok(seen)
}

fn thinking(random: &mut StdRng) -> Duration {
    THINKING.mul_f64(-(1.0 - random.random::<f64>()).ln())
}
