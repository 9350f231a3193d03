//! The column is a `timestamptz`, and this is no type for one.

#![allow(dead_code)]

use chrono::NaiveDateTime;
use ryw_core::{Context, Repository};
use ryw_postgres::PostgresSource;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "articles"))]
struct Article {
    #[repository(key, generated)]
    id: i64,
    slug: String,
    title: String,
    body: Option<String>,
    #[repository(created_at)]
    created_at: NaiveDateTime,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = std::env::var("DATABASE_URL")?;
    let articles = ArticleRepository::new(PostgresSource::builder("main").primary(url).connect().await?);
    let id = 1_i64;
    let found = articles.find(&Context::new(), &id).await?;
    println!("{found:?}");
    Ok(())
}
