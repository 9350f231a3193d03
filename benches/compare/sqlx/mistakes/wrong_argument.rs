//! The key is an integer, not a string.

#![allow(dead_code)]

use chrono::{DateTime, Utc};
use sqlx::PgPool;

#[derive(Debug)]
struct Article {
    id: i64,
    slug: String,
    title: String,
    body: Option<String>,
    created_at: DateTime<Utc>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let pool = PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
    let id = "1";
    let found =
        sqlx::query_as!(Article, "SELECT id, slug, title, body, created_at FROM articles WHERE id = $1", id)
            .fetch_optional(&pool)
            .await?;
    println!("{found:?}");
    Ok(())
}
