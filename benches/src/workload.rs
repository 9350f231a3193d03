//! What clients do, one after the other in each task: the next operation begins when the last has ended.
//!
//! Every read of a row that its own session has written is checked: showing an older write is a stale read.

pub(crate) mod closed;
pub(crate) mod sessions;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::favorite::Favorite;
use crate::samples::Samples;
use crate::strategies::{Session, Strategy};

/// Numbers all writes of the program, so that of two states of a row the older one can be told, whoever wrote them.
static WRITES: AtomicU32 = AtomicU32::new(1);

/// A client with rows of its own, which nobody else writes meanwhile.
#[derive(Debug)]
pub(crate) struct Client {
    session: Session,
    /// The number of its last acknowledged write to each row; 0 for none.
    floor: Vec<u32>,
    first_row: i64,
    next: usize,
}

/// What clients have come to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How long the operations took that were asked for.
    pub(crate) took: Samples,
    pub(crate) stale: u64,
    pub(crate) failed: u64,
    /// What the first failure was.
    pub(crate) failure: Option<String>,
}

impl Tally {
    pub(crate) fn add(&mut self, mut other: Self) {
        self.took.append(&mut other.took);
        self.stale += other.stale;
        self.failed += other.failed;
        self.failure = self.failure.take().or(other.failure);
    }

    fn note(&mut self, begun: Instant, done: Result<()>) {
        match done {
            Ok(()) => self.took.record(begun.elapsed()),
            Err(error) => {
                self.failed += 1;
                self.failure.get_or_insert_with(|| format!("{error:#}"));
            }
        }
    }
}

impl Client {
    /// A client with `rows` rows from `first_row` on.
    pub(crate) fn new(first_row: i64, rows: usize) -> Self {
        Self { session: Session::default(), floor: vec![0; rows], first_row, next: 0 }
    }

    /// Goes on to the next of its rows.
    fn turn_over(&mut self) {
        self.next = (self.next + 1) % self.floor.len();
    }

    fn row(&self) -> i64 {
        self.first_row + self.next as i64
    }

    async fn write(&mut self, strategy: &dyn Strategy) -> Result<()> {
        let number = WRITES.fetch_add(1, Ordering::Relaxed);
        let favorite = Favorite::numbered(self.row(), number);
        let written = strategy.write(&mut self.session, &favorite).await?;
        anyhow::ensure!(written.number()? == number, "another row was stored than sent");
        self.floor[self.next] = number;
        Ok(())
    }

    async fn read(&mut self, strategy: &dyn Strategy, tally: &mut Tally) -> Result<()> {
        let row = self.row();
        let found = strategy.read(&mut self.session, row).await?;
        let number = found.map_or(Ok(0), |favorite| favorite.number())?;
        tally.stale += u64::from(number < self.floor[self.next]);
        Ok(())
    }
}

/// Runs `work` for every client at the same time; gives the clients back, and what they came to.
async fn all<F>(
    strategy: &Arc<dyn Strategy>,
    clients: Vec<Client>,
    duration: Duration,
    work: impl Fn(Arc<dyn Strategy>, Client, Instant) -> F,
) -> Result<(Vec<Client>, Tally)>
where
    F: Future<Output = (Client, Tally)> + Send + 'static,
{
    let deadline = Instant::now() + duration;
    let tasks: Vec<_> = clients
        .into_iter()
        .map(|client| tokio::spawn(work(Arc::clone(strategy), client, deadline)))
        .collect();
    let (mut clients, mut total) = (Vec::with_capacity(tasks.len()), Tally::default());
    for task in tasks {
        let (client, tally) = task.await?;
        clients.push(client);
        total.add(tally);
    }
    Ok((clients, total))
}
