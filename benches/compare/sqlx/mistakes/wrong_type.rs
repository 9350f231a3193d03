//! The column is a `timestamptz`, and this is no type for one.

#![allow(dead_code)]

use chrono::NaiveDateTime;
use sqlx::PgPool;

#[derive(Debug)]
struct Article {
    id: i64,
    slug: String,
    title: String,
    body: Option<String>,
    created_at: NaiveDateTime,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let pool = PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
    let id = 1_i64;
    let found =
        sqlx::query_as!(Article, "SELECT id, slug, title, body, created_at FROM articles WHERE id = $1", id)
            .fetch_optional(&pool)
            .await?;
    println!("{found:?}");
    Ok(())
}
