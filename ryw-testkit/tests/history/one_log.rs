//! One log: whoever has seen a write has seen all that was there before it.

use ryw_testkit::check::Guarantee;
use ryw_testkit::history::{Order, Policy};

use crate::scene::{PRIMARY, REPLICA, Scene, one_log, per_object};

/// bob sees the second of alice's writes and then not the first.
fn second_without_first(scene: &Scene) {
    let (x, y) = (scene.register("x"), scene.register("y"));
    scene.alice.write(x, 11).version(2).ok();
    scene.alice.write(y, 12).version(2).ok();
    scene.bob.read(y).via(REPLICA, "caught_up").found(12);
    scene.bob.read(x).via(REPLICA, "caught_up").found(10);
}

#[test]
fn a_session_s_writes_are_seen_in_their_order() {
    let scene = one_log();
    second_without_first(&scene);
    scene.breaks(Guarantee::MonotonicWrites);
}

#[test]
fn objects_each_for_themselves_have_no_order() {
    let scene = per_object();
    second_without_first(&scene);
    scene.holds();
}

#[test]
fn the_first_without_the_second_is_right() {
    let scene = one_log();
    let (x, y) = (scene.register("x"), scene.register("y"));
    scene.alice.write(x, 11).version(2).ok();
    scene.alice.write(y, 12).version(2).ok();
    scene.bob.read(x).found(11);
    scene.bob.read(y).found(10);
    scene.holds();
}

#[test]
fn writes_side_by_side_are_seen_in_any_order() {
    let scene = one_log();
    let (x, y) = (scene.register("x"), scene.register("y"));
    let (one, other) = (scene.alice.write(x, 11).version(2), scene.carol.write(y, 12).version(2));
    one.ok();
    other.ok();
    scene.bob.read(y).found(12);
    scene.bob.read(x).found(10);
    scene.holds();
}

/// alice wrote after she had read what bob wrote, whose answer never came.
fn follows(scene: &Scene, alice_read_on: ryw_core::Route, carol_reads_on: ryw_core::Route) {
    let (x, y) = (scene.register("x"), scene.register("y"));
    let write = scene.bob.write(x, 11).version(2);
    scene.alice.read(x).via(alice_read_on, "caught_up").found(11);
    scene.alice.write(y, 12).version(2).ok();
    scene.carol.read(y).via(carol_reads_on, "caught_up").found(12);
    scene.carol.read(x).via(carol_reads_on, "caught_up").found(10);
    write.unknown();
}

#[test]
fn a_write_is_seen_after_what_its_session_had_read() {
    let scene = one_log();
    follows(&scene, REPLICA, REPLICA);
    scene.breaks(Guarantee::WritesFollowReads);
}

/// What a replica has shown may still be on its way to be shown by the primary.
#[test]
fn what_a_replica_shows_says_nothing_of_the_primary() {
    let scene = one_log();
    follows(&scene, REPLICA, PRIMARY);
    scene.holds();
    let scene = one_log();
    follows(&scene, PRIMARY, PRIMARY);
    scene.breaks(Guarantee::WritesFollowReads);
}

/// carol's write comes after alice's, which had been acknowledged before: a state without that one has neither.
#[test]
fn a_state_that_holds_an_own_write_holds_what_was_before() {
    let scene = one_log();
    let (x, y) = (scene.register("x"), scene.register("y"));
    scene.alice.write(x, 11).version(2).ok();
    scene.carol.write(y, 12).version(2).ok();
    scene.carol.read(x).via(REPLICA, "caught_up").policy(Policy::OwnWrites).found(10);
    scene.breaks(Guarantee::ReadYourWrites);
}

#[test]
fn without_monotonic_reads_what_was_read_reaches_no_further() {
    let scene = one_log();
    let (x, y) = (scene.register("x"), scene.register("y"));
    scene.alice.write(x, 11).version(2).ok();
    scene.alice.write(y, 12).version(2).ok();
    scene.bob.read(y).found(12);
    scene.bob.read(x).policy(Policy::OwnWrites).found(10);
    scene.holds();
}

#[test]
fn two_sources_have_no_order() {
    let scene = one_log();
    let x = scene.register("x");
    let other = scene.recorder.source("other", Order::OneLog);
    let y = scene.recorder.object(other, "y", ryw_testkit::history::Shape::Register);
    scene.alice.write(x, 11).version(2).ok();
    scene.alice.write(y, 12).version(2).ok();
    scene.bob.read(y).found(12);
    scene.bob.read(x).found(10);
    scene.holds();
    scene.alice.read(x).found(10);
    scene.breaks(Guarantee::ReadYourWrites);
}

#[test]
fn what_was_absent_is_older_than_what_was_before() {
    let scene = one_log();
    let y = scene.register("y");
    let x = scene.object("x", ryw_testkit::history::Shape::Register);
    scene.alice.write(x, 11).version(1).ok();
    scene.alice.write(y, 12).version(2).ok();
    scene.bob.read(y).via(REPLICA, "caught_up").found(12);
    scene.bob.read(x).via(REPLICA, "caught_up").absent();
    scene.breaks(Guarantee::MonotonicWrites);
}
