//! Histories that cannot be checked are refused, with the reason.

use ryw_testkit::check::check;
use ryw_testkit::history::Shape;

use crate::scene::{Scene, per_object};

#[track_caller]
fn refused(scene: &Scene, because: &str) {
    let refused = check(&scene.recorder.history()).unwrap_err();
    assert_eq!(refused.to_string(), because);
}

#[test]
fn a_value_is_written_once() {
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.write(x, 10).failed();
    refused(&scene, "10 was written to `x` twice: only unique values tell which write a read has seen");
}

#[test]
fn an_element_is_removed_once() {
    let scene = per_object();
    let index = scene.object("index", Shape::Set);
    scene.alice.add(index, 1).ok();
    scene.alice.remove(index, 1).failed();
    scene.alice.remove(index, 1).ok();
    refused(&scene, "1 was removed from `index` twice: only unique values tell which write a read has seen");
}

#[test]
fn an_object_is_what_it_is() {
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.append(x, 11).ok();
    let because =
        "`x` is a Register, for which there is no Append(11): record it as an object of another shape";
    refused(&scene, because);
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.read(x).found_all([10]);
    assert!(check(&scene.recorder.history()).is_err());
}
