//! What a context has seen, its later reads do not go behind.

use ryw_core::Context;
use ryw_tests::draft::Draft;

use super::place::{Desk, Place};

pub(crate) async fn a_strong_read_is_not_gone_behind<P: Place>(desk: &Desk<'_, P>) {
    let [old] = desk.held([1]).await;
    let new = desk.retitle(&Context::new(), 1, "new").await;
    desk.copies_show(1, Some(&old)).await;

    let reader = Context::new();
    assert_eq!(desk.find(&reader.strong(), 1).await.as_ref(), Some(&new));
    for _ in 0..3 {
        assert_eq!(desk.find(&reader, 1).await.as_ref(), Some(&new));
    }
    let careless = Context::new().without_monotonic_reads();
    assert_eq!(desk.find(&careless.strong(), 1).await.as_ref(), Some(&new));
    if P::CAN_HOLD {
        assert_eq!(desk.find(&careless, 1).await.as_ref(), Some(&old), "that is what was asked for");
    }
    desk.place.release().await;
    assert_eq!(desk.find(&reader, 1).await.as_ref(), Some(&new));
}

pub(crate) async fn a_version_conflict_is_not_gone_behind<P: Place>(desk: &Desk<'_, P>) {
    let [old] = desk.held([1]).await;
    let new = desk.retitle(&Context::new(), 1, "new").await;
    desk.copies_show(1, Some(&old)).await;

    let late = Context::new();
    let patch = Draft::patch().title("too late");
    let conflict = desk.drafts.update_if(&late, &old.id, old.version, patch).await.unwrap_err();
    assert_eq!(conflict.current::<Draft>(), Some(&new), "{conflict:?}");
    assert_eq!(desk.find(&late, 1).await.as_ref(), Some(&new), "it has been shown that row");
}

/// A writer who reads between its writes, and others between its writes and reads.
pub(crate) async fn what_was_written_last_is_read<P: Place>(desk: &Desk<'_, P>) {
    desk.held([1]).await;
    let (session, other) = (Context::new(), Context::new());
    for round in 0..4 {
        let own = desk.retitle(&session, 1, &format!("own {round}")).await;
        assert_eq!(desk.find(&session, 1).await, Some(own));
        let others = desk.retitle(&other, 1, &format!("another's {round}")).await;
        assert_eq!(desk.find(&other, 1).await.as_ref(), Some(&others));
        let seen = desk.find(&session, 1).await.unwrap();
        assert!(seen.version + 1 >= others.version, "{seen:?}");
    }
}
