//! How far a query has come.

use std::cmp::Ordering;

use aws_sdk_dynamodb::types::AttributeValue;

use super::ask::{Ask, Spot};
use crate::expression::equal;
use crate::own_writes::TableKey;

/// How far a query has come: in what the service lists, and, where the session's own items are laid over that, in those.
///
/// The two are apart because only the service knows its order of what is sorted by the same value: it is asked to go on
/// after an entry that it has itself listed. Own items come after its entries of the same value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Place {
    /// The last entry of the service that was shown or passed over.
    pub(crate) listed: Option<Spot>,
    /// How far own items were shown, if not just as far as `listed`.
    pub(crate) own: Option<OwnPlace>,
    /// Own items of the value that it stands at.
    pub(crate) laid: Laid,
}

/// How far own items were shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OwnPlace {
    /// All that come before this value.
    pub(crate) sort: Option<AttributeValue>,
    /// And of those of this value all until this one; none, if there is none.
    pub(crate) until: Option<TableKey>,
}

/// Own items that are sorted by the value at which a page ends, shown or not.
///
/// The service may have listed them before the end of the page, where they were left out, or list them after it, though they
/// were shown. So they stay laid over in the pages that follow, even if by then the session's window has passed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Laid {
    pub(crate) items: Vec<TableKey>,
    /// The partitions of those that are too many to be kept: they have to be known in another way.
    pub(crate) rest: Vec<AttributeValue>,
}

/// The most own items of one value that a cursor keeps: as many as one request reads.
pub(crate) const MOST_LAID: usize = 100;

impl Laid {
    pub(crate) fn add(&mut self, key: TableKey) {
        if self.items.len() < MOST_LAID {
            self.items.push(key);
        } else if !self.rest.iter().any(|partition| equal(partition, &key.partition)) {
            self.rest.push(key.partition);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty() && self.rest.is_empty()
    }
}

impl Place {
    /// The value that it stands at; `None` at the beginning.
    pub(crate) fn value(&self) -> Option<Option<&AttributeValue>> {
        let own = self.own.as_ref().map(|own| own.sort.as_ref());
        own.or_else(|| self.listed.as_ref().map(|listed| listed.sort.as_ref()))
    }

    /// Moves past an entry that was shown.
    pub(crate) fn show(&mut self, ask: &Ask, spot: Spot) {
        let still = |own: &mut OwnPlace| ask.order(own.sort.as_ref(), spot.sort.as_ref()) == Ordering::Less;
        self.own.take_if(still);
        self.listed = Some(spot);
    }

    /// Moves past an entry that was not shown, or to the end of what the service has listed.
    pub(crate) fn pass(&mut self, ask: &Ask, spot: Spot) {
        if self.listed.as_ref() == Some(&spot) {
            return;
        }
        self.show(ask, spot.clone());
        self.own.get_or_insert(OwnPlace { sort: spot.sort, until: None });
    }

    /// Moves past an own item that was shown.
    pub(crate) fn show_own(&mut self, spot: Spot) {
        self.own = Some(OwnPlace { sort: spot.sort, until: Some(spot.key) });
    }

    /// Whether an own item comes after this place.
    pub(crate) fn is_before_own(&self, ask: &Ask, spot: &Spot) -> bool {
        if let Some(own) = &self.own {
            return match ask.order(own.sort.as_ref(), spot.sort.as_ref()) {
                Ordering::Less => true,
                Ordering::Equal => {
                    own.until.as_ref().is_none_or(|until| until.order(&spot.key) == Ordering::Less)
                }
                Ordering::Greater => false,
            };
        }
        let Some(listed) = &self.listed else { return true };
        match ask.order(listed.sort.as_ref(), spot.sort.as_ref()) {
            Ordering::Less => true,
            Ordering::Equal => !listed.key.is(&spot.key),
            Ordering::Greater => false,
        }
    }

    /// Whether an entry comes after this place: not one that stands before an own item that was shown, nor that item.
    pub(crate) fn is_before_listed(&self, ask: &Ask, spot: &Spot) -> bool {
        self.own.as_ref().is_none_or(|own| match ask.order(own.sort.as_ref(), spot.sort.as_ref()) {
            Ordering::Less => true,
            Ordering::Equal => own.until.as_ref().is_none_or(|until| !until.is(&spot.key)),
            Ordering::Greater => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(sort: i64, title: &str) -> Spot {
        let sort = Some(AttributeValue::N(sort.to_string()));
        Spot { sort, key: TableKey { partition: AttributeValue::S(title.into()), sort: None } }
    }

    /// An own item stands after the service's entries of the same value.
    #[test]
    fn what_was_passed_over_is_still_to_be_shown_and_what_was_shown_is_not() {
        let ask = Ask::new(None, AttributeValue::S("p".into()));
        let next = |place: &Place| {
            [spot(6, "b"), spot(7, "a"), spot(7, "b"), spot(7, "c"), spot(8, "a")]
                .map(|own| place.is_before_own(&ask, &own))
        };
        let mut place = Place::default();
        assert_eq!(next(&place), [true; 5]);
        place.show(&ask, spot(7, "b"));
        assert_eq!(next(&place), [false, true, false, true, true]);
        place.pass(&ask, spot(7, "b"));
        assert_eq!(
            next(&place),
            [false, true, false, true, true],
            "the end of what was listed is what was shown last"
        );

        let mut place = Place::default();
        place.pass(&ask, spot(7, "b"));
        assert_eq!(next(&place), [false, true, true, true, true], "it may be an own one, in its own place");
        place.show_own(spot(7, "b"));
        assert_eq!(next(&place), [false, false, false, true, true]);
        place.show(&ask, spot(7, "c"));
        assert_eq!(next(&place), [false, false, false, true, true]);
        place.show(&ask, spot(8, "z"));
        assert_eq!(next(&place), [false, false, false, false, true]);
    }

    #[test]
    fn what_an_index_lists_late_before_an_own_item_is_not_shown_after_it() {
        let ask = Ask::new(None, AttributeValue::S("p".into()));
        let mut place = Place::default();
        place.show(&ask, spot(5, "a"));
        place.show_own(spot(7, "b"));
        let next = [spot(6, "a"), spot(7, "a"), spot(7, "b"), spot(8, "b")];
        assert_eq!(next.map(|listed| place.is_before_listed(&ask, &listed)), [false, true, false, true]);
    }
}
