//! Global indexes, which may be behind the session.
//!
//! A global index has no strong read. It follows its table, usually within a second, and AWS gives no bound. So a session that
//! has touched the table within the window gets what [`BehindIndex`] says, and every other the index as it is.
//!
//! The overlay rests on the keys that the source has kept of recent touches (`own_writes`). What lies behind each is read
//! strongly from the table: all that the index shows of it is left out, and what of it belongs into the query is laid in where
//! it belongs. So it does not matter what the index shows of it, nor whether it changes from one page to the next.
//!
//! Rejected: to wait until the index shows what was written, which it need not ever do (another write may have come after it),
//! and which has no bound.

mod overlay;

use ryw_core::{Context, Error, MAX_TOUCHES, ReadPolicy, Scope};

use self::overlay::Behind;
pub(crate) use self::overlay::Overlay;
use crate::attribute::Attributes;
use crate::home::Course;
use crate::inner::{Inner, ReadPlan};
use crate::item::Item;
use crate::own_writes::{TableKey, Touched};
use crate::query::{Ask, Place};
use crate::{read, touch};

/// What a query of a global index does if the session has touched the table within the source's window.
///
/// Other sessions' writes are shown as the index has them, with each of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BehindIndex {
    /// Exact for what the session itself has touched, and an error where it cannot be.
    ///
    /// The session's own items are read strongly from the table and laid over the page: what was added, changed and removed
    /// shows as such, in its place, across pages. It takes one more read of up to 32 items, and one for each partition that
    /// the session has lately read strongly.
    ///
    /// **An error** ([stale](Error::is_stale)) where the keys are not known: of writes of another process of which a token
    /// tells, of more than 32 recent ones, after a strong scan, and with a source whose
    /// [scope](crate::DynamoSourceBuilder::scope) is a table or more.
    #[default]
    Overlay,
    /// Shows nothing that is not so, and adds **nothing that the index lacks**: own new items may be missing.
    ///
    /// Every item of the page is read strongly from the table. What is no longer there, or would no longer stand in this
    /// place of the index, is left out; the others show as they are in the table.
    Verify,
    /// A typed error: [stale](Error::is_stale).
    Fail,
}

/// What is done with the pages of a query.
pub(crate) enum Remedy {
    None,
    Overlay(Overlay),
    /// Reads of the table are done so.
    Verify(ReadPlan),
}

/// How a query of a global index is done.
pub(crate) async fn plan<T: Item>(
    inner: &Inner,
    ctx: &Context,
    table: &str,
    ask: &Ask,
    behind: BehindIndex,
    place: &Place,
) -> Result<(ReadPlan, Remedy), Error> {
    if !matches!(ctx.policy(), ReadPolicy::Session | ReadPolicy::Eventual) {
        return Err(stale::<T>(ask, "which has no strong read,"));
    }
    let plan = inner.plan(ctx, table, touch::table(table), Scope::Table).await?;
    if !plan.strong {
        return Ok((plan, overlay::left_over::<T>(Behind { inner, ctx, table, ask, plan }, place).await?));
    }
    let remedy = match behind {
        BehindIndex::Fail => return Err(stale::<T>(ask, "whose table the session has lately touched,")),
        BehindIndex::Verify => Remedy::Verify(plan),
        BehindIndex::Overlay => {
            let Some(own) = overlay::touched(inner, ctx, table) else {
                let why = "of which the session has touched what this process knows no keys of, or too much,";
                return Err(stale::<T>(ask, why));
            };
            Remedy::Overlay(overlay::read::<T>(Behind { inner, ctx, table, ask, plan }, own, place).await?)
        }
    };
    Ok((plan.eventual(), remedy))
}

/// The items of these keys, as a read of the table has them. Each is a read of its own, as long as a context can keep them
/// apart; more are one of the table.
pub(crate) async fn current<T: Item>(
    inner: &Inner,
    course: Course<'_>,
    keys: Vec<TableKey>,
) -> Result<Vec<Attributes>, Error> {
    let keys: Vec<_> = keys.into_iter().map(TableKey::into_attributes::<T>).collect();
    let (items, plans) = read::batches(inner, course, &keys).await?;
    if keys.len() > MAX_TOUCHES / 2 {
        for plan in ReadPlan::distinct(plans) {
            inner.read(course.ctx, touch::table(course.table), plan);
        }
        return Ok(items);
    }
    for (key, plan) in keys.into_iter().zip(plans) {
        let touched = Touched::item::<T>(course.table, &key);
        let key = TableKey::of::<T>(&key);
        let item = items.iter().find(|item| TableKey::of::<T>(item).is(&key));
        inner.read_item(course.ctx, touched.touch, plan, item);
        inner.remember(plan, || touched);
    }
    Ok(items)
}

/// Whether an item is among those asked for.
pub(crate) fn lists<T: Item>(ask: &Ask, item: &Attributes) -> Result<bool, Error> {
    ask.lists::<T>(item)
        .ok_or_else(|| stale::<T>(ask, "filtered by the size of a text, which only the service can judge,"))
}

fn stale<T: Item>(ask: &Ask, why: &str) -> Error {
    let index = ask.index.map_or("", |index| index.name);
    Error::stale(format!("the global index {index} of {}, {why}", T::NAME))
}
