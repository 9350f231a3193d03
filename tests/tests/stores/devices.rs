//! Two devices of one user, over a replica that is held: what the one writes the other sees, though neither carries anything.

use ryw_core::{ConsistencySource as _, Context, Reason};
use ryw_postgres::PostgresSource;
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, eventually, source, until_a_replica_serves};
use ryw_tests::{Favorite, FavoriteRepository};

use super::places::{PATIENT, Place, postgres, store};

/// A process of the application, with its own connections to everything.
struct Process {
    source: PostgresSource,
    favorites: FavoriteRepository,
}

impl Process {
    async fn start(cluster: &Cluster) -> Self {
        let source = source(cluster).connect().await.unwrap();
        Self { source: source.clone(), favorites: FavoriteRepository::new(source) }
    }

    async fn found(&self, ctx: &Context, user: i64) -> Option<i64> {
        self.favorites.find(ctx, &user).await.unwrap().map(|favorite| favorite.count())
    }
}

#[tokio::test]
async fn what_one_device_writes_the_other_sees() {
    let cluster = cluster(1).await;
    let (phone, laptop) = (Process::start(&cluster).await, Process::start(&cluster).await);
    postgres(&cluster, PATIENT).await.migrate().await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();

    let places = [Place::memory().await, Place::dynamo().await, Place::redis().await];
    let mut stores = Vec::new();
    for place in &places {
        stores.push([place.store().await, place.store().await]);
    }
    let in_the_database = || async { store(postgres(&cluster, PATIENT).await) };
    stores.push([in_the_database().await, in_the_database().await]);

    for ([from_the_phone, from_the_laptop], user) in stores.iter().zip(1..) {
        let written = from_the_phone.restore("ada").await;
        phone.favorites.insert(written.context(), &Favorite::numbered(user, 1)).await.unwrap();
        from_the_phone.save(&written).await.unwrap();

        let read = from_the_laptop.restore("ada").await;
        assert_eq!(laptop.found(read.context(), user).await, Some(1), "store {user}");
        until_a_replica_serves(&laptop.source, async || {
            assert_eq!(laptop.found(&Context::new(), user).await, None, "or this test proves nothing");
        })
        .await;
    }
    cluster.replica(0).release_replay().await.unwrap();
}

/// Redis is gone: the user is read on the primary until it is back, and never stale.
#[tokio::test]
async fn without_its_store_a_user_is_read_on_the_primary_once() {
    let cluster = cluster(1).await;
    let process = Process::start(&cluster).await;
    let place = Place::redis().await;
    let store = place.store().await;
    cluster.replica(0).hold_replay().await.unwrap();
    let written = store.restore("ada").await;
    process.favorites.insert(written.context(), &Favorite::numbered(7, 1)).await.unwrap();
    store.save(&written).await.unwrap();

    place.take_away().await;
    let blind = store.restore("ada").await;
    assert_eq!(process.found(blind.context(), 7).await, Some(1));
    assert_eq!(process.source.counts().by_reason(Reason::PositionUnknown), 1);
    assert_eq!(store.counts().unavailable(), 1);
    assert_eq!(process.found(blind.context(), 7).await, Some(1));
    assert_eq!(process.source.counts().by_reason(Reason::PositionUnknown), 1, "it is known by now");

    // It comes back empty. What is missing is then unknown, if the store is told to think so.
    place.bring_back().await;
    let distrusting = store.clone().absent_is_unknown();
    eventually("it is back", async || {
        let restored = distrusting.restore("ada").await;
        assert_eq!(process.found(restored.context(), 7).await, Some(1));
        distrusting.save(&restored).await.is_ok()
    })
    .await;
    let known = distrusting.restore("ada").await;
    assert!(!known.context().frontier(process.source.id()).is_unknown());
    assert_eq!(process.found(known.context(), 7).await, Some(1));
    cluster.replica(0).release_replay().await.unwrap();
}
