//! What is written for other programs.

use insta::assert_snapshot;
use ryw_testkit::history::{Object, Policy, Shape};

use crate::scene::{PRIMARY, REPLICA, Scene, one_log};

fn list_append(scene: &Scene, objects: &[Object]) -> (String, Vec<Object>) {
    let mut out = Vec::new();
    let left_out = scene.recorder.history().write_list_append(objects, &mut out).unwrap();
    (String::from_utf8(out).unwrap(), left_out)
}

#[test]
fn all_of_it_as_json() {
    let scene = one_log();
    let (x, log) = (scene.object("note 7", Shape::Register), scene.object("log", Shape::List));
    let write =
        scene.alice.write(x, 11).version(2).via(PRIMARY, "write").mark("postgres:7/1", Some(801), None).ok();
    scene.bob.read(log).via(REPLICA, "caught_up").policy(Policy::Eventual).found_all([1, 2]);
    scene.bob.take_over(scene.alice.hand_over());
    scene.recorder.lost(write);
    drop(scene.alice.delete(x));
    let mut out = Vec::new();
    scene.recorder.history().write_json_lines(&mut out).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
    {"action":"write","end":2000000,"lost":7000000,"object":"note 7","operation":0,"order":"one_log","outcome":"ok","policy":"session","position":"postgres:7/1#801","reason":"write","route":"primary","session":"alice","shape":"register","source":"main","start":1000000,"value":11,"version":2}
    {"action":"read","end":4000000,"lost":null,"object":"log","operation":1,"order":"one_log","outcome":"ok","policy":"eventual","position":null,"reason":"caught_up","route":"replica 0","session":"bob","shape":"list","source":"main","start":3000000,"value":[1,2],"version":null}
    {"action":"delete","end":null,"lost":null,"object":"note 7","operation":2,"order":"one_log","outcome":"unknown","policy":"session","position":null,"reason":null,"route":null,"session":"alice","shape":"register","source":"main","start":8000000,"value":null,"version":null}
    {"arrived":6000000,"from":"alice","hand_over":0,"taken":5000000,"to":"bob"}
    "#);
}

#[test]
fn as_lists_for_checkers_of_jepsen() {
    let scene = one_log();
    let (x, log) = (scene.register("x"), scene.object("log", Shape::List));
    scene.alice.write(x, 11).version(2).ok();
    scene.alice.append(log, 1).failed();
    scene.alice.append(log, 2).unknown();
    scene.alice.read(x).found(11);
    let (written, left_out) = list_append(&scene, &[x, log]);
    assert!(left_out.is_empty());
    assert_snapshot!(written, @r#"
    {"f":"txn","index":0,"process":0,"time":0,"type":"invoke","value":[["append","0 x",10]]}
    {"f":"txn","index":1,"process":0,"time":0,"type":"ok","value":[["append","0 x",10]]}
    {"f":"txn","index":2,"process":0,"time":0,"type":"invoke","value":[["append","marker 1",1]]}
    {"f":"txn","index":3,"process":0,"time":0,"type":"ok","value":[["append","marker 1",1]]}
    {"f":"txn","index":4,"process":1,"time":1000000,"type":"invoke","value":[["append","0 x",11]]}
    {"f":"txn","index":5,"process":1,"time":2000000,"type":"ok","value":[["append","0 x",11]]}
    {"f":"txn","index":6,"process":1,"time":2000000,"type":"invoke","value":[["append","marker 2",1]]}
    {"f":"txn","index":7,"process":1,"time":2000000,"type":"ok","value":[["append","marker 2",1]]}
    {"f":"txn","index":8,"process":1,"time":3000000,"type":"invoke","value":[["append","1 log",1]]}
    {"f":"txn","index":9,"process":1,"time":4000000,"type":"fail","value":[["append","1 log",1]]}
    {"f":"txn","index":10,"process":1,"time":5000000,"type":"invoke","value":[["append","1 log",2]]}
    {"f":"txn","index":11,"process":1,"time":6000000,"type":"info","value":[["append","1 log",2]]}
    {"f":"txn","index":12,"process":2,"time":7000000,"type":"invoke","value":[["r","marker 2",null]]}
    {"f":"txn","index":13,"process":2,"time":7000000,"type":"ok","value":[["r","marker 2",[1]]]}
    {"f":"txn","index":14,"process":2,"time":7000000,"type":"invoke","value":[["r","0 x",null]]}
    {"f":"txn","index":15,"process":2,"time":8000000,"type":"ok","value":[["r","0 x",[10,11]]]}
    {"f":"txn","index":16,"process":2,"time":8000000,"type":"invoke","value":[["append","marker 3",1]]}
    {"f":"txn","index":17,"process":2,"time":8000000,"type":"ok","value":[["append","marker 3",1]]}
    "#);
}

#[test]
fn what_cannot_be_said_is_left_out() {
    let scene = one_log();
    let (counter, set) = (scene.object("counter", Shape::Counter), scene.object("set", Shape::Set));
    let (deleted, unversioned) = (scene.register("deleted"), scene.object("unversioned", Shape::Register));
    scene.alice.delete(deleted).version(2).ok();
    scene.alice.write(unversioned, 1).ok();
    scene.alice.read(unversioned).found(1);
    let all = [counter, set, deleted, unversioned];
    assert_eq!(list_append(&scene, &all), (String::new(), all.to_vec()));
}
