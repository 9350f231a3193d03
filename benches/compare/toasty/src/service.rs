//! The service with toasty.

use std::error::Error;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use toasty::stmt::Value;
use toasty::{Db, Executor, Json, Model};

use crate::domain::{Draft, Failure};

#[derive(Debug, Serialize, Deserialize)]
pub struct Tags {
    pub names: Vec<String>,
}

#[derive(Debug, Model)]
pub struct Author {
    #[key]
    #[auto]
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Model)]
pub struct Article {
    #[key]
    #[auto]
    pub id: i64,
    #[index]
    pub author_id: i64,
    #[unique]
    pub slug: String,
    pub title: String,
    pub body: Option<String>,
    #[column(type = jsonb)]
    pub tags: Json<Tags>,
    #[version]
    pub version: u64,
    #[auto]
    pub created_at: Timestamp,
    #[auto]
    pub updated_at: Timestamp,
}

pub struct Service {
    db: Db,
}

impl Service {
    pub async fn connect(url: &str) -> Result<Self, Failure> {
        Ok(Self { db: Db::builder().models(toasty::models!(Author, Article)).connect(url).await? })
    }

    pub async fn publish(&self, author: &str, draft: Draft) -> Result<(Author, Article), Failure> {
        let mut db = self.db.clone();
        let mut tx = db.transaction().await?;
        let author = toasty::create!(Author { name: author }).exec(&mut tx).await?;
        let article = insert(&mut tx, author.id, draft).await?;
        tx.commit().await?;
        Ok((author, article))
    }

    pub async fn write(&self, author_id: i64, draft: Draft) -> Result<Article, Failure> {
        insert(&mut self.db.clone(), author_id, draft).await
    }

    pub async fn article(&self, id: i64) -> Result<Option<Article>, Failure> {
        Ok(Article::filter_by_id(id).first().exec(&mut self.db.clone()).await?)
    }

    pub async fn article_by_slug(&self, slug: &str) -> Result<Option<Article>, Failure> {
        Ok(Article::filter_by_slug(slug).first().exec(&mut self.db.clone()).await?)
    }

    pub async fn retitle(&self, id: i64, version: u64, title: &str) -> Result<Article, Failure> {
        let mut article = self.article(id).await?.ok_or(Failure::NotFound)?;
        if article.version != version {
            return Err(Failure::Conflict);
        }
        // Fails if the version has changed since it was read.
        match toasty::update!(article { title, body: None }).exec(&mut self.db.clone()).await {
            Ok(()) => Ok(article),
            Err(error) if error.is_condition_failed() => Err(Failure::Conflict),
            Err(error) => Err(error.into()),
        }
    }

    pub async fn page(
        &self,
        author_id: i64,
        after: Option<Value>,
        size: usize,
    ) -> Result<(Vec<Article>, Option<Value>), Failure> {
        let mut articles =
            Article::filter_by_author_id(author_id).order_by(Article::fields().id().asc()).paginate(size);
        if let Some(after) = after {
            articles = articles.after(after);
        }
        let page = articles.exec(&mut self.db.clone()).await?;
        Ok((page.items, page.next_cursor))
    }

    pub async fn prolific(&self, at_least: i64) -> Result<Vec<(i64, i64)>, Failure> {
        let counts = toasty::sql::query(
            "SELECT author_id, count(*) FROM articles GROUP BY author_id HAVING count(*) >= $1 ORDER BY author_id",
        )
        .bind(at_least)
        .exec(&mut self.db.clone())
        .await?;
        let count = |row| match row {
            Value::Record(row) => match row.fields[..] {
                [Value::I64(author_id), Value::I64(articles)] => Ok((author_id, articles)),
                _ => Err(Failure::Other("two integers were asked for".into())),
            },
            _ => Err(Failure::Other("rows were asked for".into())),
        };
        counts.into_iter().map(count).collect()
    }
}

async fn insert(db: &mut dyn Executor, author_id: i64, draft: Draft) -> Result<Article, Failure> {
    let article = toasty::create!(Article {
        author_id,
        slug: draft.slug,
        title: draft.title,
        body: draft.body,
        tags: Tags { names: draft.tags },
    });
    Ok(article.exec(db).await?)
}

// Toasty has no kind of error for a violated constraint: the driver's own error is at the end of the chain.
impl From<toasty::Error> for Failure {
    fn from(error: toasty::Error) -> Self {
        let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
        while let Some(next) = cause {
            if let Some(driver) = next.downcast_ref::<tokio_postgres::Error>()
                && let Some(database) = driver.as_db_error()
                && database.constraint() == Some("articles_slug_key")
            {
                return Self::SlugTaken;
            }
            cause = next.source();
        }
        Self::Other(error.into())
    }
}
