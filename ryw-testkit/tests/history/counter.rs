//! Counters.

use ryw_testkit::check::Guarantee;
use ryw_testkit::history::{Object, Policy, Shape};

use crate::scene::{PRIMARY, REPLICA, Scene, one_log, per_object};

fn counter(scene: &Scene) -> Object {
    let counter = scene.object("visits", Shape::Counter);
    scene.recorder.existing(counter, 5, None);
    counter
}

#[test]
fn a_session_s_own_increments_are_in_the_sum() {
    for read in 5..=8 {
        let scene = per_object();
        let visits = counter(&scene);
        scene.alice.increment(visits, 1).ok();
        scene.alice.increment(visits, 1).ok();
        scene.bob.increment(visits, 1).ok();
        scene.alice.read(visits).found(read);
        match read {
            5 | 6 => scene.breaks(Guarantee::ReadYourWrites),
            _ => scene.holds(),
        }
    }
}

#[test]
fn an_increment_adds_to_what_had_been_acknowledged() {
    for read in [6, 7] {
        let scene = per_object();
        let visits = counter(&scene);
        scene.bob.increment(visits, 1).ok();
        scene.alice.increment(visits, 1).ok();
        scene.alice.read(visits).found(read);
        match read {
            6 => scene.breaks(Guarantee::ReadYourWrites),
            _ => scene.holds(),
        }
    }
}

#[test]
fn the_sum_that_was_returned_is_known() {
    for read in [6, 7] {
        let scene = per_object();
        let visits = counter(&scene);
        scene.bob.increment(visits, 1).version(6).ok();
        scene.alice.increment(visits, 1).version(7).ok();
        scene.alice.read(visits).found(read);
        match read {
            6 => scene.breaks(Guarantee::ReadYourWrites),
            _ => scene.holds(),
        }
    }
}

#[test]
fn the_sum_does_not_fall() {
    let scene = per_object();
    let visits = counter(&scene);
    scene.bob.increment(visits, 2).unknown();
    scene.alice.read(visits).found(7);
    scene.alice.read(visits).found(5);
    scene.breaks(Guarantee::MonotonicReads);
}

#[test]
fn an_increment_that_was_read_beside_it_is_not_counted_twice() {
    let scene = per_object();
    let visits = counter(&scene);
    let increment = scene.alice.increment(visits, 1);
    scene.alice.read(visits).found(6);
    increment.ok();
    scene.alice.read(visits).found(6);
    scene.holds();
}

/// As when a driver repeats an `ADD` whose answer was lost.
#[test]
fn an_increment_that_was_applied_twice_is_found() {
    let scene = per_object();
    let visits = counter(&scene);
    scene.alice.increment(visits, 1).ok();
    scene.bob.increment(visits, 1).failed();
    scene.alice.read(visits).found(7);
    scene.breaks(Guarantee::Integrity);
}

#[test]
fn an_increment_that_is_under_way_may_be_in_the_sum() {
    let scene = per_object();
    let visits = counter(&scene);
    let increment = scene.bob.increment(visits, 1);
    scene.alice.read(visits).found(6);
    scene.holds();
    increment.unknown();
    scene.holds();
}

#[test]
fn two_increments_that_return_the_same_sum_lose_one() {
    let scene = per_object();
    let visits = counter(&scene);
    let (one, other) = (scene.alice.increment(visits, 1), scene.bob.increment(visits, 1));
    one.version(6).ok();
    other.version(6).ok();
    scene.breaks(Guarantee::NoLostWrites);
}

#[test]
fn an_increment_comes_after_what_was_read() {
    let scene = per_object();
    let visits = counter(&scene);
    let other = scene.bob.increment(visits, 3);
    scene.alice.read(visits).found(8);
    scene.alice.increment(visits, 1).version(6).ok();
    other.version(9).ok();
    scene.breaks(Guarantee::WritesFollowReads);
}

#[test]
fn at_the_end_all_that_were_acknowledged_are_in_the_sum() {
    for read in [6, 7, 8] {
        let scene = per_object();
        let visits = counter(&scene);
        scene.alice.increment(visits, 1).ok();
        scene.bob.increment(visits, 1).ok();
        scene.bob.increment(visits, 1).unknown();
        scene.carol.read(visits).policy(Policy::Final).found(read);
        match read {
            6 => scene.breaks(Guarantee::NoLostWrites),
            _ => scene.holds(),
        }
    }
}

#[test]
fn what_is_lost_lowers_what_has_to_be_there() {
    let scene = per_object();
    let visits = counter(&scene);
    let lost = scene.alice.increment(visits, 2).ok();
    scene.carol.read(visits).via(PRIMARY, "strong").found(7);
    scene.recorder.lost(lost);
    scene.carol.read(visits).policy(Policy::Final).found(5);
    scene.alice.increment(visits, 1).version(6).ok();
    scene.holds();
}

/// The state that holds `x` as bob wrote it holds the increment that was acknowledged before.
#[test]
fn a_sum_is_part_of_one_log() {
    for read in [5, 6] {
        let scene = one_log();
        let (visits, x) = (counter(&scene), scene.register("x"));
        scene.alice.increment(visits, 1).ok();
        scene.bob.write(x, 11).version(2).ok();
        scene.carol.read(x).via(REPLICA, "caught_up").found(11);
        scene.carol.read(visits).via(REPLICA, "caught_up").found(read);
        match read {
            5 => scene.breaks(Guarantee::MonotonicReads),
            _ => scene.holds(),
        }
    }
}
