//! Counters: many sessions add to each.

use super::{Client, Sent, found, routed, stored};
use crate::histories::plant::Plant;
use crate::histories::world::SUMS;

impl Client {
    pub(super) async fn increment(&mut self) {
        let (_, store) = self.store();
        let (id, by) = (1 + self.dice.roll(SUMS as usize) as i64, 1 + self.dice.roll(9) as u64);
        let write = self.session.record.increment(self.world.sum(&store, id), by);
        let ctx = self.session.ctx.clone();
        let mut sent = self.send(store.place.add(&ctx, id, stored(by))).await;
        if matches!(sent, Sent::Unknown) && self.world.habits.plant == Some(Plant::BlindRetry) {
            sent = self.send(store.place.add(&ctx, id, stored(by))).await;
        }
        match sent {
            Sent::Done(total, ran) => self.acknowledge(write.version(found(*total)), total.position(), ran),
            Sent::Failed => write.failed(),
            Sent::Unknown => write.unknown(),
        };
    }

    pub(super) async fn read_sum(&mut self) {
        let (_, store) = self.store();
        let id = 1 + self.dice.roll(SUMS as usize) as i64;
        let (policy, ctx) = self.policy();
        let read = self.session.record.read(self.world.sum(&store, id)).policy(policy);
        match self.ask(store.place.total(&ctx, id)).await {
            Some((total, ran)) => routed(read, &store, policy, ran).found(found(total)),
            None => read.failed(),
        };
    }
}
