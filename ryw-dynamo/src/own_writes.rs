//! Which items lie behind the numbers of recent touches.
//!
//! A context holds what its session has touched as numbers ([`Touch`]): they are enough to decide whether a read has to be
//! strong, and too little to read what was touched. The overlay of a global index needs the keys themselves. So the source
//! keeps those that this process has lately written, or read strongly, for as long as a window is open, and not more than
//! [`MOST`]. What is no longer there, or was touched by another process, is unknown, and whoever needs it has to say so.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::types::AttributeValue;
use ryw_core::{Timestamp, Touch};

use crate::attribute::Attributes;
use crate::expression::equal;
use crate::item::Item;
use crate::touch;

/// The most touches that are kept: some megabytes, unless keys are long.
const MOST: usize = 32_768;

/// Something touched: by its number, and as itself.
#[derive(Clone, Debug)]
pub(crate) struct Touched {
    pub(crate) touch: Touch,
    pub(crate) what: Arc<What>,
}

/// What was touched.
#[derive(Debug, PartialEq)]
pub(crate) enum What {
    /// An item.
    Item(TableKey),
    /// All items of a partition of the table.
    Partition(AttributeValue),
}

/// The key of an item in its table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TableKey {
    pub(crate) partition: AttributeValue,
    pub(crate) sort: Option<AttributeValue>,
}

impl Touched {
    /// The item of a key, or one that has its key among its attributes.
    pub(crate) fn item<T: Item>(table: &str, attributes: &Attributes) -> Self {
        Self::numbered::<T>(touch::item::<T>(table, attributes), attributes)
    }

    /// [`item`](Self::item), of which the number is known.
    pub(crate) fn numbered<T: Item>(touch: Touch, attributes: &Attributes) -> Self {
        Self { touch, what: Arc::new(What::Item(TableKey::of::<T>(attributes))) }
    }

    /// A partition of the table.
    pub(crate) fn partition(table: &str, value: AttributeValue) -> Self {
        Self { touch: touch::partition(table, Some(&value)), what: Arc::new(What::Partition(value)) }
    }
}

impl What {
    /// Whether a read of all of this was one of the other.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Item(key), Self::Item(other)) => key.is(other),
            (
                Self::Partition(value),
                Self::Item(TableKey { partition: other, .. }) | Self::Partition(other),
            ) => equal(value, other),
            (Self::Item(_), Self::Partition(_)) => false,
        }
    }
}

impl TableKey {
    /// That of an item, an entry of an index, or a key. Each has all attributes of the table's key.
    pub(crate) fn of<T: Item>(attributes: &Attributes) -> Self {
        let value = |name: &str| attributes.get(name).cloned();
        Self {
            partition: value(T::PARTITION.name).unwrap_or_else(|| AttributeValue::Null(true)),
            sort: T::SORT.and_then(|sort| value(sort.name)),
        }
    }

    /// As a request takes it.
    pub(crate) fn into_attributes<T: Item>(self) -> Attributes {
        let mut attributes = Attributes::with_capacity(2);
        attributes.insert(T::PARTITION.name.to_owned(), self.partition);
        if let (Some(name), Some(value)) = (T::SORT, self.sort) {
            attributes.insert(name.name.to_owned(), value);
        }
        attributes
    }
}

/// What this process has lately touched, for all sessions.
#[derive(Debug, Default)]
pub(crate) struct OwnWrites(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// Of one number there may be several things; then all of them are known.
    known: HashMap<Touch, Known>,
    /// When which was touched, in that order.
    order: VecDeque<(Timestamp, Touch)>,
}

#[derive(Debug)]
struct Known {
    last: Timestamp,
    what: Vec<Arc<What>>,
}

impl OwnWrites {
    /// Keeps what was touched at `now`, and drops what was before `horizon`.
    pub(crate) fn remember(&self, touched: &[Touched], now: Timestamp, horizon: Timestamp) {
        let mut kept = self.lock();
        for one in touched {
            kept.insert(one, now);
        }
        kept.forget_before(horizon, MOST);
    }

    /// What has this number; `None` if that is not known.
    pub(crate) fn behind(&self, touch: Touch) -> Option<Vec<Arc<What>>> {
        self.lock().known.get(&touch).map(|known| known.what.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Nothing that runs under the lock panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn insert(&mut self, touched: &Touched, now: Timestamp) {
        self.order.push_back((now, touched.touch));
        match self.known.entry(touched.touch) {
            Entry::Vacant(place) => {
                place.insert(Known { last: now, what: vec![touched.what.clone()] });
            }
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.last = known.last.max(now);
                if !known.what.contains(&touched.what) {
                    known.what.push(touched.what.clone());
                }
            }
        }
    }

    fn forget_before(&mut self, horizon: Timestamp, most: usize) {
        while let Some((at, touch)) = self.order.front().copied() {
            if at >= horizon && self.order.len() <= most {
                break;
            }
            self.order.pop_front();
            // What was touched again since stands further behind.
            if self.known.get(&touch).is_some_and(|known| known.last <= at) {
                self.known.remove(&touch);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_unix_millis(millis)
    }

    fn touched(number: u32, name: &str) -> Touched {
        let touch = Touch { table: 1, partition: number, item: 0 };
        Touched { touch, what: Arc::new(What::Partition(AttributeValue::S(name.into()))) }
    }

    fn names(own: &OwnWrites, number: u32) -> Option<usize> {
        own.behind(touched(number, "").touch).map(|what| what.len())
    }

    #[test]
    fn what_is_touched_again_stays_and_what_is_past_goes() {
        let own = OwnWrites::default();
        own.remember(&[touched(1, "a"), touched(2, "b")], at(10), at(0));
        own.remember(&[touched(1, "a")], at(20), at(0));
        own.remember(&[touched(3, "c")], at(30), at(15));
        assert_eq!([1, 2, 3].map(|number| names(&own, number)), [Some(1), None, Some(1)]);
    }

    #[test]
    fn all_things_of_one_number_are_known() {
        let own = OwnWrites::default();
        own.remember(&[touched(1, "a")], at(10), at(0));
        own.remember(&[touched(1, "b")], at(20), at(15));
        assert_eq!(names(&own, 1), Some(2), "the first is kept too, though it was long ago");
    }

    #[test]
    fn of_too_many_the_first_go() {
        let mut kept = Kept::default();
        for number in 0..100 {
            kept.insert(&touched(number, "a"), at(5));
            kept.forget_before(at(0), 10);
        }
        assert_eq!((kept.known.len(), kept.order.len()), (10, 10));
    }

    #[test]
    fn a_partition_includes_its_items_however_numbers_are_written() {
        let number = |digits: &str| AttributeValue::N(digits.into());
        let item = |partition: &str, sort: &str| {
            What::Item(TableKey { partition: number(partition), sort: Some(number(sort)) })
        };
        let partition = |value: &str| What::Partition(number(value));
        for (read, touched, included) in [
            (item("1", "2"), item("1.0", "2"), true),
            (item("1", "2"), item("1", "3"), false),
            (partition("1"), item("1.0", "3"), true),
            (partition("1"), item("2", "1"), false),
            (partition("1"), partition("1.0"), true),
            (item("1", "2"), partition("1"), false),
        ] {
            assert_eq!(read.includes(&touched), included, "{read:?} {touched:?}");
        }
    }
}
