//! As many operations as possible, from a fixed number of tasks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{Client, Tally, all};
use crate::strategies::Strategy;

/// How many rows each client goes through. Enough that no row becomes long with old versions.
pub(crate) const ROWS: usize = 128;

/// What is done again and again, and timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// A write.
    Write,
    /// A read by a session whose last write every replica has.
    Read,
    /// A write, and at once a read of what was written.
    Cycle,
}

impl Operation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::Cycle => "cycle",
        }
    }
}

/// The clients of as many tasks.
pub(crate) fn clients(tasks: usize) -> Vec<Client> {
    (0..tasks).map(|task| Client::new((task * ROWS) as i64, ROWS)).collect()
}

/// Lets each client write once, so that reads have a position to be held against.
pub(crate) async fn prepare(strategy: &Arc<dyn Strategy>, clients: Vec<Client>) -> Result<Vec<Client>> {
    let write = |strategy: Arc<dyn Strategy>, mut client: Client, _| async move {
        let mut tally = Tally::default();
        let begun = Instant::now();
        let written = client.write(&*strategy).await;
        tally.note(begun, written);
        (client, tally)
    };
    let (clients, tally) = all(strategy, clients, Duration::ZERO, write).await?;
    ensure!(tally.failed == 0, "a first write failed: {}", tally.failure.unwrap_or_default());
    Ok(clients)
}

/// Has all clients do `operation` for as long as `duration`.
pub(crate) async fn run(
    strategy: &Arc<dyn Strategy>,
    clients: Vec<Client>,
    operation: Operation,
    duration: Duration,
) -> Result<(Vec<Client>, Tally)> {
    let work = move |strategy: Arc<dyn Strategy>, mut client: Client, deadline| async move {
        let mut tally = Tally::default();
        while Instant::now() < deadline {
            client.turn_over();
            let begun = Instant::now();
            let done = client.operate(&*strategy, operation, &mut tally).await;
            tally.note(begun, done);
        }
        (client, tally)
    };
    all(strategy, clients, duration, work).await
}

impl Client {
    async fn operate(
        &mut self,
        strategy: &dyn Strategy,
        operation: Operation,
        tally: &mut Tally,
    ) -> Result<()> {
        match operation {
            Operation::Write => self.write(strategy).await,
            Operation::Read => self.read(strategy, tally).await,
            Operation::Cycle => {
                self.write(strategy).await?;
                self.read(strategy, tally).await
            }
        }
    }
}
