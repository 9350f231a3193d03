//! What is refused, how it is told, and that nothing has changed.

use ryw_core::Context;
use ryw_tests::draft::{Draft, DraftColumn};

use super::place::{Desk, Place};

pub(crate) async fn what_is_not_there_is_not_found<P: Place>(desk: &Desk<'_, P>) {
    let (ctx, key, drafts) = (Context::new(), desk.key(1), &desk.drafts);
    let ghost = drafts.insert(&ctx, desk.draft(1, "ghost")).await.unwrap().into_inner();
    assert_eq!(drafts.purge(&ctx, &key).await.unwrap().into_inner().as_ref(), Some(&ghost));
    for missing in [
        drafts.update(&ctx, &key, Draft::patch().title("x")).await.unwrap_err(),
        drafts.update_if(&ctx, &key, 1, Draft::patch().title("x")).await.unwrap_err(),
        drafts.replace(&ctx, &ghost).await.unwrap_err(),
        drafts.restore(&ctx, &key).await.unwrap_err(),
    ] {
        assert!(missing.is_not_found(), "{missing:?}");
    }
    assert_eq!(drafts.delete(&ctx, &key).await.unwrap().into_inner(), None);
    assert_eq!(drafts.purge(&ctx, &key).await.unwrap().into_inner(), None);
    assert_eq!(desk.find(&ctx, 1).await, None);
    assert!(!drafts.exists(&ctx, &key).await.unwrap());
    assert_eq!(drafts.find_with_deleted(&ctx, &key).await.unwrap(), None);
}

pub(crate) async fn a_key_is_taken_once<P: Place>(desk: &Desk<'_, P>) {
    let (owner, other) = (Context::new(), Context::new());
    let row = desk.drafts.insert(&owner, desk.draft(1, "mine")).await.unwrap().into_inner();
    let taken = desk.drafts.insert(&other, desk.draft(1, "no, mine")).await.unwrap_err();
    assert!(taken.is_conflict() && taken.is_duplicate_of(DraftColumn::Id), "{taken:?}");
    assert!(!taken.is_retryable() && !taken.is_commit_unknown(), "{taken:?}");
    assert_eq!(desk.find(&owner, 1).await, Some(row));
}

pub(crate) async fn a_version_conflict_holds_the_row<P: Place>(desk: &Desk<'_, P>) {
    let (ctx, drafts) = (Context::new(), &desk.drafts);
    let first = drafts.insert(&ctx, desk.draft(1, "first")).await.unwrap().into_inner();
    let second = drafts.update_if(&ctx, &first.id, 1, Draft::patch().title("second")).await.unwrap();
    for conflict in [
        drafts.update_if(&ctx, &first.id, 1, Draft::patch().title("third")).await.unwrap_err(),
        drafts.update_if(&ctx, &first.id, 7, Draft::patch().title("third")).await.unwrap_err(),
        drafts.replace(&ctx, &Draft { title: "third".into(), ..first.clone() }).await.unwrap_err(),
    ] {
        assert!(conflict.is_version_conflict() && !conflict.is_conflict(), "{conflict:?}");
        assert_eq!(conflict.current::<Draft>(), Some(&*second));
    }
    assert_eq!(desk.find(&ctx, 1).await.as_ref(), Some(&*second));
    let third = drafts.replace(&ctx, &Draft { title: "third".into(), ..second.into_inner() }).await.unwrap();
    assert_eq!((third.title.as_str(), third.version), ("third", 3));
}
