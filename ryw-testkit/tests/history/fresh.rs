//! Strong reads, and bounded staleness.

use std::time::Duration;

use ryw_testkit::check::Guarantee;
use ryw_testkit::history::{Policy, Shape};

use crate::scene::{PRIMARY, REPLICA, per_object};

#[test]
fn a_strong_read_misses_nothing_that_was_acknowledged() {
    for versioned in [true, false] {
        let scene = per_object();
        let x = scene.object("x", Shape::Register);
        scene.recorder.existing(x, 10, versioned.then_some(1));
        let write = scene.alice.write(x, 11);
        scene.bob.read(x).policy(Policy::Strong).found(10);
        if versioned {
            write.version(2).ok()
        } else {
            write.ok()
        };
        scene.holds();
        scene.bob.read(x).policy(Policy::Strong).found(10);
        scene.breaks(Guarantee::Freshness);
    }
}

#[test]
fn a_strong_read_misses_nothing_that_the_primary_has_shown() {
    for route in [PRIMARY, REPLICA] {
        let scene = per_object();
        let x = scene.register("x");
        let write = scene.alice.write(x, 11).version(2);
        scene.carol.read(x).via(route, "caught_up").found(11);
        scene.bob.read(x).policy(Policy::Strong).found(10);
        write.unknown();
        match route {
            PRIMARY => scene.breaks(Guarantee::Freshness),
            _ => scene.holds(),
        }
    }
}

/// An event takes a millisecond: the write ends at 2 ms, the read begins at 6 ms.
#[test]
fn bounded_staleness_is_bounded() {
    for (bound, kept) in [(5, true), (4, true), (3, false)] {
        let scene = per_object();
        let x = scene.register("x");
        scene.alice.write(x, 11).version(2).ok();
        for _ in 0..3 {
            let _ = scene.recorder.now();
        }
        scene.bob.read(x).policy(Policy::Bounded(Duration::from_millis(bound))).found(10);
        if kept { scene.holds() } else { scene.breaks(Guarantee::Freshness) }
    }
}
