//! An index: rows move from term to term, and are looked for by it. In the history each term is a set of the rows' values.

use super::{Client, Row, Sent, Stored, found, routed, stored};
use crate::histories::place::Listing;
use crate::histories::plant::Plant;
use crate::histories::rows::NewCell;
use crate::histories::world::{Kind, Store, TERMS};

/// Terms of one client alone begin here.
const FIRST_OWN: i64 = 10_000;

impl Client {
    /// Stores one of its rows under another value, and most of the time under another term.
    pub(super) async fn move_row(&mut self) {
        let (index, store) = self.store();
        let place = self.dice.roll(self.own[index].rows.len());
        let Row { id, now } = self.own[index].rows[place];
        let (term, value) = (self.some_term(&store), self.world.value());
        let record = &self.session.record;
        let write = record.write(self.world.cell(&store, id), value);
        let add = record.add(self.world.term(&store, term), value);
        let remove = now.map(|now| record.remove(self.world.term(&store, now.term), now.value));
        let (ctx, version) = (self.session.ctx.clone(), now.map(|now| now.version));
        let new = NewCell { id, term, value: stored(value) };
        // Only if it is as it was: after a failover it may not be, and then nobody knew what is removed.
        let row = match self.send(store.place.change(&ctx, version, new)).await {
            Sent::Done(cell, ran) => {
                self.acknowledge(write.version(found(cell.version)), cell.position(), ran);
                self.acknowledge(add, cell.position(), ran);
                remove.map(|remove| self.acknowledge(remove, cell.position(), ran));
                Row { id, now: Some(Stored { term, value, version: cell.version }) }
            }
            Sent::Failed => {
                for write in [write, add].into_iter().chain(remove) {
                    write.failed();
                }
                Row::new(&self.world)
            }
            Sent::Unknown => {
                self.doubt(&store, id, value, [write, add].into_iter().chain(remove).collect());
                Row::new(&self.world)
            }
        };
        self.world.tally.more(1 + u64::from(now.is_some()));
        self.own[index].rows[place] = row;
    }

    pub(super) async fn read_term(&mut self) {
        let (_, store) = self.store();
        let term = self.some_term(&store);
        let how = if self.dice.percent(30) { Listing::Stream } else { Listing::Page };
        let (policy, ctx) = self.policy();
        let ctx = if self.world.habits.plant == Some(Plant::GsiEventual) { ctx.eventual() } else { ctx };
        let read = self.session.record.read(self.world.term(&store, term)).policy(policy);
        match self.ask(store.place.of_term(&ctx, term, how)).await {
            Some((cells, ran)) => {
                routed(read, &store, policy, ran).found_all(cells.iter().map(|cell| found(cell.value)))
            }
            None => read.failed(),
        };
    }

    /// Everybody's in Postgres. A global index promises a session its own rows, and nothing of others.
    fn some_term(&mut self, store: &Store) -> i64 {
        let term = 1 + self.dice.roll(TERMS as usize) as i64;
        match store.kind {
            Kind::Postgres => term,
            Kind::Dynamo => FIRST_OWN + self.number as i64 * TERMS + term,
        }
    }
}
