//! Registers: every write stores a value of its own, and reads back the version that the database gave the row.

use std::sync::PoisonError;

use ryw_testkit::history::{OperationId, ReadOp, WriteOp};

use super::{Client, Sent, found, routed, stored};
use crate::histories::plant::Plant;
use crate::histories::rows::{Cell, NewCell};
use crate::histories::world::{Doubtful, SHARED_CELLS, Store};

/// How many registers are read at once.
const MANY: usize = 4;

impl Client {
    /// Stores a value where nobody else does.
    pub(super) async fn write_own(&mut self) {
        let (index, store) = self.store();
        let id = self.own[index].register;
        if !self.put(&store, id, 0).await {
            // It may still come, after the next one.
            self.own[index].register = self.world.own_cell();
        }
    }

    /// Stores a value where others do as well.
    pub(super) async fn write_shared(&mut self) {
        let (_, store) = self.store();
        let id = self.shared_cell();
        self.put(&store, id, 0).await;
    }

    pub(super) async fn read_cell(&mut self) {
        let (index, store) = self.store();
        let id = self.some_cell(index);
        let (policy, ctx) = self.policy();
        let read = self.session.record.read(self.world.cell(&store, id)).policy(policy);
        match self.ask(store.place.find(&ctx, id)).await {
            Some((cell, ran)) => answered(routed(read, &store, policy, ran), cell.as_ref()),
            None => read.failed(),
        };
    }

    pub(super) async fn query_cell(&mut self) {
        let (index, store) = self.store();
        let id = self.some_cell(index);
        let (policy, ctx) = self.policy();
        let read = self.session.record.read(self.world.cell(&store, id)).policy(policy);
        match self.ask(store.place.query(&ctx, id)).await {
            Some((cell, ran)) => answered(routed(read, &store, policy, ran), cell.as_ref()),
            None => read.failed(),
        };
    }

    pub(super) async fn read_cells(&mut self) {
        let (index, store) = self.store();
        let mut ids: Vec<_> = (0..MANY).map(|_| self.some_cell(index)).collect();
        ids.sort_unstable();
        ids.dedup();
        let (policy, ctx) = self.policy();
        let record = &self.session.record;
        let reads: Vec<_> =
            ids.iter().map(|id| record.read(self.world.cell(&store, *id)).policy(policy)).collect();
        let Some((cells, ran)) = self.ask(store.place.find_many(&ctx, &ids)).await else {
            return unanswered(reads);
        };
        self.world.tally.more(ids.len() as u64 - 1);
        for (id, read) in ids.iter().zip(reads) {
            let cell = cells.iter().find(|cell| cell.id == *id);
            answered(routed(read, &store, policy, ran), cell);
        }
    }

    /// Stores a value; whether it is known what became of that.
    async fn put(&mut self, store: &Store, id: i64, term: i64) -> bool {
        let value = self.world.value();
        let write = self.session.record.write(self.world.cell(store, id), value);
        let new = NewCell { id, term, value: stored(value) };
        let ctx = self.session.ctx.clone();
        match self.send(store.place.put(&ctx, new)).await {
            Sent::Done(cell, ran) => {
                self.acknowledge(write.version(found(cell.version)), cell.position(), ran);
                true
            }
            Sent::Failed => {
                write.failed();
                true
            }
            Sent::Unknown if self.world.habits.plant == Some(Plant::UnknownIsDone) => {
                write.ok();
                false
            }
            Sent::Unknown => {
                self.doubt(store, id, value, vec![write]);
                false
            }
        }
    }

    /// The outcome of a write is unknown: kept, to be told from what is there in the end.
    pub(super) fn doubt(&self, store: &Store, cell: i64, value: u64, writes: Vec<WriteOp>) {
        let writes = writes.into_iter().map(WriteOp::unknown).collect();
        let doubtful = Doubtful { store: store.clone(), cell, value, writes };
        self.world.doubtful.lock().unwrap_or_else(PoisonError::into_inner).push(doubtful);
    }

    pub(super) fn shared_cell(&mut self) -> i64 {
        1 + self.dice.roll(SHARED_CELLS as usize) as i64
    }

    /// Its own register most of the time, or one of many, or anybody's.
    pub(super) fn some_cell(&mut self, store: usize) -> i64 {
        match self.dice.roll(10) {
            0..5 => self.own[store].register,
            5..7 if self.world.habits.sharing => self.shared_cell(),
            7 => {
                let row = self.dice.roll(self.own[store].rows.len());
                self.own[store].rows[row].id
            }
            _ => {
                let all = self.world.own_cells();
                // The latest, where there is something to see.
                let last = (all.end - all.start).min(60);
                all.end - 1 - self.dice.roll(last as usize) as i64
            }
        }
    }
}

/// Reads that were one, and failed.
pub(super) fn unanswered(reads: Vec<ReadOp>) {
    for read in reads {
        read.failed();
    }
}

/// What a read of a register found.
pub(super) fn answered(read: ReadOp, cell: Option<&Cell>) -> OperationId {
    match cell {
        Some(cell) => read.version(found(cell.version)).found(found(cell.value)),
        None => read.absent(),
    }
}
