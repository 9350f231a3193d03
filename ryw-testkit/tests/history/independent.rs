//! Another checker, by other people, has to agree with ours.
//!
//! Not in the default run, since it takes a program that is not part of this workspace: adya, or anything else with the command
//! line of `elle-cli`. `RYW_HISTORY_CHECKER` says how to call it:
//!
//! ```sh
//! cargo install adya --no-default-features
//! RYW_HISTORY_CHECKER="adya check" cargo test -p ryw-testkit --test history independent
//! ```
//!
//! It is asked for strong session serializability, for which of single operations the four session guarantees on one log
//! suffice: each operation has a place in the log, and none of the edges that it follows leads back.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::process::Command;

use ryw_testkit::check::check;
use ryw_testkit::history::Shape;

use crate::simulated::{Flaw, Plan, Run, run};

const CHECKER: &str = "RYW_HISTORY_CHECKER";

/// How many histories of a kind.
const HISTORIES: u64 = 300;

/// Where both know the same, both say the same: of one list, or as long as one session writes, the order of writes is that
/// of the list, or of the process.
#[test]
fn agrees_where_it_knows_as_much() {
    let one_list = Plan { objects: 1, writes: usize::MAX, ..plan(&[Shape::List]) };
    let one_register = Plan { shapes: &[Shape::Register], ..one_list };
    let one_writer = Plan { steps: 500, writers: 1, tasks: 1, ..plan(&[Shape::List, Shape::Register]) };
    for (name, plan) in [("list", one_list), ("register", one_register), ("writer", one_writer)] {
        let Some(verdicts) = verdicts(name, plan) else { return };
        let differ: Vec<_> = verdicts.iter().filter(|verdict| verdict.ours != verdict.theirs).collect();
        assert!(differ.is_empty(), "{name}: {differ:?}");
        let wrong = verdicts.iter().filter(|verdict| !verdict.ours).count();
        println!("{name}: {wrong} of {HISTORIES} are wrong");
        assert!((30..270).contains(&wrong), "{name}: {wrong} wrong of {HISTORIES}");
    }
}

/// Ours knows more, since it looks at the clock: all that is wrong to the other is wrong to ours.
#[test]
fn finds_what_the_other_finds() {
    let Some(verdicts) = verdicts("many", plan(&[Shape::List, Shape::Register])) else { return };
    let [ours, theirs] = [|verdict: &&Verdict| !verdict.ours, |verdict: &&Verdict| !verdict.theirs]
        .map(|wrong| verdicts.iter().filter(wrong).count());
    println!("many: {ours} of {HISTORIES} are wrong to ours, {theirs} to the other");
    let missed: Vec<_> = verdicts.iter().filter(|verdict| verdict.ours && !verdict.theirs).collect();
    assert!(missed.is_empty(), "{missed:?}");
    assert!(verdicts.iter().any(|verdict| !verdict.theirs) && verdicts.iter().any(|verdict| verdict.ours));
}

/// A right system, with all its faults, is right to both.
#[test]
fn finds_nothing_wrong_in_what_is_right() {
    let right = Plan { flaw: Flaw::None, ..plan(&[Shape::List, Shape::Register]) };
    for (name, plan) in [("right", right), ("faults", Plan { faults: true, ..right })] {
        let Some(verdicts) = verdicts(name, plan) else { return };
        let wrong: Vec<_> = verdicts.iter().filter(|verdict| !verdict.ours || !verdict.theirs).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
    }
}

/// Small, at times wrong, and without what the other's format cannot say.
fn plan(shapes: &'static [Shape]) -> Plan {
    let flaw = Flaw::Naive { one_in: 6 };
    Plan { steps: 150, objects: 3, shapes, deletes: false, faults: false, flaw, ..Plan::new(0) }
}

#[derive(Debug)]
struct Verdict {
    #[expect(dead_code, reason = "shown when the two differ")]
    seed: u64,
    ours: bool,
    theirs: bool,
}

/// What both say of histories made by this plan; nothing if there is no other checker.
fn verdicts(name: &str, plan: Plan) -> Option<Vec<Verdict>> {
    let command = std::env::var(CHECKER).ok()?;
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("histories-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut ours = Vec::new();
    for seed in 0..HISTORIES {
        let run = run(Plan { seed, ..plan });
        write(&run, &folder.join(format!("{seed}.jsonl")));
        ours.push(check(&run.history).unwrap().is_clean());
    }
    let theirs = ask(&command, &folder);
    fs::remove_dir_all(&folder).unwrap();
    let both = (0..).zip(ours.into_iter().zip(theirs));
    Some(both.map(|(seed, (ours, theirs))| Verdict { seed, ours, theirs }).collect())
}

fn write(run: &Run, path: &Path) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    run.history.write_list_append(&run.objects, &mut out).unwrap();
}

/// One verdict a history, in the order of the seeds: a line each that says the name of the file, and `true` or `false`.
fn ask(command: &str, folder: &Path) -> Vec<bool> {
    let mut words = command.split_whitespace();
    let mut other = Command::new(words.next().expect("the variable names a program"));
    other.args(words).args(["-m", "list-append", "-c", "strong-session-serializable"]);
    let files: Vec<_> = (0..HISTORIES).map(|seed| folder.join(format!("{seed}.jsonl"))).collect();
    let output = other.args(&files).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let verdict = |file: &Path| {
        let line = said.lines().find_map(|line| line.strip_prefix(file.to_str()?)?.strip_prefix('\t'));
        match line.map(str::trim) {
            Some("true") => true,
            Some("false") => false,
            other => panic!("no verdict on {}: {other:?}", file.display()),
        }
    };
    files.iter().map(|file| verdict(file)).collect()
}
