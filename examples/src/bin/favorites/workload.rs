//! Many users who write, read back at once, and look again from time to time.
//!
//! The pauses between a user's reads are random, but each user's are the same in every run, and their mean follows from how
//! long the run is to take: every strategy is asked for exactly the same.

mod user;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use indicatif::ProgressBar;
use ryw_core::Context;
use tokio::task::JoinSet;

use self::user::User;
use crate::favorite::Favorite;
use crate::options::Options;
use crate::strategies::{CONNECTIONS, Strategy};
use crate::tally::{Outcome, Tally};

/// Reads after each write, the first one at once.
const READS: u32 = 9;
/// How long the pools may take to open their connections, and the pause before another try.
const WARM_UP_LIMIT: Duration = Duration::from_secs(20);
const WARM_UP_PAUSE: Duration = Duration::from_millis(100);

/// What all users together do in one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Workload {
    users: u32,
    writes: u32,
    /// The mean time between two operations of a user.
    pause: Duration,
    /// Of the first user; each run has users of its own, and so rows of its own.
    first_id: i64,
}

impl Workload {
    /// The work of the run that comes in `turn`.
    pub(crate) fn new(options: &Options, turn: u32) -> Self {
        let (users, writes) = (options.users, options.writes);
        // One round more than there is: users do not all begin together.
        let pauses = (writes + 1).saturating_mul(READS);
        let pause = Duration::from(options.duration) / pauses;
        Self { users, writes, pause, first_id: i64::from(turn) * i64::from(users) }
    }

    /// How many reads and writes there are.
    pub(crate) fn operations(&self) -> u64 {
        u64::from(self.users) * u64::from(self.writes) * u64::from(1 + READS)
    }

    /// Lets all users do their work.
    pub(crate) async fn run(self, strategy: Arc<dyn Strategy>, bar: ProgressBar) -> Result<Outcome> {
        let before = strategy.counts();
        let tally = Arc::new(Mutex::new(Tally::new()?));
        let mut users = JoinSet::new();
        for number in 0..self.users {
            let user = User::new(self, number, Arc::clone(&strategy), Arc::clone(&tally), bar.clone());
            users.spawn(user.live());
        }
        while let Some(ended) = users.join_next().await {
            ended??;
        }
        let tally = Arc::into_inner(tally).context("a user is still there")?;
        let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Outcome { name: strategy.name(), tally, counts: strategy.counts().since(&before) })
    }
}

/// Has the pools open their connections, which would else count as slow reads. The users are none of the run's.
///
/// Each time there is one user more: were all to log in at once, it would take a busy machine longer than a read waits.
pub(crate) async fn warm_up(strategy: &Arc<dyn Strategy>) -> Result<()> {
    let deadline = Instant::now() + WARM_UP_LIMIT;
    for count in 1..=i64::from(CONNECTIONS) {
        let mut users = JoinSet::new();
        for number in 1..=count {
            users.spawn(warm_up_as(Arc::clone(strategy), -number, deadline));
        }
        while let Some(ended) = users.join_next().await {
            ended?.context("the servers cannot be used")?;
        }
    }
    Ok(())
}

/// Reads and writes once as `user`; again if it fails, until the deadline.
async fn warm_up_as(strategy: Arc<dyn Strategy>, user: i64, deadline: Instant) -> Result<()> {
    loop {
        let reading = strategy.read(&Context::new(), user).await;
        let done = match reading {
            Ok(_) => strategy.write(&Context::new(), &Favorite::choice(user, 0)).await,
            Err(error) => Err(error),
        };
        if done.is_ok() || Instant::now() > deadline {
            return done;
        }
        tokio::time::sleep(WARM_UP_PAUSE).await;
    }
}
