//! Many sessions that think between operations, as people do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::{Client, Tally, all};
use crate::strategies::Strategy;

/// How many sessions there are.
pub(crate) const SESSIONS: usize = 1000;
/// How long a session thinks before each operation, on average; exponentially distributed, so that short pauses, in
/// which replicas cannot have caught up, do occur.
pub(crate) const THINKS: Duration = Duration::from_secs(1);
/// The share of reads among the operations.
pub(crate) const READS: f64 = 0.95;

/// When a session looks at what it has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// When it happens to read next: each operation is a read or a write by the throw of dice.
    Thinks,
    /// At once, without thinking, as a page does that is shown after a form was sent: one read in twenty.
    LooksAtOnce,
}

/// The sessions' clients, a row each, behind the rows of others.
pub(crate) fn clients(first_row: i64) -> Vec<Client> {
    (0..SESSIONS).map(|session| Client::new(first_row + session as i64, 1)).collect()
}

/// Has all sessions live for `duration`. Reads are what is timed.
pub(crate) async fn run(
    strategy: &Arc<dyn Strategy>,
    clients: Vec<Client>,
    habit: Habit,
    duration: Duration,
) -> Result<(Vec<Client>, Tally)> {
    let work = move |strategy: Arc<dyn Strategy>, mut client: Client, deadline: Instant| async move {
        let mut tally = Tally::default();
        let mut dice = StdRng::from_os_rng();
        loop {
            let next = Instant::now() + pause(&mut dice);
            if next >= deadline {
                tokio::time::sleep_until(deadline.into()).await;
                return (client, tally);
            }
            tokio::time::sleep_until(next.into()).await;
            let writes = !dice.random_bool(READS);
            client.act(&*strategy, writes, habit, &mut tally).await;
        }
    };
    all(strategy, clients, duration, work).await
}

impl Client {
    async fn act(&mut self, strategy: &dyn Strategy, writes: bool, habit: Habit, tally: &mut Tally) {
        if writes {
            if let Err(error) = self.write(strategy).await {
                tally.note(Instant::now(), Err(error.context("a write failed")));
                return;
            }
            if habit == Habit::Thinks {
                return;
            }
        }
        let begun = Instant::now();
        let read = self.read(strategy, tally).await;
        tally.note(begun, read);
    }
}

fn pause(dice: &mut StdRng) -> Duration {
    let share: f64 = dice.random_range(0.0..1.0);
    THINKS.mul_f64(-(1.0 - share).ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_as_long_as_said_and_some_are_short() {
        let mut dice = StdRng::seed_from_u64(1);
        let pauses: Vec<_> = (0..10_000).map(|_| pause(&mut dice)).collect();
        let mean = pauses.iter().sum::<Duration>() / 10_000;
        assert!(mean > THINKS.mul_f64(0.95) && mean < THINKS.mul_f64(1.05), "{mean:?}");
        let short = pauses.iter().filter(|pause| **pause < THINKS / 20).count();
        assert!((400..600).contains(&short), "{short}");
    }
}
