//! Honest users: each writes, and reads at once what he wrote.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use ryw_core::Propagator;
use tokio::task::JoinSet;

use super::{Http, Samples, Service, USERS, shown};
use crate::favorite::Favorite;

/// How long a user looks at a page.
const THINKS: Duration = Duration::from_millis(20);
/// Who forges reads the row of the first.
pub(super) const WATCHED: i64 = 1;

/// What users do with the token that they are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Kept,
    Dropped,
}

/// What users have seen.
#[derive(Debug, Default)]
pub(crate) struct Visits {
    pub(super) took: Samples,
    pub(super) stale: u64,
}

/// All users at once, for `duration`. What the first has been told is written goes into `acknowledged`.
pub(super) async fn visits(
    service: &Service,
    duration: Duration,
    token: Token,
    acknowledged: Option<Arc<AtomicU32>>,
) -> Result<Visits> {
    let http: Http = Client::builder(TokioExecutor::new()).build_http();
    let deadline = Instant::now() + duration;
    let mut users = JoinSet::new();
    for user in 1..=USERS {
        let acknowledged = acknowledged.clone().filter(|_| user == WATCHED);
        users.spawn(visit(http.clone(), service.url(user), deadline, token, acknowledged));
    }
    let mut all = Visits::default();
    while let Some(visits) = users.join_next().await {
        let mut visits = visits??;
        all.took.append(&mut visits.took);
        all.stale += visits.stale;
    }
    all.took.sort();
    Ok(all)
}

async fn visit(
    http: Http,
    url: String,
    deadline: Instant,
    token: Token,
    acknowledged: Option<Arc<AtomicU32>>,
) -> Result<Visits> {
    let (mut visits, mut kept) = (Visits::default(), None::<String>);
    // Later than whatever was written in an earlier run.
    let (_, last, _) = shown(&http, Request::get(&url).body(Body::empty())?).await?;
    let mut number = last.unwrap_or_default() + 1000;
    while Instant::now() < deadline {
        number += 1;
        let put = kept.iter().fold(Request::put(&url), |put, token| put.header(Propagator::NAME, token));
        let color = Favorite::numbered(0, number).color_hex;
        let (status, _, told) = shown(&http, put.body(Body::from(color))?).await?;
        ensure!(status == StatusCode::OK, "a write was answered by {status}");
        if let Some(acknowledged) = &acknowledged {
            acknowledged.store(number, Ordering::SeqCst);
        }
        kept = told.filter(|_| token == Token::Kept).or(kept);

        let get = kept.iter().fold(Request::get(&url), |get, token| get.header(Propagator::NAME, token));
        let begun = Instant::now();
        let (status, seen, told) = shown(&http, get.body(Body::empty())?).await?;
        ensure!(status == StatusCode::OK, "a read was answered by {status}");
        visits.took.record(begun.elapsed());
        visits.stale += u64::from(seen != Some(number));
        kept = told.filter(|_| token == Token::Kept).or(kept);
        tokio::time::sleep(THINKS).await;
    }
    Ok(visits)
}
