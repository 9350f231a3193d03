//! The rules that are wrong: each is what somebody has done, or nearly did, and yields a history that breaks a promise.
//!
//! They exist here only. Where a rule says nothing the product's code decides.

use std::sync::Arc;

use ryw_core::{Branch, Frontier, Position, Seen};

/// What is done differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Nothing: the product's own rules.
    Right,
    /// The position is an LSN from before the commit returned.
    EarlyLsn,
    /// After a commit that did not wait for the disk, the position is the flush LSN.
    FlushedLsn,
    /// The statement that reads compares the replay LSN.
    GateInStatement,
    /// The gate runs in the snapshot that is read.
    GateFreezes,
    /// `pg_visible_in_snapshot`, on a standby.
    VisibleInSnapshot,
    /// What is not in progress any more is taken for seen, in the first statement.
    MaybeAtOnce,
    /// All below `xmin` is taken for seen, also on a standby that ends.
    QuietTrusted,
    /// What is not in progress any more is taken for committed, also on a standby that ends.
    OverIsCommitted,
    /// Of writes that ran side by side the greatest number is kept.
    GreatestTicket,
    /// Positions are compared whatever their timelines.
    AcrossTimelines,
    /// A standby is taken to be on the primary's timeline.
    StandbyTrusted,
    /// The replay LSN of a server is asked for, and not whether it is in recovery.
    FrozenReplayLsn,
    /// A write has survived a failover if its number is committed.
    FateByNumber,
    /// A read has seen no more than the replay LSN says.
    ReplayLsnAsFloor,
    /// A ticket that does not fit is dropped.
    DropAtOverflow,
    /// A read on the primary settles all that the context knows when it ends.
    SettleAll,
    /// An LSN takes the place of all tickets that the context has when it arrives.
    ResolveAll,
    /// The watermark is kept over a restart of the replica.
    WatermarkKept,
    /// An answer raises the watermark though a connection was made since its question.
    LateAnswer,
    /// What was learnt while a statement was under way counts for that statement.
    LearntMeanwhile,
    /// A write whose position could not be learnt leaves no trace in the context.
    UnlearntIgnored,
}

impl Rule {
    /// What a read is held to, of what the context asks for.
    pub(super) fn required(self, asked: Arc<Frontier>, present: &Branch) -> Arc<Frontier> {
        match self {
            Self::GreatestTicket => Arc::new(with_the_greatest_ticket(&asked)),
            Self::AcrossTimelines => Arc::new(on(present, &asked)),
            _ => asked,
        }
    }
}

fn with_the_greatest_ticket(asked: &Frontier) -> Frontier {
    let mut rest = asked.clone();
    for mark in asked.marks() {
        let Some((greatest, _)) = mark.tickets().max_by_key(|(ticket, _)| ticket.id) else { continue };
        rest = rest.without_tickets(mark.branch());
        rest.join(&Position::ticketed(mark.branch().clone(), greatest).into());
    }
    rest
}

/// The same numbers, on another branch.
fn on(branch: &Branch, asked: &Frontier) -> Frontier {
    let mut moved = Frontier::default();
    for mark in asked.marks() {
        for (ticket, _) in mark.tickets() {
            moved.join(&Position::ticketed(branch.clone(), ticket).into());
        }
        if let Some(offset) = mark.offset() {
            moved.join(&Position::at(branch.clone(), offset).into());
        }
        if let Some(floor) = mark.floor() {
            moved.join(&Seen::new(branch.clone(), floor.offset()).with_below(floor.below()).into());
        }
    }
    moved
}
