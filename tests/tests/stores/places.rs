//! Where contexts are kept, and what can become of it.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use async_trait::async_trait;
use ryw_core::{ContextStorage, ContextStore, Error, Expiry, MemoryStorage, TokenCodec, TokenKey};
use ryw_dynamo::{DynamoContexts, DynamoSource};
use ryw_postgres::PostgresContexts;
use ryw_testkit::dynamo::{Region, Regions};
use ryw_testkit::postgres::Cluster;
use ryw_testkit::redis::Server;
use ryw_tower::RedisContexts;

/// Long enough for a busy machine.
pub(crate) const PATIENT: Duration = Duration::from_secs(60);
/// For a storage that will not answer.
pub(crate) const IMPATIENT: Duration = Duration::from_millis(300);

/// A place where contexts are kept, and what it takes to get there.
pub(crate) enum Place {
    Memory(MemoryStorage),
    Postgres(Cluster),
    Dynamo(Regions),
    Redis(Server),
}

impl Place {
    pub(crate) async fn memory() -> Self {
        Self::Memory(MemoryStorage::default())
    }

    pub(crate) async fn postgres() -> Self {
        let place = Self::Postgres(ryw_tests::servers::cluster(0).await);
        let Self::Postgres(cluster) = &place else { unreachable!("it was just made") };
        postgres(cluster, PATIENT).await.migrate().await.unwrap();
        place
    }

    pub(crate) async fn dynamo() -> Self {
        let regions = Regions::builder().start().await.unwrap();
        dynamo(regions.region(0), PATIENT).create_table().await.unwrap();
        // What an eventually consistent read would show stays as it was.
        regions.region(0).follower().hold();
        Self::Dynamo(regions)
    }

    pub(crate) async fn redis() -> Self {
        Self::Redis(Server::start().await.unwrap())
    }

    /// A way there of its own: other connections than everyone else's.
    pub(crate) async fn storage(&self, limit: Duration) -> Storage {
        Storage(match self {
            Self::Memory(storage) => Box::new(storage.clone()),
            Self::Postgres(cluster) => Box::new(postgres(cluster, limit).await),
            Self::Dynamo(regions) => Box::new(dynamo(regions.region(0), limit)),
            Self::Redis(server) => Box::new(redis(server, limit)),
        })
    }

    pub(crate) async fn store(&self) -> ContextStore {
        store(self.storage(PATIENT).await)
    }

    /// Takes it away: who asks is refused.
    pub(crate) async fn take_away(&self) {
        match self {
            Self::Memory(_) => unreachable!("it is part of this process"),
            Self::Postgres(cluster) => cluster.primary().stop().await.unwrap(),
            Self::Dynamo(regions) => regions.region(0).cut(),
            Self::Redis(server) => server.kill(),
        }
    }

    /// Brings it back.
    pub(crate) async fn bring_back(&self) {
        match self {
            Self::Memory(_) => unreachable!("it is part of this process"),
            Self::Postgres(cluster) => cluster.primary().start().await.unwrap(),
            Self::Dynamo(regions) => regions.region(0).restore(),
            Self::Redis(server) => server.run().await.unwrap(),
        }
    }
}

pub(crate) fn store(storage: impl ContextStorage + 'static) -> ContextStore {
    let codec = TokenCodec::signed(TokenKey::new([7; 32]).unwrap());
    ContextStore::new(storage, codec, Expiry::longer_than(Duration::from_secs(600)))
}

pub(crate) async fn postgres(cluster: &Cluster, limit: Duration) -> PostgresContexts {
    let source = ryw_tests::servers::patient_named("contexts").primary(cluster.primary().url());
    PostgresContexts::new(source.connect().await.unwrap()).time_limit(limit)
}

pub(crate) fn dynamo(region: &Region, limit: Duration) -> DynamoContexts {
    let source = DynamoSource::builder("contexts").home(region.name(), region.client()).build().unwrap();
    DynamoContexts::new(source, "contexts").time_limit(limit)
}

pub(crate) fn redis(server: &Server, limit: Duration) -> RedisContexts {
    RedisContexts::new(&server.url()).unwrap().time_limit(limit)
}

/// Someone who takes connections and says nothing.
pub(crate) fn silence() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Any of them.
#[derive(Debug)]
pub(crate) struct Storage(Box<dyn ContextStorage>);

#[async_trait]
impl ContextStorage for Storage {
    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.0.load(key).await
    }

    async fn replace(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        bytes: &[u8],
        time_to_live: Duration,
    ) -> Result<bool, Error> {
        self.0.replace(key, expected, bytes, time_to_live).await
    }
}
