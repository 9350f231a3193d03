//! What a violation says. As short as shows it.

use insta::assert_snapshot;
use ryw_testkit::history::{Policy, Shape};

use crate::scene::{PRIMARY, REPLICA, Scene, one_log, per_object};

fn said(scene: &Scene) -> String {
    scene.report().to_string()
}

#[test]
fn a_missed_write_of_ones_own() {
    let scene = per_object();
    let x = scene.register("note 7");
    scene
        .alice
        .write(x, 11)
        .version(2)
        .via(PRIMARY, "write")
        .mark("postgres:7/1", Some(801), Some(0x16B_3748))
        .ok();
    scene.alice.read(x).via(PRIMARY, "replicas_behind").found(11);
    scene.alice.read(x).via(REPLICA, "caught_up").policy(Policy::Eventual).found(10);
    scene.alice.read(x).via(REPLICA, "caught_up").version(1).found(10);
    assert_snapshot!(said(&scene), @r"
    operations: 5; reads checked 2, under weaker policies 1; failed 0, unknown 0, lost 0
    violations: 1; read-your-writes 1

    read-your-writes: `alice` read `note 7` without its own write
      1.000..2.000 ms  alice  wrote 11 to note 7, version 2  primary (write) at postgres:7/1#801@16B3748
      7.000..8.000 ms  alice  read note 7: 10, version 1     replica 0 (caught_up)
      between the last two, `alice`: 1 read on primary, 1 read on replica 0
    ");
}

#[test]
fn reads_that_go_back_after_a_token() {
    let scene = per_object();
    let x = scene.register("note 7");
    scene.carol.write(x, 11).version(2).ok();
    scene.alice.read(x).via(PRIMARY, "no_replica").version(2).found(11);
    scene.bob.take_over(scene.alice.hand_over());
    scene.bob.read(x).via(REPLICA, "caught_up").version(1).found(10);
    assert_snapshot!(said(&scene), @r"
    operations: 4; reads checked 2, under weaker policies 0; failed 0, unknown 0, lost 0
    violations: 1; monotonic reads 1

    monotonic reads: `bob` read `note 7` older than it had read it before, which it knew from `alice`
      3.000..4.000 ms  alice  read note 7: 11, version 2  primary (no_replica)
      7.000..8.000 ms  bob    read note 7: 10, version 1  replica 0 (caught_up)
    ");
}

#[test]
fn without_versions_the_order_is_shown_too() {
    let scene = per_object();
    let x = scene.object("note 7", Shape::Register);
    scene.carol.write(x, 11).ok();
    scene.carol.write(x, 12).ok();
    scene.alice.read(x).found(12);
    scene.alice.read(x).found(11);
    assert_snapshot!(said(&scene), @r"
    operations: 4; reads checked 2, under weaker policies 0; failed 0, unknown 0, lost 0
    violations: 1; monotonic reads 1

    monotonic reads: `alice` read `note 7` older than it had read it before
      1.000..2.000 ms  carol  wrote 11 to note 7
      3.000..4.000 ms  carol  wrote 12 to note 7
      5.000..6.000 ms  alice  read note 7: 12
      7.000..8.000 ms  alice  read note 7: 11
    ");
}

#[test]
fn a_later_write_without_the_earlier_one() {
    let scene = one_log();
    let (x, y) = (scene.register("x"), scene.register("y"));
    scene.alice.write(x, 11).version(2).via(PRIMARY, "write").ok();
    scene.alice.write(y, 12).version(2).via(PRIMARY, "write").ok();
    scene.bob.read(y).via(REPLICA, "caught_up").found(12);
    scene.bob.read(x).via(REPLICA, "caught_up").found(10);
    assert_snapshot!(said(&scene), @r"
    operations: 6; reads checked 2, under weaker policies 0; failed 0, unknown 0, lost 0
    violations: 1; monotonic writes 1

    monotonic writes: `bob` knew `y` as it was written later, and read `x` as it had been before
      1.000..2.000 ms  alice  wrote 11 to x, version 2  primary (write)
      3.000..4.000 ms  alice  wrote 12 to y, version 2  primary (write)
      5.000..6.000 ms  bob    read y: 12, version 2     replica 0 (caught_up)
      7.000..8.000 ms  bob    read x: 10, version 1     replica 0 (caught_up)
    ");
}

#[test]
fn writes_out_of_order() {
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.write(x, 11).version(3).ok();
    scene.alice.write(x, 12).version(2).ok();
    assert_snapshot!(said(&scene), @r"
    operations: 3; reads checked 0, under weaker policies 0; failed 0, unknown 0, lost 0
    violations: 1; monotonic writes 1

    monotonic writes: `alice` wrote `x` twice, and the second write came before the first
      1.000..2.000 ms  alice  wrote 11 to x, version 3
      3.000..4.000 ms  alice  wrote 12 to x, version 2
    ");
}

#[test]
fn lost_at_the_end() {
    let scene = per_object();
    let log = scene.object("log", Shape::List);
    for element in 1..=12 {
        scene.alice.append(log, element).via(PRIMARY, "write").ok();
    }
    scene.bob.read(log).policy(Policy::Final).via(PRIMARY, "policy").found_all(1..=11);
    assert_snapshot!(said(&scene), @r"
    operations: 13; reads checked 1, under weaker policies 0; failed 0, unknown 0, lost 0
    violations: 1; no lost writes 1

    no lost writes: at the end `log` is without a write that was acknowledged
      23.000..24.000 ms  alice  appended 12 to log                                          primary (write)
      25.000..26.000 ms  bob    read log: [… 3 more, 4, 5, 6, 7, 8, 9, 10, 11], at the end  primary (policy)
    ");
}

#[test]
fn counts_of_what_was_not_checked() {
    let scene = per_object();
    let x = scene.register("x");
    scene.alice.write(x, 11).failed();
    scene.alice.write(x, 12).unknown();
    let lost = scene.alice.write(x, 13).ok();
    scene.recorder.lost(lost);
    scene.alice.read(x).policy(Policy::Eventual).found(10);
    scene.alice.read(x).failed();
    scene.alice.read(x).found(10);
    assert_snapshot!(said(&scene), @r"
    operations: 7; reads checked 1, under weaker policies 1; failed 2, unknown 1, lost 1
    violations: 0
    ");
}
