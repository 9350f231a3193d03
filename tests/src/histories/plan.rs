//! What happens when: an act's schedule, made of its seed and of nothing else.

use std::fmt;
use std::time::Duration;

use super::dice::Dice;
use super::fault::Fault;
use super::scene::Scene;
use super::setup::Setup;

/// Something that happens to the servers.
#[derive(Clone, Debug)]
pub struct Event {
    /// When it begins, since the act began.
    pub at: Duration,
    /// How long it lasts, if it lasts.
    pub lasting: Duration,
    /// What.
    pub fault: Fault,
    /// Which of several servers, Regions or processes: a number to be taken modulo their number.
    pub target: usize,
}

/// An act as it is planned.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its number in the run.
    pub number: usize,
    /// All chance in it comes from this.
    pub seed: u64,
    /// What it is about.
    pub scene: Scene,
    /// How long sessions are at work.
    pub duration: Duration,
    /// What happens, in order.
    pub events: Vec<Event>,
}

impl Plan {
    /// Act number `number` of a run.
    #[must_use]
    pub fn of(setup: &Setup, number: usize) -> Self {
        let mut dice = Dice::of(setup.seed, number as u64);
        let scene = setup.scenes[number % setup.scenes.len()];
        let mut plan = Self { number, seed: dice.seed(), scene, duration: setup.act, events: Vec::new() };
        let wanted = |fault: &Fault| setup.faults.contains(fault);
        let mut faults: Vec<_> = scene.faults().iter().copied().filter(wanted).collect();
        let turn = scene.turn().filter(wanted);
        // Each kind comes in its turn, so that a short act has met most.
        let first = dice.roll(faults.len().max(1));
        faults.rotate_left(first);
        plan.fill(&mut dice, &faults, turn);
        plan
    }

    fn fill(&mut self, dice: &mut Dice, faults: &[Fault], turn: Option<Fault>) {
        let (middle, last) = (self.duration / 2, self.duration.mul_f64(0.9));
        let (mut at, mut turn) = (dice.millis(100..400), turn);
        for fault in faults.iter().cycle() {
            if at > middle
                && let Some(fault) = turn.take()
            {
                self.events.push(Event {
                    at: middle,
                    lasting: Duration::ZERO,
                    fault,
                    target: dice.roll(1000),
                });
                at = middle + dice.millis(600..1200);
            }
            if at > last {
                return;
            }
            let lasting = dice.millis(30..600);
            self.events.push(Event { at, lasting, fault: *fault, target: dice.roll(1000) });
            at += lasting + dice.millis(30..400);
        }
        let middle =
            turn.map(|fault| Event { at: middle, lasting: Duration::ZERO, fault, target: dice.roll(1000) });
        self.events.extend(middle);
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "act {}, {}, {:?}, seed {:#018x}",
            self.number,
            self.scene.name(),
            self.duration,
            self.seed
        )?;
        self.events.iter().try_for_each(|event| {
            let Event { at, lasting, fault, target } = event;
            writeln!(
                f,
                "{:>8.3} s {fault:<18} for {:>4} ms, target {target}",
                at.as_secs_f64(),
                lasting.as_millis()
            )
        })
    }
}
