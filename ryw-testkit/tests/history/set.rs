//! Sets: an index, a query.

use std::time::Duration;

use ryw_testkit::check::Guarantee;
use ryw_testkit::history::{Object, Policy, Shape};

use crate::scene::{PRIMARY, REPLICA, Scene, one_log, per_object};

fn index(scene: &Scene) -> Object {
    let index = scene.object("by author", Shape::Set);
    scene.recorder.existing(index, 1, None);
    index
}

#[test]
fn a_session_finds_what_it_has_added() {
    for read in [vec![1], vec![2, 1]] {
        let scene = per_object();
        let index = index(&scene);
        scene.alice.add(index, 2).ok();
        scene.bob.read(index).found_all([1]);
        scene.alice.read(index).found_all(read.clone());
        match read.len() {
            1 => scene.breaks(Guarantee::ReadYourWrites),
            _ => scene.holds(),
        }
    }
}

#[test]
fn what_others_may_have_removed_may_be_missing() {
    let scene = per_object();
    let index = index(&scene);
    scene.alice.add(index, 2).ok();
    let removal = scene.bob.remove(index, 2);
    scene.alice.read(index).found_all([1]);
    removal.unknown();
    scene.holds();
}

#[test]
fn a_removal_that_failed_or_begins_later_explains_nothing() {
    for failed in [true, false] {
        let scene = per_object();
        let index = index(&scene);
        scene.alice.add(index, 2).ok();
        if failed {
            scene.bob.remove(index, 2).failed();
        }
        scene.alice.read(index).found_all([1]);
        if !failed {
            scene.bob.remove(index, 2).ok();
        }
        scene.breaks(Guarantee::ReadYourWrites);
    }
}

#[test]
fn a_session_does_not_find_what_it_has_removed() {
    let scene = per_object();
    let index = index(&scene);
    scene.alice.remove(index, 1).ok();
    scene.bob.read(index).found_all([1]);
    scene.holds();
    scene.alice.read(index).found_all([1]);
    scene.breaks(Guarantee::ReadYourWrites);
}

#[test]
fn what_was_found_does_not_vanish() {
    let scene = per_object();
    let index = index(&scene);
    let add = scene.bob.add(index, 2);
    scene.alice.read(index).found_all([1, 2]);
    scene.alice.read(index).policy(Policy::OwnWrites).found_all([1]);
    scene.holds();
    scene.alice.read(index).found_all([1]);
    scene.breaks(Guarantee::MonotonicReads);
    drop(add);
}

#[test]
fn what_was_missed_does_not_come_back() {
    let scene = per_object();
    let index = index(&scene);
    scene.alice.read(index).found_all([1]);
    scene.bob.remove(index, 1).ok();
    scene.alice.read(index).found_all([]);
    scene.holds();
    scene.alice.read(index).found_all([1]);
    scene.breaks(Guarantee::MonotonicReads);
}

#[test]
fn a_read_that_began_before_knows_nothing_of_it() {
    let scene = per_object();
    let index = index(&scene);
    let read = scene.alice.read(index);
    scene.alice.add(index, 2).ok();
    read.found_all([1]);
    let read = scene.alice.read(index);
    scene.alice.remove(index, 1).ok();
    read.found_all([1, 2]);
    scene.holds();
}

/// The session knows its element twice, and from the first time on.
#[test]
fn what_was_read_before_it_was_acknowledged_is_known_since_then() {
    let scene = per_object();
    let index = index(&scene);
    let add = scene.alice.add(index, 2);
    scene.alice.read(index).found_all([1, 2]);
    let read = scene.alice.read(index);
    add.ok();
    read.found_all([1]);
    scene.breaks(Guarantee::MonotonicReads);
}

#[test]
fn a_strong_read_finds_everything() {
    for read in [vec![1], vec![2], vec![1, 2], vec![1, 2, 3]] {
        let scene = per_object();
        let index = index(&scene);
        scene.alice.add(index, 2).ok();
        let add = scene.alice.add(index, 3);
        scene.bob.read(index).policy(Policy::Strong).found_all(read.clone());
        drop(add);
        match read.len() {
            1 => scene.breaks(Guarantee::Freshness),
            _ => scene.holds(),
        }
    }
}

#[test]
fn a_strong_read_does_not_find_what_was_removed() {
    for policy in [Policy::Strong, Policy::Bounded(Duration::from_secs(1))] {
        let scene = per_object();
        let index = index(&scene);
        scene.alice.remove(index, 1).ok();
        scene.bob.read(index).policy(policy).found_all([1]);
        match policy {
            Policy::Strong => scene.breaks(Guarantee::Freshness),
            _ => scene.holds(),
        }
    }
}

#[test]
fn at_the_end_nothing_is_missing() {
    for said in [true, false] {
        let scene = per_object();
        let index = index(&scene);
        let add = scene.alice.add(index, 2).ok();
        if said {
            scene.recorder.lost(add);
        }
        scene.bob.read(index).policy(Policy::Final).found_all([1]);
        if said { scene.holds() } else { scene.breaks(Guarantee::NoLostWrites) }
    }
}

#[test]
fn an_index_is_part_of_one_log() {
    for read in [vec![1], vec![1, 2]] {
        let scene = one_log();
        let (index, x) = (index(&scene), scene.register("x"));
        scene.alice.add(index, 2).ok();
        scene.alice.write(x, 11).version(2).ok();
        scene.bob.read(x).via(PRIMARY, "no_replica").found(11);
        scene.bob.read(index).via(REPLICA, "caught_up").found_all(read.clone());
        match read.len() {
            1 => scene.breaks(Guarantee::MonotonicWrites),
            _ => scene.holds(),
        }
    }
}
