//! Rows that are marked as deleted.

use ryw_core::Context;
use ryw_tests::draft::Draft;

use super::place::{Desk, Place};

pub(crate) async fn a_marked_row_is_there_for_who_asks<P: Place>(desk: &Desk<'_, P>) {
    let (ctx, key, drafts) = (Context::new(), desk.key(1), &desk.drafts);
    let row = drafts.insert(&ctx, desk.draft(1, "marked")).await.unwrap().into_inner();
    let marked = drafts.delete(&ctx, &key).await.unwrap().into_inner().unwrap();
    assert!(marked.deleted_at.is_some());
    assert_eq!((marked.title.as_str(), marked.version), ("marked", 2));

    assert_eq!(desk.find(&ctx, 1).await, None);
    assert_eq!(drafts.find_many(&ctx, &[key]).await.unwrap(), []);
    assert!(!drafts.exists(&ctx, &key).await.unwrap());
    assert_eq!(drafts.find_with_deleted(&ctx, &key).await.unwrap().as_ref(), Some(&marked));
    assert_eq!(drafts.delete(&ctx, &key).await.unwrap().into_inner(), None, "not twice");
    for missing in [
        drafts.update(&ctx, &key, Draft::patch().title("x")).await.unwrap_err(),
        drafts.update_if(&ctx, &key, marked.version, Draft::patch().title("x")).await.unwrap_err(),
        drafts.replace(&ctx, &marked).await.unwrap_err(),
    ] {
        assert!(missing.is_not_found(), "{missing:?}");
    }
    assert!(drafts.insert(&ctx, desk.draft(1, "again")).await.unwrap_err().is_conflict(), "its key is taken");

    let restored = drafts.restore(&ctx, &key).await.unwrap();
    assert_eq!((restored.title.as_str(), restored.deleted_at, restored.version), ("marked", None, 3));
    assert!(restored.updated_at >= row.updated_at);
    assert_eq!(desk.find(&ctx, 1).await.as_ref(), Some(&*restored));
    assert!(drafts.restore(&ctx, &key).await.unwrap_err().is_not_found(), "it is not marked any more");
}

pub(crate) async fn an_upsert_takes_the_mark_away<P: Place>(desk: &Desk<'_, P>) {
    let ctx = Context::new();
    desk.drafts.insert(&ctx, desk.draft(1, "marked")).await.unwrap();
    desk.drafts.delete(&ctx, &desk.key(1)).await.unwrap();
    let back = desk.drafts.upsert(&ctx, desk.draft(1, "back")).await.unwrap();
    assert_eq!((back.title.as_str(), back.deleted_at, back.version), ("back", None, 3));
    assert_eq!(desk.find(&ctx, 1).await.as_ref(), Some(&*back));
}

pub(crate) async fn what_is_purged_is_gone<P: Place>(desk: &Desk<'_, P>) {
    let ctx = Context::new();
    for number in [1, 2] {
        desk.drafts.insert(&ctx, desk.draft(number, "old")).await.unwrap();
    }
    desk.drafts.delete(&ctx, &desk.key(2)).await.unwrap();
    for number in [1, 2] {
        let last = desk.drafts.purge(&ctx, &desk.key(number)).await.unwrap().into_inner().unwrap();
        assert_eq!((last.title.as_str(), last.deleted_at.is_some()), ("old", number == 2));
        assert_eq!(desk.drafts.find_with_deleted(&ctx, &desk.key(number)).await.unwrap(), None);
        let anew = desk.drafts.insert(&ctx, desk.draft(number, "new")).await.unwrap();
        assert_eq!(anew.version, 1, "the key is free again");
    }
}
