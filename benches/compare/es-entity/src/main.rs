//! Runs the scenario with es-entity.

#[path = "../../shared/domain.rs"]
mod domain;
#[path = "../../shared/scenario.rs"]
mod scenario;
mod service;

use chrono::{DateTime, Utc};

use crate::service::{Article, ArticleId, Service};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let service = Service::connect(&std::env::var("DATABASE_URL")?).await?;
    scenario::run(&service).await
}

/// The key of no article.
fn nowhere() -> ArticleId {
    ArticleId::new()
}

/// When it was created and updated.
fn times(article: &Article) -> (DateTime<Utc>, DateTime<Utc>) {
    let times = article.created_at().zip(article.updated_at());
    times.expect("it was stored")
}
