//! Sessions that go on in another process by token, and sessions that meet.

use std::sync::Arc;

use ryw_core::Context;

use super::Client;
use crate::histories::plant::Plant;
use crate::histories::world::Session;

impl Client {
    /// Goes on elsewhere as a session of its own, with what its token says.
    pub(super) async fn move_by_token(&mut self) {
        // First: the token then holds whatever is said to have been finished.
        let handed = self.session.record.hand_over();
        let token = self.world.codec.encode(&self.session.ctx);
        let ctx = match self.world.habits.plant {
            Some(Plant::ForgottenToken) => Context::new(),
            _ => self.world.codec.restore(token.as_str()),
        };
        let session = self.world.session(ctx);
        session.record.take_over(handed);
        self.process = self.dice.roll(self.world.processes.len());
        self.session = session;
        self.world.seat(self.number, &self.session);
    }

    /// Learns all that another session knows.
    pub(super) async fn join_another(&mut self) {
        let other = self.world.session_of(self.dice.roll(1000));
        if Arc::ptr_eq(&other, &self.session) {
            return;
        }
        let handed = other.record.hand_over();
        if self.world.habits.plant == Some(Plant::LostMerge) {
            self.replace_by(&other);
        } else {
            self.session.ctx.merge(&other.ctx);
        }
        self.session.record.take_over(handed);
    }
    /// A wrong merge: what came last is kept, and not what was there.
    fn replace_by(&mut self, other: &Session) {
        let handed = self.session.record.hand_over();
        let ctx = Context::new();
        ctx.merge(&other.ctx);
        self.session = self.world.session(ctx);
        self.session.record.take_over(handed);
        self.world.seat(self.number, &self.session);
    }
}
