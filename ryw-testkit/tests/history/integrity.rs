//! What is read comes from somewhere.

use ryw_testkit::check::Guarantee;
use ryw_testkit::history::{Policy, Shape};

use crate::scene::per_object;

#[test]
fn what_nobody_wrote_is_not_read() {
    for policy in [Policy::Session, Policy::Eventual] {
        let scene = per_object();
        let (x, y) = (scene.register("x"), scene.object("y", Shape::Register));
        scene.alice.write(y, 11).ok();
        scene.bob.read(x).policy(policy).found(11);
        scene.breaks(Guarantee::Integrity);
    }
}

#[test]
fn what_failed_is_not_read() {
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.write(x, 11).failed();
    scene.bob.read(x).found(11);
    scene.breaks(Guarantee::Integrity);
}

#[test]
fn nothing_is_read_before_it_is_written() {
    let scene = per_object();
    let x = scene.register("x");
    let read = scene.bob.read(x);
    let write = scene.alice.write(x, 11);
    read.found(11);
    write.unknown();
    scene.holds();
    let y = scene.register("y");
    scene.bob.read(y).found(12);
    scene.alice.write(y, 12).ok();
    scene.breaks(Guarantee::Integrity);
}
