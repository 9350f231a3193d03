//! The service with SeaORM 2.

use chrono::Utc;
use sea_orm::entity::prelude::*;
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    Database, DatabaseConnection, ExprTrait, FromJsonQueryResult, QueryOrder, QuerySelect, RuntimeErr,
    SqlxError, TransactionTrait,
};
use serde::{Deserialize, Serialize};

use crate::domain::{Draft, Failure};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Tags {
    pub names: Vec<String>,
}

pub mod author {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "authors")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod article {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "articles")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub author_id: i64,
        #[sea_orm(unique)]
        pub slug: String,
        pub title: String,
        pub body: Option<String>,
        #[sea_orm(column_type = "JsonBinary")]
        pub tags: super::Tags,
        pub version: i64,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub struct Service {
    db: DatabaseConnection,
}

impl Service {
    pub async fn connect(url: &str) -> Result<Self, Failure> {
        Ok(Self { db: Database::connect(url).await? })
    }

    pub async fn publish(
        &self,
        author: &str,
        draft: Draft,
    ) -> Result<(author::Model, article::Model), Failure> {
        let tx = self.db.begin().await?;
        let author =
            author::ActiveModel { name: Set(author.into()), ..Default::default() }.insert(&tx).await?;
        let article = insert(&tx, author.id, draft).await?;
        tx.commit().await?;
        Ok((author, article))
    }

    pub async fn write(&self, author_id: i64, draft: Draft) -> Result<article::Model, Failure> {
        insert(&self.db, author_id, draft).await
    }

    pub async fn article(&self, id: i64) -> Result<Option<article::Model>, Failure> {
        Ok(article::Entity::find_by_id(id).one(&self.db).await?)
    }

    pub async fn article_by_slug(&self, slug: &str) -> Result<Option<article::Model>, Failure> {
        Ok(article::Entity::find_by_slug(slug).one(&self.db).await?)
    }

    pub async fn retitle(&self, id: i64, version: i64, title: &str) -> Result<article::Model, Failure> {
        let change = article::ActiveModel {
            id: Unchanged(id),
            title: Set(title.into()),
            body: Set(None),
            version: Set(version + 1),
            updated_at: Set(Utc::now()),
            ..Default::default()
        };
        let update = article::Entity::update(change).validate()?;
        match update.filter(article::COLUMN.version.eq(version)).exec(&self.db).await {
            Ok(article) => Ok(article),
            Err(DbErr::RecordNotUpdated) if self.article(id).await?.is_some() => Err(Failure::Conflict),
            Err(DbErr::RecordNotUpdated) => Err(Failure::NotFound),
            Err(error) => Err(error.into()),
        }
    }

    pub async fn page(
        &self,
        author_id: i64,
        after: Option<i64>,
        size: usize,
    ) -> Result<(Vec<article::Model>, Option<i64>), Failure> {
        let mut cursor = article::Entity::find()
            .filter(article::COLUMN.author_id.eq(author_id))
            .cursor_by(article::Column::Id);
        if let Some(after) = after {
            cursor.after(after);
        }
        // One more than asked for: it tells whether there is a next page.
        let mut articles = cursor.first(size as u64 + 1).all(&self.db).await?;
        let more = articles.len() > size;
        articles.truncate(size);
        let next = articles.last().filter(|_| more).map(|article| article.id);
        Ok((articles, next))
    }

    pub async fn prolific(&self, at_least: i64) -> Result<Vec<(i64, i64)>, Failure> {
        let counts = article::Entity::find()
            .select_only()
            .column(article::Column::AuthorId)
            .column_as(article::Column::Id.count(), "articles")
            .group_by(article::Column::AuthorId)
            .having(article::Column::Id.count().gte(at_least))
            .order_by_asc(article::Column::AuthorId)
            .into_tuple();
        Ok(counts.all(&self.db).await?)
    }
}

async fn insert(db: &impl ConnectionTrait, author_id: i64, draft: Draft) -> Result<article::Model, Failure> {
    let article = article::ActiveModel {
        author_id: Set(author_id),
        slug: Set(draft.slug),
        title: Set(draft.title),
        body: Set(draft.body),
        tags: Set(Tags { names: draft.tags }),
        ..Default::default()
    };
    Ok(article.insert(db).await?)
}

// `DbErr::sql_err` tells that something was a duplicate, but not of what.
impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        if let DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) = &error
            && let SqlxError::Database(cause) = cause.as_ref()
            && cause.constraint() == Some("articles_slug_key")
        {
            return Self::SlugTaken;
        }
        Self::Other(error.into())
    }
}
