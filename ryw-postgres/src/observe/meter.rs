//! Counts that `status` reads, and that tell a recorder if the feature `metrics` is on.
//!
//! The handles are asked of the recorder once, when the source connects; one that is installed later hears nothing of it.

use std::sync::atomic::{AtomicU64, Ordering};

use ryw_core::SourceId;

use super::names::{self, Name};

#[cfg(feature = "metrics")]
pub(crate) use metrics::{Counter, Gauge, Histogram};

#[cfg(not(feature = "metrics"))]
pub(crate) use self::silent::{Counter, Gauge, Histogram};

/// Whether there is anybody to tell.
pub(super) const IS_ON: bool = cfg!(feature = "metrics");

/// What the metrics of a source, or of one of its servers, are labelled with.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "metrics"), allow(dead_code, reason = "told only to a recorder"))]
pub(crate) struct Labels {
    source: String,
    server: Option<String>,
}

/// A number that only grows.
#[derive(Default)]
pub(crate) struct Count {
    total: AtomicU64,
    told: Option<Counter>,
}

/// How often a server was left out, and taken back.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) ejections: Count,
    pub(crate) returns: Count,
}

impl Count {
    pub(crate) fn add(&self) {
        self.total.fetch_add(1, Ordering::Relaxed);
        if let Some(told) = &self.told {
            told.increment(1);
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }
}

impl Labels {
    pub(crate) fn of(source: &SourceId) -> Self {
        Self { source: source.to_string(), server: None }
    }

    /// Those of one server.
    pub(crate) fn server(&self, server: &str) -> Self {
        Self { server: Some(server.to_owned()), ..self.clone() }
    }

    pub(crate) fn count(&self, name: Name) -> Count {
        self.count_of(name, &[])
    }

    /// For servers that are left out for this `cause`.
    pub(crate) fn changes(&self, cause: &str) -> Changes {
        let cause = [("cause", cause)];
        Changes {
            ejections: self.count_of(names::EJECTIONS, &cause),
            returns: self.count_of(names::RETURNS, &cause),
        }
    }

    fn count_of(&self, name: Name, more: &[(&'static str, &str)]) -> Count {
        Count { total: AtomicU64::new(0), told: Some(self.counter(name, more)) }
    }
}

#[cfg(feature = "metrics")]
impl Labels {
    pub(crate) fn counter(&self, name: Name, more: &[(&'static str, &str)]) -> Counter {
        metrics::describe_counter!(name.name, name.help);
        metrics::counter!(name.name, self.labels(more))
    }

    pub(crate) fn gauge(&self, name: Name) -> Gauge {
        metrics::describe_gauge!(name.name, name.help);
        metrics::gauge!(name.name, self.labels(&[]))
    }

    pub(crate) fn histogram(&self, name: Name) -> Histogram {
        metrics::describe_histogram!(name.name, metrics::Unit::Seconds, name.help);
        metrics::histogram!(name.name, self.labels(&[]))
    }

    fn labels(&self, more: &[(&'static str, &str)]) -> Vec<metrics::Label> {
        let own = [("source", Some(&self.source)), ("server", self.server.as_ref())];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value?.as_str())));
        own.chain(more.iter().copied())
            .map(|(name, value)| metrics::Label::new(name, value.to_owned()))
            .collect()
    }
}

#[cfg(not(feature = "metrics"))]
#[expect(clippy::unused_self, reason = "as with the feature")]
impl Labels {
    pub(crate) const fn counter(&self, _: Name, _: &[(&'static str, &str)]) -> Counter {
        Counter
    }

    pub(crate) const fn gauge(&self, _: Name) -> Gauge {
        Gauge
    }

    pub(crate) const fn histogram(&self, _: Name) -> Histogram {
        Histogram
    }
}

/// What the `metrics` crate offers, and nothing behind it.
#[cfg(not(feature = "metrics"))]
mod silent {
    #[derive(Clone, Debug)]
    pub(crate) struct Counter;
    #[derive(Clone, Debug)]
    pub(crate) struct Gauge;
    #[derive(Clone, Debug)]
    pub(crate) struct Histogram;

    impl Counter {
        pub(crate) const fn increment(&self, _: u64) {}
    }

    impl Gauge {
        pub(crate) const fn increment(&self, _: f64) {}

        pub(crate) const fn decrement(&self, _: f64) {}

        pub(crate) const fn set(&self, _: f64) {}
    }

    impl Histogram {
        pub(crate) const fn record(&self, _: f64) {}
    }
}
