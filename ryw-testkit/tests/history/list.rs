//! Lists carry their order in themselves.

use ryw_testkit::check::Guarantee;
use ryw_testkit::history::{Object, Policy, Shape};

use crate::scene::{PRIMARY, Scene, per_object};

fn list(scene: &Scene) -> Object {
    let list = scene.object("log", Shape::List);
    scene.recorder.existing(list, 1, None);
    list
}

#[test]
fn a_session_reads_what_it_has_appended() {
    for read in [vec![1], vec![1, 2], vec![1, 2, 3]] {
        let scene = per_object();
        let log = list(&scene);
        scene.alice.append(log, 2).ok();
        scene.bob.append(log, 3).ok();
        scene.carol.read(log).found_all([1, 2, 3]);
        scene.alice.read(log).found_all(read.clone());
        match read.len() {
            1 => scene.breaks(Guarantee::ReadYourWrites),
            _ => scene.holds(),
        }
    }
}

/// No read shows where it would have come.
#[test]
fn what_nobody_has_read_is_missed_all_the_same() {
    let scene = per_object();
    let log = list(&scene);
    scene.alice.append(log, 2).ok();
    scene.bob.read(log).found_all([1]);
    scene.holds();
    scene.alice.read(log).found_all([1]);
    scene.breaks(Guarantee::ReadYourWrites);
}

#[test]
fn a_list_does_not_get_shorter() {
    let scene = per_object();
    let log = list(&scene);
    scene.bob.append(log, 2).unknown();
    scene.alice.read(log).found_all([1, 2]);
    scene.carol.read(log).found_all([1]);
    scene.holds();
    scene.alice.read(log).found_all([1]);
    scene.breaks(Guarantee::MonotonicReads);
}

#[test]
fn a_session_s_appends_keep_their_order() {
    for read in [[1, 3, 2], [1, 2, 3]] {
        let scene = per_object();
        let log = list(&scene);
        scene.alice.append(log, 2).ok();
        scene.alice.append(log, 3).ok();
        scene.bob.read(log).found_all(read);
        match read {
            [1, 3, 2] => scene.breaks(Guarantee::MonotonicWrites),
            _ => scene.holds(),
        }
    }
}

/// The second is there and the first is nowhere.
#[test]
fn the_second_append_does_not_come_without_the_first() {
    let scene = per_object();
    let log = list(&scene);
    scene.alice.append(log, 2).ok();
    scene.alice.append(log, 3).ok();
    scene.bob.read(log).found_all([1, 3]);
    scene.breaks(Guarantee::MonotonicWrites);
}

#[test]
fn neither_of_two_appends_has_to_be_read_by_others() {
    let scene = per_object();
    let log = list(&scene);
    scene.alice.append(log, 2).ok();
    scene.alice.append(log, 3).ok();
    scene.bob.read(log).found_all([1]);
    scene.holds();
}

#[test]
fn an_append_follows_what_its_session_had_read() {
    let scene = per_object();
    let log = list(&scene);
    let other = scene.bob.append(log, 2);
    scene.alice.read(log).found_all([1, 2]);
    scene.alice.append(log, 3).ok();
    other.ok();
    scene.carol.read(log).found_all([1, 2, 3]);
    scene.holds();
    scene.carol.read(log).policy(Policy::Eventual).found_all([1, 3, 2]);
    scene.breaks(Guarantee::Integrity);
}

#[test]
fn two_reads_are_beginnings_of_one_list() {
    let scene = per_object();
    let log = list(&scene);
    let (one, other) = (scene.alice.append(log, 2), scene.bob.append(log, 3));
    scene.carol.read(log).found_all([1, 2, 3]);
    scene.carol.read(log).policy(Policy::Eventual).found_all([1, 3]);
    drop((one, other));
    scene.breaks(Guarantee::Integrity);
}

#[test]
fn what_is_appended_twice_is_found() {
    let scene = per_object();
    let log = list(&scene);
    scene.alice.append(log, 2).unknown();
    scene.bob.read(log).via(PRIMARY, "no_replica").found_all([1, 2, 2]);
    scene.breaks(Guarantee::Integrity);
}

#[test]
fn an_acknowledged_element_that_is_missing_at_the_end_is_lost() {
    for said in [false, true] {
        let scene = per_object();
        let log = list(&scene);
        let append = scene.alice.append(log, 2).ok();
        scene.bob.read(log).found_all([1, 2]);
        scene.carol.append(log, 3).ok();
        if said {
            scene.recorder.lost(append);
        }
        let wrong = scene.recorder.session("judge").read(log).policy(Policy::Final).found_all([1, 3]);
        if said {
            scene.holds();
        } else {
            let report = scene.report();
            assert!(report.violations.iter().any(|found| found.operations.contains(&wrong)), "{report}");
        }
    }
}
