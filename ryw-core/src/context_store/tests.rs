//! What is done over a storage, whichever it is; what storages owe is held by the suite in `tests/tests/stores`.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;

use super::*;
use crate::{Branch, Frontier, ManualClock, Position, Progress, Seen, SourceId, Timestamp, TokenKey};

fn codec() -> TokenCodec {
    TokenCodec::signed(TokenKey::new([7; 32]).unwrap())
}

fn store(storage: impl ContextStorage + 'static) -> ContextStore {
    ContextStore::new(storage, codec(), Expiry::longer_than(Duration::from_secs(60)))
}

fn main() -> SourceId {
    SourceId::new("main")
}

fn branch() -> Branch {
    Branch::new("postgres:7".into(), 1)
}

fn wrote(ctx: &Context, offset: u64) {
    let before = ctx.frontier(&main());
    ctx.record_write(&main(), &before, Some(Position::at(branch(), offset)), Timestamp::default());
}

fn offset(ctx: &Context) -> Option<u64> {
    ctx.frontier(&main()).furthest_offset(&branch())
}

#[tokio::test]
async fn what_is_saved_is_restored_for_its_user_alone() {
    let store = store(MemoryStorage::default());
    let first = store.restore("ada").await;
    wrote(first.context(), 5);
    assert_eq!(store.save(&first).await.unwrap(), Saved::Replaced);
    assert_eq!(offset(store.restore("ada").await.context()), Some(5));
    assert!(store.restore("bob").await.context().frontiers().is_empty());
}

#[tokio::test]
async fn nothing_new_is_not_stored() {
    let store = store(MemoryStorage::default());
    let first = store.restore("ada").await;
    assert_eq!(
        store.save(&first).await.unwrap(),
        Saved::Unchanged,
        "nothing is stored, and nothing was done"
    );
    wrote(first.context(), 5);
    store.save(&first).await.unwrap();
    let second = store.restore("ada").await;
    assert_eq!(store.save(&second).await.unwrap(), Saved::Unchanged);
    assert_eq!(store.merge("ada", first.context()).await.unwrap(), Saved::Unchanged);
    assert_eq!((store.counts().saved(), store.counts().unchanged()), (1, 3));
}

#[tokio::test]
async fn who_is_late_joins() {
    let store = store(MemoryStorage::default());
    let (one, two) = (store.restore("ada").await, store.restore("ada").await);
    wrote(one.context(), 9);
    two.context().record_read(&"audit".into(), Seen::new(branch(), 3));
    assert_eq!(store.save(&one).await.unwrap(), Saved::Replaced);
    assert_eq!(store.save(&two).await.unwrap(), Saved::Joined);
    let both = store.restore("ada").await;
    assert_eq!(offset(both.context()), Some(9));
    assert!(!both.context().frontier(&"audit".into()).is_empty());
    assert_eq!(store.counts().races(), 1);
}

/// What a store that only ever joins would keep for as long as its user is there.
#[tokio::test]
async fn what_a_session_has_settled_and_let_go_of_leaves_the_store() {
    let store = store(MemoryStorage::default());
    let first = store.restore("ada").await;
    first.context().join(&main(), &Frontier::unknown());
    store.save(&first).await.unwrap();

    let second = store.restore("ada").await;
    let before = second.context().frontier(&main());
    assert!(before.is_unknown());
    second.context().record_primary_read(&main(), &before, Seen::new(branch(), 7));
    store.save(&second).await.unwrap();

    let third = store.restore("ada").await;
    assert_eq!((third.context().frontier(&main()).is_unknown(), offset(third.context())), (false, Some(7)));
    third.context().retire(&main(), &Progress::new(branch(), 7), Timestamp::default());
    store.save(&third).await.unwrap();
    assert!(store.restore("ada").await.context().frontiers().is_empty());
}

#[tokio::test]
async fn what_has_expired_was_not_done_or_is_unknown() {
    let clock = Arc::new(ManualClock::default());
    let storage = MemoryStorage::with_clock(Arc::<ManualClock>::clone(&clock));
    let store = store(storage);
    let first = store.restore("ada").await;
    wrote(first.context(), 5);
    store.save(&first).await.unwrap();
    clock.advance(Duration::from_millis(119_999));
    assert_eq!(offset(store.restore("ada").await.context()), Some(5));
    clock.advance(Duration::from_millis(1));
    assert!(store.restore("ada").await.context().frontiers().is_empty());
    let distrusting = store.clone().absent_is_unknown();
    let unknown = distrusting.restore("ada").await;
    assert!(unknown.context().is_unknown_elsewhere());
    assert_eq!(distrusting.save(&unknown).await.unwrap(), Saved::Unchanged);
    wrote(unknown.context(), 6);
    assert_eq!(distrusting.save(&unknown).await.unwrap(), Saved::Replaced, "of what has expired");
}

#[tokio::test]
async fn what_nobody_of_us_has_written_is_unknown_and_replaced() {
    let storage = MemoryStorage::default();
    let store = store(storage.clone());
    let of_bob = codec().encode_for("bob", &Context::new());
    let unbound = codec().encode(&Context::new());
    let strange: [&[u8]; 5] =
        [b"", b"\xff\xfe", b"?", of_bob.as_str().as_bytes(), unbound.as_str().as_bytes()];
    for (index, bytes) in strange.into_iter().enumerate() {
        let user = format!("ada-{index}");
        assert!(storage.replace(&format!("ryw:{user}"), None, bytes, Duration::MAX).await.unwrap());
        let invalid = store.restore(&user).await;
        assert!(invalid.context().frontier(&main()).is_unknown(), "{bytes:?}");
        assert_eq!(store.counts().invalid(), index as u64 + 1);
        invalid.context().record_primary_read(
            &main(),
            &invalid.context().frontier(&main()),
            Seen::new(branch(), 7),
        );
        store.save(&invalid).await.unwrap();
        assert_eq!(offset(store.restore(&user).await.context()), Some(7), "settled, and stored as that");
    }
}

/// Answers as it is told to; the last answer stays.
#[derive(Debug)]
struct Moody {
    storage: MemoryStorage,
    up: Mutex<bool>,
    late: bool,
}

#[async_trait]
impl ContextStorage for Moody {
    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        if *self.up.lock().unwrap() { self.storage.load(key).await } else { Err(Error::unavailable("away")) }
    }

    async fn replace(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        bytes: &[u8],
        time_to_live: Duration,
    ) -> Result<bool, Error> {
        if !*self.up.lock().unwrap() {
            return Err(Error::unavailable("away"));
        }
        if self.late {
            return Ok(false);
        }
        self.storage.replace(key, expected, bytes, time_to_live).await
    }
}

#[tokio::test]
async fn a_storage_that_is_away_makes_sessions_unknown_and_loses_nothing() {
    let moody = Arc::new(Moody { storage: MemoryStorage::default(), up: Mutex::new(true), late: false });
    let store = store(Arc::<Moody>::clone(&moody));
    let first = store.restore("ada").await;
    wrote(first.context(), 9);
    store.save(&first).await.unwrap();
    *moody.up.lock().unwrap() = false;
    let blind = store.restore("ada").await;
    assert!(blind.context().frontier(&main()).is_unknown());
    assert!(store.save(&blind).await.unwrap_err().is_unavailable());
    assert_eq!((store.counts().unavailable(), store.counts().failed()), (1, 1));
    *moody.up.lock().unwrap() = true;
    assert_eq!(store.save(&blind).await.unwrap(), Saved::Joined);
    assert!(store.restore("ada").await.context().frontier(&main()).is_unknown());
}

#[tokio::test]
async fn who_is_always_late_gives_up_and_says_so() {
    let store = store(Moody { storage: MemoryStorage::default(), up: Mutex::new(true), late: true });
    let first = store.restore("ada").await;
    wrote(first.context(), 9);
    assert!(store.save(&first).await.unwrap_err().is_overloaded());
    assert_eq!(store.counts().races() as usize, ATTEMPTS + 1);
}

#[tokio::test]
async fn a_name_that_is_too_long_is_no_ones() {
    let store = store(MemoryStorage::default());
    let long = "a".repeat(MAX_USER + 1);
    let stored = store.restore(&long).await;
    assert!(stored.context().is_unknown_elsewhere());
    let error = store.save(&stored).await.unwrap_err();
    assert!(error.is_config() && error.to_string().contains("513 bytes"), "{error}");
}
