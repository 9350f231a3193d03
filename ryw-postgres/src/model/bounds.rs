//! How far histories go, and what can happen in them.

use super::database::Told;

/// How far the histories go, and what can happen in them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) replicas: usize,
    /// By the session's tasks.
    pub(super) writes: u8,
    /// By others.
    pub(super) strangers: u8,
    pub(super) reads: u8,
    /// How often the primary is asked for an LSN in place of tickets.
    pub(super) resolves: u8,
    pub(super) restarts: u8,
    /// How many standbys may end, and not come back unless restarted.
    pub(super) endings: u8,
    pub(super) promotions: u8,
    pub(super) witness: Witness,
    pub(super) reading: ReadBy,
    pub(super) told: Told,
    /// Whether tasks also ask for strong reads.
    pub(super) strong: bool,
    /// Whether an answer may arrive long after it was given.
    pub(super) late_answers: bool,
    /// Whether the position of a write may not be learnt.
    pub(super) unlearnt: bool,
    /// Whether the answer to a write may be lost, though nobody dies.
    pub(super) lost_answers: bool,
    /// Whether the primary may show a commit later than a standby does.
    pub(super) held: bool,
    /// Whether commits do not wait for the disk.
    pub(super) asynchronous: bool,
    /// Whether a session was there to tell where the old timeline was left.
    pub(super) watched: bool,
    /// Whether a crowded context is merged into the session.
    pub(super) crowd: bool,
}

/// What a write's position is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Witness {
    Ticket,
    Offset,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadBy {
    InBand,
    /// Gate, then read, on one connection.
    Gate,
}
