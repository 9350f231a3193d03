//! Whether a session may have an answer of the cache.

use ryw_core::{Context, Reason, Scope, Timestamp, Touch};

use super::{Cache, Cached, CachedPage, ItemKey, PageKey};
use crate::attribute::Attributes;
use crate::decision::Plan;
use crate::inner::{Inner, ReadPlan};

/// A read, and whose it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) table: &'a str,
    pub(crate) touch: Touch,
    pub(crate) scope: Scope,
    pub(crate) plan: ReadPlan,
}

impl Inner {
    /// The item of a key, or that there is none, if the cache has an answer that the session may have. It is counted.
    pub(crate) async fn cached_item(
        &self,
        question: Question<'_>,
        key: &ItemKey<'_>,
    ) -> Option<Option<Attributes>> {
        let cache = self.cache_for(question.plan)?;
        let answer = cache.item(key, self.clock.now()).await;
        self.served(question, cache, answer).await
    }

    /// A page of a query, if the cache has one that the session may have. It is counted.
    pub(crate) async fn cached_page(
        &self,
        question: Question<'_>,
        query: &PageKey<'_>,
    ) -> Option<CachedPage> {
        let cache = self.cache_for(question.plan)?;
        let answer = cache.page(query, self.clock.now()).await;
        self.served(question, cache, answer).await
    }

    /// Gives the cache what was answered to a request that was sent at `sent_at`.
    pub(crate) async fn keep_item(
        &self,
        plan: ReadPlan,
        key: &ItemKey<'_>,
        item: Option<&Attributes>,
        sent_at: Timestamp,
    ) {
        if let Some(cache) = self.cache_for(plan) {
            cache.put_item(key, item, sent_at).await;
        }
    }

    /// Gives the cache what was answered to a query that was sent at `sent_at`.
    pub(crate) async fn keep_page(
        &self,
        plan: ReadPlan,
        query: &PageKey<'_>,
        page: &CachedPage,
        sent_at: Timestamp,
    ) {
        if let Some(cache) = self.cache_for(plan) {
            cache.put_page(query, page, sent_at).await;
        }
    }

    /// Strong reads go around it, and what was served stale by choice is not for others.
    pub(crate) fn cache_for(&self, plan: ReadPlan) -> Option<&dyn Cache> {
        let around = plan.strong || plan.reason == Reason::HomeDown;
        self.cache.as_deref().filter(|_| !around)
    }

    async fn served<T>(
        &self,
        question: Question<'_>,
        cache: &dyn Cache,
        answer: Option<Cached<T>>,
    ) -> Option<T> {
        let suits = match &answer {
            Some(answer) => self.suits(question, answer.sent_at, cache).await,
            None => false,
        };
        self.observer.asked_cache(suits);
        let answer = answer.filter(|_| suits)?;
        self.served_from_cache(question.plan);
        Some(answer.value)
    }

    /// Whether the read could have been eventually consistent when the request of the answer was sent.
    async fn suits(&self, question: Question<'_>, sent_at: Option<Timestamp>, cache: &dyn Cache) -> bool {
        let now = self.clock.now();
        let oldest = now.earlier_by(cache.max_age());
        let sent_at = sent_at.unwrap_or(oldest);
        let Question { ctx, table, touch, scope, plan: _ } = question;
        let layout = self.spread(table).await;
        let plan = ctx
            .with_frontier(&self.id, |frontier| self.decide(ctx, frontier, touch, scope, &layout, sent_at));
        // Of an answer from the future, as the clock was set back since, nobody knows how old it is.
        let is_young = sent_at >= oldest && sent_at <= now;
        is_young && matches!(plan, Plan::Eventual { .. })
    }
}
