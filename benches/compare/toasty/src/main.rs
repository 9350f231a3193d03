//! Runs the scenario with toasty.

#[path = "../../shared/domain.rs"]
mod domain;
#[path = "../../shared/scenario.rs"]
mod scenario;
mod service;

use jiff::Timestamp;

use crate::service::{Article, Service};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let service = Service::connect(&std::env::var("DATABASE_URL")?).await?;
    scenario::run(&service).await
}

/// The key of no article.
fn nowhere() -> i64 {
    0
}

/// When it was created and updated.
fn times(article: &Article) -> (Timestamp, Timestamp) {
    (article.created_at, article.updated_at)
}
