//! Several tasks with one context.

use futures_util::future::join_all;
use ryw_core::Context;
use ryw_tests::draft::{Draft, DraftRepository};

use super::place::{Desk, Drafts, Place};

/// More than a context of DynamoDB keeps apart.
const TASKS: i64 = 40;

pub(crate) async fn tasks_see_what_each_other_wrote<P: Place>(desk: &Desk<'_, P>) {
    desk.held([]).await;
    let session = Context::new();
    let writing = (0..TASKS).map(|number| {
        let (drafts, session, new) = (desk.drafts.clone(), session.clone(), desk.draft(number, "new"));
        tokio::spawn(async move {
            let row = drafts.insert(&session, new).await.unwrap().into_inner();
            assert_eq!(drafts.find(&session, &row.id).await.unwrap().as_ref(), Some(&row));
        })
    });
    join_all(writing).await.into_iter().for_each(|written| written.unwrap());

    let keys: Vec<_> = (0..TASKS).map(|number| desk.key(number)).collect();
    let reading = keys.iter().map(|key| {
        let (drafts, session, key) = (desk.drafts.clone(), session.clone(), *key);
        tokio::spawn(async move { drafts.exists(&session, &key).await.unwrap() })
    });
    assert!(join_all(reading).await.into_iter().all(|there| there.unwrap()));
    assert_eq!(desk.drafts.find_many(&session, &keys).await.unwrap().len(), keys.len());
    desk.copies_show(0, None).await;
    desk.copies_show(TASKS - 1, None).await;
}

pub(crate) async fn a_count_by_versions_misses_nothing<P: Place>(desk: &Desk<'_, P>) {
    let [old] = desk.held([1]).await;
    let session = Context::new();
    desk.retitle(&session, 1, "0").await;
    let counting = (0..4).map(|_| {
        let (drafts, session, key) = (desk.drafts.clone(), session.clone(), desk.key(1));
        tokio::spawn(async move {
            for _ in 0..5 {
                count(&drafts, &session, key).await;
            }
        })
    });
    join_all(counting).await.into_iter().for_each(|counted| counted.unwrap());
    let counted = desk.find(&session, 1).await.unwrap();
    assert_eq!((number(&counted), counted.version), (20, 22));
    desk.copies_show(1, Some(&old)).await;
}

/// Counts up by one, and finds what it has counted.
async fn count<S: Drafts>(drafts: &DraftRepository<S>, session: &Context, key: i64) {
    let mut row = drafts.find(session, &key).await.unwrap().unwrap();
    loop {
        let next = number(&row) + 1;
        let patch = Draft::patch().title(next.to_string());
        match drafts.update_if(session, &key, row.version, patch).await {
            Ok(_) => {
                let found = drafts.find(session, &key).await.unwrap().unwrap();
                assert!(number(&found) >= next, "{found:?}");
                return;
            }
            Err(error) => row = error.current::<Draft>().cloned().expect("somebody else was quicker"),
        }
    }
}

fn number(draft: &Draft) -> i64 {
    draft.title.parse().unwrap()
}
