//! Whoever forges tokens: on a thread of his own, over connections that are kept, and no two tokens alike.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use ryw_core::{Clock, Context, Position, Propagator, SystemClock, Timestamp, TokenCodec, TokenKey};
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::users::WATCHED;
use super::{Http, Service, shown};
use crate::options::Context as Options;

/// How many connections are kept.
const CONNECTIONS: u32 = 64;
const TWO_DAYS: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// What came of the forged tokens.
#[derive(Debug, Default)]
pub(super) struct Forged {
    /// All that were sent.
    pub(super) sent: u64,
    /// Those that were answered while it was measured.
    pub(super) answered: u64,
    /// Those that were let through, and what of it was stale.
    pub(super) served: u64,
    pub(super) stale: u64,
}

/// It goes on until what was given with it is dropped.
pub(super) struct Forging {
    sent: Arc<AtomicU64>,
    thread: JoinHandle<Result<Forged>>,
}

/// Ends it when it is dropped.
pub(super) struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Forging {
    /// How many were answered so far.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    /// What came of it; it has been stopped before.
    pub(super) fn end(self) -> Result<Forged> {
        self.thread.join().map_err(|_| anyhow!("whoever forges has panicked"))?
    }
}

/// Begins to forge. Whoever is let through must see what the watched user has been told is written.
pub(super) fn forge(
    service: &Service,
    options: &Options,
    acknowledged: Arc<AtomicU32>,
) -> Result<(Stop, Forging)> {
    let (sent, stops) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
    let period = Duration::from_secs(1) * CONNECTIONS / options.forged_per_second;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let http: Http = Client::builder(TokioExecutor::new()).build_http();
    let forgery = Arc::new(Forgery::new(service)?);
    let (count, stop, url) = (Arc::clone(&sent), Stop(Arc::clone(&stops)), service.url(WATCHED));
    let forging = async move {
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let one = Connection {
                http: http.clone(),
                url: url.clone(),
                forgery: Arc::clone(&forgery),
                sent: Arc::clone(&count),
                acknowledged: Arc::clone(&acknowledged),
            };
            connections.spawn(one.run(period, Arc::clone(&stops)));
        }
        let mut all = Forged::default();
        while let Some(one) = connections.join_next().await {
            let one = one??;
            all.sent += one.sent;
            all.served += one.served;
            all.stale += one.stale;
        }
        Ok(all)
    };
    let thread = thread::Builder::new().name("forger".into()).spawn(move || runtime.block_on(forging))?;
    Ok((stop, Forging { sent, thread }))
}

struct Connection {
    http: Http,
    url: String,
    forgery: Arc<Forgery>,
    sent: Arc<AtomicU64>,
    acknowledged: Arc<AtomicU32>,
}

impl Connection {
    async fn run(self, period: Duration, stops: Arc<AtomicBool>) -> Result<Forged> {
        let mut turns = tokio::time::interval(period);
        turns.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut forged = Forged::default();
        while !stops.load(Ordering::SeqCst) {
            turns.tick().await;
            let token = self.forgery.next();
            let known = self.acknowledged.load(Ordering::SeqCst);
            let request = Request::get(&self.url).header(Propagator::NAME, token).body(Body::empty())?;
            let (status, seen, _) = shown(&self.http, request).await?;
            forged.sent += 1;
            self.sent.fetch_add(1, Ordering::SeqCst);
            if status == StatusCode::OK {
                forged.served += 1;
                forged.stale += u64::from(seen.is_none_or(|seen| seen < known));
            } else {
                ensure!(status == StatusCode::SERVICE_UNAVAILABLE, "a forged token was answered by {status}");
            }
        }
        Ok(forged)
    }
}

/// Tokens that are not good, each in another way than the one before it.
struct Forgery {
    ctx: Context,
    good: String,
    /// Of somebody else's key.
    theirs: TokenCodec,
    /// Of the right key, and long ago.
    old: TokenCodec,
    count: AtomicU64,
}

impl Forgery {
    fn new(service: &Service) -> Result<Self> {
        let ctx = Context::new();
        let branch = Position::new("postgres:7301234567890123456".into(), 1, 0x16B_3748);
        ctx.join(&"main".into(), &branch.into());
        Ok(Self {
            good: service.codec.encode(&ctx).to_string(),
            theirs: TokenCodec::signed(TokenKey::new([8; 32])?).clock(LongAgo::default()),
            old: service.codec.clone().clock(LongAgo::default()),
            ctx,
            count: AtomicU64::new(0),
        })
    }

    /// No two are alike: their time of issue moves on, or a number is written over them.
    fn next(&self) -> String {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        match number % 4 {
            0 => self.theirs.encode(&self.ctx).into(),
            1 => self.old.encode(&self.ctx).into(),
            2 => self.tampered(number),
            _ => self.tampered(number) + "?",
        }
    }

    /// A good token with a number where it says how far the session has come.
    fn tampered(&self, number: u64) -> String {
        let mut token = self.good.clone();
        token.replace_range(20..32, &format!("{number:012}"));
        token
    }
}

/// A clock by which no two things happen at once.
#[derive(Debug)]
struct LongAgo(AtomicU64);

impl Default for LongAgo {
    fn default() -> Self {
        Self(AtomicU64::new(SystemClock.now().earlier_by(TWO_DAYS).as_unix_millis()))
    }
}

impl Clock for LongAgo {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.fetch_add(1, Ordering::Relaxed))
    }
}
