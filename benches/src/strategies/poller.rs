//! A task for each replica that asks again and again how far it is, and readers that wait for it.

use std::sync::Arc;

use anyhow::Result;
use async_trait::async_trait;
use ryw_postgres::sqlx::PgPool;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::{BUDGET, INTERVAL, Pools, Reads, Session, Strategy, Turn, replayed};
use crate::favorite::Favorite;

/// A read goes to a replica that is known to have come far enough; it waits for one, and then takes the primary.
#[derive(Debug)]
pub(super) struct Poller {
    pools: Pools,
    reached: Arc<watch::Sender<Vec<i64>>>,
    turn: watch::Sender<Turn>,
    polling: Vec<AbortHandle>,
}

impl Poller {
    pub(super) fn start(pools: Pools) -> Self {
        let reached = Arc::new(watch::Sender::new(vec![0; pools.replicas.len()]));
        let turn = watch::Sender::new(Turn::Others);
        let poll = |(index, pool): (usize, &PgPool)| {
            tokio::spawn(poll(index, pool.clone(), Arc::clone(&reached), turn.subscribe())).abort_handle()
        };
        let polling = pools.replicas.iter().enumerate().map(poll).collect();
        Self { pools, reached, turn, polling }
    }

    /// A replica that has come as far as `lsn`; none in time.
    async fn replica(&self, lsn: i64) -> Option<usize> {
        let first = self.pools.next();
        let mut known = self.reached.subscribe();
        let reached = timeout(BUDGET, known.wait_for(|known| known.iter().any(|reached| *reached >= lsn)));
        let known = reached.await.ok()?.ok()?;
        (0..known.len()).map(|step| (first + step) % known.len()).find(|index| known[*index] >= lsn)
    }
}

/// Until it is aborted, or a server fails; the readers then go to the primary.
async fn poll(
    index: usize,
    pool: PgPool,
    reached: Arc<watch::Sender<Vec<i64>>>,
    mut turn: watch::Receiver<Turn>,
) -> Result<()> {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turn.wait_for(|turn| *turn == Turn::Mine).await?;
        ticks.tick().await;
        let lsn = replayed(&pool).await?;
        reached.send_modify(|reached| reached[index] = lsn);
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.polling.iter().for_each(AbortHandle::abort);
    }
}

#[async_trait]
impl Strategy for Poller {
    async fn write(&self, session: &mut Session, favorite: &Favorite) -> Result<Favorite> {
        self.pools.write_and_ask(session, favorite).await
    }

    async fn read(&self, session: &mut Session, user_id: i64) -> Result<Option<Favorite>> {
        match self.replica(session.lsn.unwrap_or_default()).await {
            Some(index) => self.pools.read_replica(index, user_id).await,
            None => self.pools.read_primary(user_id).await,
        }
    }

    fn reads(&self) -> Reads {
        self.pools.reads()
    }

    fn take_turn(&self, turn: Turn) {
        self.turn.send_replace(turn);
    }
}
