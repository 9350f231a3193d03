//! Where a page of a query ended, as a text.

use std::fmt;
use std::str::FromStr;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use ryw_core::{Cursor, CursorKey, CursorReader, CursorWriter, Error, ParseCursorError};

use super::ask::{Ask, Direction, Spot};
use super::place::{Laid, MOST_LAID, OwnPlace, Place};
use crate::item::Item;
use crate::order::is_number;
use crate::own_writes::TableKey;
use crate::schema::{KeyAttribute, KeyKind};
use crate::touch;

/// Where a page of a query ended, for [`Query::page`](super::Query::page) to go on from.
///
/// Prints as, and parses from, an opaque text that is safe in a URL. It holds the keys of the item at the end of the page, so
/// it never expires. It is **no secret**, and **no authority**: it goes on in the partition that the query names, wherever it
/// comes from. Like [`ryw_core::Cursor`] it is read as hostile input, sealed against accidents only.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryCursor(Cursor<Marked>);

/// A place, and of which query.
#[derive(Clone, Debug, PartialEq)]
struct Marked {
    query: [i64; 2],
    place: Place,
}

impl QueryCursor {
    pub(crate) fn new(ask: &Ask, table: &str, place: Place) -> Self {
        Self(Cursor::new(Marked { query: mark(ask, table), place }))
    }

    /// # Errors
    /// If it is the cursor of another query.
    pub(crate) fn place<T: Item>(&self, ask: &Ask, table: &str) -> Result<Place, Error> {
        let Marked { query, place } = self.0.key();
        if *query == mark(ask, table) && place.suits::<T>(ask) {
            return Ok(place.clone());
        }
        Err(Error::database(format!("go on with a query of {}", T::NAME)).with_source(OtherQuery))
    }
}

impl fmt::Display for QueryCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for QueryCursor {
    type Err = ParseCursorError;

    /// # Errors
    /// If the text is no cursor, or is damaged.
    fn from_str(text: &str) -> Result<Self, ParseCursorError> {
        text.parse().map(Self)
    }
}

/// A cursor was given to another query than it is from: of another table, index or partition, in the other direction, or
/// with another condition. It is the source of the error of the page. Say so to whoever sent it: `400 Bad Request`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherQuery;

impl fmt::Display for OtherQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the cursor is one of another query: ask for the first page")
    }
}

impl std::error::Error for OtherQuery {}

/// Of which query a cursor is: the same in every process.
fn mark(ask: &Ask, table: &str) -> [i64; 2] {
    let partition = touch::partition(table, Some(&ask.partition));
    let index = ask.index.map_or(0, |index| touch::table(index.name).table);
    let descending = ask.direction == Direction::Descending;
    [
        i64::from(partition.table) << 32 | i64::from(partition.partition),
        i64::from(index) << 1 | i64::from(descending),
    ]
}

impl Place {
    /// Whether it has the keys of the query, and lies where its condition is true.
    fn suits<T: Item>(&self, ask: &Ask) -> bool {
        let (partition, sort) = ask.keys::<T>();
        let sorts = |value: &Option<AttributeValue>| fits(sort, value.as_ref());
        let inside = |value: &AttributeValue| ask.sort.is_true_of(value);
        let of_partition = |key: &TableKey| {
            partition.name != T::PARTITION.name || crate::expression::equal(&key.partition, &ask.partition)
        };
        let names = |key: &TableKey| {
            fits(Some(T::PARTITION), Some(&key.partition))
                && fits(T::SORT, key.sort.as_ref())
                && of_partition(key)
        };
        let listed = self.listed.as_ref().is_none_or(|listed| {
            sorts(&listed.sort) && listed.sort.as_ref().is_none_or(inside) && names(&listed.key)
        });
        let own =
            self.own.as_ref().is_none_or(|own| sorts(&own.sort) && own.until.as_ref().is_none_or(names));
        let rest = |value: &AttributeValue| fits(Some(T::PARTITION), Some(value));
        listed && own && self.laid.items.iter().all(names) && self.laid.rest.iter().all(rest)
    }
}

/// Whether a value is one that this key can have, or there is neither.
fn fits(key: Option<KeyAttribute>, value: Option<&AttributeValue>) -> bool {
    match (key.map(|key| key.kind), value) {
        (None, None) => true,
        (Some(KeyKind::Text), Some(AttributeValue::S(text))) => !text.is_empty(),
        (Some(KeyKind::Bytes), Some(AttributeValue::B(bytes))) => !bytes.as_ref().is_empty(),
        (Some(KeyKind::Number), Some(AttributeValue::N(digits))) => is_number(digits),
        (None | Some(_), None | Some(_)) => false,
    }
}

const NOTHING: i64 = 0;
const SOMETHING: i64 = 1;
const TEXT: i64 = 1;
const NUMBER: i64 = 2;
const BYTES: i64 = 3;

impl CursorKey for Marked {
    fn write(&self, cursor: &mut CursorWriter) {
        self.query.iter().for_each(|part| cursor.integer(*part));
        optional(cursor, self.place.listed.as_ref(), |cursor, listed| {
            optional(cursor, listed.sort.as_ref(), write_value);
            write_key(cursor, &listed.key);
        });
        optional(cursor, self.place.own.as_ref(), |cursor, own| {
            optional(cursor, own.sort.as_ref(), write_value);
            optional(cursor, own.until.as_ref(), write_key);
        });
        several(cursor, &self.place.laid.items, write_key);
        several(cursor, &self.place.laid.rest, write_value);
    }

    fn read(cursor: &mut CursorReader<'_>) -> Option<Self> {
        let query = [cursor.integer()?, cursor.integer()?];
        let listed = read_optional(cursor, |cursor| {
            Some(Spot { sort: read_optional(cursor, read_value)?, key: read_key(cursor)? })
        })?;
        let own = read_optional(cursor, |cursor| {
            Some(OwnPlace {
                sort: read_optional(cursor, read_value)?,
                until: read_optional(cursor, read_key)?,
            })
        })?;
        let laid = Laid { items: read_several(cursor, read_key)?, rest: read_several(cursor, read_value)? };
        Some(Self { query, place: Place { listed, own, laid } })
    }
}

fn optional<V>(cursor: &mut CursorWriter, value: Option<&V>, write: impl Fn(&mut CursorWriter, &V)) {
    match value {
        None => cursor.integer(NOTHING),
        Some(value) => {
            cursor.integer(SOMETHING);
            write(cursor, value);
        }
    }
}

fn read_optional<V>(
    cursor: &mut CursorReader<'_>,
    read: impl Fn(&mut CursorReader<'_>) -> Option<V>,
) -> Option<Option<V>> {
    match cursor.integer()? {
        NOTHING => Some(None),
        SOMETHING => read(cursor).map(Some),
        _ => None,
    }
}

fn several<V>(cursor: &mut CursorWriter, values: &[V], write: impl Fn(&mut CursorWriter, &V)) {
    cursor.integer(i64::try_from(values.len()).unwrap_or(i64::MAX));
    values.iter().for_each(|value| write(cursor, value));
}

/// Hostile input: no more than we write ourselves.
fn read_several<V>(
    cursor: &mut CursorReader<'_>,
    read: impl Fn(&mut CursorReader<'_>) -> Option<V>,
) -> Option<Vec<V>> {
    let count = usize::try_from(cursor.integer()?).ok().filter(|count| *count <= MOST_LAID)?;
    (0..count).map(|_| read(cursor)).collect()
}

fn write_key(cursor: &mut CursorWriter, key: &TableKey) {
    write_value(cursor, &key.partition);
    optional(cursor, key.sort.as_ref(), write_value);
}

fn read_key(cursor: &mut CursorReader<'_>) -> Option<TableKey> {
    Some(TableKey { partition: read_value(cursor)?, sort: read_optional(cursor, read_value)? })
}

fn write_value(cursor: &mut CursorWriter, value: &AttributeValue) {
    match value {
        AttributeValue::S(text) => {
            cursor.integer(TEXT);
            cursor.text(text);
        }
        AttributeValue::N(digits) => {
            cursor.integer(NUMBER);
            cursor.text(digits);
        }
        AttributeValue::B(bytes) => {
            cursor.integer(BYTES);
            cursor.bytes(bytes.as_ref());
        }
        // No key: the cursor is then refused, as one of another query.
        _ => cursor.integer(NOTHING),
    }
}

fn read_value(cursor: &mut CursorReader<'_>) -> Option<AttributeValue> {
    Some(match cursor.integer()? {
        TEXT => AttributeValue::S(cursor.text()?.to_owned()),
        NUMBER => AttributeValue::N(cursor.text()?.to_owned()),
        BYTES => AttributeValue::B(Blob::new(cursor.bytes()?)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = AttributeValue> {
        prop_oneof![
            ".{0,20}".prop_map(AttributeValue::S),
            any::<i64>().prop_map(|number| AttributeValue::N(number.to_string())),
            prop::collection::vec(any::<u8>(), 0..20).prop_map(|bytes| AttributeValue::B(Blob::new(bytes))),
        ]
    }

    fn key() -> impl Strategy<Value = TableKey> {
        (value(), prop::option::of(value())).prop_map(|(partition, sort)| TableKey { partition, sort })
    }

    prop_compose! {
        fn place()(
            listed in prop::option::of((prop::option::of(value()), key())),
            own in prop::option::of((prop::option::of(value()), prop::option::of(key()))),
            items in prop::collection::vec(key(), 0..4),
            rest in prop::collection::vec(value(), 0..4),
        ) -> Place {
            Place {
                listed: listed.map(|(sort, key)| Spot { sort, key }),
                own: own.map(|(sort, until)| OwnPlace { sort, until }),
                laid: Laid { items, rest },
            }
        }
    }

    proptest! {
        #[test]
        fn every_place_comes_back(query in any::<[i64; 2]>(), place in place()) {
            let cursor = QueryCursor(Cursor::new(Marked { query, place }));
            let text = cursor.to_string();
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{}", text);
            prop_assert_eq!(text.parse::<QueryCursor>(), Ok(cursor));
        }
    }

    #[test]
    fn a_key_fits_by_its_kind() {
        let of = |kind| Some(KeyAttribute { name: "k", kind });
        let text = AttributeValue::S("a".into());
        assert!(fits(None, None) && fits(of(KeyKind::Text), Some(&text)));
        let number = |digits: &str| AttributeValue::N(digits.into());
        assert!(fits(of(KeyKind::Number), Some(&number("-7.5"))));
        let bytes = |bytes: &[u8]| AttributeValue::B(Blob::new(bytes));
        assert!(fits(of(KeyKind::Bytes), Some(&bytes(b"x"))));
        for (kind, value) in [
            (None, Some(text.clone())),
            (of(KeyKind::Text), None),
            (of(KeyKind::Text), Some(AttributeValue::S(String::new()))),
            (of(KeyKind::Text), Some(number("7"))),
            (of(KeyKind::Number), Some(number("seven"))),
            (of(KeyKind::Bytes), Some(bytes(b""))),
        ] {
            assert!(!fits(kind, value.as_ref()), "{kind:?} {value:?}");
        }
    }
}
