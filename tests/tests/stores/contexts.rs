//! What every place owes that contexts are kept in: one suite, run against each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ryw_core::{Branch, ContextStorage, ContextStore, Error, Identity, Saved, Seen, SourceId, StoredContext};
use ryw_dynamo::{DynamoContexts, DynamoSource};
use ryw_postgres::{PostgresContexts, PostgresSource};
use ryw_tests::servers::eventually;
use ryw_tower::RedisContexts;

use super::places::{IMPATIENT, PATIENT, Place, Storage, silence, store};

const MINUTE: Duration = Duration::from_secs(60);

macro_rules! suite {
    ($($place:ident),*) => {$(
        mod $place {
            use super::*;

            #[tokio::test]
            async fn bytes_are_replaced_only_if_they_are_what_was_expected() {
                compares(&Place::$place().await).await;
            }

            #[tokio::test]
            async fn what_has_expired_is_not_there() {
                expires(&Place::$place().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn of_many_saves_at_once_none_is_lost() {
                loses_nothing(&Place::$place().await).await;
            }

            #[tokio::test]
            async fn a_blind_overwrite_would_be_found_out() {
                finds_a_blind_overwrite_out(&Place::$place().await).await;
            }

            #[tokio::test]
            async fn what_nobody_of_us_has_written_is_unknown() {
                distrusts(&Place::$place().await).await;
            }
        }
    )*};
}

suite!(memory, postgres, dynamo, redis);

macro_rules! away {
    ($($name:ident: $place:ident),*) => {$(
        #[tokio::test]
        async fn $name() {
            survives_being_without(&Place::$place().await).await;
        }
    )*};
}

away! {
    without_postgres_nothing_is_known: postgres,
    without_dynamo_nothing_is_known: dynamo,
    without_redis_nothing_is_known: redis
}

async fn compares(place: &Place) {
    let (one, two) = (place.storage(PATIENT).await, place.storage(PATIENT).await);
    let replace = async |storage: &Storage, expected: Option<&[u8]>, bytes: &[u8]| {
        storage.replace("key", expected, bytes, MINUTE).await.unwrap()
    };
    assert_eq!(two.load("key").await.unwrap(), None);
    assert!(!replace(&one, Some(b"a"), b"b").await, "nothing is there");
    assert!(replace(&one, None, b"a\0\xff").await);
    assert_eq!(two.load("key").await.unwrap().as_deref(), Some(&b"a\0\xff"[..]));
    assert!(!replace(&two, None, b"b").await, "something is there");
    assert!(!replace(&two, Some(b"a"), b"b").await, "something else is there");
    assert!(replace(&two, Some(b"a\0\xff"), b"b").await);
    assert!(!replace(&one, Some(b"a\0\xff"), b"c").await, "no more");
    assert_eq!(one.load("key").await.unwrap().as_deref(), Some(&b"b"[..]));
    assert_eq!(one.load("other").await.unwrap(), None);
    assert!(one.replace("long", None, b"a", Duration::MAX).await.unwrap(), "for as long as can be");
    assert!(one.load("long").await.unwrap().is_some());
}

async fn expires(place: &Place) {
    let storage = place.storage(PATIENT).await;
    assert!(storage.replace("key", None, b"a", Duration::from_millis(30)).await.unwrap());
    eventually("it has expired", async || storage.load("key").await.unwrap().is_none()).await;
    assert!(
        !storage.replace("key", Some(b"a"), b"b", MINUTE).await.unwrap(),
        "it is not there to be replaced"
    );
    assert!(storage.replace("key", None, b"b", MINUTE).await.unwrap(), "there is room for another");
    assert_eq!(storage.load("key").await.unwrap().as_deref(), Some(&b"b"[..]));
    if let Place::Postgres(cluster) = place {
        let contexts = super::places::postgres(cluster, PATIENT).await;
        assert!(storage.replace("old", None, b"a", Duration::from_millis(1)).await.unwrap());
        eventually("it is cleared away", async || contexts.delete_expired().await.unwrap() == 1).await;
        assert!(storage.load("key").await.unwrap().is_some());
    }
}

/// What a session has seen of a source of its own.
fn sees(stored: &StoredContext, task: u64, offset: u64) {
    stored.context().record_read(&source(task), Seen::new(branch(), offset));
}

fn seen(stored: &StoredContext, task: u64) -> Option<u64> {
    stored.context().frontier(&source(task)).furthest_offset(&branch())
}

fn source(task: u64) -> SourceId {
    format!("s{task}").as_str().into()
}

fn branch() -> Branch {
    Branch::new(Identity::new("postgres:7".to_owned()), 1)
}

async fn loses_nothing(place: &Place) {
    const TASKS: u64 = 14;
    const ROUNDS: u64 = 5;
    let clients = [place.store().await, place.store().await];
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let client = clients[task as usize % clients.len()].clone();
            tokio::spawn(async move {
                for round in 1..=ROUNDS {
                    let stored = client.restore("ada").await;
                    sees(&stored, task, round);
                    client.save(&stored).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let all = place.store().await.restore("ada").await;
    assert_eq!((0..TASKS).map(|task| seen(&all, task)).collect::<Vec<_>>(), [Some(ROUNDS); TASKS as usize]);
    let races: u64 = clients.iter().map(|client| client.counts().races()).sum();
    println!("{races} races in {} saves", TASKS * ROUNDS);
}

/// A storage that stores whatever is there: what `replace` must not be.
#[derive(Debug)]
struct Blind(Storage);

#[async_trait]
impl ContextStorage for Blind {
    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.0.load(key).await
    }

    async fn replace(
        &self,
        key: &str,
        _: Option<&[u8]>,
        bytes: &[u8],
        time_to_live: Duration,
    ) -> Result<bool, Error> {
        loop {
            let there = self.0.load(key).await?;
            if self.0.replace(key, there.as_deref(), bytes, time_to_live).await? {
                return Ok(true);
            }
        }
    }
}

async fn finds_a_blind_overwrite_out(place: &Place) {
    async fn two_at_once(store: &ContextStore, user: &str) -> [Option<u64>; 2] {
        let (one, two) = (store.restore(user).await, store.restore(user).await);
        sees(&one, 1, 5);
        sees(&two, 2, 5);
        store.save(&one).await.unwrap();
        store.save(&two).await.unwrap();
        let both = store.restore(user).await;
        [seen(&both, 1), seen(&both, 2)]
    }
    assert_eq!(two_at_once(&place.store().await, "ada").await, [Some(5), Some(5)]);
    let blind = store(Blind(place.storage(PATIENT).await));
    assert_eq!(two_at_once(&blind, "bob").await, [None, Some(5)], "or this suite proves nothing");
}

async fn distrusts(place: &Place) {
    let (storage, store) = (place.storage(PATIENT).await, place.store().await);
    assert!(storage.replace("ryw:ada", None, b"\xff\0 a context", MINUTE).await.unwrap());
    let stored = store.restore("ada").await;
    assert!(stored.context().frontier(&source(1)).is_unknown());
    assert_eq!((store.counts().invalid(), store.counts().unavailable()), (1, 0));
    stored.context().record_primary_read(
        &source(1),
        &stored.context().frontier(&source(1)),
        Seen::new(branch(), 7),
    );
    assert_eq!(store.save(&stored).await.unwrap(), Saved::Replaced);
    assert_eq!(seen(&store.restore("ada").await, 1), Some(7));
}

async fn survives_being_without(place: &Place) {
    let store = place.store().await;
    let first = store.restore("ada").await;
    sees(&first, 1, 5);
    store.save(&first).await.unwrap();

    let impatient = self::store(place.storage(IMPATIENT).await);
    place.take_away().await;
    let blind = impatient.restore("ada").await;
    assert!(blind.context().frontier(&source(1)).is_unknown(), "its first read is on the primary");
    sees(&blind, 2, 6);
    assert!(impatient.save(&blind).await.is_err());
    assert_eq!((impatient.counts().unavailable(), impatient.counts().failed()), (1, 1));

    place.bring_back().await;
    let mut last = None;
    eventually("it is saved", async || {
        last = store.save(&blind).await.ok();
        last.is_some()
    })
    .await;
    assert_eq!(last, Some(Saved::Joined));
    let joined = store.restore("ada").await;
    assert!(joined.context().frontier(&source(1)).is_unknown(), "what it had missed it has not made up for");
}

/// A server that takes the question and does not answer is waited for as long as was said.
#[tokio::test]
async fn who_hangs_is_not_waited_for() {
    let cluster = ryw_tests::servers::cluster(0).await;
    let source =
        PostgresSource::builder("contexts").primary(cluster.primary().url()).connect().await.unwrap();
    let postgres = PostgresContexts::new(source).time_limit(IMPATIENT);
    postgres.migrate().await.unwrap();
    cluster.primary().freeze();
    let (_listener, address) = silence();
    let redis = RedisContexts::new(&format!("redis://{address}")).unwrap().time_limit(IMPATIENT);
    let regions = ryw_testkit::dynamo::Regions::builder().start().await.unwrap();
    let region = regions.region(0);
    let client = aws_sdk_dynamodb::Client::from_conf(
        region.config().endpoint_url(format!("http://{address}")).build(),
    );
    let source = DynamoSource::builder("contexts").home(region.name(), client).build().unwrap();
    let dynamo = DynamoContexts::new(source, "contexts").time_limit(IMPATIENT);
    let hanging: [Arc<dyn ContextStorage>; 3] = [Arc::new(postgres), Arc::new(redis), Arc::new(dynamo)];
    for storage in hanging {
        let store = store(storage);
        let begun = Instant::now();
        let stored = store.restore("ada").await;
        assert!(stored.context().is_unknown_elsewhere());
        assert_eq!(store.counts().unavailable(), 1);
        assert!(begun.elapsed() < PATIENT, "for ever, that is");
    }
    cluster.primary().thaw();
}
