//! Metrics as a test wants them.

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

/// Everything recorded up to a moment.
pub(crate) struct Recorded(Vec<(String, Labels, DebugValue)>);

type Labels = Vec<(String, String)>;

impl Recorded {
    /// Takes all out of the recorder: the next has what comes after.
    pub(crate) fn by(snapshotter: &Snapshotter) -> Self {
        let all = snapshotter.snapshot().into_vec().into_iter().map(|(key, _, _, value)| {
            let labels = key.key().labels();
            let labels = labels.map(|label| (label.key().to_owned(), label.value().to_owned())).collect();
            (key.key().name().to_owned(), labels, value)
        });
        Self(all.collect())
    }

    /// The sum over all that have these labels, of counts and gauges; the number of values of a distribution.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.of(name, labels).map(value).sum()
    }

    /// How many series of that name there are.
    pub(crate) fn series(&self, name: &str) -> usize {
        self.of(name, &[]).count()
    }

    fn of<'a>(&'a self, name: &'a str, labels: &'a [(&str, &str)]) -> impl Iterator<Item = &'a DebugValue> {
        let has = |own: &[(String, String)]| {
            labels.iter().all(|(key, value)| own.iter().any(|(k, v)| k == key && v == value))
        };
        self.0
            .iter()
            .filter(move |(own, has_labels, _)| own == name && has(has_labels))
            .map(|(.., value)| value)
    }
}

fn value(value: &DebugValue) -> f64 {
    match value {
        DebugValue::Counter(count) => *count as f64,
        DebugValue::Gauge(value) => value.into_inner(),
        DebugValue::Histogram(values) => values.len() as f64,
    }
}

/// A recorder, and what reads it. A test installs it for its own thread.
pub(crate) fn recorder() -> (DebuggingRecorder, Snapshotter) {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    (recorder, snapshotter)
}
