//! What a cache saves, and for how long.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ryw_core::{ConsistencySource as _, Context, Reason, Route, Routed, Timestamp, Touch};
use ryw_dynamo::{Attributes, Cache, Cached, CachedPage, DynamoSource, ItemKey, LocalCache, PageKey};
use tokio::sync::{Notify, Semaphore};

use super::world::{MOMENT, Process, WINDOW, World, key, longest};

#[tokio::test]
async fn each_answer_is_asked_for_once() {
    let world = World::start().await;
    let process = world.process(longest());
    process.insert(&Context::new(), "old").await;
    world.clock.advance(MOMENT);
    let before = world.reads();
    for _ in 0..3 {
        assert_eq!(process.title(&Context::new()).await.as_deref(), Some("old"));
        assert_eq!(process.titles(&Context::new()).await, ["old"]);
        assert_eq!(process.books.find(&Context::new(), &("top".to_owned(), 2)).await.unwrap(), None);
    }
    assert_eq!(world.reads() - before, 3);
    let routed = Routed { route: Route::Cache, reason: Reason::NothingToCover };
    assert_eq!(process.source.counts().of(routed), 12);
}

#[tokio::test]
async fn its_time_ends() {
    // Thousands: entries also grow old by real time.
    let seconds = |seconds: u64| Duration::from_secs(1000 * seconds);
    let (item, absence, page) = (seconds(5), seconds(2), seconds(1));
    let world = World::start().await;
    let process = world.process(LocalCache::new().item_ttl(item).absence_ttl(absence).page_ttl(page));
    process.insert(&Context::new(), "old").await;
    world.clock.advance(MOMENT);
    let start = world.elapsed();
    for (at, asked) in [
        (Duration::ZERO, [1, 1, 1]),
        (seconds(1) - MOMENT, [0, 0, 0]),
        (seconds(1), [0, 0, 1]),
        (seconds(2), [0, 1, 1]),
        (seconds(5) - MOMENT, [0, 1, 1]),
        (seconds(5), [1, 0, 0]),
    ] {
        world.clock.advance(start + at - world.elapsed());
        assert_eq!(asked_for(&world, &process).await, asked, "{at:?}");
    }
}

/// How many requests it takes to find a book, and none, and to list the shelf.
async fn asked_for(world: &World, process: &Process) -> [u64; 3] {
    let ctx = Context::new();
    let mut reads = vec![world.reads()];
    process.books.find(&ctx, &key()).await.unwrap();
    reads.push(world.reads());
    process.books.find(&ctx, &("top".to_owned(), 2)).await.unwrap();
    reads.push(world.reads());
    process.titles(&ctx).await;
    reads.push(world.reads());
    [0, 1, 2].map(|index| reads[index + 1] - reads[index])
}

#[tokio::test]
async fn strong_reads_go_around_it() {
    let world = World::start().await;
    let process = world.process(longest());
    process.insert(&Context::new(), "old").await;
    world.clock.advance(MOMENT);
    process.title(&Context::new()).await;
    world.process(longest()).rename(&Context::new(), "new").await;
    assert_eq!(
        process.title(&Context::new()).await.as_deref(),
        Some("old"),
        "from the cache: the test can fail"
    );
    assert_eq!(process.title(&Context::new().strong()).await.as_deref(), Some("new"));
    assert_eq!(
        process.title(&Context::new()).await.as_deref(),
        Some("old"),
        "which is not filled by them, either"
    );
}

#[tokio::test]
async fn an_own_write_drops_what_others_of_the_process_would_be_shown() {
    let world = World::start().await;
    let process = world.process(longest());
    process.insert(&Context::new(), "old").await;
    world.clock.advance(MOMENT);
    process.title(&Context::new()).await;
    world.clock.advance(MOMENT);
    process.rename(&Context::new(), "new").await;
    assert_eq!(process.title(&Context::new()).await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_fill_that_a_write_has_overtaken_is_worth_nothing() {
    let world = World::start().await;
    let late = Late { cache: longest(), waits: Arc::default(), may: Arc::new(Semaphore::new(0)) };
    let process = world.process(late.clone());
    process.insert(&Context::new(), "old").await;
    world.clock.advance(MOMENT);
    let (ctx, key) = (Context::new(), key());
    let fill = process.books.find(&ctx, &key);
    let write = async {
        late.waits.notified().await;
        world.clock.advance(MOMENT);
        process.rename(&Context::new(), "new").await;
        late.may.add_permits(100);
    };
    let (filled, ()) = tokio::join!(fill, write);
    assert_eq!(filled.unwrap().unwrap().title, "old", "it was read before the write");
    assert_eq!(process.books.find(&Context::new(), &key).await.unwrap().unwrap().title, "new");
}

#[tokio::test]
async fn answers_older_than_the_window_are_refused_at_the_start() {
    let world = World::start().await;
    let region = world.regions.region(0);
    let source = |cache: LocalCache| {
        let source = DynamoSource::builder("books").home(region.name(), region.client());
        source.window(WINDOW).cache(cache).build()
    };
    let why = source(longest().page_ttl(WINDOW + MOMENT)).unwrap_err();
    assert!(why.is_config(), "{why:?}");
    source(longest()).unwrap();
}

#[tokio::test]
async fn a_window_of_nothing_is_refused_at_the_start() {
    let world = World::start().await;
    let region = world.regions.region(0);
    let source = |name: &str| DynamoSource::builder(name).home(region.name(), region.client());
    let why = source("books").window(Duration::ZERO).build().unwrap_err();
    assert!(why.is_config() && why.to_string().contains("the window is 0"), "{why}");
    let why = source(&"x".repeat(256)).build().unwrap_err();
    assert!(why.is_config() && why.to_string().contains("256 bytes"), "{why}");
}

/// A cache of which the fills are held up.
#[derive(Clone, Debug)]
struct Late {
    cache: LocalCache,
    /// A fill waits.
    waits: Arc<Notify>,
    may: Arc<Semaphore>,
}

#[async_trait]
impl Cache for Late {
    fn max_age(&self) -> Duration {
        self.cache.max_age()
    }

    async fn item(&self, key: &ItemKey<'_>, now: Timestamp) -> Option<Cached<Option<Attributes>>> {
        self.cache.item(key, now).await
    }

    async fn put_item(&self, key: &ItemKey<'_>, item: Option<&Attributes>, sent_at: Timestamp) {
        self.waits.notify_one();
        let _may = self.may.acquire().await.unwrap();
        self.cache.put_item(key, item, sent_at).await;
    }

    async fn page(&self, query: &PageKey<'_>, now: Timestamp) -> Option<Cached<CachedPage>> {
        self.cache.page(query, now).await
    }

    fn written(&self, what: Touch, at: Timestamp) {
        self.cache.written(what, at);
    }
}
