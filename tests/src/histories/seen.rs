//! Where an operation ran, and why: told by the spans of ryw, and by nothing else that a caller has.
//!
//! A subscriber that keeps no span: what is recorded of one is recorded while its operation's task runs, and goes to where
//! that task looks for it.

use std::cell::Cell;
use std::fmt;

use ryw_core::{Reason, Route, Routed};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const ROUTE: &str = "ryw.route";
const REASON: &str = "ryw.reason";

tokio::task_local! {
    /// What was last said of the operation under way.
    static SEEN: Cell<Seen>;
}

#[derive(Clone, Copy, Default)]
struct Seen {
    route: Option<Route>,
    reason: Option<Reason>,
}

/// Listens to the operations of this process from now on. Another subscriber that was there before stays, and no routes are
/// seen.
pub(crate) fn listen() {
    let _ = tracing::subscriber::set_global_default(Listener);
}

/// Runs an operation; where it ran last comes with its result.
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
        metadata.is_span() && matches!(metadata.target(), "ryw_postgres::operation" | "ryw_dynamo::operation")
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        // Outside of an operation of ours nobody asks.
        let _ = SEEN.try_with(|seen| {
            let mut known = seen.get();
            values.record(&mut known);
            seen.set(known);
        });
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
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
}
