//! A cache in the process.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use quick_cache::Weighter;
use quick_cache::sync::Cache as Map;
use ryw_core::{Timestamp, Touch};

use super::{Cache, Cached, CachedPage, ItemKey, PageKey};
use crate::attribute::{self, Attributes};

/// How long an item is kept.
const ITEM_TTL: Duration = Duration::from_secs(30);
/// How long a page is kept. Writes do not drop it.
const PAGE_TTL: Duration = Duration::from_secs(5);
/// How much is kept of each, in bytes.
const CAPACITY: u64 = 64 << 20;
/// What an entry takes beside its key and its value.
const OVERHEAD: u64 = 128;
/// How many writes are remembered, to tell what was asked for before them.
const WRITES: usize = 65_536;

/// A cache in the process, of items and of pages of queries, each bounded in bytes and in time.
///
/// That there is no item is remembered, too. An own write drops what the process had of the item; a page of a query lives
/// until its time is over, as in DAX, and may show others an older state of what was written. A session that wrote it is
/// shown neither ([how](Cache)).
#[derive(Clone)]
pub struct LocalCache {
    items: Arc<Map<Vec<u8>, Entry<Option<Attributes>>, Bytes>>,
    pages: Arc<Map<Vec<u8>, Entry<CachedPage>, Bytes>>,
    /// When an item was last written by this process.
    writes: Arc<Map<Touch, Timestamp>>,
    ttl: Ttl,
}

/// How long what is kept.
#[derive(Clone, Copy, Debug)]
struct Ttl {
    item: Duration,
    absence: Duration,
    page: Duration,
}

#[derive(Clone)]
struct Entry<T> {
    value: Arc<T>,
    sent_at: Timestamp,
    /// When it came, by a clock that nobody sets: one that was set back makes an old answer young again.
    kept_at: Instant,
    bytes: u64,
}

impl LocalCache {
    /// A cache of at most 64 MiB of items and as much of pages; items are kept for 30 s, and so is that there is none, pages
    /// for 5 s.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(CAPACITY, CAPACITY)
    }

    /// A cache of at most this many bytes of items, and of pages; 0 keeps none of them.
    #[must_use]
    pub fn with_capacity(items: u64, pages: u64) -> Self {
        Self {
            items: Arc::new(map(items)),
            pages: Arc::new(map(pages)),
            writes: Arc::new(Map::new(WRITES)),
            ttl: Ttl { item: ITEM_TTL, absence: ITEM_TTL, page: PAGE_TTL },
        }
    }

    /// How long an item is kept, and that there is none.
    #[must_use]
    pub const fn item_ttl(mut self, ttl: Duration) -> Self {
        self.ttl.item = ttl;
        self.ttl.absence = ttl;
        self
    }

    /// How long it is kept that there is no item.
    #[must_use]
    pub const fn absence_ttl(mut self, ttl: Duration) -> Self {
        self.ttl.absence = ttl;
        self
    }

    /// How long a page of a query is kept.
    #[must_use]
    pub const fn page_ttl(mut self, ttl: Duration) -> Self {
        self.ttl.page = ttl;
        self
    }
}

#[async_trait]
impl Cache for LocalCache {
    fn max_age(&self) -> Duration {
        self.ttl.item.max(self.ttl.absence).max(self.ttl.page)
    }

    async fn item(&self, key: &ItemKey<'_>, now: Timestamp) -> Option<Cached<Option<Attributes>>> {
        let entry = self.items.get(&key.to_bytes())?;
        let ttl = if entry.value.is_some() { self.ttl.item } else { self.ttl.absence };
        let written = self.writes.get(&key.touch());
        let before_a_write = written.is_some_and(|at| entry.sent_at <= at);
        entry.within(ttl, now).filter(|_| !before_a_write)
    }

    async fn put_item(&self, key: &ItemKey<'_>, item: Option<&Attributes>, sent_at: Timestamp) {
        let bytes = item.map_or(0, size);
        put(&self.items, key.to_bytes(), Entry::new(item.cloned(), sent_at, bytes), self.ttl.item);
    }

    async fn page(&self, query: &PageKey<'_>, now: Timestamp) -> Option<Cached<CachedPage>> {
        self.pages.get(&query.to_bytes())?.within(self.ttl.page, now)
    }

    async fn put_page(&self, query: &PageKey<'_>, page: &CachedPage, sent_at: Timestamp) {
        let bytes = page.items.iter().chain(&page.next).map(size).sum();
        put(&self.pages, query.to_bytes(), Entry::new(page.clone(), sent_at, bytes), self.ttl.page);
    }

    fn written(&self, what: Touch, at: Timestamp) {
        self.writes.insert(what, at);
    }
}

impl<T: Clone> Entry<T> {
    fn new(value: T, sent_at: Timestamp, bytes: u64) -> Self {
        Self { value: Arc::new(value), sent_at, kept_at: Instant::now(), bytes }
    }

    fn within(self, ttl: Duration, now: Timestamp) -> Option<Cached<T>> {
        let is_young = self.sent_at <= now && self.sent_at.is_within(ttl, now) && self.was_kept_within(ttl);
        is_young.then(|| Cached { value: T::clone(&self.value), sent_at: Some(self.sent_at) })
    }

    fn was_kept_within(&self, ttl: Duration) -> bool {
        self.kept_at.elapsed() < ttl
    }
}

/// Weighs entries.
#[derive(Clone, Copy, Debug)]
struct Bytes;

impl<T> Weighter<Vec<u8>, Entry<T>> for Bytes {
    fn weight(&self, key: &Vec<u8>, entry: &Entry<T>) -> u64 {
        key.len() as u64 + entry.bytes + OVERHEAD
    }
}

fn map<T: Clone>(capacity: u64) -> Map<Vec<u8>, Entry<T>, Bytes> {
    // An estimate, for the tables' first size only.
    let entries = usize::try_from(capacity / 1024).unwrap_or(usize::MAX).clamp(16, 65_536);
    Map::with_weighter(entries, capacity, Bytes)
}

/// A fill that was overtaken by a later one is dropped, unless that one is past its time.
fn put<T: Clone>(map: &Map<Vec<u8>, Entry<T>, Bytes>, key: Vec<u8>, entry: Entry<T>, ttl: Duration) {
    let is_later = |held: Entry<T>| held.sent_at > entry.sent_at && held.was_kept_within(ttl);
    if !map.peek(&key).is_some_and(is_later) {
        map.insert(key, entry);
    }
}

fn size(attributes: &Attributes) -> u64 {
    attribute::estimated_size(attributes) as u64
}

impl Default for LocalCache {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LocalCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (items, pages) = (self.items.len(), self.pages.len());
        f.debug_struct("LocalCache")
            .field("items", &items)
            .field("pages", &pages)
            .field("ttl", &self.ttl)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn an_answer_does_not_grow_young_again_with_the_clock() {
        let ttl = Duration::from_millis(40);
        let cache = LocalCache::new().item_ttl(ttl).page_ttl(ttl);
        let key = Attributes::new();
        let key = ItemKey::new("orders", &key, Touch { table: 1, partition: 2, item: 3 });
        let at = Timestamp::from_unix_millis;
        let put = |sent_at| cache.put_item(&key, None, at(sent_at)).now_or_never().unwrap();
        let item = |now| cache.item(&key, at(now)).now_or_never().unwrap();
        put(1_000);
        assert_eq!(item(999), None, "from the future");
        // Longer than it is kept, whatever the clock says.
        std::thread::sleep(2 * ttl);
        assert_eq!(item(1_001), None);
        put(500);
        assert_eq!(cache.items.peek(&key.to_bytes()).map(|entry| entry.sent_at), Some(at(500)));
    }
}
