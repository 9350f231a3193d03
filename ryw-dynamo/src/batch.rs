//! Many items at once, and not all or none.
//!
//! The service may do a part of a batch and hand the rest back; that is sent again, with pauses, until it is done or the
//! attempts are used up. A batch has no conditions: it stores whatever was there.

use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};
use ryw_core::{Context, Error, Written};

use crate::failure::{Failure, Kind};
use crate::inner::Inner;
use crate::item::WriteItem;
use crate::observe::Operation;
use crate::own_writes::Touched;
use crate::pending::Pending;
use crate::read::key_of;
use crate::retry;
use crate::source::DynamoSource;
use crate::write::{attributes, created};

/// The most items of one request.
const MAX_ITEMS: usize = 25;

/// Stores rows, new or in place of others.
pub async fn put_batch<T: WriteItem>(
    source: &DynamoSource,
    ctx: &Context,
    news: Vec<T::New>,
) -> Result<Written<Vec<T>>, Error> {
    let table = source.inner().table(T::TABLE);
    let (mut rows, mut writes) = (Vec::with_capacity(news.len()), Vec::with_capacity(news.len()));
    for new in news {
        let row = created::<T>(source, new)?;
        let item = attributes(&row, "store")?;
        let touch = Touched::item::<T>(&table, &item);
        let put = PutRequest::builder().set_item(Some(item)).build().expect("an item is given");
        writes.push((WriteRequest::builder().put_request(put).build(), touch));
        rows.push(row);
    }
    Ok(write(source, ctx, &table, writes).await?.map(|()| rows))
}

/// Removes rows, as far as there are any.
pub async fn delete_batch<T: WriteItem>(
    source: &DynamoSource,
    ctx: &Context,
    keys: &[T::Key],
) -> Result<Written<()>, Error> {
    let table = source.inner().table(T::TABLE);
    let mut writes = Vec::with_capacity(keys.len());
    for key in keys {
        let key = key_of::<T>(key)?;
        let touch = Touched::item::<T>(&table, &key);
        let delete = DeleteRequest::builder().set_key(Some(key)).build().expect("a key is given");
        writes.push((WriteRequest::builder().delete_request(delete).build(), touch));
    }
    write(source, ctx, &table, writes).await
}

async fn write(
    source: &DynamoSource,
    ctx: &Context,
    table: &str,
    writes: Vec<(WriteRequest, Touched)>,
) -> Result<Written<()>, Error> {
    let inner = source.inner();
    if writes.is_empty() {
        return Ok(Written::new((), None));
    }
    let touches = writes.iter().map(|(_, touch)| touch.clone()).collect();
    let pending = Pending::begin(inner, ctx, touches);
    let total = writes.len();
    let sent = async {
        let mut done = 0;
        for chunk in writes.chunks(MAX_ITEMS) {
            let chunk: Vec<_> = chunk.iter().map(|(write, _)| write.clone()).collect();
            let size = chunk.len();
            if let Err((left, error)) = send(inner, table, chunk).await {
                return Err(incomplete(error, done + size - left, total));
            }
            done += size;
        }
        Ok(())
    };
    Operation::write(inner, "BatchWriteItem", Some(table), sent).await?;
    Ok(Written::new((), Some(pending.settle())))
}

/// Sends one request, and what the service leaves of it; fails with how many items were certainly not done.
async fn send(inner: &Inner, table: &str, writes: Vec<WriteRequest>) -> Result<(), (usize, Error)> {
    let (mut left, mut attempt) = (writes, 1);
    loop {
        let request = inner
            .client(0)
            .batch_write_item()
            .request_items(table, left.clone())
            .set_return_consumed_capacity(inner.cost.asked());
        let sent = request.customize().config_override(retry::once()).send();
        match retry::in_time(inner, async { sent.await.map_err(Failure::new) }).await {
            Ok(answer) => {
                inner.cost.wrote(answer.consumed_capacity());
                left =
                    answer.unprocessed_items.and_then(|mut tables| tables.remove(table)).unwrap_or_default();
                if left.is_empty() {
                    return Ok(());
                }
                if attempt >= inner.attempts {
                    return Err((
                        left.len(),
                        Error::overloaded("writes to DynamoDB, which left items of a batch unprocessed"),
                    ));
                }
            }
            Err(failure) => {
                inner.note(&failure);
                if failure.kind != Kind::Passing || attempt >= inner.attempts {
                    return Err((left.len(), failure.of_write("write a batch")));
                }
            }
        }
        retry::pause(inner, attempt).await;
        attempt += 1;
    }
}

/// What was done of a batch is done: the error says how much.
fn incomplete(error: Error, done: usize, total: usize) -> Error {
    if done == 0 || error.is_commit_unknown() {
        return error;
    }
    Error::database(format!(
        "write a batch as a whole: {done} of {total} items were written, in their order but for what \
                             the service left out"
    ))
    .with_source(error)
}
