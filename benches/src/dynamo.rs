//! What ryw costs over DynamoDB: processor time beside the plain SDK, and read units beside reading strongly.

mod canned;
mod find;
mod order;
mod price;
mod steps;
mod strategies;

use anyhow::{Context as _, Result, ensure};
use tokio::runtime::Builder;

use self::price::Tally;
use self::strategies::Kind;
use crate::figure::{Figure, Target};
use crate::options::Dynamo;

/// Measures, and prints tables. The figures are left to the caller.
pub(crate) fn measure(options: &Dynamo) -> Result<Vec<Figure>> {
    let found =
        Builder::new_current_thread().enable_all().build()?.block_on(find::measure(options.rounds.into()))?;
    println!("## An item found by its key, answered from memory\n\n{}\n", find::table(&found));
    let tallies = Builder::new_multi_thread().enable_all().build()?.block_on(price::measure(options))?;
    println!("## Sessions over a follower that is behind\n\n{}\n", price::table(&tallies));
    let ratio = find::ratio(&found, find::Way::Ryw).context("no round could be compared")?;
    let mut figures = vec![Figure::of_rounds("dynamo.find.cpu_ratio", ratio, Target::AtMost(1.03))];
    figures.extend(of_sessions(&tallies)?);
    Ok(figures)
}

fn of_sessions(tallies: &[Tally]) -> Result<[Figure; 2]> {
    let of = |kind| tallies.iter().find(|tally| tally.kind == kind).context("every strategy was run");
    let (naive, ryw) = (of(Kind::Eventual)?, of(Kind::ITEM)?);
    ensure!(naive.stale > 0, "eventually consistent reads were never stale: the run proves nothing of ryw's");
    let stale: u64 = tallies.iter().filter(|tally| tally.kind.is_ryw()).map(|tally| tally.stale).sum();
    Ok([
        Figure::new("dynamo.read_units_ratio", ryw.units / naive.units, Target::AtMost(1.08)),
        Figure::new("dynamo.stale", stale as f64, Target::None),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(kind: Kind, units: f64, stale: u64) -> Tally {
        Tally { kind, reads: 10, own: 1, strong: 1, units, stale }
    }

    #[test]
    fn the_price_is_held_against_the_naive_one_and_stale_reads_are_ryws() {
        let tallies = |naive| {
            let naive = tally(Kind::Eventual, 5.0, naive);
            [naive, tally(Kind::Strong, 10.0, 0), tally(Kind::ITEM, 5.5, 0), tally(Kind::SESSION, 9.0, 1)]
        };
        let [ratio, stale] = of_sessions(&tallies(3)).unwrap();
        assert_eq!((ratio.value, stale.value), (1.1, 1.0));
        assert!(of_sessions(&tallies(0)).is_err(), "that would prove nothing");
    }
}
