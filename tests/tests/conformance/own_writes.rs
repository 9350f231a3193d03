//! A context sees its own writes, whatever kind they are of, while the copies do not.

use std::time::Duration;

use ryw_core::Context;
use ryw_tests::draft::Draft;

use super::place::{Desk, Place};

pub(crate) async fn every_kind_of_write_is_seen<P: Place>(desk: &Desk<'_, P>) {
    let nobody = Context::new();
    for number in [8, 9] {
        desk.drafts.insert(&nobody, desk.draft(number, "marked")).await.unwrap();
        desk.drafts.delete(&nobody, &desk.key(number)).await.unwrap();
    }
    let [updated, compared, replaced, upserted, deleted] = desk.held([1, 2, 3, 4, 5]).await;

    let session = Context::new();
    let row = desk.drafts.insert(&session, desk.draft(20, "new")).await.unwrap();
    turned(desk, &session, 20, None, Some(&row)).await;

    let session = Context::new();
    let news = vec![desk.draft(21, "one"), desk.draft(22, "two")];
    let rows = desk.drafts.insert_many(&session, news).await.unwrap();
    turned(desk, &session, 21, None, rows.first()).await;
    turned(desk, &session, 22, None, rows.last()).await;

    let session = Context::new();
    let row = desk.retitle(&session, 1, "new").await;
    turned(desk, &session, 1, Some(&updated), Some(&row)).await;

    let session = Context::new();
    let patch = Draft::patch().title("new");
    let row = desk.drafts.update_if(&session, &compared.id, compared.version, patch).await.unwrap();
    turned(desk, &session, 2, Some(&compared), Some(&row)).await;

    let session = Context::new();
    let new = Draft { title: "new".into(), ..replaced.clone() };
    let row = desk.drafts.replace(&session, &new).await.unwrap();
    turned(desk, &session, 3, Some(&replaced), Some(&row)).await;

    let session = Context::new();
    let row = desk.drafts.upsert(&session, desk.draft(4, "new")).await.unwrap();
    turned(desk, &session, 4, Some(&upserted), Some(&row)).await;
    let session = Context::new();
    let row = desk.drafts.upsert(&session, desk.draft(23, "new")).await.unwrap();
    turned(desk, &session, 23, None, Some(&row)).await;

    let session = Context::new();
    desk.drafts.delete(&session, &deleted.id).await.unwrap();
    turned(desk, &session, 5, Some(&deleted), None).await;

    let session = Context::new();
    let row = desk.drafts.restore(&session, &desk.key(8)).await.unwrap();
    turned(desk, &session, 8, None, Some(&row)).await;

    let session = Context::new();
    desk.drafts.purge(&session, &desk.key(9)).await.unwrap();
    assert_eq!(desk.drafts.find_with_deleted(&session, &desk.key(9)).await.unwrap(), None);
    let copy = desk.drafts.find_with_deleted(&Context::new(), &desk.key(9)).await.unwrap();
    assert!(!P::CAN_HOLD || copy.is_some(), "the copies are held");
}

/// `session` has made `after` of `before`, and the copies have not.
async fn turned<P: Place>(
    desk: &Desk<'_, P>,
    session: &Context,
    number: i64,
    before: Option<&Draft>,
    after: Option<&Draft>,
) {
    let key = desk.key(number);
    assert_eq!(desk.find(session, number).await.as_ref(), after);
    assert_eq!(desk.drafts.exists(session, &key).await.unwrap(), after.is_some());
    let found = desk.drafts.find_many(session, &[key]).await.unwrap();
    assert_eq!(found.first(), after);
    assert_eq!(desk.find(&Context::new().strong(), number).await.as_ref(), after);
    desk.copies_show(number, before).await;
    if P::CAN_HOLD {
        assert_eq!(
            desk.find(&session.eventual(), number).await.as_ref(),
            before,
            "that is what was asked for"
        );
    }
}

pub(crate) async fn policies_are_obeyed<P: Place>(desk: &Desk<'_, P>) {
    let [old] = desk.held([1]).await;
    let new = desk.retitle(&Context::new(), 1, "new").await;
    desk.copies_show(1, Some(&old)).await;
    for ctx in [Context::new().strong(), Context::new().bounded_staleness(Duration::ZERO)] {
        assert_eq!(desk.find(&ctx, 1).await.as_ref(), Some(&new), "{:?}", ctx.policy());
    }
    if P::CAN_HOLD {
        assert_eq!(desk.find(&Context::new().eventual(), 1).await.as_ref(), Some(&old));
    }
}
