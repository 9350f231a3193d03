//! A line for each thing that takes time. Silent unless standard error is a terminal.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::options::{Backend, Options};

const TICK: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
pub(crate) struct Progress(MultiProgress);

impl Progress {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Says what is being started until it is.
    pub(crate) async fn while_starting<T>(&self, options: &Options, starting: impl Future<Output = T>) -> T {
        match (options.backend, &options.primary) {
            (Backend::Postgres | Backend::Both, None) => {
                self.during("starting a primary and two replicas", starting).await
            }
            (Backend::Dynamo, _) | (_, Some(_)) => starting.await,
        }
    }

    /// Says that the servers are being prepared until they are.
    pub(crate) async fn while_preparing<T>(&self, preparing: impl Future<Output = T>) -> T {
        self.during("making the table", preparing).await
    }

    async fn during<T>(&self, what: &'static str, work: impl Future<Output = T>) -> T {
        let line = self.0.add(ProgressBar::new_spinner());
        line.set_message(what);
        line.enable_steady_tick(TICK);
        let done = work.await;
        line.finish_and_clear();
        done
    }

    /// A line that counts operations.
    pub(crate) fn strategy(&self, name: &'static str, operations: u64) -> ProgressBar {
        let bar = self.0.add(ProgressBar::new(operations));
        let style =
            ProgressStyle::with_template("{prefix:<12} {bar:30} {pos:>6}/{len} reads and writes {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(name);
        bar
    }
}
