//! Queries: the items of one partition, of a table or of an index, in the order of what sorts them.
//!
//! A query depends on what its session has touched in the partition, one by a global index on the whole table. It is planned
//! once, for all of its pages in a stream, and each page of its own otherwise.
//!
//! Pages end where the service says, or where enough is found: a cursor is made of the key of the last item. Offsets there are
//! none.
//!
//! Not promised: that a query of several requests sees one moment. What is written meanwhile may be in it or not, as with any
//! read of DynamoDB that is not a transaction.

mod ask;
mod cursor;
mod place;
mod reader;

use std::fmt;
use std::marker::PhantomData;

use futures_util::stream;
use ryw_core::{Context, EntityStream, Error};

use self::ask::Direction;
pub(crate) use self::ask::{Ask, Spot};
pub use self::cursor::{OtherQuery, QueryCursor};
pub(crate) use self::place::{Laid, Place};
use self::reader::{Reader, Step};
use crate::attribute::{AttributeError, KeyValue, key_attribute};
use crate::expression::{Condition, Filter, SortCondition};
use crate::index::BehindIndex;
use crate::item::Item;
use crate::read::{decode, refused};
use crate::schema::{Index, KeyKind};
use crate::source::DynamoSource;

/// The most requests that one page takes. What is filtered out is read and paid for, so that a filter that finds little would
/// otherwise keep a caller waiting for a whole partition.
const REQUESTS_OF_A_PAGE: u32 = 10;

/// What may be read strongly: a table, and its local indexes.
#[derive(Debug)]
pub enum Consistent {}

/// What has no strong read: a global index.
///
/// ```compile_fail,E0599
/// use ryw_dynamo::{EventualOnly, Item, Query};
///
/// fn strong<T: Item>(query: Query<'_, T, (), EventualOnly>) {
///     let _ = query.strong();
/// }
/// ```
#[derive(Debug)]
pub enum EventualOnly {}

/// The items of one partition, of a table or of an index, in the order of what sorts them; from the generated `query` and
/// `query_by_…`.
///
/// Nothing is read before one of [`page`](Self::page), [`all`](Self::all), [`first`](Self::first) and
/// [`stream`](Self::stream) is asked for. Items that are marked as deleted are left out.
///
/// `Sk` is the type of what sorts, `()` if nothing does; `C` says whether there are strong reads ([`Consistent`]) or none
/// ([`EventualOnly`]).
#[must_use = "nothing is read before `page`, `all`, `first` or `stream`"]
pub struct Query<'a, T, Sk, C> {
    source: &'a DynamoSource,
    ctx: Context,
    /// What was wrong first, if anything was.
    ask: Result<Ask, Error>,
    behind: BehindIndex,
    types: Types<T, Sk, C>,
}

type Types<T, Sk, C> = PhantomData<fn() -> (T, Sk, C)>;

/// A page of a query.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct QueryPage<T> {
    /// The items, in the order of the query.
    pub items: Vec<T>,
    /// Where to go on. `None` if there was no more.
    ///
    /// **Only this tells of the end**: a page with a filter may have few items, or none, and yet not be the last.
    pub next: Option<QueryCursor>,
}

/// The items of a partition of the table.
pub fn query_table<'a, T: Item, Sk>(
    source: &'a DynamoSource,
    ctx: &Context,
    partition: &impl KeyValue,
) -> Query<'a, T, Sk, Consistent> {
    Query::new(source, ctx, None, partition)
}

/// The items of a partition of an index.
pub fn query_index<'a, T: Item, Sk, C>(
    source: &'a DynamoSource,
    ctx: &Context,
    index: &'static Index,
    partition: &impl KeyValue,
) -> Query<'a, T, Sk, C> {
    Query::new(source, ctx, Some(index), partition)
}

impl<'a, T: Item, Sk, C> Query<'a, T, Sk, C> {
    fn new(
        source: &'a DynamoSource,
        ctx: &Context,
        index: Option<&'static Index>,
        partition: &impl KeyValue,
    ) -> Self {
        let name = index.map_or(T::PARTITION.name, |index| index.partition.name);
        let partition = key_attribute(partition).map_err(|error| refused::<T>("query", error.within(name)));
        let ask = partition.map(|partition| Ask::new(index, partition));
        Self { source, ctx: ctx.clone(), ask, behind: BehindIndex::default(), types: PhantomData }
    }

    /// The last ones first.
    pub fn descending(self) -> Self {
        self.asking(|ask| {
            ask.direction = Direction::Descending;
            Ok(())
        })
    }

    /// Only items of which this is true.
    ///
    /// The service reads the others all the same, and they are paid for: what narrows down a query is a condition on what
    /// sorts. Of two filters both count. A filter does not know the attributes that the query finds by and sorts by: the
    /// service refuses those.
    pub fn filter(self, condition: Condition) -> Self {
        self.asking(|ask| {
            let condition = Filter::new(condition).map_err(|error| refused::<T>("query", error))?;
            ask.filter = Filter::all(ask.filter.take(), Some(condition));
            Ok(())
        })
    }

    /// One page: at most `limit` items, at least one asked for, from the beginning or `after` where another page ended.
    ///
    /// A page of a query with a filter ends after 10 requests, however few it has found: [`QueryPage::next`] goes on.
    ///
    /// # Errors
    /// [Database](Error::is_database), if the service refused, the cursor is another query's ([`OtherQuery`] is the source
    /// then), or an item is none of this entity; [configuration](Error::is_config), if there is no such table or index;
    /// [unavailable](Error::is_unavailable); of a global index [stale](Error::is_stale), as [`BehindIndex`] says.
    pub async fn page(self, limit: u32, after: Option<&QueryCursor>) -> Result<QueryPage<T>, Error> {
        let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
        let (ask, table) = (self.ask?, self.source.inner().table(T::TABLE));
        let place = after.map(|cursor| cursor.place::<T>(&ask, &table)).transpose()?.unwrap_or_default();
        let cursor = |place: Place| Some(QueryCursor::new(&ask, &table, place));
        let mut reader =
            Reader::<T>::open(self.source.clone(), self.ctx, ask.clone(), self.behind, place).await?;
        let (mut items, mut full) = (Vec::new(), None);
        // One more than the page has tells whether there is another.
        loop {
            let want = limit.saturating_add(1) - items.len();
            match reader.step(Some(want), Some(REQUESTS_OF_A_PAGE)).await? {
                Step::End => return Ok(QueryPage { items, next: None }),
                Step::Item(_) if full.is_some() => break,
                Step::Item(item) => items.push(decode(item)?),
                Step::Paused => {
                    full.get_or_insert_with(|| reader.place());
                    break;
                }
            }
            if items.len() == limit {
                full = Some(reader.place());
            }
        }
        Ok(QueryPage { items, next: full.and_then(cursor) })
    }

    /// All of them.
    ///
    /// # Errors
    /// As [`page`](Self::page).
    pub async fn all(self) -> Result<Vec<T>, Error> {
        let mut reader = self.reader().await?;
        let mut items = Vec::new();
        while let Some(item) = next(&mut reader, None).await? {
            items.push(item);
        }
        Ok(items)
    }

    /// The first one, if there is any.
    ///
    /// # Errors
    /// As [`page`](Self::page).
    pub async fn first(self) -> Result<Option<T>, Error> {
        next(&mut self.reader().await?, Some(1)).await
    }

    /// All of them, read as they are asked for, a megabyte at a time.
    ///
    /// They are planned once: as consistent as the first is the last. They are not of one moment, as those of a database with
    /// snapshots are: what is written meanwhile may be among them.
    pub fn stream(self) -> EntityStream<T> {
        let (source, ctx, behind) = (self.source.clone(), self.ctx, self.behind);
        let begun = match self.ask {
            Ok(ask) => Begun::Not(Box::pin(Reader::open(source, ctx, ask, behind, Place::default()))),
            Err(error) => Begun::Failed(error),
        };
        EntityStream::new(stream::try_unfold(begun, |begun| async move {
            let mut reader = match begun {
                Begun::Not(open) => Box::new(open.await?),
                Begun::Reading(reader) => reader,
                Begun::Failed(error) => return Err(error),
            };
            Ok(next(&mut reader, None).await?.map(|item| (item, Begun::Reading(reader))))
        }))
    }

    async fn reader(self) -> Result<Reader<T>, Error> {
        Reader::open(self.source.clone(), self.ctx, self.ask?, self.behind, Place::default()).await
    }

    fn asking(mut self, change: impl FnOnce(&mut Ask) -> Result<(), Error>) -> Self {
        self.ask = self.ask.and_then(|mut ask| change(&mut ask).map(|()| ask));
        self
    }
}

impl<T: Item, Sk, C> Query<'_, T, Sk, C>
where
    Sk: KeyValue,
{
    /// Only the one that sorts as this value; by an index perhaps several.
    pub fn equal_to(self, value: &Sk) -> Self {
        self.sorted(|| SortCondition::of(SortCondition::Eq, value))
    }

    /// Only what sorts before this value.
    pub fn less_than(self, value: &Sk) -> Self {
        self.sorted(|| SortCondition::of(SortCondition::Lt, value))
    }

    /// Only what sorts before this value, or as it.
    pub fn at_most(self, value: &Sk) -> Self {
        self.sorted(|| SortCondition::of(SortCondition::Le, value))
    }

    /// Only what sorts after this value.
    pub fn greater_than(self, value: &Sk) -> Self {
        self.sorted(|| SortCondition::of(SortCondition::Gt, value))
    }

    /// Only what sorts after this value, or as it.
    pub fn at_least(self, value: &Sk) -> Self {
        self.sorted(|| SortCondition::of(SortCondition::Ge, value))
    }

    /// Only what sorts between these values, or as one of them.
    pub fn between(self, low: &Sk, high: &Sk) -> Self {
        self.sorted(|| Ok(SortCondition::Between(key_attribute(low)?, key_attribute(high)?)))
    }

    /// Only what begins with this text: all, if it is empty. What sorts has to be a text: it does not compile otherwise.
    pub fn begins_with(self, start: &str) -> Self {
        const { assert!(matches!(Sk::KIND, KeyKind::Text), "`begins_with` is for what is sorted by a text") };
        if start.is_empty() {
            return self;
        }
        let start = start.to_owned();
        self.sorted(|| SortCondition::of(SortCondition::BeginsWith, &start))
    }

    fn sorted(self, condition: impl FnOnce() -> Result<SortCondition, AttributeError>) -> Self {
        self.asking(|ask| {
            if !matches!(ask.sort, SortCondition::Any) {
                let message = "a query has two conditions on what sorts, and DynamoDB takes one: `between` has two ends";
                return Err(Error::config(message));
            }
            ask.sort = condition().map_err(|error| refused::<T>("query", error))?;
            Ok(())
        })
    }
}

impl<T: Item, Sk> Query<'_, T, Sk, Consistent> {
    /// Reads strongly, whatever the session has touched.
    pub fn strong(mut self) -> Self {
        self.ctx = self.ctx.strong();
        self
    }
}

impl<T: Item, Sk> Query<'_, T, Sk, EventualOnly> {
    /// What to do if the session has lately touched the table, so that the index may be behind it; [`BehindIndex::Overlay`]
    /// unless it is said.
    pub fn when_behind(mut self, then: BehindIndex) -> Self {
        self.behind = then;
        self
    }
}

impl<T: Item, Sk, C> fmt::Debug for Query<'_, T, Sk, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("entity", &T::NAME).field("ask", &self.ask).finish_non_exhaustive()
    }
}

/// A stream, begun or not.
enum Begun<T, F> {
    Not(F),
    Reading(Box<Reader<T>>),
    Failed(Error),
}

async fn next<T: Item>(reader: &mut Reader<T>, want: Option<usize>) -> Result<Option<T>, Error> {
    match reader.step(want, None).await? {
        Step::Item(item) => decode(item).map(Some),
        Step::End => Ok(None),
        Step::Paused => unreachable!("there is no budget that could be used up"),
    }
}
