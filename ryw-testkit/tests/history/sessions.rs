//! Sessions are partial orders: tasks side by side, and tokens that carry a past elsewhere.

use ryw_testkit::check::Guarantee;

use crate::scene::{REPLICA, one_log, per_object};

#[test]
fn a_token_carries_what_was_finished_when_it_was_made() {
    for (written, expected) in [("before", true), ("after", false)] {
        let scene = per_object();
        let x = scene.register("x");
        let token = if written == "before" {
            scene.alice.write(x, 11).version(2).ok();
            scene.alice.hand_over()
        } else {
            let token = scene.alice.hand_over();
            scene.alice.write(x, 11).version(2).ok();
            token
        };
        scene.bob.read(x).found(10);
        scene.holds();
        scene.bob.take_over(token);
        scene.bob.read(x).found(10);
        if expected { scene.breaks(Guarantee::ReadYourWrites) } else { scene.holds() }
    }
}

#[test]
fn a_write_under_way_is_not_in_the_token() {
    let scene = per_object();
    let x = scene.register("x");
    let write = scene.alice.write(x, 11).version(2);
    let token = scene.alice.hand_over();
    write.ok();
    scene.bob.take_over(token);
    scene.bob.read(x).found(10);
    scene.holds();
}

#[test]
fn a_read_under_way_when_the_token_arrives_is_not_held_to_it() {
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.write(x, 11).version(2).ok();
    let token = scene.alice.hand_over();
    let read = scene.bob.read(x);
    scene.bob.take_over(token);
    read.found(10);
    scene.holds();
}

#[test]
fn what_was_read_and_what_was_handed_over_before_go_along() {
    let scene = per_object();
    let x = scene.register("x");
    scene.carol.write(x, 11).version(2).ok();
    scene.alice.read(x).found(11);
    scene.bob.take_over(scene.alice.hand_over());
    let dave = scene.recorder.session("dave");
    dave.take_over(scene.bob.hand_over());
    dave.read(x).found(10);
    scene.breaks(Guarantee::MonotonicReads);
}

#[test]
fn a_token_joins_and_does_not_replace() {
    let scene = per_object();
    let (x, y) = (scene.register("x"), scene.register("y"));
    scene.alice.write(x, 11).version(2).ok();
    scene.bob.write(y, 12).version(2).ok();
    scene.bob.take_over(scene.alice.hand_over());
    scene.bob.read(x).found(11);
    scene.bob.read(y).found(10);
    scene.breaks(Guarantee::ReadYourWrites);
}

#[test]
fn a_token_can_go_to_several() {
    for reader in ["bob", "carol"] {
        let scene = per_object();
        let x = scene.register("x");
        scene.alice.write(x, 11).version(2).ok();
        let token = scene.alice.hand_over();
        scene.bob.take_over(token);
        scene.carol.take_over(token);
        scene.recorder.session(reader).read(x).found(10);
        scene.breaks(Guarantee::ReadYourWrites);
    }
}

#[test]
fn one_log_goes_with_the_token() {
    let scene = one_log();
    let (x, y) = (scene.register("x"), scene.register("y"));
    scene.carol.write(x, 11).version(2).ok();
    scene.alice.write(y, 12).version(2).ok();
    scene.bob.take_over(scene.alice.hand_over());
    scene.bob.read(x).via(REPLICA, "caught_up").found(10);
    scene.breaks(Guarantee::ReadYourWrites);
}

#[test]
fn clones_are_one_session() {
    let scene = per_object();
    let x = scene.register("x");
    let task = scene.alice.clone();
    std::thread::scope(|threads| {
        threads.spawn(|| task.write(x, 11).version(2).ok());
    });
    scene.alice.read(x).found(10);
    scene.breaks(Guarantee::ReadYourWrites);
}
