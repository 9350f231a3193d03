//! Where a table is, and how its Regions hang together.
//!
//! `DescribeTable` tells, and is asked once in a while: first when a table is first read, then again when the answer has
//! grown old, or a Region turns out not to have the table. Whoever asks at the same time waits for the same answer. A source
//! of one Region never asks.
//!
//! What cannot be learnt is taken for the worst: a table that is current in the home Region alone, and nowhere else to be
//! read. Rejected: letting the application say it, which would be wrong on the day a table is made global.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::types::{MultiRegionConsistency, ReplicaStatus, TableDescription};
use tokio::time::Instant;

use crate::decision::Spread;
use crate::failure::{Failure, Kind};
use crate::inner::Inner;
use crate::retry;

/// How long an answer is taken for true.
const FRESH: Duration = Duration::from_secs(300);
/// How long one is still used when the next cannot be had.
const USABLE: Duration = Duration::from_secs(600);
/// How long after a failure it is asked again.
const PAUSE: Duration = Duration::from_secs(5);

/// What is known of a table's Regions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) spread: Spread,
    /// By place: whether the Region has the table. `None` if nobody could say.
    held: Option<Vec<bool>>,
}

impl Layout {
    /// Nobody could say.
    const UNKNOWN: Self = Self { spread: Spread::Eventual, held: None };

    /// That of a table which all of this many Regions have.
    pub(crate) fn everywhere(regions: usize) -> Self {
        Self { spread: Spread::Eventual, held: Some(vec![true; regions]) }
    }

    pub(crate) const fn is_known(&self) -> bool {
        self.held.is_some()
    }

    /// Whether the Region at `place` has the table, as far as is known. The home Region has it, or nobody.
    pub(crate) fn holds(&self, place: usize) -> bool {
        place == 0 || self.held.as_ref().is_some_and(|held| held[place])
    }

    /// Whether the Region at `place` is known not to have the table.
    pub(crate) fn lacks(&self, place: usize) -> bool {
        self.is_known() && !self.holds(place)
    }

    /// That of two tables as one: it is where both are, and strongly consistent only if both are.
    fn and(&self, other: &Self) -> Self {
        let spread = match (self.spread, other.spread) {
            (Spread::Strong, Spread::Strong) => Spread::Strong,
            (Spread::Eventual, _) | (_, Spread::Eventual) => Spread::Eventual,
        };
        let both = |(one, other): (&Vec<bool>, &Vec<bool>)| {
            one.iter().zip(other).map(|(one, other)| *one && *other).collect()
        };
        Self { spread, held: self.held.as_ref().zip(other.held.as_ref()).map(both) }
    }

    /// As the Region at `asked` describes the table. Replicas that are being made or removed are none.
    fn told(source: &Inner, asked: usize, table: &TableDescription) -> Self {
        let active = table
            .replicas()
            .iter()
            .filter(|replica| replica.replica_status() == Some(&ReplicaStatus::Active))
            .filter_map(|replica| replica.region_name());
        let active: Vec<_> = active.collect();
        let regions = source.regions.iter().enumerate();
        let held = regions.map(|(place, region)| place == asked || active.contains(&region.aws_name()));
        let spread = match table.multi_region_consistency() {
            Some(MultiRegionConsistency::Strong) => Spread::Strong,
            // Whatever the service learns to say is no promise that we know.
            _ => Spread::Eventual,
        };
        Self { spread, held: Some(held.collect()) }
    }
}

/// What is known of each table. There are as many as the program has entities.
#[derive(Debug)]
pub(crate) struct Layouts {
    /// That of every table, if there is one Region.
    single: Arc<Layout>,
    slots: Mutex<HashMap<String, Arc<Slot>>>,
}

/// A table.
#[derive(Debug, Default)]
struct Slot {
    known: Mutex<Option<Answer>>,
    /// Held by whoever asks.
    asking: tokio::sync::Mutex<()>,
}

/// What was answered, and when.
#[derive(Clone, Debug)]
struct Answer {
    layout: Arc<Layout>,
    at: Instant,
    /// When to ask again.
    next: Instant,
}

impl Default for Layouts {
    fn default() -> Self {
        Self { single: Arc::new(Layout::everywhere(1)), slots: Mutex::default() }
    }
}

impl Layouts {
    /// What is known of `table`, asked for if need be.
    pub(crate) async fn of(&self, source: &Inner, table: &str) -> Arc<Layout> {
        if source.regions.len() == 1 {
            return Arc::clone(&self.single);
        }
        let slot = self.slot(table);
        if let Some(layout) = slot.fresh(Instant::now()) {
            return layout;
        }
        let _asking = match (slot.asking.try_lock(), slot.last()) {
            (Ok(asking), _) => asking,
            // Somebody is asking already; until then the last answer does.
            (Err(_), Some(last)) => return last,
            (Err(_), None) => slot.asking.lock().await,
        };
        if let Some(layout) = slot.fresh(Instant::now()) {
            return layout;
        }
        let told = ask(source, table).await;
        slot.keep(told, Instant::now())
    }

    /// What is known of several tables as one.
    pub(crate) async fn of_all(
        &self,
        source: &Inner,
        first: &str,
        others: &[Cow<'static, str>],
    ) -> Arc<Layout> {
        let mut all = self.of(source, first).await;
        for table in others {
            all = Arc::new(all.and(&*self.of(source, table).await));
        }
        all
    }

    /// What is known of `table` has turned out to be wrong.
    pub(crate) fn forget(&self, table: &str) {
        *lock(&self.slot(table).known) = None;
    }

    fn slot(&self, table: &str) -> Arc<Slot> {
        let mut slots = lock(&self.slots);
        match slots.get(table) {
            Some(slot) => Arc::clone(slot),
            None => Arc::clone(slots.entry(table.to_owned()).or_default()),
        }
    }
}

impl Slot {
    fn fresh(&self, now: Instant) -> Option<Arc<Layout>> {
        let known = lock(&self.known);
        known.as_ref().filter(|answer| now < answer.next).map(|answer| Arc::clone(&answer.layout))
    }

    fn last(&self) -> Option<Arc<Layout>> {
        lock(&self.known).as_ref().map(|answer| Arc::clone(&answer.layout))
    }

    /// Takes what was told, or that nobody could tell.
    fn keep(&self, told: Option<Layout>, now: Instant) -> Arc<Layout> {
        let mut known = lock(&self.known);
        let answer = match (told, known.take()) {
            (Some(layout), _) => Answer { layout: Arc::new(layout), at: now, next: now + FRESH },
            (None, Some(last)) if now < last.at + USABLE => Answer { next: now + PAUSE, ..last },
            (None, _) => Answer { layout: Arc::new(Layout::UNKNOWN), at: now, next: now + PAUSE },
        };
        Arc::clone(&known.insert(answer).layout)
    }
}

/// Asks the home Region, and if that does not answer the others, the near one first.
async fn ask(source: &Inner, table: &str) -> Option<Layout> {
    let near = source.near;
    let others = (1..source.regions.len()).filter(|place| *place != near);
    let places = [0].into_iter().chain((near != 0).then_some(near)).chain(others);
    for place in places {
        let request = source.client(place).describe_table().table_name(table);
        let failure = match retry::in_time(source, async { request.send().await.map_err(Failure::new) }).await
        {
            Ok(answer) => return answer.table().map(|table| Layout::told(source, place, table)),
            Err(failure) => failure,
        };
        let region = &source.regions[place].name;
        tracing::warn!(table, region, ?failure, "cannot tell where the table is, and how it is replicated");
        match failure.kind {
            Kind::Unreachable | Kind::Unknown => {}
            Kind::Passing | Kind::Condition | Kind::NoTable | Kind::Refused => return None,
        }
    }
    None
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that runs under it panics.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strong() -> Layout {
        Layout { spread: Spread::Strong, held: Some(vec![true, true]) }
    }

    #[test]
    fn an_answer_is_asked_for_again_and_outlives_a_failure_for_a_while() {
        let (slot, start) = (Slot::default(), Instant::now());
        assert_eq!(slot.fresh(start), None);
        slot.keep(Some(strong()), start);
        assert_eq!(slot.fresh(start + FRESH / 2).as_deref(), Some(&strong()));
        assert_eq!(slot.fresh(start + FRESH), None);
        assert_eq!(*slot.keep(None, start + FRESH), strong());
        assert_eq!(slot.fresh(start + FRESH + PAUSE), None, "and is asked for again soon");
        assert_eq!(*slot.keep(None, start + USABLE), Layout::UNKNOWN);
    }

    #[test]
    fn tables_together_are_where_all_of_them_are() {
        let known = |spread, held: [bool; 3]| Layout { spread, held: Some(held.into()) };
        let one = known(Spread::Strong, [true, true, false]);
        let other = known(Spread::Eventual, [true, true, true]);
        assert_eq!(one.and(&one), one);
        assert_eq!(one.and(&other), known(Spread::Eventual, [true, true, false]));
        assert_eq!(other.and(&one), one.and(&other));
        assert_eq!(one.and(&Layout::UNKNOWN), Layout::UNKNOWN);
    }

    #[test]
    fn what_nobody_could_say_is_at_home_and_nowhere_else() {
        let slot = Slot::default();
        let layout = slot.keep(None, Instant::now());
        assert_eq!((layout.spread, layout.holds(0), layout.holds(1)), (Spread::Eventual, true, false));
        assert!(!layout.lacks(1), "that would be more than is known");
    }
}
