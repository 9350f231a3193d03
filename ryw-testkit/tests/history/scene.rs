//! A small world to write histories in.

use std::time::Duration;

use ryw_core::Route;
use ryw_testkit::check::{Guarantee, Report, check};
use ryw_testkit::history::{Object, Order, Recorder, Session, Shape, Source};

pub(crate) const PRIMARY: Route = Route::Primary;
pub(crate) const REPLICA: Route = Route::Replica(0);

/// Three sessions on one source. Time passes by a millisecond with each event.
pub(crate) struct Scene {
    pub(crate) recorder: Recorder,
    pub(crate) source: Source,
    pub(crate) alice: Session,
    pub(crate) bob: Session,
    pub(crate) carol: Session,
}

impl Scene {
    pub(crate) fn new(order: Order) -> Self {
        let recorder = Recorder::stepped(Duration::from_millis(1));
        let source = recorder.source("main", order);
        let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| recorder.session(name));
        Self { recorder, source, alice, bob, carol }
    }

    pub(crate) fn object(&self, name: &str, shape: Shape) -> Object {
        self.recorder.object(self.source, name, shape)
    }

    /// A register that holds 10, as version 1.
    pub(crate) fn register(&self, name: &str) -> Object {
        let register = self.object(name, Shape::Register);
        self.recorder.existing(register, 10, Some(1));
        register
    }

    pub(crate) fn report(&self) -> Report {
        check(&self.recorder.history()).unwrap()
    }

    /// Exactly one violation, and of this guarantee.
    #[track_caller]
    pub(crate) fn breaks(&self, guarantee: Guarantee) {
        let report = self.report();
        assert_eq!(
            report.violations.iter().map(|found| found.guarantee).collect::<Vec<_>>(),
            [guarantee],
            "{report}"
        );
    }

    #[track_caller]
    pub(crate) fn holds(&self) {
        self.report().assert_clean();
    }
}

pub(crate) fn one_log() -> Scene {
    Scene::new(Order::OneLog)
}

pub(crate) fn per_object() -> Scene {
    Scene::new(Order::PerObject)
}
