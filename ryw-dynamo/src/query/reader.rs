//! Reads what a query lists, request by request.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::VecDeque;
use std::marker::PhantomData;

use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use ryw_core::{Context, Error, Scope};

use super::ask::{Ask, Spot};
use super::place::{Laid, Place};
use crate::attribute::Attributes;
use crate::cache::{CachedPage, PageKey, Question};
use crate::failure::Failure;
use crate::home::{Course, Doing};
use crate::index::{BehindIndex, Remedy};
use crate::inner::{Inner, ReadPlan};
use crate::item::Item;
use crate::own_writes::Touched;
use crate::read::is_deleted;
use crate::source::DynamoSource;
use crate::{index, touch};

/// The most that one request of a page asks for, unless the page is larger: what is left out is paid for all the same.
const MOST: usize = 1000;

/// A query under way. It is planned once, for all of its requests.
pub(crate) struct Reader<T> {
    source: DynamoSource,
    ctx: Context,
    ask: Ask,
    table: Cow<'static, str>,
    request: QueryInputBuilder,
    touched: Option<Touched>,
    plan: ReadPlan,
    remedy: Remedy,
    place: Place,
    /// What the service has listed, and was not given out yet.
    listed: VecDeque<Listed>,
    ended: bool,
    requests: u32,
    entity: PhantomData<fn() -> T>,
}

/// What the service has listed.
struct Listed {
    spot: Spot,
    /// `None` if it is not to be shown, and at the end of what one request has listed.
    item: Option<Attributes>,
}

/// What came next.
pub(crate) enum Step {
    Item(Attributes),
    /// As many requests were sent as were allowed.
    Paused,
    End,
}

impl<T: Item> Reader<T> {
    pub(crate) async fn open(
        source: DynamoSource,
        ctx: Context,
        ask: Ask,
        behind: BehindIndex,
        place: Place,
    ) -> Result<Self, Error> {
        let inner = source.inner();
        let table = inner.table(T::TABLE);
        let (touched, plan, remedy) = if ask.is_global() {
            let (plan, remedy) = index::plan::<T>(inner, &ctx, &table, &ask, behind, &place).await?;
            (None, plan, remedy)
        } else {
            let touched = Touched::partition(&table, ask.partition.clone());
            let plan = inner.plan(&ctx, &table, touched.touch, Scope::Partition).await?;
            (Some(touched), plan, Remedy::None)
        };
        let request = ask.request::<T>(&table);
        let (listed, entity) = (VecDeque::new(), PhantomData);
        Ok(Self {
            source,
            ctx,
            ask,
            table,
            request,
            touched,
            plan,
            remedy,
            place,
            listed,
            ended: false,
            requests: 0,
            entity,
        })
    }

    /// How far it has come, for another to go on from.
    pub(crate) fn place(&self) -> Place {
        let laid = match (&self.remedy, self.place.value()) {
            (Remedy::Overlay(overlay), Some(value)) => overlay.laid(&self.ask, value),
            (Remedy::None | Remedy::Verify(_), _) | (_, None) => Laid::default(),
        };
        Place { laid, ..self.place.clone() }
    }

    /// The next item, out of one of `budget` requests at most. `want` says how many are still wanted, if not all.
    pub(crate) async fn step(&mut self, want: Option<usize>, budget: Option<u32>) -> Result<Step, Error> {
        loop {
            if let Some(item) = self.own_before_listed() {
                return Ok(Step::Item(item));
            }
            if let Some(Listed { spot, item }) = self.listed.pop_front() {
                match item.filter(|_| self.is_shown(&spot)) {
                    Some(item) => {
                        self.place.show(&self.ask, spot);
                        return Ok(Step::Item(item));
                    }
                    None => self.place.pass(&self.ask, spot),
                }
            } else if self.ended {
                return Ok(Step::End);
            } else if budget.is_some_and(|budget| self.requests >= budget) {
                return Ok(Step::Paused);
            } else {
                self.fetch(want).await?;
            }
        }
    }

    /// The next of the session's own items, if it comes before whatever the service has listed or may list.
    fn own_before_listed(&mut self) -> Option<Attributes> {
        let Remedy::Overlay(overlay) = &mut self.remedy else { return None };
        let own = overlay.first()?;
        let is_next = match self.listed.front() {
            Some(listed) => self.ask.order(own.sort.as_ref(), listed.spot.sort.as_ref()) == Ordering::Less,
            None => self.ended,
        };
        let (spot, item) = if is_next { overlay.pop()? } else { return None };
        self.place.show_own(spot);
        Some(item)
    }

    fn is_shown(&self, spot: &Spot) -> bool {
        let laid_over = match &self.remedy {
            Remedy::Overlay(overlay) => overlay.covers(&spot.key),
            Remedy::None | Remedy::Verify(_) => false,
        };
        !laid_over && self.place.is_before_listed(&self.ask, spot)
    }

    async fn fetch(&mut self, want: Option<usize>) -> Result<(), Error> {
        let start = self.place.listed.clone().map(|spot| self.ask.start::<T>(spot));
        let limit = want.map(|want| self.limit(want));
        let request = self.request.clone().set_limit(limit).set_exclusive_start_key(start);
        let page = self.send(request).await?;
        self.requests += 1;
        self.ended = page.next.is_none();
        let entry = |item: Attributes| {
            let spot = self.ask.spot::<T>(&item);
            Listed { spot, item: Some(item).filter(|item| !is_deleted::<T>(item)) }
        };
        let mut listed: Vec<_> = page.items.into_iter().map(entry).collect();
        if let Remedy::Verify(strong) = self.remedy {
            self.verify(strong, &mut listed).await?;
        }
        self.listed.extend(listed);
        if let Some(next) = page.next {
            self.listed.push_back(Listed { spot: self.ask.spot::<T>(&next), item: None });
        }
        Ok(())
    }

    /// How much to ask for: more each time, because what is not shown is counted too.
    fn limit(&self, want: usize) -> i32 {
        let covered = match &self.remedy {
            Remedy::Overlay(overlay) => overlay.len(),
            Remedy::None | Remedy::Verify(_) => 0,
        };
        let first = want.saturating_add(covered);
        let grown = first.saturating_mul(1 << self.requests.min(10)).min(MOST.max(first));
        i32::try_from(grown).unwrap_or(i32::MAX)
    }

    async fn send(&self, request: QueryInputBuilder) -> Result<CachedPage, Error> {
        let (inner, plan) = (self.source.inner(), self.plan);
        let (touch, scope) = match &self.touched {
            Some(touched) => (touched.touch, Scope::Partition),
            None => (touch::table(&self.table), Scope::Table),
        };
        let input = request.clone().build().expect("a query has a table");
        let key = PageKey::new(&input);
        let question = Question { ctx: &self.ctx, table: &self.table, touch, scope, plan };
        if let Some(page) = inner.cached_page(question, &key).await {
            return Ok(page);
        }
        let course = self.course(plan);
        let sent_at = inner.clock.now();
        let (global, send) = (self.ask.is_global(), &request);
        let (page, plan) = inner
            .carry_out(course, |plan| query(inner, if global { plan.eventual() } else { plan }, send.clone()))
            .await?;
        let plan = if global { plan.eventual() } else { plan };
        if let Some(touched) = &self.touched {
            inner.remember(plan, || touched.clone());
        }
        inner.read_page(&self.ctx, touch, plan, &key, &page.items);
        inner.keep_page(plan, &key, &page, sent_at).await;
        Ok(page)
    }

    fn course(&self, plan: ReadPlan) -> Course<'_> {
        let operation = Doing { verb: "query", entity: T::NAME };
        Course { ctx: &self.ctx, table: &self.table, others: &[], plan, request: "Query", operation }
    }

    /// Takes the place of what is listed by what is in the table, and leaves out what is not listed there any more.
    async fn verify(&self, plan: ReadPlan, listed: &mut [Listed]) -> Result<(), Error> {
        let course = Course { request: "BatchGetItem", ..self.course(plan) };
        let keys = listed.iter().filter(|entry| entry.item.is_some()).map(|entry| entry.spot.key.clone());
        let current = index::current::<T>(self.source.inner(), course, keys.collect()).await?;
        for entry in listed {
            let item = current.iter().find(|item| self.ask.spot::<T>(item) == entry.spot);
            entry.item = match item {
                Some(item) if index::lists::<T>(&self.ask, item)? => Some(item.clone()),
                Some(_) | None => None,
            };
        }
        Ok(())
    }
}

async fn query(inner: &Inner, plan: ReadPlan, request: QueryInputBuilder) -> Result<CachedPage, Failure> {
    let request = request.consistent_read(plan.strong).set_return_consumed_capacity(inner.cost.asked());
    let answer = request.send_with(inner.client(plan.region)).await.map_err(Failure::new)?;
    inner.cost.read(answer.consumed_capacity());
    Ok(CachedPage { items: answer.items.unwrap_or_default(), next: answer.last_evaluated_key })
}
