//! The trait each backend implements.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Context, Error, Identity, Position, RouteCounts, Routed, SourceId};

/// A database with replicas, as its consistency is seen: it names itself, routes, and says how far it has come.
///
/// Usable both as a bound (`S: ConsistencySource`) and as `dyn ConsistencySource`. Reading and writing rows is not part
/// of it: that is typed per backend, behind [`Repository`](crate::Repository).
///
/// Obligations of an implementation:
/// * A position MUST come from after the commit was acknowledged.
/// * A read MUST NOT run on a replica that is not proven to hold the context's frontier; unknown means primary.
/// * A write MUST be recorded with what the context knew before it was sent, and one whose position could not be learnt
///   as `None` ([`Context::record_write`]).
/// * What is dropped by [`retire`](Self::retire) MUST be held by every server that reads may go to, and after a crash of any
///   of them still ([`Frontier::retire`](crate::Frontier::retire)).
/// * Dropping any returned future MUST leave the context at least as demanding as it was.
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of consistency",
    note = "sources are `ryw_postgres::PostgresSource` and `ryw_core::MemorySource`"
)]
pub trait ConsistencySource: Debug + Send + Sync {
    /// The user's name for the source.
    fn id(&self) -> &SourceId;

    /// What the source really is, once that has been found out.
    fn identity(&self) -> Option<Identity>;

    /// Where a write of `ctx` goes.
    ///
    /// # Errors
    /// Unavailable, if the source knows that it has no server to write to.
    async fn route_write(&self, ctx: &Context) -> Result<Routed, Error>;

    /// Finds a server that holds everything `ctx` must be able to see, waiting for one within the source's budget.
    ///
    /// A read that is sent to the returned route afterwards sees every write of `ctx`, as long as that server neither
    /// restarts nor fails over in between. Generated repositories do not use it: they gate and read on one connection,
    /// which has no such gap.
    ///
    /// # Errors
    /// Unavailable, if no server can be reached.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    async fn route_read(&self, ctx: &Context) -> Result<Routed, Error>;

    /// A position that covers every write to this source acknowledged before the call.
    ///
    /// For writes made by other means than ryw: record the result in the context that must see them.
    ///
    /// # Errors
    /// Unavailable, if the primary cannot be asked.
    async fn capture(&self) -> Result<Position, Error>;

    /// Turns every ticket that `ctx` holds of this source into an offset: one question to the primary, if there is a
    /// ticket at all.
    ///
    /// Nothing needs it to be correct. It makes the context small, for a token of few bytes, and comparable with replicas
    /// that are known by their offsets only.
    ///
    /// # Errors
    /// Unavailable, if the primary cannot be asked. The context is then as it was.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the context as it was.
    async fn resolve(&self, ctx: &Context) -> Result<(), Error>;

    /// Drops from `ctx` what every server of this source is known to hold for good, so that an idle session carries nothing.
    ///
    /// To be called before a context is made a token of, or stored. It asks nobody and never waits: it goes by what is known,
    /// and has what is out of date asked for beside the caller. Nothing needs it to be correct, and a source that cannot tell
    /// drops nothing, which is what a source does unless it implements this.
    fn retire(&self, ctx: &Context) {
        let _ = ctx;
    }

    /// How many operations went where, and why.
    fn counts(&self) -> &RouteCounts;
}
