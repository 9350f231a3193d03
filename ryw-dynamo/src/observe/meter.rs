//! Counters that tell a recorder if the feature `metrics` is on.
//!
//! They are asked of the recorder once, when the source is built; one that is installed later hears nothing of it.

use ryw_core::SourceId;

use super::names::Name;

#[cfg(feature = "metrics")]
pub(super) use metrics::Counter;

#[cfg(not(feature = "metrics"))]
pub(super) use self::silent::Counter;

/// Whether there is anybody to tell.
pub(super) const IS_ON: bool = cfg!(feature = "metrics");

/// What the metrics of a source are labelled with.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "metrics"), allow(dead_code, reason = "told only to a recorder"))]
pub(super) struct Labels(String);

impl Labels {
    pub(super) fn of(source: &SourceId) -> Self {
        Self(source.to_string())
    }
}

#[cfg(feature = "metrics")]
impl Labels {
    pub(super) fn counter(&self, name: Name, more: &[(&'static str, &str)]) -> Counter {
        let labels = [("source", self.0.as_str())].into_iter().chain(more.iter().copied());
        let labels: Vec<_> =
            labels.map(|(name, value)| metrics::Label::new(name, value.to_owned())).collect();
        metrics::describe_counter!(name.name, name.help);
        metrics::counter!(name.name, labels)
    }
}

#[cfg(not(feature = "metrics"))]
#[expect(clippy::unused_self, reason = "as with the feature")]
impl Labels {
    pub(super) const fn counter(&self, _: Name, _: &[(&'static str, &str)]) -> Counter {
        Counter
    }
}

/// What the `metrics` crate offers, and nothing behind it.
#[cfg(not(feature = "metrics"))]
mod silent {
    #[derive(Clone, Debug)]
    pub(crate) struct Counter;

    impl Counter {
        pub(crate) const fn increment(&self, _: u64) {}
    }
}
