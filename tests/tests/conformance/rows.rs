//! What becomes of rows.

use ryw_core::Context;
use ryw_tests::draft::{Draft, NewDraft};

use super::place::{Desk, Place};

pub(crate) async fn what_is_returned_is_what_is_stored<P: Place>(desk: &Desk<'_, P>) {
    let ctx = Context::new();
    let inserted = desk.drafts.insert(&ctx, desk.draft(1, "first")).await.unwrap();
    assert!(inserted.position().is_some());
    assert_eq!((inserted.id, inserted.title.as_str(), inserted.version), (desk.key(1), "first", 1));
    assert_eq!((inserted.remark.as_deref(), inserted.deleted_at), (Some("by hand"), None));
    assert_eq!(desk.find(&ctx, 1).await.as_ref(), Some(&*inserted));

    let patch = Draft::patch().remark_null();
    let updated = desk.drafts.update(&ctx, &desk.key(1), patch).await.unwrap();
    assert_eq!((updated.title.as_str(), &updated.remark, updated.version), ("first", &None, 2));
    assert!(updated.updated_at >= inserted.updated_at);
    assert_eq!(desk.find(&ctx, 1).await.as_ref(), Some(&*updated));

    let untouched = desk.drafts.update(&ctx, &desk.key(1), Draft::patch()).await.unwrap();
    assert_eq!((untouched.title.as_str(), untouched.version), ("first", 3), "it is a write all the same");
}

pub(crate) async fn many_come_in_the_order_of_the_keys<P: Place>(desk: &Desk<'_, P>) {
    let ctx = Context::new();
    desk.drafts.insert_many(&ctx, [1, 2, 3].map(|number| desk.draft(number, "one of many"))).await.unwrap();
    for ctx in [ctx.clone(), ctx.strong()] {
        let found = desk.drafts.find_many(&ctx, &desk.keys([3, 1, 99, 3, 2, 1])).await.unwrap();
        let keys: Vec<_> = found.iter().map(|draft| draft.id).collect();
        assert_eq!(keys, desk.keys([3, 1, 2]), "those that there are, each once");
        assert_eq!(desk.drafts.find_many(&ctx, &[]).await.unwrap(), []);
    }
}

pub(crate) async fn all_are_inserted_or_none<P: Place>(desk: &Desk<'_, P>) {
    let ctx = Context::new();
    let rows = desk.drafts.insert_many(&ctx, [2, 1].map(|number| desk.draft(number, "new"))).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), desk.keys([2, 1]), "in the order given");
    for refused in [[3, 1], [3, 3]] {
        let news = refused.map(|number| desk.draft(number, "again"));
        let refused = desk.drafts.insert_many(&ctx, news).await.unwrap_err();
        assert!(refused.is_conflict(), "{refused:?}");
        assert_eq!(desk.find(&ctx, 3).await, None);
        assert_eq!(desk.title(&ctx, 1).await.as_deref(), Some("new"));
    }
    assert_eq!(desk.drafts.insert_many(&ctx, Vec::<NewDraft>::new()).await.unwrap().len(), 0);
}

pub(crate) async fn an_upsert_makes_or_changes<P: Place>(desk: &Desk<'_, P>) {
    let ctx = Context::new();
    let made = desk.drafts.upsert(&ctx, desk.draft(1, "made")).await.unwrap();
    assert_eq!((made.title.as_str(), made.version), ("made", 1));
    let silent = NewDraft { remark: None, ..desk.draft(1, "changed") };
    let changed = desk.drafts.upsert(&ctx, silent).await.unwrap();
    assert_eq!((changed.title.as_str(), &changed.remark, changed.version), ("changed", &None, 2));
    assert_eq!(desk.find(&ctx, 1).await.as_ref(), Some(&*changed));
}

pub(crate) async fn a_replacement_leaves_nothing_of_the_old<P: Place>(desk: &Desk<'_, P>) {
    let ctx = Context::new();
    let old = desk.drafts.insert(&ctx, desk.draft(1, "old")).await.unwrap().into_inner();
    let new = Draft { title: "new".into(), remark: None, ..old };
    let stored = desk.drafts.replace(&ctx, &new).await.unwrap();
    assert_eq!((stored.title.as_str(), &stored.remark, stored.version), ("new", &None, 2));
    assert_eq!(desk.find(&ctx, 1).await.as_ref(), Some(&*stored));
}
