//! A line of what has come about so far. Silent unless standard error is a terminal.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use ryw_tests::histories::{Plan, Setup, Tally, Verdict};
use tokio::task::JoinHandle;

const TICK: Duration = Duration::from_millis(250);

pub(crate) struct Progress {
    bar: ProgressBar,
    ticking: JoinHandle<()>,
}

impl Progress {
    pub(crate) fn begin(setup: &Setup, tally: &Arc<Tally>) -> Self {
        let bar = ProgressBar::new(setup.duration.as_secs());
        let style = ProgressStyle::with_template("{prefix:<16} {bar:20} {pos:>4}/{len} s  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let ticking = tokio::spawn(tick(bar.clone(), Arc::clone(tally)));
        Self { bar, ticking }
    }

    /// An act begins.
    pub(crate) fn act(&self, plan: &Plan) {
        self.bar.set_prefix(format!("{} {}", plan.number, plan.scene.name()));
    }

    /// An act was checked.
    pub(crate) fn judged(&self, plan: &Plan, verdict: &Verdict, verbose: bool) {
        self.bar.suspend(|| {
            if verbose {
                print!("{plan}");
            }
            println!("{verdict}");
        });
    }

    pub(crate) async fn end(self) {
        self.ticking.abort();
        // It was ended by us.
        let _ = self.ticking.await;
        self.bar.finish_and_clear();
    }
}

async fn tick(bar: ProgressBar, tally: Arc<Tally>) {
    loop {
        let now = tally.glance();
        bar.set_position(tally.elapsed().as_secs());
        bar.set_message(format!(
            "{} operations, {} faults, {} fallbacks, {} violations",
            now.operations, now.faults, now.fallbacks, now.violations
        ));
        tokio::time::sleep(TICK).await;
    }
}
