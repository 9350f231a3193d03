//! What a session owes the store.

use std::sync::Arc;

use ryw_core::Context;
use tokio::runtime::Handle;

use super::keeper::Settings;

/// A session that is to be saved. Dropped before it was (its client went away, its handler panicked, a layer outside lost its
/// patience), it is saved all the same if something was written with it, by a task of its own: the write is there, whether
/// or not anybody waits for its answer.
///
/// Whoever knows that he has not got an answer, and asks at once, may be quicker than that task.
#[derive(Debug)]
pub(super) struct Debt {
    settings: Arc<Settings>,
    user: String,
    ctx: Context,
    /// How many writes there were when it was saved last.
    writes: u64,
}

impl Debt {
    /// Of a session that owes nothing yet.
    pub(super) fn new(settings: Arc<Settings>, user: &str, ctx: Context) -> Self {
        let writes = ctx.writes();
        Self { settings, user: user.to_owned(), ctx, writes }
    }

    pub(super) const fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    pub(super) const fn context(&self) -> &Context {
        &self.ctx
    }

    /// Whether something was written since it was saved last.
    pub(super) fn is_due(&self) -> bool {
        self.ctx.writes() != self.writes
    }

    /// It was saved, or it was not and nobody is told that it was, when there were so many writes.
    pub(super) const fn paid(&mut self, writes: u64) {
        self.writes = writes;
    }

    /// Saves what there is; the store counts what fails.
    pub(super) async fn pay(mut self) {
        let writes = self.ctx.writes();
        let _ = self.settings.store.merge(&self.user, &self.ctx).await;
        self.paid(writes);
    }
}

impl Drop for Debt {
    fn drop(&mut self) {
        if !self.is_due() {
            return;
        }
        let Ok(runtime) = Handle::try_current() else {
            tracing::warn!(
                "a session that has written was dropped outside of a runtime, and could not be saved"
            );
            return;
        };
        let (settings, user, ctx) = (Arc::clone(&self.settings), self.user.clone(), self.ctx.clone());
        runtime.spawn(async move { settings.store.merge(&user, &ctx).await });
    }
}
