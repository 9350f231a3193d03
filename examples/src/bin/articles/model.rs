//! What is stored.

use chrono::{DateTime, Utc};
use ryw_core::{Context, Error, Repository, Row, Value, Written, queries};
use ryw_postgres::Transaction;
use serde::{Deserialize, Serialize};

/// Who writes.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "authors"))]
pub struct Author {
    #[repository(key, generated)]
    pub id: i64,
    #[repository(unique)]
    pub handle: String,
    pub name: String,
    pub articles: i32,
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "articles"))]
pub struct Article {
    #[repository(key, generated)]
    pub id: i64,
    #[repository(indexed)]
    pub author_id: i64,
    #[repository(unique)]
    pub slug: String,
    pub title: String,
    pub body: Option<String>,
    pub stage: Stage,
    #[repository(json)]
    pub links: Vec<Link>,
    #[repository(version)]
    pub version: i32,
    #[repository(created_at)]
    pub created_at: DateTime<Utc>,
    #[repository(updated_at)]
    pub updated_at: DateTime<Utc>,
    #[repository(deleted_at)]
    pub deleted_at: Option<DateTime<Utc>>,
}

/// How far an article is; stored as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Value)]
#[value(rename_all = "snake_case")]
pub enum Stage {
    Draft,
    Published,
}

/// Where an article points to; a list of them is stored as jsonb.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    pub title: String,
    pub url: String,
}

/// How much somebody has published.
#[derive(Clone, Debug, PartialEq, Row)]
pub struct Output {
    pub handle: String,
    pub published: i64,
}

#[queries]
impl AuthorRepository {
    /// Counts an article more, beside whoever else does.
    #[query("UPDATE authors SET articles = articles + 1 WHERE id = :id RETURNING *")]
    pub async fn wrote(&self, tx: &mut Transaction, id: i64) -> Result<Author, Error>;

    /// Who has published at least so many articles; only those whose name is like `name`, if it is given.
    #[query(
        "SELECT handle, count(*) AS \"published!\" FROM authors JOIN articles ON author_id = authors.id
         WHERE stage = 'published' AND deleted_at IS NULL {AND name ILIKE :name}
         GROUP BY handle HAVING count(*) >= :least ORDER BY handle"
    )]
    pub async fn productive(
        &self,
        ctx: &Context,
        least: i64,
        name: Option<&str>,
    ) -> Result<Vec<Output>, Error>;
}

#[queries]
impl ArticleRepository {
    /// Publishes all drafts of an author; tells how many there were.
    #[query(
        "UPDATE articles SET stage = 'published', version = version + 1, updated_at = now()
             WHERE author_id = :author AND stage = 'draft' AND deleted_at IS NULL"
    )]
    pub async fn publish_all(&self, ctx: &Context, author: i64) -> Result<Written<u64>, Error>;
}
