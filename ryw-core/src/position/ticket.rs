//! A write's own number.

/// The number under which a write is known in its branch: for Postgres the 64-bit top-level transaction id.
///
/// A ticket is free: it comes back with the rows of the write. Its order is that in which writes *began*, not that in
/// which they were committed, so tickets do not merge by taking the greatest: a frontier keeps a small set of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// The number.
    pub id: u64,
    /// An offset that the write certainly lies past, 0 if none is known.
    ///
    /// It proves nothing about a server. After a failover it tells whether the write can have survived: a branch that was
    /// left before `after` has lost it.
    pub after: u64,
}
