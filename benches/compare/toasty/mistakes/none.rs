//! No mistake: what the others are copies of, each with one.

#![allow(dead_code)]

use jiff::Timestamp;
use toasty::{Db, Model};

#[derive(Debug, Model)]
struct Article {
    #[key]
    #[auto]
    id: i64,
    slug: String,
    title: String,
    body: Option<String>,
    created_at: Timestamp,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut db =
        Db::builder().models(toasty::models!(Article)).connect(&std::env::var("DATABASE_URL")?).await?;
    let id = 1_i64;
    let found = Article::filter_by_id(id).first().exec(&mut db).await?;
    println!("{found:?}");
    Ok(())
}
