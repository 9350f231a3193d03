//! A Region that can be held back, and processes that have a cache each.

use std::sync::Arc;
use std::time::Duration;

use ryw_core::{Clock as _, ConsistencySource as _, Context, ManualClock, Repository, Timestamp};
use ryw_dynamo::{Cache, DynamoSource, LocalCache};
use ryw_testkit::dynamo::Regions;

#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(dynamo(table = "books", pk = shelf, sk = number))]
pub(crate) struct Book {
    #[repository(key)]
    pub(crate) shelf: String,
    #[repository(key)]
    pub(crate) number: i64,
    pub(crate) title: String,
}

/// The longest that a cache may keep an answer is as long. No test runs for as long.
pub(crate) const WINDOW: Duration = Duration::from_secs(10_000);
const START: u64 = 1_700_000_000_000;
pub(crate) const MOMENT: Duration = Duration::from_millis(1);

pub(crate) struct World {
    pub(crate) regions: Regions,
    pub(crate) clock: Arc<ManualClock>,
}

/// A process: its source, and its repository.
pub(crate) struct Process {
    pub(crate) source: DynamoSource,
    pub(crate) books: BookRepository,
}

impl World {
    pub(crate) async fn start() -> Self {
        let regions = Regions::builder().start().await.unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_unix_millis(START)));
        let world = Self { regions, clock };
        world.process(longest()).source.create_table::<Book>().await.unwrap();
        world
    }

    pub(crate) fn process(&self, cache: impl Cache + 'static) -> Process {
        let region = self.regions.region(0);
        let source = DynamoSource::builder("books").home(region.name(), region.client());
        let source = source.window(WINDOW).clock(self.clock.clone()).cache(cache).build().unwrap();
        Process { books: BookRepository::new(source.clone()), source }
    }

    /// Sets the clock back. It only knows how to go forward: round it goes.
    pub(crate) fn set_back(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap();
        self.clock.advance(Duration::from_millis(by.wrapping_neg()));
    }

    /// By the clock, since it was made.
    pub(crate) fn elapsed(&self) -> Duration {
        Duration::from_millis(self.clock.now().as_unix_millis() - START)
    }

    /// Nothing reaches the copy that answers eventual reads any more.
    pub(crate) fn hold(&self) {
        self.regions.region(0).follower().hold();
    }

    /// All of it does.
    pub(crate) fn deliver(&self) {
        self.regions.region(0).follower().release();
    }

    /// Reads that DynamoDB answered.
    pub(crate) fn reads(&self) -> u64 {
        let requests = self.regions.region(0).requests();
        requests.strong_reads() + requests.eventual_reads()
    }
}

impl Process {
    pub(crate) async fn insert(&self, ctx: &Context, title: &str) {
        let new = NewBook { shelf: "top".into(), number: 1, title: title.into() };
        self.books.insert(ctx, new).await.unwrap();
    }

    pub(crate) async fn rename(&self, ctx: &Context, title: &str) {
        self.books.update(ctx, &key(), Book::patch().title(title)).await.unwrap();
    }

    /// Its title, by each way to read it; they have to agree.
    pub(crate) async fn title(&self, ctx: &Context) -> Option<String> {
        let found = self.books.find(ctx, &key()).await.unwrap().map(|book| book.title);
        let many = self.books.find_many(ctx, &[key()]).await.unwrap();
        assert_eq!(many.first().map(|book| &book.title), found.as_ref(), "find_many");
        assert_eq!(self.books.exists(ctx, &key()).await.unwrap(), found.is_some(), "exists");
        found
    }

    pub(crate) async fn titles(&self, ctx: &Context) -> Vec<String> {
        let books = self.books.query(ctx, "top").all().await.unwrap();
        books.into_iter().map(|book| book.title).collect()
    }

    pub(crate) fn cache_reads(&self) -> u64 {
        self.source.counts().cache_reads()
    }
}

/// A cache that keeps all for as long as may be.
pub(crate) fn longest() -> LocalCache {
    LocalCache::new().item_ttl(WINDOW).page_ttl(WINDOW)
}

pub(crate) fn key() -> (String, i64) {
    ("top".into(), 1)
}
