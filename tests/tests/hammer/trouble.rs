//! What happens to the replicas meanwhile.

use std::time::{Duration, Instant};

use ryw_testkit::postgres::{Cluster, Node};

/// What takes a replica away is rarer, or there would be none to read from; it comes in the shortest run too.
const BETWEEN_OUTAGES: Duration = Duration::from_secs(2);

/// Random enough, and the same in each run: xorshift.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `sides`.
    pub(crate) const fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// Troubles the replicas for a while; in the end all of them are well.
pub(crate) async fn make(cluster: &Cluster, duration: Duration) {
    let (begun, mut dice) = (Instant::now(), Dice::new(7));
    let mut next_outage = BETWEEN_OUTAGES / 2;
    while begun.elapsed() < duration {
        let replica = cluster.replica(usize::from(dice.roll(2) == 0));
        let is_time = begun.elapsed() > next_outage;
        if is_time {
            next_outage = begun.elapsed() + BETWEEN_OUTAGES;
        }
        match if is_time { 100 + dice.roll(4) } else { dice.roll(4) } {
            0 | 1 => hold_for(replica, 5 + dice.roll(100)).await,
            2 => {
                replica.hold_replay().await.unwrap();
                hold_for(cluster.replica(usize::from(dice.roll(2) == 0)), dice.roll(50)).await;
                replica.release_replay().await.unwrap();
            }
            3 => pause(dice.roll(60)).await,
            100 | 101 => {
                replica.kill().await.unwrap();
                pause(dice.roll(200)).await;
                replica.start().await.unwrap();
            }
            102 => replica.restart().await.unwrap(),
            _ => {
                replica.freeze();
                pause(dice.roll(1000)).await;
                replica.thaw();
            }
        }
    }
}

async fn hold_for(replica: &Node, millis: u64) {
    replica.hold_replay().await.unwrap();
    pause(millis).await;
    replica.release_replay().await.unwrap();
}

async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}
