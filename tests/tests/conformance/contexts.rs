//! Contexts that are merged, carried elsewhere, or know what nobody can judge.

use ryw_core::{ConsistencySource as _, Context, Frontier, Position, Route};
use ryw_tests::draft::DraftRepository;

use super::place::{Desk, Place};

pub(crate) async fn a_merged_context_sees_both<P: Place>(desk: &Desk<'_, P>) {
    let [first, second] = desk.held([1, 2]).await;
    let (one, other, both) = (Context::new(), Context::new(), Context::new());
    let new = [desk.retitle(&one, 1, "new").await, desk.retitle(&other, 2, "new").await];
    desk.copies_show(1, Some(&first)).await;
    desk.copies_show(2, Some(&second)).await;
    both.merge(&other);
    both.merge(&one);
    one.merge(&other);
    for ctx in [one, both] {
        assert_eq!(desk.drafts.find_many(&ctx, &desk.keys([1, 2])).await.unwrap(), new);
        assert_eq!(desk.find(&ctx, 2).await.as_ref(), Some(&new[1]));
    }
}

/// A token carries as much.
pub(crate) async fn what_a_context_knows_can_be_carried<P: Place>(desk: &Desk<'_, P>) {
    let [old, _] = desk.held([1, 2]).await;
    let session = Context::new();
    let new = desk.retitle(&session, 1, "new").await;
    desk.drafts.delete(&session, &desk.key(2)).await.unwrap();
    let carried = session.frontiers();
    drop(session);

    let elsewhere = DraftRepository::new(desk.place.elsewhere().await);
    let restored = Context::new();
    for (source, frontier) in &carried {
        restored.join(source, frontier);
    }
    assert_eq!(elsewhere.find(&restored, &new.id).await.unwrap().as_ref(), Some(&new));
    assert_eq!(elsewhere.find_many(&restored, &desk.keys([1, 2])).await.unwrap(), std::slice::from_ref(&new));
    if P::CAN_HOLD {
        let dropped = Context::new();
        assert_eq!(elsewhere.find(&dropped, &new.id).await.unwrap(), Some(old), "the copies are held");
        assert!(elsewhere.exists(&dropped, &desk.key(2)).await.unwrap());
    }
}

pub(crate) async fn what_nobody_knows_is_on_the_safe_side<P: Place>(desk: &Desk<'_, P>) {
    let [old] = desk.held([1]).await;
    let new = desk.retitle(&Context::new(), 1, "new").await;
    desk.copies_show(1, Some(&old)).await;
    let foreign = Position::new("elsewhere:7".into(), 1, 5).into();
    for past in [Frontier::unknown(), foreign] {
        let ctx = Context::new();
        ctx.join(desk.place.source().id(), &past);
        for _ in 0..3 {
            assert_eq!(desk.find(&ctx, 1).await.as_ref(), Some(&new), "{past:?}");
        }
        let many = Context::new();
        many.join(desk.place.source().id(), &past);
        assert_eq!(desk.drafts.find_many(&many, &desk.keys([1])).await.unwrap(), std::slice::from_ref(&new));
    }
}

pub(crate) async fn what_others_wrote_can_be_captured<P: Place>(desk: &Desk<'_, P>) {
    let [old] = desk.held([1]).await;
    let new = desk.retitle(&Context::new(), 1, "new").await;
    desk.copies_show(1, Some(&old)).await;
    let ctx = Context::new();
    let position = desk.place.source().capture().await.unwrap();
    ctx.join(desk.place.source().id(), &position.into());
    assert_eq!(desk.find(&ctx, 1).await, Some(new));
}

pub(crate) async fn a_resolved_context_sees_the_same<P: Place>(desk: &Desk<'_, P>) {
    let [old] = desk.held([1]).await;
    let session = Context::new();
    let new = desk.retitle(&session, 1, "new").await;
    desk.place.source().resolve(&session).await.unwrap();
    assert_eq!(desk.find(&session, 1).await, Some(new));
    desk.copies_show(1, Some(&old)).await;
}

pub(crate) async fn a_route_is_one_that_has_the_write<P: Place>(desk: &Desk<'_, P>) {
    desk.held([1]).await;
    let (source, session) = (desk.place.source(), Context::new());
    assert!(source.route_read(&session).await.unwrap().route.is_replica(), "any will do");
    assert_eq!(source.route_write(&session).await.unwrap().route, Route::Primary);
    desk.retitle(&session, 1, "new").await;
    for ctx in [session.clone(), Context::new().strong()] {
        let routed = source.route_read(&ctx).await.unwrap();
        assert!(!P::CAN_HOLD || routed.route == Route::Primary, "{routed}");
    }
    assert!(source.route_read(&session.eventual()).await.unwrap().route.is_replica());
}
