//! Repositories are tested without a server, in microseconds: the same methods, the same contexts, lag stepped by hand.

use ryw_core::{Context, MemorySource};

use crate::model::{Article, ArticleColumn, ArticleRepository, NewArticle, Stage};

fn notes() -> NewArticle {
    NewArticle {
        author_id: 1,
        slug: "notes".into(),
        title: "Notes".into(),
        body: None,
        stage: Stage::Draft,
        links: Vec::new(),
    }
}

#[tokio::test]
async fn whoever_forgets_the_context_reads_stale() {
    let source = MemorySource::builder("main").replicas(1).build();
    let articles = ArticleRepository::new(source.clone());
    let ctx = Context::new();
    let article = articles.insert(&ctx, notes()).await.unwrap();

    assert_eq!(articles.find(&ctx, &article.id).await.unwrap().as_ref(), Some(&*article));
    assert_eq!(articles.find(&Context::new(), &article.id).await.unwrap(), None);
    source.replica(0).apply_all();
    assert!(articles.find(&Context::new(), &article.id).await.unwrap().is_some());
}

#[tokio::test]
async fn conflicts_are_told_apart_as_on_a_server() {
    let articles = ArticleRepository::new(MemorySource::builder("main").build());
    let ctx = Context::new();
    let article = articles.insert(&ctx, notes()).await.unwrap();

    let taken = articles.insert(&ctx, notes()).await.unwrap_err();
    assert!(taken.is_duplicate_of(ArticleColumn::Slug));

    articles.update(&ctx, &article.id, Article::patch().body("Sketch")).await.unwrap();
    let late = articles.update_if(&ctx, &article.id, article.version, Article::patch().title("Late")).await;
    let conflict = late.unwrap_err();
    assert!(conflict.is_version_conflict());
    assert_eq!(conflict.current::<Article>().unwrap().body.as_deref(), Some("Sketch"));
}
