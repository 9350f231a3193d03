//! What a query asks for, and where items stand in its order.

use std::cmp::Ordering;

use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::attribute::Attributes;
use crate::expression::{Filter, Names, SortCondition, equal, key_condition};
use crate::item::Item;
use crate::order::compare;
use crate::own_writes::TableKey;
use crate::read::is_deleted;
use crate::schema::{Index, KeyAttribute, Reach};

/// A query.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) index: Option<&'static Index>,
    pub(crate) partition: AttributeValue,
    pub(crate) sort: SortCondition,
    pub(crate) direction: Direction,
    pub(crate) filter: Option<Filter>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Direction {
    #[default]
    Ascending,
    Descending,
}

/// Where an item stands: by what it is sorted by, and which item it is.
///
/// Entries of an index that are sorted by the same value come in an order that the service keeps to itself. So only the first
/// part says which of two items comes first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spot {
    pub(crate) sort: Option<AttributeValue>,
    pub(crate) key: TableKey,
}

impl Ask {
    pub(crate) fn new(index: Option<&'static Index>, partition: AttributeValue) -> Self {
        Self { index, partition, sort: SortCondition::Any, direction: Direction::Ascending, filter: None }
    }

    pub(crate) fn is_global(&self) -> bool {
        self.index.is_some_and(|index| index.reach == Reach::Global)
    }

    /// The attributes by which it finds and sorts.
    pub(crate) fn keys<T: Item>(&self) -> (KeyAttribute, Option<KeyAttribute>) {
        self.index.map_or((T::PARTITION, T::SORT), |index| (index.partition, index.sort))
    }

    /// Its request, without the page.
    pub(crate) fn request<T: Item>(&self, table: &str) -> QueryInputBuilder {
        let (partition, sort) = self.keys::<T>();
        let mut names = Names::default();
        let sort = sort.map(|sort| (sort.name, self.sort.clone()));
        let condition = key_condition((partition.name, self.partition.clone()), sort, &mut names);
        let filter = self.filter_expression::<T>(&mut names);
        let (names, values) = names.into_maps();
        QueryInput::builder()
            .table_name(table)
            .set_index_name(self.index.map(|index| index.name.to_owned()))
            .key_condition_expression(condition)
            .set_filter_expression(filter)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .scan_index_forward(self.direction == Direction::Ascending)
    }

    /// The service leaves out what is marked as deleted, unless the mark is a key: those it refuses to filter by.
    fn filter_expression<T: Item>(&self, names: &mut Names) -> Option<String> {
        let (partition, sort) = self.keys::<T>();
        let is_key = |name| name == partition.name || sort.is_some_and(|sort| name == sort.name);
        let mark = T::DELETED_AT.filter(|mark| !is_key(*mark));
        Filter::all(mark.map(Filter::lacks), self.filter.clone()).map(|filter| filter.render(names))
    }

    /// Whether an item as it is in the table is among those asked for. `None` if only the service can tell.
    pub(crate) fn lists<T: Item>(&self, item: &Attributes) -> Option<bool> {
        let (partition, sort) = self.keys::<T>();
        let here = item.get(partition.name).is_some_and(|value| equal(value, &self.partition));
        let sorted =
            sort.is_none_or(|sort| item.get(sort.name).is_some_and(|value| self.sort.is_true_of(value)));
        if !here || !sorted || is_deleted::<T>(item) {
            return Some(false);
        }
        self.filter.as_ref().map_or(Some(true), |filter| filter.is_true_of(item))
    }

    /// Where an item stands, or an entry of the index, or a key that the service has given.
    pub(crate) fn spot<T: Item>(&self, item: &Attributes) -> Spot {
        let (_, sort) = self.keys::<T>();
        Spot { sort: sort.and_then(|sort| item.get(sort.name).cloned()), key: TableKey::of::<T>(item) }
    }

    /// The `ExclusiveStartKey` of what comes after a spot.
    pub(crate) fn start<T: Item>(&self, spot: Spot) -> Attributes {
        let (partition, sort) = self.keys::<T>();
        let mut start = spot.key.into_attributes::<T>();
        start.insert(partition.name.to_owned(), self.partition.clone());
        if let (Some(attribute), Some(value)) = (sort, spot.sort) {
            start.insert(attribute.name.to_owned(), value);
        }
        start
    }

    /// Whether the first comes before the second, in the order of the query, or after it.
    pub(crate) fn order(&self, one: Option<&AttributeValue>, other: Option<&AttributeValue>) -> Ordering {
        let order = one.zip(other).and_then(|(one, other)| compare(one, other)).unwrap_or(Ordering::Equal);
        match self.direction {
            Direction::Ascending => order,
            Direction::Descending => order.reverse(),
        }
    }
}

impl TableKey {
    /// An order of our own, for what is sorted by the same.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let by_sort =
            || self.sort.as_ref().zip(other.sort.as_ref()).and_then(|(one, other)| compare(one, other));
        let by_partition = compare(&self.partition, &other.partition).unwrap_or(Ordering::Equal);
        by_partition.then_with(|| by_sort().unwrap_or(Ordering::Equal))
    }

    /// Whether both are the key of one item.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.order(other) == Ordering::Equal
    }
}
