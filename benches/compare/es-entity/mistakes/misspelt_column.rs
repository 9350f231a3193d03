//! The column is called `slug`, not `slgu`.

#![allow(dead_code)]

use es_entity::*;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

es_entity::entity_id! { ArticleId }

#[derive(EsEvent, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[es_event(id = "ArticleId")]
enum ArticleEvent {
    Written { id: ArticleId, slgu: String, title: String, body: Option<String> },
}

struct NewArticle {
    slgu: String,
}

impl IntoEvents<ArticleEvent> for NewArticle {
    type IdSource = FromRepo;

    fn into_events(self, builder: EntityEventsBuilder<ArticleEvent, FromRepo>) -> EntityEvents<ArticleEvent> {
        builder.initial_events([])
    }
}

#[derive(EsEntity)]
struct Article {
    id: ArticleId,
    slgu: String,
    title: String,
    body: Option<String>,
    events: EntityEvents<ArticleEvent>,
}

impl TryFromEvents<ArticleEvent> for Article {
    fn try_from_events(events: EntityEvents<ArticleEvent>) -> Result<Self, EntityHydrationError> {
        let mut article = Article::hydrator();
        for event in events.iter_all() {
            let ArticleEvent::Written { id, slgu, title, body } = event;
            article.id(*id).slgu(slgu.clone()).title(title.clone()).maybe_body(body.clone());
        }
        article.build(events)
    }
}

#[derive(EsRepo)]
#[es_repo(entity = "Article", columns(slgu(ty = "String", update(persist = false))))]
struct Articles {
    pool: PgPool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let articles = Articles { pool: PgPool::connect(&std::env::var("DATABASE_URL")?).await? };
    let id = ArticleId::from(uuid(1));
    let found = articles.maybe_find_by_id(id).await?;
    println!("{:?}", found.map(|article| (article.title, article.body)));
    Ok(())
}

fn uuid(number: u128) -> es_entity::prelude::uuid::Uuid {
    es_entity::prelude::uuid::Uuid::from_u128(number)
}
