//! The session's own items, laid over what an index lists.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use ryw_core::{Context, Error, Scope, Touch};

use super::{Remedy, lists, stale};
use crate::attribute::Attributes;
use crate::expression::equal;
use crate::failure::Failure;
use crate::home::{Course, Doing};
use crate::inner::{Inner, ReadPlan};
use crate::item::Item;
use crate::own_writes::{TableKey, Touched, What};
use crate::query::{Ask, Laid, Place, Spot};
use crate::read;

/// The most requests for one partition of the table that the session has read strongly: some megabytes.
const REQUESTS_OF_A_PARTITION: usize = 4;

/// What of the session's own has its place in a query, and has not been shown.
pub(crate) struct Overlay {
    /// In the order of the query.
    items: VecDeque<(Spot, Attributes)>,
    /// Where all of them stand that are in the query, shown or not.
    spots: Vec<Spot>,
    /// What the index shows of these is left out.
    keys: Vec<TableKey>,
    partitions: Vec<AttributeValue>,
}

impl Overlay {
    /// Whether the index is not to be asked about an item.
    pub(crate) fn covers(&self, key: &TableKey) -> bool {
        self.keys.iter().any(|own| own.is(key))
            || self.partitions.iter().any(|own| equal(own, &key.partition))
    }

    /// How many items it is known to cover.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn first(&self) -> Option<&Spot> {
        self.items.front().map(|(spot, _)| spot)
    }

    /// Those that are sorted by this value.
    pub(crate) fn laid(&self, ask: &Ask, value: Option<&AttributeValue>) -> Laid {
        let mut laid = Laid::default();
        let of_it = |spot: &&Spot| ask.order(spot.sort.as_ref(), value) == Ordering::Equal;
        self.spots.iter().filter(of_it).for_each(|spot| laid.add(spot.key.clone()));
        laid
    }

    pub(crate) fn pop(&mut self) -> Option<(Spot, Attributes)> {
        self.items.pop_front()
    }
}

/// What the session has touched in a table within the window, if all of it is known.
pub(super) fn touched(inner: &Inner, ctx: &Context, table: &str) -> Option<Vec<Touched>> {
    // What others make of a write may be anywhere.
    if inner.scope >= Scope::Table {
        return None;
    }
    let frontier = ctx.frontier(&inner.id);
    let now = inner.judged_at(inner.clock.now());
    let whole = crate::touch::table(table);
    let mut known = Vec::new();
    for recent in inner.regions.iter().filter_map(|region| frontier.recent(&region.branch)) {
        if recent.any().is_some_and(|at| at.is_within(inner.window, now)) {
            return None;
        }
        for (touch, at) in recent.touches() {
            if at.is_within(inner.window, now) && whole.depends_on(&touch, Scope::Table) {
                known.extend(behind(inner, touch)?);
            }
        }
    }
    Some(known)
}

/// What is behind a number; all of its partition, if that is how much a read may depend on.
fn behind(inner: &Inner, touch: Touch) -> Option<Vec<Touched>> {
    let widened = |what: Arc<What>| match &*what {
        What::Item(key) if inner.scope == Scope::Partition => {
            Arc::new(What::Partition(key.partition.clone()))
        }
        What::Item(_) | What::Partition(_) => what,
    };
    let what = inner.own_writes.behind(touch)?;
    Some(what.into_iter().map(|what| Touched { touch, what: widened(what) }).collect())
}

/// A query whose index may be behind.
#[derive(Clone, Copy)]
pub(super) struct Behind<'a> {
    pub(super) inner: &'a Inner,
    pub(super) ctx: &'a Context,
    pub(super) table: &'a str,
    pub(super) ask: &'a Ask,
    /// How the table is read.
    pub(super) plan: ReadPlan,
}

/// What earlier pages have laid over where this one begins, for a session whose window has passed since.
pub(super) async fn left_over<T: Item>(behind: Behind<'_>, place: &Place) -> Result<Remedy, Error> {
    if place.laid.is_empty() {
        return Ok(Remedy::None);
    }
    Ok(Remedy::Overlay(read::<T>(behind, Vec::new(), place).await?))
}

/// Reads what was touched, and what earlier pages have laid over where this one begins, as the table is to be read, and keeps
/// what the query lists of it after `place`.
pub(super) async fn read<T: Item>(
    behind: Behind<'_>,
    mut own: Vec<Touched>,
    place: &Place,
) -> Result<Overlay, Error> {
    let Behind { inner, ctx, table, ask, plan } = behind;
    let laid = place.laid.items.iter().cloned().map(TableKey::into_attributes::<T>);
    own.extend(laid.map(|key| Touched::item::<T>(table, &key)));
    let (keys, partitions) = apart(&own);
    let is_read = |rest: &AttributeValue| partitions.iter().any(|own| equal(own, rest));
    if !place.laid.rest.iter().all(is_read) {
        return Err(stale::<T>(ask, "of which too many own items stand where the page begins,"));
    }
    let operation = Doing { verb: "query", entity: T::NAME };
    let course = Course { ctx, table, others: &[], plan, request: "BatchGetItem", operation };
    let asked: Vec<_> = keys.iter().cloned().map(TableKey::into_attributes::<T>).collect();
    let (mut found, plans) = read::batches(inner, course, &asked).await?;
    let mut done: Vec<_> = keys.iter().cloned().map(What::Item).zip(plans).collect();
    for value in &partitions {
        let course = Course { request: "Query", ..course };
        let (items, plans) = partition::<T>(behind, course, value).await?;
        found.extend(items);
        done.extend(plans.into_iter().map(|plan| (What::Partition(value.clone()), plan)));
    }
    for touched in &own {
        let of_it = done.iter().filter(|(what, _)| what.includes(&touched.what));
        note::<T>(behind, touched, &ReadPlan::distinct(of_it.map(|(_, plan)| *plan)), &found);
    }
    let (mut items, mut spots) = (Vec::new(), Vec::<Spot>::new());
    for item in found {
        let spot = ask.spot::<T>(&item);
        let twice = spots.iter().any(|other| other.key.is(&spot.key));
        if twice || !lists::<T>(ask, &item)? {
            continue;
        }
        spots.push(spot.clone());
        if place.is_before_own(ask, &spot) {
            items.push((spot, item));
        }
    }
    items.sort_by(|(one, _), (other, _)| order(ask, one, other));
    Ok(Overlay { items: items.into(), spots, keys, partitions })
}

/// Takes note of a read of what was touched, in each of the ways that it was done.
fn note<T: Item>(behind: Behind<'_>, touched: &Touched, plans: &[ReadPlan], found: &[Attributes]) {
    let Behind { inner, ctx, .. } = behind;
    for plan in plans {
        inner.remember(*plan, || touched.clone());
        match &*touched.what {
            What::Item(key) if plans.len() == 1 => {
                let item = found.iter().find(|item| TableKey::of::<T>(item).is(key));
                inner.read_item(ctx, touched.touch, *plan, item);
            }
            // Of an item that may have been read in this way or in another nobody knows since when it has been so.
            What::Item(_) | What::Partition(_) => inner.read(ctx, touched.touch, *plan),
        }
    }
}

fn order(ask: &Ask, one: &Spot, other: &Spot) -> Ordering {
    ask.order(one.sort.as_ref(), other.sort.as_ref()).then_with(|| one.key.order(&other.key))
}

/// The items, each once and not those of the partitions, and the partitions.
fn apart(own: &[Touched]) -> (Vec<TableKey>, Vec<AttributeValue>) {
    let (mut keys, mut partitions) = (Vec::<TableKey>::new(), Vec::<AttributeValue>::new());
    for touched in own {
        match &*touched.what {
            What::Partition(value) if !partitions.contains(value) => partitions.push(value.clone()),
            What::Item(key) if !keys.iter().any(|other| other.is(key)) => keys.push(key.clone()),
            What::Partition(_) | What::Item(_) => {}
        }
    }
    keys.retain(|key| !partitions.contains(&key.partition));
    (keys, partitions)
}

/// All items of a partition of the table, and the ways in which they were read.
async fn partition<T: Item>(
    behind: Behind<'_>,
    course: Course<'_>,
    value: &AttributeValue,
) -> Result<(Vec<Attributes>, Vec<ReadPlan>), Error> {
    let inner = behind.inner;
    let request = Ask::new(None, value.clone()).request::<T>(behind.table);
    let request = request.set_return_consumed_capacity(inner.cost.asked());
    let (mut items, mut start, mut plans) = (Vec::new(), None, Vec::new());
    for _ in 0..REQUESTS_OF_A_PARTITION {
        let request = request.clone().set_exclusive_start_key(start);
        let send = |plan: ReadPlan| {
            let request = request.clone().consistent_read(plan.strong);
            async move { request.send_with(inner.client(plan.region)).await.map_err(Failure::new) }
        };
        let (answer, plan) = inner.carry_out(course, send).await?;
        inner.cost.read(answer.consumed_capacity());
        plans.push(plan);
        items.extend(answer.items.unwrap_or_default());
        start = answer.last_evaluated_key;
        if start.is_none() {
            return Ok((items, ReadPlan::distinct(plans)));
        }
    }
    Err(stale::<T>(
        behind.ask,
        "of which the session has lately read a partition too large to be read again,",
    ))
}
