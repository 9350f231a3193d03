//! How much a read may have seen: what later reads must not go behind.
//!
//! A [`Seen`] is knowledge from above: the read saw nothing past an offset, and no write of a ticket at or above a number.
//! The opposite, what a server holds at least, is [`Progress`].
//!
//! Rejected: recording the server's progress after a read. That is too little, since a standby shows a commit before it
//! moves its replay LSN.

use crate::{Branch, Place, Progress};

/// The most that a read may have seen.
///
/// Joined into a frontier it becomes the *floor* of later reads. A server is above the floor if it has come to the offset,
/// or to the ticket, or is the very server that was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    branch: Branch,
    offset: u64,
    below: u64,
    place: Option<Place>,
}

impl Seen {
    /// Nothing past `offset` of `branch`; for backends.
    #[must_use]
    pub const fn new(branch: Branch, offset: u64) -> Self {
        Self { branch, offset, below: 0, place: None }
    }

    /// Also no write whose ticket is `below` or more; for Postgres the `xmax` of the snapshot. 0 says nothing.
    #[must_use]
    pub const fn with_below(mut self, below: u64) -> Self {
        self.below = below;
        self
    }

    /// On this server, then.
    ///
    /// Whoever says so MUST be certain that the server held everything *before* the offset: of two reads the place of the
    /// further one is kept, and stands for both.
    #[must_use]
    pub const fn with_place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The branch of history the read was on.
    #[must_use]
    pub const fn branch(&self) -> &Branch {
        &self.branch
    }

    /// Nothing past here was seen.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// No ticket from here on was seen; 0 if nothing is known of tickets.
    #[must_use]
    pub const fn below(&self) -> u64 {
        self.below
    }

    /// Where the read ran, if it was a server that this process knows.
    #[must_use]
    pub const fn place(&self) -> Option<Place> {
        self.place
    }

    /// What the *primary* had come to, if a read on it saw this: there the bounds from above and from below are one.
    pub(crate) fn as_progress_of_the_primary(&self) -> Progress {
        Progress::new(self.branch.clone(), self.offset).with_below(self.below)
    }
}
