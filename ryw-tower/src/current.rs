//! The context of the task that runs, for code too deep to be handed one.
//!
//! A service that is [told to](crate::SessionLayer::with_current) makes the request's context the current one while its handler
//! runs and while the response's body is produced. It is never taken unless asked for: a call without a context still does not
//! compile, and `try_current` shows where it comes from.
//!
//! ```
//! use ryw_core::Context;
//! use ryw_tower::current;
//!
//! # fn find_favorite(_: &Context) {}
//! fn deep_below() {
//!     let ctx = current::try_current().expect("called in a request");
//!     find_favorite(&ctx);
//! }
//! # let _ = current::scope(Context::new(), async { deep_below() });
//! ```
//!
//! **A spawned task has none**, like a thread: it may outlive the request, and what it writes after the response comes too late
//! for the token. Where the request waits for it, hand it on: `tokio::spawn(current::in_current(task))`.
//!
//! It lasts from one `await` to the next in whatever thread polls, as `tokio::task_local!` does; it is not that, so that it
//! needs no runtime, and so that the body of a response can have it too.

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{self, Poll};

use pin_project_lite::pin_project;
use ryw_core::Context;

thread_local! {
    static CURRENT: RefCell<Option<Context>> = const { RefCell::new(None) };
}

/// The context of what runs now, if it has one.
#[must_use]
pub fn try_current() -> Option<Context> {
    CURRENT.with_borrow(Clone::clone)
}

/// Runs `future` with `ctx` as the current context.
pub const fn scope<F>(ctx: Context, future: F) -> Scope<F> {
    Scope { ctx: Some(ctx), future }
}

/// Runs `future` with the context that is current now: for a task about to be spawned.
pub fn in_current<F>(future: F) -> Scope<F> {
    Scope { ctx: try_current(), future }
}

pin_project! {
    /// A future that has a current context: of [`scope`] and [`in_current`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Scope<F> {
        ctx: Option<Context>,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Scope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = enter(this.ctx.as_ref());
        this.future.poll(cx)
    }
}

/// Until it is dropped, a context is the current one.
#[derive(Debug)]
pub(crate) struct Entered {
    before: Option<Context>,
    has_entered: bool,
}

/// Makes `ctx` the current context. Without one, nothing changes.
pub(crate) fn enter(ctx: Option<&Context>) -> Entered {
    let before = ctx.and_then(|ctx| CURRENT.replace(Some(ctx.clone())));
    Entered { before, has_entered: ctx.is_some() }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if self.has_entered {
            CURRENT.set(self.before.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use ryw_core::Position;

    use super::*;

    fn wrote(source: &str) -> Context {
        let ctx = Context::new();
        ctx.join(&source.into(), &Position::new("a".into(), 1, 5).into());
        ctx
    }

    fn current() -> Option<String> {
        try_current().map(|ctx| ctx.frontiers()[0].0.to_string())
    }

    #[tokio::test]
    async fn scopes_nest_and_end() {
        assert_eq!(current(), None);
        scope(wrote("outer"), async {
            tokio::task::yield_now().await;
            scope(wrote("inner"), async { assert_eq!(current().unwrap(), "inner") }).await;
            assert_eq!(current().unwrap(), "outer");
        })
        .await;
        assert_eq!(current(), None);
    }

    #[tokio::test]
    async fn tasks_that_take_turns_each_have_their_own() {
        let task = |name: &'static str| {
            scope(wrote(name), async move {
                for _ in 0..10 {
                    assert_eq!(current().unwrap(), name);
                    tokio::task::yield_now().await;
                }
            })
        };
        tokio::join!(task("one"), task("other"));
    }

    #[tokio::test]
    async fn a_spawned_task_has_what_it_was_handed() {
        scope(wrote("main"), async {
            assert_eq!(tokio::spawn(async { current() }).await.unwrap(), None);
            assert_eq!(tokio::spawn(in_current(async { current() })).await.unwrap().unwrap(), "main");
        })
        .await;
        assert_eq!(in_current(async { current() }).await, None);
    }

    #[test]
    fn a_panic_leaves_none_behind() {
        let panicked = std::panic::catch_unwind(|| {
            let _entered = enter(Some(&wrote("main")));
            panic!("on purpose");
        });
        assert!(panicked.is_err() && try_current().is_none());
    }
}
