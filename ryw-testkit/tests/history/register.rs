//! Each guarantee on one register, with versions and without.

use ryw_testkit::check::Guarantee;
use ryw_testkit::history::{Policy, Shape};

use crate::scene::{PRIMARY, REPLICA, per_object};

#[test]
fn a_session_reads_its_own_write() {
    for read in [10, 11, 12] {
        let scene = per_object();
        let x = scene.register("x");
        scene.alice.write(x, 11).version(2).ok();
        scene.bob.write(x, 12).version(3).ok();
        scene.alice.read(x).via(REPLICA, "caught_up").found(read);
        match read {
            10 => scene.breaks(Guarantee::ReadYourWrites),
            _ => scene.holds(),
        }
    }
}

#[test]
fn another_session_may_read_what_was_before() {
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.write(x, 11).version(2).ok();
    scene.bob.read(x).found(10);
    scene.holds();
}

#[test]
fn a_read_beside_the_write_may_miss_it() {
    let scene = per_object();
    let x = scene.register("x");
    let write = scene.alice.write(x, 11).version(2);
    let read = scene.alice.read(x);
    write.ok();
    read.found(10);
    scene.holds();
    scene.alice.read(x).found(10);
    scene.breaks(Guarantee::ReadYourWrites);
}

#[test]
fn a_write_that_failed_or_may_have_is_not_waited_for() {
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.write(x, 11).failed();
    scene.alice.write(x, 12).unknown();
    drop(scene.alice.write(x, 13));
    scene.alice.read(x).found(10);
    scene.holds();
}

#[test]
fn reads_do_not_go_back() {
    for (first, second) in [(11, 10), (10, 11), (11, 11)] {
        let scene = per_object();
        let x = scene.register("x");
        scene.bob.write(x, 11).version(2).ok();
        scene.alice.read(x).found(first);
        scene.alice.read(x).found(second);
        match (first, second) {
            (11, 10) => scene.breaks(Guarantee::MonotonicReads),
            _ => scene.holds(),
        }
    }
}

#[test]
fn a_write_of_unknown_outcome_that_was_seen_has_happened() {
    let scene = per_object();
    let x = scene.register("x");
    scene.bob.write(x, 11).unknown();
    scene.alice.read(x).version(2).found(11);
    scene.alice.read(x).found(10);
    scene.breaks(Guarantee::MonotonicReads);
}

#[test]
fn weaker_policies_are_not_checked_and_bind_nobody() {
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.write(x, 11).version(2).ok();
    scene.bob.write(x, 12).version(3).ok();
    scene.alice.read(x).policy(Policy::Eventual).found(10);
    scene.alice.read(x).policy(Policy::Eventual).found(12);
    scene.alice.read(x).found(11);
    let report = scene.report();
    report.assert_clean();
    assert_eq!((report.weaker, report.checked), (2, 1));
}

#[test]
fn without_monotonic_reads_only_own_writes_count() {
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.write(x, 11).version(2).ok();
    scene.bob.write(x, 12).version(3).ok();
    scene.alice.read(x).found(12);
    scene.alice.read(x).policy(Policy::OwnWrites).found(11);
    scene.holds();
    scene.alice.read(x).policy(Policy::OwnWrites).found(10);
    scene.breaks(Guarantee::ReadYourWrites);
}

#[test]
fn what_a_read_without_monotonic_reads_shows_binds_nobody() {
    let scene = per_object();
    let x = scene.register("x");
    scene.bob.write(x, 11).version(2).ok();
    scene.alice.read(x).policy(Policy::OwnWrites).found(11);
    scene.alice.read(x).found(10);
    scene.holds();
}

#[test]
fn a_session_s_writes_keep_their_order() {
    for versions in [(3, 2), (2, 3)] {
        let scene = per_object();
        let x = scene.register("x");
        scene.alice.write(x, 11).version(versions.0).ok();
        scene.alice.write(x, 12).version(versions.1).ok();
        match versions {
            (3, 2) => scene.breaks(Guarantee::MonotonicWrites),
            _ => scene.holds(),
        }
    }
}

#[test]
fn writes_side_by_side_have_no_order() {
    let scene = per_object();
    let x = scene.register("x");
    let (one, other) = (scene.alice.write(x, 11), scene.alice.write(x, 12));
    one.version(3).ok();
    other.version(2).ok();
    scene.holds();
}

#[test]
fn a_write_follows_what_its_session_had_read() {
    for versions in [(3, 2), (2, 3)] {
        let scene = per_object();
        let x = scene.register("x");
        let write = scene.bob.write(x, 11);
        scene.alice.read(x).found(11);
        scene.alice.write(x, 12).version(versions.1).ok();
        write.version(versions.0).ok();
        match versions {
            (3, 2) => scene.breaks(Guarantee::WritesFollowReads),
            _ => scene.holds(),
        }
    }
}

#[test]
fn a_write_that_is_told_its_version_by_a_reader_keeps_its_order_too() {
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.write(x, 11).version(3).ok();
    scene.alice.write(x, 12).unknown();
    scene.bob.read(x).version(2).found(12);
    scene.breaks(Guarantee::MonotonicWrites);
}

/// Nothing has a version: what is certain by the clock still counts, and nothing else.
#[test]
fn without_versions_writes_one_after_another_have_an_order() {
    let scene = per_object();
    let x = scene.object("x", Shape::Register);
    scene.bob.write(x, 11).ok();
    scene.alice.write(x, 12).ok();
    scene.alice.read(x).found(11);
    scene.breaks(Guarantee::ReadYourWrites);
}

#[test]
fn without_versions_writes_side_by_side_have_none() {
    let scene = per_object();
    let x = scene.object("x", Shape::Register);
    let write = scene.bob.write(x, 11);
    scene.alice.write(x, 12).ok();
    write.ok();
    scene.alice.read(x).found(11);
    scene.alice.read(x).found(12);
    scene.alice.read(x).found(11);
    scene.holds();
}

#[test]
fn without_versions_a_write_that_was_seen_has_its_place() {
    let scene = per_object();
    let x = scene.object("x", Shape::Register);
    let write = scene.bob.write(x, 11);
    scene.bob.read(x).found(11);
    scene.alice.write(x, 12).ok();
    write.unknown();
    scene.alice.read(x).found(11);
    scene.breaks(Guarantee::ReadYourWrites);
}

#[test]
fn without_versions_a_write_of_unknown_outcome_may_come_late() {
    let scene = per_object();
    let x = scene.object("x", Shape::Register);
    scene.bob.write(x, 11).unknown();
    scene.alice.write(x, 12).ok();
    scene.alice.read(x).found(12);
    scene.alice.read(x).found(11);
    scene.holds();
}

#[test]
fn nothing_is_older_than_a_write_unless_it_was_deleted() {
    let scene = per_object();
    let x = scene.object("x", Shape::Register);
    scene.alice.read(x).absent();
    scene.alice.write(x, 11).version(1).ok();
    scene.bob.read(x).absent();
    scene.holds();
    scene.alice.read(x).absent();
    scene.breaks(Guarantee::ReadYourWrites);
}

#[test]
fn what_was_deleted_may_be_absent() {
    for versioned in [true, false] {
        let scene = per_object();
        let x = scene.register("x");
        let write = scene.alice.write(x, 11);
        if versioned {
            write.version(2).ok()
        } else {
            write.ok()
        };
        let delete = scene.bob.delete(x);
        scene.alice.read(x).absent();
        if versioned {
            delete.version(3).ok()
        } else {
            delete.ok()
        };
        scene.alice.read(x).absent();
        scene.holds();
    }
}

#[test]
fn a_delete_that_failed_or_came_before_explains_nothing() {
    for versioned in [true, false] {
        let scene = per_object();
        let x = scene.register("x");
        let delete = scene.bob.delete(x);
        if versioned {
            delete.version(2).ok()
        } else {
            delete.ok()
        };
        let write = scene.alice.write(x, 11);
        if versioned {
            write.version(3).ok()
        } else {
            write.ok()
        };
        scene.bob.delete(x).failed();
        scene.alice.read(x).absent();
        scene.breaks(Guarantee::ReadYourWrites);
    }
}

#[test]
fn a_delete_that_begins_after_the_read_explains_nothing() {
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.write(x, 11).version(2).ok();
    scene.alice.read(x).absent();
    scene.bob.delete(x).version(3).ok();
    scene.breaks(Guarantee::ReadYourWrites);
}

#[test]
fn a_session_does_not_read_what_it_has_deleted() {
    for versioned in [true, false] {
        let scene = per_object();
        let x = scene.register("x");
        let delete = scene.alice.delete(x);
        if versioned {
            delete.version(2).ok()
        } else {
            delete.ok()
        };
        scene.alice.read(x).absent();
        scene.alice.read(x).found(10);
        scene.breaks(Guarantee::ReadYourWrites);
    }
}

#[test]
fn what_was_absent_does_not_come_back() {
    let scene = per_object();
    let x = scene.register("x");
    scene.bob.delete(x).version(2).ok();
    scene.alice.read(x).via(PRIMARY, "no_replica").found(10);
    scene.alice.read(x).absent();
    scene.holds();
    scene.alice.read(x).via(REPLICA, "caught_up").found(10);
    scene.breaks(Guarantee::MonotonicReads);
}
