//! Scans: all items of a table, in no order.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use aws_sdk_dynamodb::operation::scan::ScanInput;
use aws_sdk_dynamodb::operation::scan::builders::ScanInputBuilder;
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use ryw_core::{Context, EntityStream, Error, Scope};

use crate::attribute::Attributes;
use crate::expression::{Condition, Filter, Names};
use crate::failure::Failure;
use crate::home::{Course, Doing};
use crate::inner::ReadPlan;
use crate::item::Item;
use crate::read::{decode, is_deleted, refused};
use crate::source::DynamoSource;
use crate::touch;

/// As many as DynamoDB has.
const MOST_SEGMENTS: u32 = 1_000_000;

/// All items of a table, in no order; from the generated `scan`.
///
/// It reads the whole table, and is paid for as such, whatever a filter leaves of it. It depends on all that the session has
/// lately touched in the table: then it is strongly consistent, as a whole, and costs twice as much.
///
/// Nothing is read before [`all`](Self::all) or [`stream`](Self::stream). Items that are marked as deleted are left out.
#[must_use = "nothing is read before `all` or `stream`"]
pub struct Scan<'a, T> {
    source: &'a DynamoSource,
    ctx: Context,
    segments: u32,
    filter: Result<Option<Filter>, Error>,
    entity: PhantomData<fn() -> T>,
}

/// All items of a table.
pub fn scan<'a, T: Item>(source: &'a DynamoSource, ctx: &Context) -> Scan<'a, T> {
    Scan { source, ctx: ctx.clone(), segments: 1, filter: Ok(None), entity: PhantomData }
}

impl<T: Item> Scan<'_, T> {
    /// Reads so many parts of the table at once, between 1, which it is unless it is said, and a million.
    ///
    /// Each is a request under way and a megabyte in memory.
    pub fn segments(mut self, segments: u32) -> Self {
        self.segments = segments.clamp(1, MOST_SEGMENTS);
        self
    }

    /// Only items of which this is true. The others are read and paid for all the same. Of two filters both count.
    pub fn filter(mut self, condition: Condition) -> Self {
        self.filter = self.filter.and_then(|earlier| {
            let filter = Filter::new(condition).map_err(|error| refused::<T>("scan", error))?;
            Ok(Filter::all(earlier, Some(filter)))
        });
        self
    }

    /// Reads strongly, whatever the session has touched.
    pub fn strong(mut self) -> Self {
        self.ctx = self.ctx.strong();
        self
    }

    /// All of them.
    ///
    /// # Errors
    /// [Database](Error::is_database), if the service refused, or an item is none of this entity;
    /// [configuration](Error::is_config), if there is no such table; [unavailable](Error::is_unavailable).
    pub async fn all(self) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        let mut stream = self.stream();
        while let Some(item) = stream.try_next().await? {
            items.push(item);
        }
        Ok(items)
    }

    /// All of them, read as they are asked for. They are not of one moment: what is written meanwhile may be among them.
    pub fn stream(self) -> EntityStream<T> {
        let source = self.source.clone();
        let segments = self.segments;
        let begun = async move {
            let begun = Begun::<T>::new(source, self.ctx, self.filter?, segments).await?;
            let segments = (0..segments).map(move |segment| begun.clone().segment(segment));
            Ok::<_, Error>(stream::select_all(segments.map(StreamExt::boxed)))
        };
        EntityStream::new(stream::once(begun).try_flatten())
    }
}

impl<T: Item> fmt::Debug for Scan<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scan")
            .field("entity", &T::NAME)
            .field("segments", &self.segments)
            .finish_non_exhaustive()
    }
}

/// A scan that was planned, for all of its segments.
#[derive(Clone)]
struct Begun<T> {
    source: DynamoSource,
    ctx: Context,
    table: Cow<'static, str>,
    request: ScanInputBuilder,
    plan: ReadPlan,
    entity: PhantomData<fn() -> T>,
}

impl<T: Item> Begun<T> {
    async fn new(
        source: DynamoSource,
        ctx: Context,
        filter: Option<Filter>,
        segments: u32,
    ) -> Result<Self, Error> {
        let inner = source.inner();
        let table = inner.table(T::TABLE);
        let plan = inner.plan(&ctx, &table, touch::table(&table), Scope::Table).await?;
        let mut names = Names::default();
        let filter = Filter::all(T::DELETED_AT.map(Filter::lacks), filter);
        let filter = filter.map(|filter| filter.render(&mut names));
        let (names, values) = names.into_maps();
        let total = (segments > 1).then(|| i32::try_from(segments).unwrap_or(i32::MAX));
        let request = ScanInput::builder()
            .table_name(&*table)
            .set_filter_expression(filter)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .set_total_segments(total)
            .set_return_consumed_capacity(inner.cost.asked());
        Ok(Self { source, ctx, table, request, plan, entity: PhantomData })
    }

    /// The items of one segment.
    fn segment(self, segment: u32) -> impl Stream<Item = Result<T, Error>> + Send {
        let first = Some(None);
        let pages = stream::try_unfold((self, first), move |(scan, start)| async move {
            let Some(start) = start else { return Ok(None) };
            let (items, next) = scan.page(segment, start).await?;
            let items = items.into_iter().filter(|item| !is_deleted::<T>(item)).map(decode::<T>);
            Ok::<_, Error>(Some((stream::iter(items), (scan, next.map(Some)))))
        });
        pages.try_flatten()
    }

    async fn page(
        &self,
        segment: u32,
        start: Option<Attributes>,
    ) -> Result<(Vec<Attributes>, Option<Attributes>), Error> {
        let (inner, table) = (self.source.inner(), &self.table);
        let several = self.request.get_total_segments().is_some();
        let segment = several.then(|| i32::try_from(segment).unwrap_or(i32::MAX));
        let request = self.request.clone().set_segment(segment).set_exclusive_start_key(start);
        let operation = Doing { verb: "scan", entity: T::NAME };
        let course =
            Course { ctx: &self.ctx, table, others: &[], plan: self.plan, request: "Scan", operation };
        let send = |plan: ReadPlan| {
            let request = request.clone().consistent_read(plan.strong);
            async move { request.send_with(inner.client(plan.region)).await.map_err(Failure::new) }
        };
        let (answer, plan) = inner.carry_out(course, send).await?;
        inner.cost.read(answer.consumed_capacity());
        inner.read(&self.ctx, touch::table(table), plan);
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }
}
