//! What every service is seen to do: the same calls with the same results.
//!
//! This one text is compiled into each program, against its `service.rs`. A trait would have to name the types in
//! which the libraries differ (keys, cursors, entities); so the services are held to the same names instead.

use crate::domain::{Draft, Failure};
use crate::service::Service;

/// Calls everything, and panics if a result is not what it should be.
pub async fn run(service: &Service) -> anyhow::Result<()> {
    let (ada, first) = service.publish("Ada", draft("first")).await?;
    assert_eq!(ada.name, "Ada");
    assert_eq!(first.author_id, ada.id);
    assert_eq!((first.slug.as_str(), first.title.as_str()), ("first", "About first"));
    assert_eq!(first.body.as_deref(), Some("Text"));
    assert_eq!(first.tags.names, ["rust", "sql"]);
    assert_eq!(first.version, 1);

    let found = service.article(first.id).await?.expect("it was published");
    assert_eq!((&found.slug, &found.tags.names), (&first.slug, &first.tags.names));
    let found = service.article_by_slug("first").await?.expect("it was published");
    assert_eq!(found.id, first.id);
    assert!(service.article(crate::nowhere()).await?.is_none());
    assert!(service.article_by_slug("nowhere").await?.is_none());

    let changed = service.retitle(first.id, first.version, "Changed").await?;
    let stored = service.article(first.id).await?.expect("it was published");
    for article in [&changed, &stored] {
        assert_eq!((article.slug.as_str(), article.title.as_str()), ("first", "Changed"));
        assert_eq!(article.body, None);
        assert_eq!(article.tags.names, ["rust", "sql"]);
        assert_eq!(article.version, 2);
        let (created, updated) = crate::times(article);
        assert!(created < updated, "created at {created}, updated at {updated}");
    }

    let stale = service.retitle(first.id, first.version, "Stale").await;
    assert!(matches!(stale, Err(Failure::Conflict)));
    let missing = service.retitle(crate::nowhere(), 1, "Nothing").await;
    assert!(matches!(missing, Err(Failure::NotFound)));

    // Neither of them leaves an author behind.
    let duplicate = service.publish("Bob", draft("first")).await;
    assert!(matches!(duplicate, Err(Failure::SlugTaken)));
    let unstorable = service.publish("Eve", Draft { title: "\0".into(), ..draft("unstorable") }).await;
    assert!(matches!(unstorable, Err(Failure::Other(_))));

    service.write(ada.id, draft("second")).await?;
    service.write(ada.id, draft("third")).await?;
    let (grace, _) = service.publish("Grace", draft("fourth")).await?;
    let (page, next) = service.page(ada.id, None, 2).await?;
    assert_eq!(page.iter().map(|article| article.slug.as_str()).collect::<Vec<_>>(), ["first", "second"]);
    let (page, next) = service.page(ada.id, next, 2).await?;
    assert_eq!(page.iter().map(|article| article.slug.as_str()).collect::<Vec<_>>(), ["third"]);
    assert!(next.is_none());

    assert_eq!(service.prolific(2).await?, [(ada.id, 3)]);
    assert_eq!(service.prolific(1).await?, [(ada.id, 3), (grace.id, 1)]);
    Ok(())
}

fn draft(slug: &str) -> Draft {
    Draft {
        slug: slug.into(),
        title: format!("About {slug}"),
        body: Some("Text".into()),
        tags: vec!["rust".into(), "sql".into()],
    }
}
