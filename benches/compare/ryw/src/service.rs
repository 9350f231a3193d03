//! The service with ryw: what it adds is that reads may be served by replicas, and see what the session wrote.

use chrono::{DateTime, Utc};
use ryw_core::{Context, Cursor, Error, PageRequest, Repository};
use ryw_postgres::PostgresSource;
use serde::{Deserialize, Serialize};

use crate::domain::{Draft, Failure};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tags {
    pub names: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "authors"))]
pub struct Author {
    #[repository(key, generated)]
    pub id: i64,
    pub name: String,
}

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
    #[repository(json)]
    pub tags: Tags,
    #[repository(version)]
    pub version: i64,
    #[repository(created_at)]
    pub created_at: DateTime<Utc>,
    #[repository(updated_at)]
    pub updated_at: DateTime<Utc>,
}

#[ryw_core::queries]
impl ArticleRepository {
    #[query(
        r#"
        SELECT author_id, count(*) AS "articles!" FROM articles
        GROUP BY author_id HAVING count(*) >= :at_least ORDER BY author_id
        "#
    )]
    pub async fn prolific(&self, ctx: &Context, at_least: i64) -> Result<Vec<(i64, i64)>, Error>;
}

/// The service as one session sees it.
pub struct Service {
    source: PostgresSource,
    authors: AuthorRepository,
    articles: ArticleRepository,
    ctx: Context,
}

impl Service {
    pub async fn connect(url: &str) -> Result<Self, Failure> {
        let source = PostgresSource::builder("main").primary(url).connect().await?;
        let authors = AuthorRepository::new(source.clone());
        let articles = ArticleRepository::new(source.clone());
        Ok(Self { source, authors, articles, ctx: Context::new() })
    }

    pub async fn publish(&self, author: &str, draft: Draft) -> Result<(Author, Article), Failure> {
        let mut tx = self.source.begin(&self.ctx).await?;
        let author = self.authors.insert_in(&mut tx, NewAuthor { name: author.into() }).await?;
        let article = self.articles.insert_in(&mut tx, new(author.id, draft)).await?;
        tx.commit().await?;
        Ok((author, article))
    }

    pub async fn write(&self, author_id: i64, draft: Draft) -> Result<Article, Failure> {
        Ok(self.articles.insert(&self.ctx, new(author_id, draft)).await?.into_inner())
    }

    pub async fn article(&self, id: i64) -> Result<Option<Article>, Failure> {
        Ok(self.articles.find(&self.ctx, &id).await?)
    }

    pub async fn article_by_slug(&self, slug: &str) -> Result<Option<Article>, Failure> {
        Ok(self.articles.find_by_slug(&self.ctx, slug).await?)
    }

    pub async fn retitle(&self, id: i64, version: i64, title: &str) -> Result<Article, Failure> {
        let patch = Article::patch().title(title).body_null();
        Ok(self.articles.update_if(&self.ctx, &id, version, patch).await?.into_inner())
    }

    pub async fn page(
        &self,
        author_id: i64,
        after: Option<Cursor<i64>>,
        size: usize,
    ) -> Result<(Vec<Article>, Option<Cursor<i64>>), Failure> {
        let first = PageRequest::first(size as u32);
        let request = match after {
            Some(after) => first.after(after),
            None => first,
        };
        let page = self.articles.list_by_author_id(&self.ctx, &author_id, &request).await?;
        Ok((page.items, page.next))
    }

    pub async fn prolific(&self, at_least: i64) -> Result<Vec<(i64, i64)>, Failure> {
        Ok(self.articles.prolific(&self.ctx, at_least).await?)
    }
}

fn new(author_id: i64, draft: Draft) -> NewArticle {
    let tags = Tags { names: draft.tags };
    NewArticle { author_id, slug: draft.slug, title: draft.title, body: draft.body, tags }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            error if error.is_duplicate_of(ArticleColumn::Slug) => Self::SlugTaken,
            error if error.is_version_conflict() => Self::Conflict,
            error if error.is_not_found() => Self::NotFound,
            error => Self::Other(error.into()),
        }
    }
}
