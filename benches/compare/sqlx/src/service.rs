//! The service with sqlx alone: every statement written out, and checked by the database at compile time.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use sqlx::{PgExecutor, PgPool};

use crate::domain::{Draft, Failure};

#[derive(Debug, Serialize, Deserialize)]
pub struct Tags {
    pub names: Vec<String>,
}

#[derive(Debug)]
pub struct Author {
    pub id: i64,
    pub name: String,
}

#[derive(Debug)]
pub struct Article {
    pub id: i64,
    pub author_id: i64,
    pub slug: String,
    pub title: String,
    pub body: Option<String>,
    pub tags: Json<Tags>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

pub struct Service {
    pool: PgPool,
}

impl Service {
    pub async fn connect(url: &str) -> Result<Self, Failure> {
        Ok(Self { pool: PgPool::connect(url).await? })
    }

    pub async fn publish(&self, author: &str, draft: Draft) -> Result<(Author, Article), Failure> {
        let mut tx = self.pool.begin().await?;
        let author =
            sqlx::query_as!(Author, "INSERT INTO authors (name) VALUES ($1) RETURNING id, name", author)
                .fetch_one(&mut *tx)
                .await?;
        let article = insert(&mut *tx, author.id, draft).await?;
        tx.commit().await?;
        Ok((author, article))
    }

    pub async fn write(&self, author_id: i64, draft: Draft) -> Result<Article, Failure> {
        insert(&self.pool, author_id, draft).await
    }

    pub async fn article(&self, id: i64) -> Result<Option<Article>, Failure> {
        let article = sqlx::query_as!(
            Article,
            r#"
            SELECT id, author_id, slug, title, body, tags AS "tags: Json<Tags>", version, created_at, updated_at
            FROM articles WHERE id = $1
            "#,
            id
        );
        Ok(article.fetch_optional(&self.pool).await?)
    }

    pub async fn article_by_slug(&self, slug: &str) -> Result<Option<Article>, Failure> {
        let article = sqlx::query_as!(
            Article,
            r#"
            SELECT id, author_id, slug, title, body, tags AS "tags: Json<Tags>", version, created_at, updated_at
            FROM articles WHERE slug = $1
            "#,
            slug
        );
        Ok(article.fetch_optional(&self.pool).await?)
    }

    pub async fn retitle(&self, id: i64, version: i64, title: &str) -> Result<Article, Failure> {
        let updated = sqlx::query_as!(
            Article,
            r#"
            UPDATE articles SET title = $3, body = NULL, version = version + 1, updated_at = now()
            WHERE id = $1 AND version = $2
            RETURNING id, author_id, slug, title, body, tags AS "tags: Json<Tags>", version, created_at, updated_at
            "#,
            id,
            version,
            title
        );
        match updated.fetch_optional(&self.pool).await? {
            Some(article) => Ok(article),
            None if self.article(id).await?.is_some() => Err(Failure::Conflict),
            None => Err(Failure::NotFound),
        }
    }

    pub async fn page(
        &self,
        author_id: i64,
        after: Option<i64>,
        size: usize,
    ) -> Result<(Vec<Article>, Option<i64>), Failure> {
        // One more than asked for: it tells whether there is a next page.
        let mut articles = sqlx::query_as!(
            Article,
            r#"
            SELECT id, author_id, slug, title, body, tags AS "tags: Json<Tags>", version, created_at, updated_at
            FROM articles WHERE author_id = $1 AND id > $2 ORDER BY id LIMIT $3
            "#,
            author_id,
            after.unwrap_or(i64::MIN),
            size as i64 + 1
        )
        .fetch_all(&self.pool)
        .await?;
        let more = articles.len() > size;
        articles.truncate(size);
        let next = articles.last().filter(|_| more).map(|article| article.id);
        Ok((articles, next))
    }

    pub async fn prolific(&self, at_least: i64) -> Result<Vec<(i64, i64)>, Failure> {
        let counts = sqlx::query!(
            r#"
            SELECT author_id, count(*) AS "articles!" FROM articles
            GROUP BY author_id HAVING count(*) >= $1 ORDER BY author_id
            "#,
            at_least
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(counts.into_iter().map(|row| (row.author_id, row.articles)).collect())
    }
}

async fn insert(executor: impl PgExecutor<'_>, author_id: i64, draft: Draft) -> Result<Article, Failure> {
    let article = sqlx::query_as!(
        Article,
        r#"
        INSERT INTO articles (author_id, slug, title, body, tags) VALUES ($1, $2, $3, $4, $5)
        RETURNING id, author_id, slug, title, body, tags AS "tags: Json<Tags>", version, created_at, updated_at
        "#,
        author_id,
        draft.slug,
        draft.title,
        draft.body,
        Json(Tags { names: draft.tags }) as _
    );
    Ok(article.fetch_one(executor).await?)
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().and_then(|error| error.constraint()) {
            Some("articles_slug_key") => Self::SlugTaken,
            _ => Self::Other(error.into()),
        }
    }
}
