//! Where an operation ran, and why: told by the spans of ryw, and by nothing else that a caller has.
//!
//! A subscriber that keeps no span: what is recorded of one is recorded while its operation's task runs, and goes to where
//! that task looks for it.

use std::cell::Cell;
use std::fmt;
use std::num::NonZeroU64;

use ryw_core::{Reason, Route, Routed};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const ROUTE: &str = "ryw.route";
const REASON: &str = "ryw.reason";

const POSTGRES: &str = "ryw_postgres::operation";
const DYNAMO: &str = "ryw_dynamo::operation";

/// A span of Postgres is all that a caller asked for, and says more than once where it ran if it was repeated.
const AN_OPERATION: Id = Id::from_non_zero_u64(NonZeroU64::MIN);
/// One of DynamoDB is a request, of which an operation may have several.
const A_REQUEST: Id = Id::from_non_zero_u64(NonZeroU64::MAX);

tokio::task_local! {
    /// What was said of the operation under way.
    static SEEN: Cell<Seen>;
}

#[derive(Clone, Copy, Default)]
struct Seen {
    route: Option<Route>,
    reason: Option<Reason>,
    /// Whether the request of which was told last promises more than one before.
    is_surpassed: bool,
}

/// Listens to the operations of this process from now on. Another subscriber that was there before stays, and no routes are
/// seen.
pub(crate) fn listen() {
    let _ = tracing::subscriber::set_global_default(Listener);
}

/// Runs an operation; where it ran comes with its result. If it was several requests, that is the one that promises least: the
/// rows of a batch are partly read strongly and partly not.
pub(crate) async fn routed<T>(operation: impl Future<Output = T>) -> (T, Option<Routed>) {
    let watched = async {
        let result = operation.await;
        (result, SEEN.with(Cell::get))
    };
    let (result, seen) = SEEN.scope(Cell::default(), watched).await;
    let routed = seen.route.zip(seen.reason).map(|(route, reason)| Routed { route, reason });
    (result, routed)
}

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && matches!(metadata.target(), POSTGRES | DYNAMO)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        if span.metadata().target() == DYNAMO { A_REQUEST } else { AN_OPERATION }
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        // Outside of an operation of ours nobody asks.
        let _ = SEEN.try_with(|seen| {
            let mut told = Seen::default();
            values.record(&mut told);
            seen.set(seen.get().and(told, *span == A_REQUEST));
        });
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Seen {
    fn and(self, told: Self, of_request: bool) -> Self {
        let is_weak = || self.route.is_some_and(Route::is_replica);
        // A route is told before its reason.
        let is_surpassed = if told.route.is_some() { of_request && is_weak() } else { self.is_surpassed };
        if is_surpassed {
            return Self { is_surpassed, ..self };
        }
        Self { route: told.route.or(self.route), reason: told.reason.or(self.reason), is_surpassed }
    }
}

impl Visit for Seen {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            ROUTE => self.route = route(value),
            REASON => self.reason = Reason::ALL.iter().copied().find(|reason| reason.as_str() == value),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == ROUTE {
            self.route = route(&format!("{value:?}"));
        }
    }
}

/// The inverse of the route's `Display`.
fn route(text: &str) -> Option<Route> {
    match text {
        "primary" => Some(Route::Primary),
        "cache" => Some(Route::Cache),
        _ => Some(Route::Replica(text.strip_prefix("replica ")?.parse().ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_read_back() {
        for of in [Route::Primary, Route::Cache, Route::Replica(0), Route::Replica(12)] {
            assert_eq!(route(&of.to_string()), Some(of));
        }
        assert_eq!(route("elsewhere"), None);
    }

    #[test]
    fn of_several_requests_the_weakest_counts_and_of_several_attempts_the_last() {
        let told = |route, reason| {
            [Seen { route: Some(route), ..Seen::default() }, Seen { reason: Some(reason), ..Seen::default() }]
        };
        let strong = told(Route::Primary, Reason::RecentWrite);
        let eventual = told(Route::Replica(2), Reason::WindowPassed);
        let strong_last = [eventual, strong].concat();
        let eventual_last = [strong, eventual].concat();
        for (records, of_requests, expected) in [
            (&strong_last, true, (Route::Replica(2), Reason::WindowPassed)),
            (&eventual_last, true, (Route::Replica(2), Reason::WindowPassed)),
            (&strong_last, false, (Route::Primary, Reason::RecentWrite)),
            (&eventual_last, false, (Route::Replica(2), Reason::WindowPassed)),
        ] {
            let seen = records.iter().fold(Seen::default(), |seen, told| seen.and(*told, of_requests));
            assert_eq!(seen.route.zip(seen.reason), Some(expected));
        }
    }
}
