//! A context that came out of a store, and what was found there.

use crate::Context;

/// The context of one user for one request, from [`ContextStore::restore`](super::ContextStore::restore).
///
/// It remembers what it was made of, so that a save can tell what the session itself has settled from what others have
/// stored meanwhile. Clones of [`context`](Self::context) are the same session, and are saved with it.
#[derive(Debug)]
pub struct StoredContext {
    user: String,
    ctx: Context,
    found: Found,
}

/// What a restore found.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    Bytes(Vec<u8>),
    NoAnswer,
}

/// What a save did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Saved {
    /// Nothing: what is stored says as much.
    Unchanged,
    /// It stored the context in place of what the restore had found.
    Replaced,
    /// It stored the join of the context and of what it found.
    Joined,
}

impl StoredContext {
    pub(super) fn new(user: &str, ctx: Context, found: Found) -> Self {
        Self { user: user.to_owned(), ctx, found }
    }

    /// Whose.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The session, to read and write with.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.ctx
    }

    pub(super) const fn found(&self) -> &Found {
        &self.found
    }
}
