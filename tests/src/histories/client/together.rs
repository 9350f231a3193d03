//! Transactions: several registers written at once, or read as of one moment.

use super::registers::{answered, unanswered};
use super::{Client, Sent, found, routed, stored};
use crate::histories::rows::NewCell;

impl Client {
    /// Its own register, and one that others write too.
    pub(super) async fn write_together(&mut self) {
        let (index, store) = self.store();
        let mut ids = vec![self.own[index].register];
        if self.world.habits.sharing {
            ids.push(self.shared_cell());
        }
        // In one order, so that no two transactions wait for each other.
        ids.sort_unstable();
        let record = &self.session.record;
        let (mut writes, mut new) = (Vec::new(), Vec::new());
        for id in &ids {
            let value = self.world.value();
            writes.push((*id, value, record.write(self.world.cell(&store, *id), value)));
            new.push(NewCell { id: *id, term: 0, value: stored(value) });
        }
        let ctx = self.session.ctx.clone();
        let sent = self.send(store.place.put_together(&ctx, new)).await;
        if matches!(sent, Sent::Unknown) {
            self.own[index].register = self.world.own_cell();
        }
        self.world.tally.more(ids.len() as u64 - 1);
        for (place, (id, value, write)) in writes.into_iter().enumerate() {
            match &sent {
                Sent::Done(versions, ran) => {
                    let write = match versions[place] {
                        Some(version) => write.version(found(version)),
                        None => write,
                    };
                    self.acknowledge(write, versions.position(), *ran);
                }
                Sent::Failed => {
                    write.failed();
                }
                Sent::Unknown => self.doubt(&store, id, value, vec![write]),
            }
        }
    }

    pub(super) async fn read_together(&mut self) {
        let (index, store) = self.store();
        let mut ids = vec![self.some_cell(index), self.some_cell(index)];
        ids.dedup();
        let (policy, ctx) = self.policy();
        let record = &self.session.record;
        let reads: Vec<_> =
            ids.iter().map(|id| record.read(self.world.cell(&store, *id)).policy(policy)).collect();
        let Some((cells, ran)) = self.ask(store.place.snapshot(&ctx, &ids)).await else {
            return unanswered(reads);
        };
        self.world.tally.more(ids.len() as u64 - 1);
        for (id, read) in ids.iter().zip(reads) {
            let cell = cells.iter().find(|cell| cell.id == *id);
            answered(routed(read, &store, policy, ran), cell);
        }
    }
}
