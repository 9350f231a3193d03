//! Where the checks run.

use std::sync::atomic::{AtomicI64, Ordering};

use ryw_core::{ConsistencySource, Context, SoftDeleteStore, UpsertStore, VersionedStore};
use ryw_tests::draft::{Draft, DraftRepository, NewDraft};

/// What a source has to be to be checked: all that one can be of an entity with a key, a version and a mark.
pub(crate) trait Drafts:
    ConsistencySource + Clone + UpsertStore<Draft> + VersionedStore<Draft> + SoftDeleteStore<Draft> + 'static
{
}

impl<S> Drafts for S where
    S: ConsistencySource
        + Clone
        + UpsertStore<Draft>
        + VersionedStore<Draft>
        + SoftDeleteStore<Draft>
        + 'static
{
}

/// A source, and its copies: what is read eventually.
pub(crate) trait Place: Sync {
    /// The source.
    type Source: Drafts;

    /// Whether the copies can be held. Where they cannot, nothing is said of how old they are, and the checks prove less.
    const CAN_HOLD: bool;

    /// The source to check.
    fn source(&self) -> &Self::Source;

    /// The same source, as another process has it.
    fn elsewhere(&self) -> impl Future<Output = Self::Source> + Send;

    /// Holds the copies: none of them sees what is written from now on.
    fn hold(&self) -> impl Future<Output = ()> + Send;

    /// Lets the copies go on, and waits until they have everything. What is written afterwards they take at their own pace.
    fn release(&self) -> impl Future<Output = ()> + Send;
}

/// Keys of a check's own.
pub(crate) struct Desk<'a, P: Place> {
    pub(crate) place: &'a P,
    pub(crate) drafts: DraftRepository<P::Source>,
    first: i64,
}

static DESKS: AtomicI64 = AtomicI64::new(0);

impl<'a, P: Place> Desk<'a, P> {
    /// Another one.
    pub(crate) fn next(place: &'a P) -> Self {
        let first = DESKS.fetch_add(1, Ordering::Relaxed) * 1000;
        Self { place, drafts: DraftRepository::new(place.source().clone()), first }
    }

    pub(crate) fn key(&self, number: i64) -> i64 {
        self.first + number
    }

    pub(crate) fn keys<const N: usize>(&self, numbers: [i64; N]) -> [i64; N] {
        numbers.map(|number| self.key(number))
    }

    pub(crate) fn draft(&self, number: i64, title: &str) -> NewDraft {
        NewDraft::titled(self.key(number), title)
    }

    /// A row that all copies have. They are held afterwards.
    pub(crate) async fn held<const N: usize>(&self, numbers: [i64; N]) -> [Draft; N] {
        let nobody = Context::new();
        let mut rows = Vec::new();
        for number in numbers {
            rows.push(self.drafts.insert(&nobody, self.draft(number, "old")).await.unwrap().into_inner());
        }
        self.place.release().await;
        self.place.hold().await;
        rows.try_into().expect("one row for each number")
    }

    pub(crate) async fn find(&self, ctx: &Context, number: i64) -> Option<Draft> {
        self.drafts.find(ctx, &self.key(number)).await.unwrap()
    }

    pub(crate) async fn title(&self, ctx: &Context, number: i64) -> Option<String> {
        self.find(ctx, number).await.map(|draft| draft.title)
    }

    /// Somebody else changes the title.
    pub(crate) async fn retitle(&self, ctx: &Context, number: i64, title: &str) -> Draft {
        let patch = Draft::patch().title(title);
        self.drafts.update(ctx, &self.key(number), patch).await.unwrap().into_inner()
    }

    /// That the copies are as old as they are meant to be, or the check could not fail.
    pub(crate) async fn copies_show(&self, number: i64, expected: Option<&Draft>) {
        if P::CAN_HOLD {
            assert_eq!(self.find(&Context::new(), number).await.as_ref(), expected, "the copies are held");
        }
    }
}
