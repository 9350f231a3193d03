//! Lists: many sessions append to each, and read all of it.

use super::{Client, Sent, found, routed, stored};
use crate::histories::world::LOGS;

impl Client {
    pub(super) async fn append(&mut self) {
        let (_, store) = self.store();
        let (id, element) = (1 + self.dice.roll(LOGS as usize) as i64, self.world.value());
        let write = self.session.record.append(self.world.log(&store, id), element);
        let ctx = self.session.ctx.clone();
        match self.send(store.place.append(&ctx, id, stored(element))).await {
            Sent::Done(done, ran) => self.acknowledge(write, done.position(), ran),
            Sent::Failed => write.failed(),
            Sent::Unknown => write.unknown(),
        };
    }

    pub(super) async fn read_log(&mut self) {
        let (_, store) = self.store();
        let id = 1 + self.dice.roll(LOGS as usize) as i64;
        let (policy, ctx) = self.policy();
        let read = self.session.record.read(self.world.log(&store, id)).policy(policy);
        match self.ask(store.place.elements(&ctx, id)).await {
            Some((elements, ran)) => {
                routed(read, &store, policy, ran).found_all(elements.into_iter().map(found))
            }
            None => read.failed(),
        };
    }
}
