//! One user.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::Result;
use indicatif::ProgressBar;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use ryw_core::Context;

use super::{READS, Workload};
use crate::favorite::{self, Favorite};
use crate::strategies::Strategy;
use crate::tally::Tally;

/// A user, and what the user remembers.
pub(super) struct User {
    workload: Workload,
    id: i64,
    session: Context,
    /// The last choice that was acknowledged.
    chosen: u32,
    dice: StdRng,
    strategy: Arc<dyn Strategy>,
    tally: Arc<Mutex<Tally>>,
    bar: ProgressBar,
}

impl User {
    pub(super) fn new(
        workload: Workload,
        number: u32,
        strategy: Arc<dyn Strategy>,
        tally: Arc<Mutex<Tally>>,
        bar: ProgressBar,
    ) -> Self {
        Self {
            workload,
            id: workload.first_id + i64::from(number),
            session: Context::new(),
            chosen: 0,
            dice: StdRng::seed_from_u64(u64::from(number)),
            strategy,
            tally,
            bar,
        }
    }

    /// Writes, reads and pauses until the work is done.
    pub(super) async fn live(mut self) -> Result<()> {
        let round = self.workload.pause * READS;
        let begin = round.mul_f64(self.dice.random_range(0.0..1.0));
        tokio::time::sleep(begin).await;
        for choice in 1..=self.workload.writes {
            self.write(choice).await;
            for _ in 0..READS {
                self.read().await?;
                self.pause().await;
            }
        }
        Ok(())
    }

    async fn write(&mut self, choice: u32) {
        let favorite = Favorite::choice(self.id, choice);
        let begun = Instant::now();
        let written = self.strategy.write(&self.session, &favorite).await;
        let took = begun.elapsed();
        if written.is_ok() {
            self.chosen = choice;
        }
        self.count(|tally| match written {
            Ok(()) => tally.writes.record(took),
            Err(error) => {
                tally.failed_writes += 1;
                tally.remember(&error);
            }
        });
    }

    /// # Errors
    /// If somebody else writes our rows. A read that fails is counted.
    async fn read(&self) -> Result<()> {
        let begun = Instant::now();
        let read = self.strategy.read(&self.session, self.id).await;
        let took = begun.elapsed();
        let color = match read {
            Ok(color) => color,
            Err(error) => {
                self.count(|tally| {
                    tally.failed_reads += 1;
                    tally.remember(&error);
                });
                return Ok(());
            }
        };
        let seen = color.as_deref().map(favorite::count).transpose()?.unwrap_or_default();
        self.count(|tally| {
            tally.reads.record(took);
            tally.stale += u64::from(seen < self.chosen);
        });
        Ok(())
    }

    fn count(&self, count: impl FnOnce(&mut Tally)) {
        // Half-made counts of a panic are never shown: it ends the run.
        count(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
        self.bar.inc(1);
    }

    async fn pause(&mut self) {
        let pause = self.workload.pause.mul_f64(self.dice.random_range(0.5..1.5));
        tokio::time::sleep(pause).await;
    }
}
