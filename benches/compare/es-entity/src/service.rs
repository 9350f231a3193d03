//! The service with es-entity: an article is the sum of its events, and its table an index of them.

use chrono::{DateTime, Utc};
use es_entity::*;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::domain::{Draft, Failure};

es_entity::entity_id! { AuthorId, ArticleId }

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tags {
    pub names: Vec<String>,
}

#[derive(EsEvent, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[es_event(id = "AuthorId")]
pub enum AuthorEvent {
    Joined { id: AuthorId, name: String },
}

pub struct NewAuthor {
    name: String,
}

impl IntoEvents<AuthorEvent> for NewAuthor {
    type IdSource = FromRepo;

    fn into_events(self, builder: EntityEventsBuilder<AuthorEvent, FromRepo>) -> EntityEvents<AuthorEvent> {
        let id = builder.id();
        builder.initial_events([AuthorEvent::Joined { id, name: self.name }])
    }
}

#[derive(EsEntity)]
pub struct Author {
    pub id: AuthorId,
    pub name: String,
    events: EntityEvents<AuthorEvent>,
}

impl TryFromEvents<AuthorEvent> for Author {
    fn try_from_events(events: EntityEvents<AuthorEvent>) -> Result<Self, EntityHydrationError> {
        let mut author = Author::hydrator();
        for event in events.iter_all() {
            match event {
                AuthorEvent::Joined { id, name } => author.id(*id).name(name.clone()),
            };
        }
        author.build(events)
    }
}

#[derive(EsRepo)]
#[es_repo(entity = "Author", columns(name(ty = "String", update(persist = false))))]
pub struct Authors {
    pool: PgPool,
}

#[derive(EsEvent, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[es_event(id = "ArticleId")]
pub enum ArticleEvent {
    Written {
        id: ArticleId,
        author_id: AuthorId,
        slug: String,
        title: String,
        body: Option<String>,
        tags: Tags,
    },
    Retitled {
        title: String,
    },
}

pub struct NewArticle {
    author_id: AuthorId,
    slug: String,
    title: String,
    body: Option<String>,
    tags: Tags,
}

impl NewArticle {
    fn new(author_id: AuthorId, draft: Draft) -> Self {
        let tags = Tags { names: draft.tags };
        Self { author_id, slug: draft.slug, title: draft.title, body: draft.body, tags }
    }
}

impl IntoEvents<ArticleEvent> for NewArticle {
    type IdSource = FromRepo;

    fn into_events(self, builder: EntityEventsBuilder<ArticleEvent, FromRepo>) -> EntityEvents<ArticleEvent> {
        let id = builder.id();
        let Self { author_id, slug, title, body, tags } = self;
        builder.initial_events([ArticleEvent::Written { id, author_id, slug, title, body, tags }])
    }
}

#[derive(EsEntity)]
pub struct Article {
    pub id: ArticleId,
    pub author_id: AuthorId,
    pub slug: String,
    pub title: String,
    pub body: Option<String>,
    pub tags: Tags,
    pub version: usize,
    events: EntityEvents<ArticleEvent>,
}

impl Article {
    pub fn created_at(&self) -> Option<DateTime<Utc>> {
        self.events.entity_first_persisted_at()
    }

    pub fn updated_at(&self) -> Option<DateTime<Utc>> {
        self.events.entity_last_modified_at()
    }

    fn retitle(&mut self, title: &str) {
        self.title = title.into();
        self.body = None;
        self.version += 1;
        self.events.push(ArticleEvent::Retitled { title: title.into() });
    }
}

impl TryFromEvents<ArticleEvent> for Article {
    fn try_from_events(events: EntityEvents<ArticleEvent>) -> Result<Self, EntityHydrationError> {
        let mut article = Article::hydrator();
        for event in events.iter_all() {
            match event {
                ArticleEvent::Written { id, author_id, slug, title, body, tags } => article
                    .id(*id)
                    .author_id(*author_id)
                    .slug(slug.clone())
                    .title(title.clone())
                    .maybe_body(body.clone())
                    .tags(tags.clone()),
                ArticleEvent::Retitled { title } => article.title(title.clone()).maybe_body(None),
            };
        }
        article.version(events.iter_all().count());
        article.build(events)
    }
}

#[derive(EsRepo)]
#[es_repo(
    entity = "Article",
    columns(
        author_id(ty = "AuthorId", list_for(by(id)), update(persist = false)),
        slug(ty = "String", update(persist = false)),
    )
)]
pub struct Articles {
    pool: PgPool,
}

pub struct Service {
    pool: PgPool,
    authors: Authors,
    articles: Articles,
}

impl Service {
    pub async fn connect(url: &str) -> Result<Self, Failure> {
        let pool = PgPool::connect(url).await?;
        let (authors, articles) = (Authors { pool: pool.clone() }, Articles { pool: pool.clone() });
        Ok(Self { pool, authors, articles })
    }

    pub async fn publish(&self, author: &str, draft: Draft) -> Result<(Author, Article), Failure> {
        let mut op = self.authors.begin_op().await?;
        let author = self.authors.create_in_op(&mut op, NewAuthor { name: author.into() }).await?;
        let article = self.articles.create_in_op(&mut op, NewArticle::new(author.id, draft)).await?;
        op.commit().await?;
        Ok((author, article))
    }

    pub async fn write(&self, author_id: AuthorId, draft: Draft) -> Result<Article, Failure> {
        Ok(self.articles.create(NewArticle::new(author_id, draft)).await?)
    }

    pub async fn article(&self, id: ArticleId) -> Result<Option<Article>, Failure> {
        Ok(self.articles.maybe_find_by_id(id).await?)
    }

    pub async fn article_by_slug(&self, slug: &str) -> Result<Option<Article>, Failure> {
        Ok(self.articles.maybe_find_by_slug(slug).await?)
    }

    pub async fn retitle(&self, id: ArticleId, version: usize, title: &str) -> Result<Article, Failure> {
        let mut article = self.article(id).await?.ok_or(Failure::NotFound)?;
        if article.version != version {
            return Err(Failure::Conflict);
        }
        article.retitle(title);
        // Fails if there are more events than were read.
        self.articles.update(&mut article).await?;
        Ok(article)
    }

    pub async fn page(
        &self,
        author_id: AuthorId,
        after: Option<article_cursor::ArticleByIdCursor>,
        size: usize,
    ) -> Result<(Vec<Article>, Option<article_cursor::ArticleByIdCursor>), Failure> {
        let from = PaginatedQueryArgs { first: size, after };
        let page = self
            .articles
            .list_for_author_id_by_id(author_id, from, ListDirection::Ascending)
            .await?
            .into_page();
        Ok(match page {
            Page::Last { entities } => (entities, None),
            Page::HasNext { entities, next } => (entities, Some(next.after)),
        })
    }

    pub async fn prolific(&self, at_least: i64) -> Result<Vec<(AuthorId, i64)>, Failure> {
        let counts = sqlx::query!(
            r#"
            SELECT author_id AS "author_id: AuthorId", count(*) AS "articles!" FROM articles
            GROUP BY author_id HAVING count(*) >= $1 ORDER BY author_id
            "#,
            at_least
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(counts.into_iter().map(|row| (row.author_id, row.articles)).collect())
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Other(error.into())
    }
}

impl From<RepoFault> for Failure {
    fn from(fault: RepoFault) -> Self {
        match fault {
            Fault::Transient(Transient { kind: TransientKind::OptimisticConflict, .. }) => Self::Conflict,
            other => Self::Other(other.into()),
        }
    }
}

impl From<RepoWriteError<ArticleConstraintViolation>> for Failure {
    fn from(error: RepoWriteError<ArticleConstraintViolation>) -> Self {
        match error {
            Fail::Rejected(ArticleConstraintViolation::SlugKey(_)) => Self::SlugTaken,
            other => Self::Other(other.into()),
        }
    }
}
