//! Connections to one server, and how they are kept.
//!
//! The pool is deadpool's. sqlx's own pings a connection each time it is given back, so a saturated pool pays two round
//! trips a read; here a connection is given back in memory, and pinged only if it lay idle for a second. What a pool must
//! not give out, it must never take back: a [`Conn`] returns by itself only if [`keep`](Conn::keep) said that nothing is
//! under way on it. Otherwise (a dropped future, an open transaction) it is first rolled back, beside the caller, and
//! closed if that does not succeed within a second.
//!
//! A pool of the user's own is sqlx's and stays as it is.

mod aside;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use deadpool::managed::{self, Object, PoolConfig, PoolError, QueueMode, RecycleError, Timeouts};
use ryw_core::Branch;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor as _, PgConnection, PgPool, Postgres};
// The one thing that the facade does not export; it keeps the depth of nested transactions right.
use sqlx_core::transaction::TransactionManager as _;

use tokio::sync::Semaphore;

use crate::sequence;
use aside::Aside;

type Manager = <Postgres as sqlx::Database>::TransactionManager;

/// How long a connection may have lain idle and be used without a ping.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// How long the ping may take.
const PING_LIMIT: Duration = Duration::from_secs(1);
/// How long a connection that was dropped under way may need to become usable again.
const RECOVERY_LIMIT: Duration = Duration::from_secs(1);
/// How long a login may take that nobody waits for any more.
const LOGIN_LIMIT: Duration = Duration::from_secs(10);
/// How old a connection gets: servers keep memory per session, and balancers send new ones elsewhere.
const LONGEST_LIFE: Duration = Duration::from_secs(30 * 60);

/// What a new connection must pass before it is used, and what it was found to lead to.
#[async_trait::async_trait]
pub(crate) trait Examine: Send + Sync {
    /// Examines a connection that was just made.
    async fn examine(&self, conn: &mut PgConnection) -> Result<Branch, sqlx::Error>;
}

/// The connections to one server.
#[derive(Clone)]
pub(crate) enum Pool {
    /// ryw's: every connection was examined.
    Own { pool: managed::Pool<Maker>, options: Arc<PgConnectOptions> },
    /// The user's: nothing is known of its connections.
    Given(PgPool),
}

/// A connection of ryw's own.
pub(crate) struct Own {
    pg: PgConnection,
    branch: Branch,
    born: u64,
    made_at: Instant,
    used_at: Instant,
    generation: u64,
}

pub(crate) struct Maker {
    options: Arc<PgConnectOptions>,
    examiner: Arc<dyn Examine>,
    /// Connections of an earlier generation are not used again.
    generation: AtomicU64,
    /// The latest timeline that any of them found.
    timeline: AtomicU64,
    /// A slot for each login that nobody waits for any more.
    abandoned: Arc<Semaphore>,
    aside: Aside,
}

impl Maker {
    /// The generation of a connection that was begun in this one. The first that finds a later timeline begins another:
    /// the address leads to another server, perhaps, and what was connected before leads to one that was deposed.
    fn generation_on(&self, branch: &Branch, begun: u64) -> u64 {
        let before = self.timeline.fetch_max(branch.timeline(), Ordering::SeqCst);
        if before == 0 || branch.timeline() <= before {
            return begun;
        }
        self.generation.fetch_add(1, Ordering::SeqCst) + 1
    }
}

/// How full a pool is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fill {
    pub(crate) open: usize,
    pub(crate) idle: usize,
    pub(crate) waiting: usize,
    pub(crate) limit: usize,
}

impl Pool {
    pub(crate) fn own(options: PgConnectOptions, limit: u32, examiner: Arc<dyn Examine>) -> Self {
        let options = Arc::new(options);
        let maker = Maker {
            options: Arc::clone(&options),
            examiner,
            generation: AtomicU64::new(0),
            timeline: AtomicU64::new(0),
            abandoned: Arc::new(Semaphore::new(limit as usize)),
            aside: Aside::default(),
        };
        let config = PoolConfig {
            max_size: limit as usize,
            timeouts: Timeouts::default(),
            queue_mode: QueueMode::Lifo,
        };
        let pool = managed::Pool::builder(maker)
            .config(config)
            .build()
            .unwrap_or_else(|_| unreachable!("only timeouts need a runtime, and there are none"));
        Self::Own { pool, options }
    }

    /// A connection, within `limit`.
    ///
    /// A login that takes longer goes on beside the caller, for those who come later: if each began one of its own and
    /// gave it up, a server slower than their patience would never be used.
    pub(crate) async fn acquire(&self, limit: Duration) -> Result<Conn, sqlx::Error> {
        let held = match self {
            Self::Own { pool, .. } => Held::Own(Self::get(pool, limit).await?),
            Self::Given(pool) => {
                let acquired = tokio::time::timeout(limit, Box::pin(pool.acquire())).await;
                Held::Given(acquired.unwrap_or(Err(sqlx::Error::PoolTimedOut))?)
            }
        };
        Ok(Conn { held: Some(held), state: State::Clean })
    }

    async fn get(pool: &managed::Pool<Maker>, limit: Duration) -> Result<Object<Maker>, sqlx::Error> {
        let owned = pool.clone();
        let mut getting = Box::pin(async move { owned.get().await });
        let Ok(got) = tokio::time::timeout(limit, &mut getting).await else {
            let status = pool.status();
            let abandoned = &pool.manager().abandoned;
            if status.size < status.max_size
                && let Ok(slot) = Arc::clone(abandoned).try_acquire_owned()
            {
                tokio::spawn(async move {
                    drop(tokio::time::timeout(LOGIN_LIMIT, getting).await);
                    drop(slot);
                });
            }
            return Err(sqlx::Error::PoolTimedOut);
        };
        got.map_err(|error| match error {
            PoolError::Backend(error) => error,
            PoolError::Closed => sqlx::Error::PoolClosed,
            PoolError::Timeout(_) | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
                sqlx::Error::PoolTimedOut
            }
        })
    }

    /// Whether every connection was examined when it was made.
    pub(crate) const fn is_own(&self) -> bool {
        matches!(self, Self::Own { .. })
    }

    /// No connection made before now is used again.
    pub(crate) fn renew(&self) {
        match self {
            Self::Own { pool, .. } => {
                pool.manager().generation.fetch_add(1, Ordering::SeqCst);
                drop(pool.retain(|_, _| false));
                drop(pool.manager().aside.take());
            }
            Self::Given(_) => {}
        }
    }

    /// Takes out all connections that nobody uses, and the one that was [put aside](Conn::put_aside).
    pub(crate) fn take_idle(&self) -> Vec<Own> {
        match self {
            Self::Own { pool, .. } => {
                let aside = pool.manager().aside.take();
                aside.into_iter().chain(pool.retain(|_, _| false).removed).collect()
            }
            Self::Given(_) => Vec::new(),
        }
    }

    /// The most connections that it can hold.
    pub(crate) fn limit(&self) -> u32 {
        match self {
            Self::Own { pool, .. } => u32::try_from(pool.status().max_size).unwrap_or(u32::MAX),
            Self::Given(pool) => pool.options().get_max_connections(),
        }
    }

    /// How full it is.
    pub(crate) fn fill(&self) -> Fill {
        match self {
            Self::Own { pool, .. } => {
                let status = pool.status();
                Fill {
                    open: status.size,
                    idle: status.available,
                    waiting: status.waiting,
                    limit: status.max_size,
                }
            }
            Self::Given(pool) => Fill {
                open: pool.size() as usize,
                idle: pool.num_idle(),
                waiting: 0,
                limit: pool.options().get_max_connections() as usize,
            },
        }
    }

    /// How its server is connected to.
    pub(crate) fn options(&self) -> Arc<PgConnectOptions> {
        match self {
            Self::Own { options, .. } => Arc::clone(options),
            Self::Given(pool) => pool.connect_options(),
        }
    }
}

impl managed::Manager for Maker {
    type Type = Own;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Own, sqlx::Error> {
        let generation = self.generation.load(Ordering::SeqCst);
        // On the heap: the future that connects takes tens of kilobytes, and would be part of that of every operation.
        let connecting = Box::pin(async {
            let mut pg = PgConnection::connect_with(&self.options).await?;
            let branch = self.examiner.examine(&mut pg).await?;
            Ok::<_, sqlx::Error>((pg, branch))
        });
        let (pg, branch) = connecting.await?;
        let generation = self.generation_on(&branch, generation);
        drop(self.aside.take());
        let now = Instant::now();
        Ok(Own { pg, branch, born: sequence::next(), made_at: now, used_at: now, generation })
    }

    async fn recycle(&self, conn: &mut Own, _: &managed::Metrics) -> managed::RecycleResult<sqlx::Error> {
        if conn.generation != self.generation.load(Ordering::SeqCst) {
            return Err(RecycleError::message("its server was given up"));
        }
        let now = Instant::now();
        if now.saturating_duration_since(conn.made_at) > LONGEST_LIFE {
            return Err(RecycleError::message("it is old"));
        }
        if now.saturating_duration_since(conn.used_at) > TRUSTED_IDLE {
            let pinged = tokio::time::timeout(PING_LIMIT, Box::pin(conn.pg.ping())).await;
            pinged.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
        }
        conn.used_at = now;
        Ok(())
    }
}

impl Own {
    /// The branch of history that its server was on when it was made.
    pub(crate) const fn branch(&self) -> &Branch {
        &self.branch
    }

    pub(crate) const fn pg(&mut self) -> &mut PgConnection {
        &mut self.pg
    }
}

/// A connection in use.
pub(crate) struct Conn {
    /// `None` only while it is being dropped.
    held: Option<Held>,
    state: State,
}

enum Held {
    Own(Object<Maker>),
    Given(PoolConnection<Postgres>),
}

/// In which state a connection is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing is under way.
    Clean,
    /// A statement may be under way.
    Busy,
    /// A transaction may be open.
    Open,
    /// It is of no more use.
    Broken,
    /// It is of no more use, but that it can tell something.
    Aside,
}

impl Conn {
    /// From here on a statement is under way: dropped now, it is given back when that is over.
    pub(crate) const fn busy(&mut self) {
        if matches!(self.state, State::Clean) {
            self.state = State::Busy;
        }
    }

    /// From here on a transaction is open: dropped now, it is given back when that is rolled back.
    pub(crate) const fn open(&mut self) {
        self.state = State::Open;
    }

    /// The statement is over: others can use it, unless a transaction is open or it was given up.
    pub(crate) const fn keep(&mut self) {
        if matches!(self.state, State::Busy) {
            self.state = State::Clean;
        }
    }

    /// It is as good as when it was acquired, whatever was said of it since.
    pub(crate) const fn restore(&mut self) {
        self.state = State::Clean;
    }

    /// It is to be closed.
    pub(crate) const fn give_up(&mut self) {
        if !matches!(self.state, State::Aside) {
            self.state = State::Broken;
        }
    }

    /// It is to be kept, and not used: its server was promoted, and it can tell where that left its branch. Unless a
    /// statement or a transaction is under way on it.
    pub(crate) const fn put_aside(&mut self) {
        if matches!(self.state, State::Clean) {
            self.state = State::Aside;
        }
    }

    /// The branch of history that its server was on when it was made; `None` for a pool of the user's.
    pub(crate) fn branch(&self) -> Option<&Branch> {
        match self.held() {
            Held::Own(own) => Some(&own.branch),
            Held::Given(_) => None,
        }
    }

    /// When it was made, in the order of [`sequence`]; `None` for a pool of the user's.
    pub(crate) fn born(&self) -> Option<u64> {
        match self.held() {
            Held::Own(own) => Some(own.born),
            Held::Given(_) => None,
        }
    }

    fn held(&self) -> &Held {
        self.held.as_ref().unwrap_or_else(|| unreachable!("it is taken out only by `drop`"))
    }

    fn held_mut(&mut self) -> &mut Held {
        self.held.as_mut().unwrap_or_else(|| unreachable!("it is taken out only by `drop`"))
    }
}

impl Deref for Conn {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match self.held() {
            Held::Own(own) => &own.pg,
            Held::Given(given) => given,
        }
    }
}

impl DerefMut for Conn {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self.held_mut() {
            Held::Own(own) => &mut own.pg,
            Held::Given(given) => given,
        }
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        let Some(held) = self.held.take() else { return };
        match self.state {
            State::Clean => held.give_back(),
            State::Broken => held.close(),
            State::Aside => held.put_aside(),
            state @ (State::Busy | State::Open) => match tokio::runtime::Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(recover(held, state))),
                Err(_) => held.close(),
            },
        }
    }
}

impl Held {
    fn give_back(self) {
        if let Self::Own(mut own) = self {
            own.used_at = Instant::now();
        }
    }

    fn close(self) {
        match self {
            Self::Own(own) => drop(Object::take(own)),
            Self::Given(mut given) => given.close_on_drop(),
        }
    }

    fn put_aside(self) {
        match self {
            Self::Own(own) => match Object::pool(&own) {
                Some(pool) => pool.manager().aside.put(own, &pool.manager().generation),
                None => drop(Object::take(own)),
            },
            Self::Given(_) => self.close(),
        }
    }

    fn connection(&mut self) -> &mut PgConnection {
        match self {
            Self::Own(own) => &mut own.pg,
            Self::Given(given) => given,
        }
    }
}

/// Gives a connection back once nothing is under way on it, or closes it.
async fn recover(held: Held, left: State) {
    // Whatever happens to this task, a connection that did not recover is closed.
    let mut guard = Conn { held: Some(held), state: State::Broken };
    let conn = guard.held_mut().connection();
    let recovered = tokio::time::timeout(RECOVERY_LIMIT, async {
        match left {
            State::Open => roll_back(conn).await,
            // Waits for the end of the statement, whose rows nobody wants any more.
            State::Clean | State::Busy | State::Broken | State::Aside => conn.ping().await,
        }
    });
    if let Ok(Ok(())) = recovered.await {
        guard.state = State::Clean;
    }
}

/// Ends whatever transaction is open, known to sqlx or not.
async fn roll_back(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    match Manager::get_transaction_depth(conn) {
        // A `BEGIN` may be on its way.
        0 => conn.execute("ROLLBACK").await.map(drop),
        1 => Manager::rollback(conn).await,
        // sqlx counts savepoints, of which the server may know more or fewer.
        _ => Err(sqlx::Error::BeginFailed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    #[async_trait::async_trait]
    impl Examine for Nobody {
        async fn examine(&self, _: &mut PgConnection) -> Result<Branch, sqlx::Error> {
            Err(sqlx::Error::PoolClosed)
        }
    }

    /// The address of the primary leads to the one that was promoted, while sessions with the old one are still alive.
    #[test]
    fn a_later_timeline_retires_the_connections_of_before() {
        let maker = Maker {
            options: Arc::new(PgConnectOptions::new_without_pgpass()),
            examiner: Arc::new(Nobody),
            generation: AtomicU64::new(0),
            timeline: AtomicU64::new(0),
            abandoned: Arc::new(Semaphore::new(1)),
            aside: Aside::default(),
        };
        let now = || maker.generation.load(Ordering::SeqCst);
        let found = |timeline| maker.generation_on(&Branch::new("a".into(), timeline), now());
        let first = found(1);
        assert_eq!((first, found(1)), (now(), now()));
        let second = found(2);
        assert_eq!(second, now());
        assert_ne!(first, now(), "it is not used again");
        assert_eq!(found(2), second);
        // A replica whose control file lags behind, say.
        assert_eq!(found(1), second);
    }
}
