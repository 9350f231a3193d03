//! Acknowledged writes that are gone.

use ryw_testkit::check::Guarantee;
use ryw_testkit::history::{Policy, Shape};

use crate::scene::{PRIMARY, REPLICA, one_log, per_object};

#[test]
fn what_was_acknowledged_is_there_at_the_end() {
    for versioned in [true, false] {
        let scene = per_object();
        let x = scene.object("x", Shape::Register);
        scene.recorder.existing(x, 10, versioned.then_some(1));
        let write = scene.alice.write(x, 11);
        if versioned {
            write.version(2).ok()
        } else {
            write.ok()
        };
        scene.bob.read(x).policy(Policy::Final).found(10);
        scene.breaks(Guarantee::NoLostWrites);
    }
}

#[test]
fn what_was_overwritten_or_deleted_need_not_be() {
    let scene = per_object();
    let (x, y) = (scene.register("x"), scene.register("y"));
    scene.alice.write(x, 11).version(2).ok();
    scene.bob.write(x, 12).version(3).unknown();
    scene.bob.read(x).policy(Policy::Final).found(12);
    scene.alice.delete(y).version(2).ok();
    scene.bob.read(y).policy(Policy::Final).absent();
    scene.holds();
}

#[test]
fn what_is_said_to_be_lost_holds_nobody_to_anything() {
    let scene = one_log();
    let (x, y) = (scene.register("x"), scene.register("y"));
    let lost = scene.alice.write(x, 11).version(2).ok();
    scene.alice.write(y, 13).version(2).ok();
    scene.bob.read(x).via(REPLICA, "caught_up").found(11);
    scene.bob.read(x).via(PRIMARY, "no_replica").found(10);
    scene.alice.read(x).via(PRIMARY, "no_replica").found(10);
    scene.recorder.lost(lost);
    // The new primary gives the number again.
    scene.carol.write(x, 12).version(2).ok();
    scene.carol.read(x).policy(Policy::Final).found(12);
    scene.holds();
    assert_eq!(scene.report().lost, 1);
}

#[test]
fn two_writes_of_one_version_are_one_too_many() {
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.write(x, 11).version(2).ok();
    scene.bob.write(x, 12).version(2).ok();
    scene.breaks(Guarantee::NoLostWrites);
}

#[test]
fn a_write_that_may_not_have_happened_takes_no_version() {
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.write(x, 11).version(2).ok();
    scene.bob.write(x, 12).version(2).unknown();
    scene.bob.write(x, 13).version(2).failed();
    scene.holds();
}

#[test]
fn one_that_was_seen_has_happened() {
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.write(x, 11).version(2).ok();
    scene.bob.write(x, 12).unknown();
    scene.carol.read(x).version(2).found(12);
    scene.breaks(Guarantee::NoLostWrites);
}

/// A server of the old timeline still answers.
#[test]
fn what_was_said_to_be_lost_is_not_seen_again() {
    let scene = per_object();
    let x = scene.register("x");
    let lost = scene.alice.write(x, 11).version(2).ok();
    let read = scene.bob.read(x);
    scene.recorder.lost(lost);
    read.found(11);
    scene.holds();
    scene.bob.read(x).via(REPLICA, "caught_up").found(11);
    scene.breaks(Guarantee::NoLostWrites);
}

#[test]
fn a_delete_that_is_lost_brings_back_what_was_there() {
    let scene = per_object();
    let x = scene.register("x");
    let delete = scene.bob.delete(x).version(2).ok();
    scene.alice.read(x).via(REPLICA, "caught_up").found(10);
    scene.alice.read(x).via(PRIMARY, "no_replica").absent();
    scene.alice.read(x).via(PRIMARY, "no_replica").found(10);
    scene.breaks(Guarantee::MonotonicReads);
    scene.recorder.lost(delete);
    scene.holds();
}
