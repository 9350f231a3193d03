//! A transaction that writes.

use std::fmt;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput};
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};
use ryw_core::{Context, Error, Written};

use super::MAX_ITEMS;
use super::cancelled::{Cancelled, Why};
use crate::failure::{Failure, Kind};
use crate::inner::Inner;
use crate::observe::Operation;
use crate::own_writes::Touched;
use crate::pending::Pending;
use crate::retry;
use crate::source::DynamoSource;

/// Writes that are done together or not at all, at most 100, each to another item; from
/// [`DynamoSource::transact_write`].
///
/// Put together by the `…_in` methods of the repositories of one source, then [committed](Self::commit). Dropped instead, it
/// has done nothing.
#[must_use = "nothing is written before `commit`"]
pub struct TransactWrite {
    source: DynamoSource,
    ctx: Context,
    staged: Vec<Staged>,
}

/// What a refused condition means to the item's write.
type Refused = Box<dyn Fn(&CancellationReason) -> Error + Send + Sync>;

/// One item's write.
pub(super) struct Staged {
    pub(super) write: TransactWriteItem,
    pub(super) touch: Touched,
    pub(super) refused: Refused,
}

impl fmt::Debug for TransactWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactWrite").field("items", &self.staged.len()).finish_non_exhaustive()
    }
}

impl DynamoSource {
    /// Begins a transaction that writes.
    pub fn transact_write(&self, ctx: &Context) -> TransactWrite {
        TransactWrite { source: self.clone(), ctx: ctx.clone(), staged: Vec::new() }
    }
}

impl TransactWrite {
    /// Does all of it, or nothing. One without a write sends nothing.
    ///
    /// If its answer is lost it is sent again with the same token, which the service recognises.
    ///
    /// # Errors
    /// As the first write that failed would alone; [`Cancelled`] tells of each. [Commit unknown](Error::is_commit_unknown), if an
    /// attempt got no answer and none after it was judged.
    ///
    /// # Cancel safety
    /// Dropping the future leaves it unknown whether the transaction was done; the context reads strongly what it may have
    /// touched.
    pub async fn commit(self) -> Result<Written<()>, Error> {
        if self.staged.is_empty() {
            return Ok(Written::new((), None));
        }
        let inner = self.source.inner();
        let touches = self.staged.iter().map(|staged| staged.touch.clone()).collect();
        let (writes, refusals): (Vec<_>, Vec<_>) =
            self.staged.into_iter().map(|staged| (staged.write, staged.refused)).unzip();
        let pending = Pending::begin(inner, &self.ctx, touches);
        match Operation::write(inner, "TransactWriteItems", None, send(inner, writes)).await? {
            Sent::Done => Ok(Written::new((), Some(pending.settle()))),
            Sent::Cancelled(reasons) => Err(cancelled(&reasons, &refusals)),
        }
    }

    pub(super) fn source(&self) -> &DynamoSource {
        &self.source
    }

    pub(super) fn stage(&mut self, staged: Staged) -> Result<(), Error> {
        if self.staged.len() == MAX_ITEMS {
            let message =
                format!("a transaction takes at most {MAX_ITEMS} items: make several, or write a batch");
            return Err(Error::config(message));
        }
        self.staged.push(staged);
        Ok(())
    }
}

enum Sent {
    Done,
    Cancelled(Vec<CancellationReason>),
}

async fn send(inner: &Inner, writes: Vec<TransactWriteItem>) -> Result<Sent, Error> {
    let request = inner
        .client(0)
        .transact_write_items()
        .set_transact_items(Some(writes))
        .client_request_token(token())
        .set_return_consumed_capacity(inner.cost.asked());
    let (mut attempt, mut unanswered) = (1, None);
    loop {
        let sent = request.clone().customize().config_override(retry::once()).send();
        let judge = |error: SdkError<TransactWriteItemsError>| match reasons(&error) {
            // What was done would have been recognised by its token: no attempt was.
            Some(reasons) if !Cancelled::new(&reasons).passes() => Ok(Sent::Cancelled(reasons)),
            Some(reasons) if attempt >= inner.attempts && unanswered.is_none() => {
                Ok(Sent::Cancelled(reasons))
            }
            Some(_) => Err(Failure::passing(error)),
            None => Err(Failure::new(error)),
        };
        let done = |answer: TransactWriteItemsOutput| {
            inner.cost.wrote(answer.consumed_capacity());
            Sent::Done
        };
        let failure = match retry::in_time(inner, async { sent.await.map(done).or_else(judge) }).await {
            Ok(sent) => return Ok(sent),
            Err(failure) => failure,
        };
        inner.note(&failure);
        // Even one that may have been done: the token makes it one.
        let again = matches!(failure.kind, Kind::Passing | Kind::Unknown) && attempt < inner.attempts;
        if !again {
            // What became of the last attempt does not tell of an earlier one that got no answer.
            return Err(unanswered.unwrap_or(failure).of_write("commit a transaction"));
        }
        if failure.kind == Kind::Unknown {
            unanswered = Some(failure);
        }
        retry::pause(inner, attempt).await;
        attempt += 1;
    }
}

/// Why it was cancelled, if it was.
fn reasons(error: &SdkError<TransactWriteItemsError>) -> Option<Vec<CancellationReason>> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            Some(cancelled.cancellation_reasons().to_vec())
        }
        _ => None,
    }
}

fn cancelled(reasons: &[CancellationReason], refusals: &[Refused]) -> Error {
    let all = Cancelled::new(reasons);
    let error = match all.first() {
        Some(first) => match first.why {
            Why::Condition => refusals[first.index](&reasons[first.index]),
            Why::Conflict | Why::Throttled => Error::database("commit a transaction").passing(),
            Why::Refused => Error::database("commit a transaction"),
        },
        None => Error::database("commit a transaction"),
    };
    error.with_source(all)
}

/// 128 random bits.
fn token() -> String {
    format!("{:032x}", fastrand::u128(..))
}
