//! Since when what a strong read shows has been so, as far as this process has seen.
//!
//! For monotonic reads a strong read opens a window of its own: it has seen the newest there is, and an eventually consistent
//! one after it may not have come that far. Counted from the read itself, a session that looks at one item more often
//! than once a window would read it strongly for ever. But if the item was already what it is when it was read strongly
//! before, then that is how far the session has seen: its window began then.
//!
//! What counts is what an item holds, all of it. If it was changed to something else meanwhile and back again, nobody who
//! reads it can tell, and a later read that shows what was between shows what came after the *first* sight.
//!
//! Images are kept as hashes under a key that is drawn at random; of more than [`MOST`] items, and of what is older than a
//! window, nothing is kept, and the window begins with the read.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use ryw_core::{Timestamp, Touch};

use crate::attribute::Attributes;
use crate::cache::image;

/// The most items whose images are kept.
const MOST: usize = 32_768;

/// The images of items that were read strongly, for all sessions.
#[derive(Debug, Default)]
pub(crate) struct Sightings {
    hasher: RandomState,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    images: HashMap<Touch, Sighting>,
    /// When which was first seen, in that order.
    order: VecDeque<(Timestamp, Touch)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sighting {
    image: u64,
    first: Timestamp,
}

impl Sightings {
    /// When the item was first seen as it is now: at `now`, unless it was before. Drops what is older than `horizon`.
    pub(crate) fn first(
        &self,
        touch: Touch,
        item: Option<&Attributes>,
        now: Timestamp,
        horizon: Timestamp,
    ) -> Timestamp {
        self.sighted(touch, self.hasher.hash_one(image(item)), now, horizon)
    }

    /// When what a query lists was first seen as it is now; `request` tells it from other queries of what was touched.
    pub(crate) fn first_of_page(
        &self,
        touch: Touch,
        request: &[u8],
        items: &[Attributes],
        now: Timestamp,
        horizon: Timestamp,
    ) -> Timestamp {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "of two pages of one number the later is taken for changed"
        )]
        let page = Touch { item: self.hasher.hash_one(request) as u32, ..touch };
        let images: Vec<_> = items.iter().map(|item| image(Some(item))).collect();
        self.sighted(page, self.hasher.hash_one(images), now, horizon)
    }

    fn sighted(&self, touch: Touch, image: u64, now: Timestamp, horizon: Timestamp) -> Timestamp {
        // Nothing that runs under the lock panics.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget_before(horizon);
        match kept.images.get(&touch) {
            Some(sighting) if sighting.image == image => sighting.first,
            Some(_) | None => {
                kept.images.insert(touch, Sighting { image, first: now });
                kept.order.push_back((now, touch));
                now
            }
        }
    }
}

impl Kept {
    fn forget_before(&mut self, horizon: Timestamp) {
        while let Some((first, touch)) = self.order.front().copied() {
            if first >= horizon && self.order.len() < MOST {
                break;
            }
            self.order.pop_front();
            if self.images.get(&touch).is_some_and(|sighting| sighting.first <= first) {
                self.images.remove(&touch);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::AttributeValue;

    const TOUCH: Touch = Touch { table: 1, partition: 2, item: 3 };

    fn item(state: &str) -> Attributes {
        [("a", "same"), ("state", state)]
            .map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())))
            .into()
    }

    #[test]
    fn a_window_begins_with_the_first_sight_of_what_is_there() {
        let at = Timestamp::from_unix_millis;
        let seen = Sightings::default();
        let look = |item: Option<&Attributes>, now| seen.first(TOUCH, item, at(now), at(now - 10));
        assert_eq!(look(Some(&item("open")), 10), at(10));
        assert_eq!(look(Some(&item("open")), 15), at(10));
        assert_eq!(look(Some(&item("paid")), 16), at(16), "it has changed");
        assert_eq!(look(Some(&item("open")), 17), at(17), "and back");
        assert_eq!(look(None, 18), at(18));
        assert_eq!(look(None, 19), at(18), "that there is none is an image too");
        assert_eq!(look(None, 40), at(40), "longer ago than a window: nothing is known");
    }

    #[test]
    fn a_page_is_seen_as_a_whole_and_by_its_request() {
        let at = Timestamp::from_unix_millis;
        let seen = Sightings::default();
        let look = |request: &[u8], items: &[Attributes], now| {
            seen.first_of_page(TOUCH, request, items, at(now), at(0))
        };
        let (open, paid) = (item("open"), item("paid"));
        assert_eq!(look(b"all", &[open.clone(), paid.clone()], 10), at(10));
        assert_eq!(look(b"all", &[open.clone(), paid.clone()], 15), at(10));
        assert_eq!(look(b"first", std::slice::from_ref(&open), 16), at(16));
        assert_eq!(look(b"all", &[open], 17), at(17), "one is missing");
        assert_eq!(look(b"all", &[], 18), at(18));
    }

    #[test]
    fn items_are_kept_apart_and_not_too_many() {
        let seen = Sightings::default();
        let now = Timestamp::from_unix_millis(5);
        for item in 0..50_000 {
            seen.first(Touch { item, ..TOUCH }, None, now, Timestamp::default());
        }
        assert!(seen.kept.lock().unwrap().images.len() <= MOST);
    }
}
