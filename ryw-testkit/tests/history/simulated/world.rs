//! The simulated system, step by step.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use fastrand::Rng;
use ryw_core::Route;
use ryw_testkit::history::{Object, Order, Policy, ReadOp, Recorder, Session, Shape, Source, WriteOp};

use super::log::{Change, Log, State};
use super::{Flaw, Plan, Run};

pub(super) struct World {
    plan: Plan,
    rng: Rng,
    recorder: Recorder,
    source: Source,
    log: Log,
    /// How far each has replayed.
    replicas: [usize; 2],
    clients: Vec<Client>,
    /// Those in use come last.
    objects: Vec<(Object, Shape)>,
    next_value: u64,
    /// Elements that nobody is to remove any more.
    taken: HashSet<u64>,
    /// How many failovers there were.
    epoch: usize,
    /// The flaw has been put somewhere.
    planted: bool,
    /// Some session was told what comes of it.
    flawed: bool,
}

struct Client {
    session: Session,
    /// How much of the log it has seen.
    floor: usize,
    /// By object: the place of the last change to it that it has seen.
    seen: HashMap<Object, usize>,
    under_way: Vec<Task>,
}

/// An operation that has begun, in the epoch of that number.
enum Task {
    Writing {
        op: WriteOp,
        object: Object,
        change: Change,
        epoch: usize,
    },
    /// In the log, or dropped where it has no place.
    Written {
        op: WriteOp,
        object: Object,
        place: Option<usize>,
        version: u64,
        epoch: usize,
    },
    Reading {
        op: ReadOp,
        object: (Object, Shape),
        floor: usize,
        known: usize,
        epoch: usize,
    },
    Served {
        op: ReadOp,
        object: (Object, Shape),
        served: Served,
        epoch: usize,
    },
}

/// Which beginning of the log a read was served, and by whom.
struct Served {
    place: usize,
    route: Route,
    /// It was not far enough.
    stale: bool,
}

impl World {
    pub(super) fn new(plan: Plan) -> Self {
        let recorder = Recorder::stepped(Duration::from_micros(1));
        let client = |number| Client {
            session: recorder.session(&format!("s{number}")),
            floor: 0,
            seen: HashMap::new(),
            under_way: Vec::new(),
        };
        let mut world = Self {
            plan,
            rng: Rng::with_seed(plan.seed),
            source: recorder.source("main", Order::OneLog),
            clients: (0..plan.sessions).map(client).collect(),
            recorder,
            log: Log::default(),
            replicas: [0; 2],
            objects: Vec::new(),
            next_value: 1,
            taken: HashSet::new(),
            epoch: 0,
            planted: false,
            flawed: false,
        };
        (0..plan.objects).for_each(|_| world.add_object());
        world
    }

    pub(super) fn step(&mut self) {
        let client = self.rng.usize(..self.clients.len());
        match self.rng.u32(..100) {
            0..25 => self.replay(),
            25..28 if self.plan.faults => self.hand_over(client),
            28 if self.plan.faults => self.fail_over(),
            _ => match self.clients[client].under_way.len() {
                0 => self.begin(client),
                busy if busy < self.plan.tasks && self.rng.bool() => self.begin(client),
                busy => {
                    let task = self.rng.usize(..busy);
                    self.go_on(client, task);
                }
            },
        }
    }

    /// Everything is read once more. What is under way stays so, if there are faults; else it comes to its end: a write that may
    /// have happened could stand in for the one that is lost.
    pub(super) fn finish(mut self) -> Run {
        if !self.plan.faults {
            self.end_all();
        }
        self.clients.clear();
        let judge = self.recorder.session("judge");
        for (object, shape) in &self.objects {
            let read = judge.read(*object).policy(Policy::Final).via(Route::Primary, "end");
            show(read, self.log.state(*object, *shape, self.log.len()));
        }
        let objects = self.objects.iter().map(|(object, _)| *object).collect();
        Run { history: self.recorder.history(), objects, flawed: self.flawed }
    }

    fn end_all(&mut self) {
        for client in 0..self.clients.len() {
            while !self.clients[client].under_way.is_empty() {
                self.go_on(client, 0);
            }
        }
    }

    fn add_object(&mut self) {
        let shape = self.plan.shapes[self.objects.len() % self.plan.shapes.len()];
        let name = format!("o{}", self.objects.len());
        self.objects.push((self.recorder.object(self.source, &name, shape), shape));
    }

    fn replay(&mut self) {
        let replica = self.rng.usize(..2);
        let behind = self.log.len() - self.replicas[replica];
        self.replicas[replica] += self.rng.usize(..=behind.min(8));
    }

    fn hand_over(&mut self, from: usize) {
        let to = self.rng.usize(..self.clients.len());
        let token = self.clients[from].session.hand_over();
        self.clients[to].session.take_over(token);
        self.clients[to].floor = self.clients[to].floor.max(self.clients[from].floor);
        for (object, place) in self.clients[from].seen.clone() {
            self.clients[to].saw(object, place);
        }
    }

    /// The replica that is ahead takes over; what it had not received is lost, and said to be.
    fn fail_over(&mut self) {
        let kept = self.replicas[0].max(self.replicas[1]);
        for write in self.log.truncate(kept) {
            self.recorder.lost(write);
        }
        self.epoch += 1;
        for client in &mut self.clients {
            client.floor = client.floor.min(kept);
            client.seen.values_mut().for_each(|seen| *seen = kept.min(*seen));
        }
    }

    fn begin(&mut self, client: usize) {
        let first = self.objects.len() - self.plan.objects;
        let object = self.objects[first + self.rng.usize(..self.plan.objects)];
        if client < self.plan.writers && self.rng.bool() {
            self.begin_write(client, object);
            return;
        }
        let (client, epoch) = (&mut self.clients[client], self.epoch);
        let (floor, known) = (client.floor, client.seen.get(&object.0).copied().unwrap_or(0));
        let op = client.session.read(object.0);
        client.under_way.push(Task::Reading { op, object, floor, known, epoch });
    }

    fn begin_write(&mut self, client: usize, (object, shape): (Object, Shape)) {
        let change = self.change(object, shape);
        let (session, epoch) = (&self.clients[client].session, self.epoch);
        let op = match change {
            Change::Write(value) => session.write(object, value),
            Change::Delete => session.delete(object),
            Change::Increment(by) => session.increment(object, by),
            Change::Append(element) => session.append(object, element),
            Change::Add(element) => session.add(object, element),
            Change::Remove(element) => session.remove(object, element),
        };
        self.clients[client].under_way.push(Task::Writing { op, object, change, epoch });
        if self.log.writes(object) >= self.plan.writes {
            self.add_object();
        }
    }

    fn change(&mut self, object: Object, shape: Shape) -> Change {
        let value = self.next_value;
        self.next_value += 1;
        match shape {
            Shape::Register if self.plan.deletes && self.rng.u8(..8) == 0 => Change::Delete,
            Shape::Register => Change::Write(value),
            Shape::Counter => Change::Increment(1 + value % 3),
            Shape::List => Change::Append(value),
            _ => match self.removable(object) {
                Some(element) => Change::Remove(element),
                None => Change::Add(value),
            },
        }
    }

    /// At times, an element that is there and that nobody has removed.
    fn removable(&mut self, set: Object) -> Option<u64> {
        let State::Elements(elements) = self.log.state(set, Shape::Set, self.log.len()) else { return None };
        let element = elements.into_iter().find(|element| !self.taken.contains(element));
        element.filter(|element| self.rng.u8(..3) == 0 && self.taken.insert(*element))
    }

    /// An operation that has begun takes effect, and then ends.
    fn go_on(&mut self, client: usize, task: usize) {
        match self.clients[client].under_way.swap_remove(task) {
            Task::Writing { op, object, change, epoch } => {
                if self.plan.faults && (epoch != self.epoch || self.rng.u8(..16) == 0) {
                    op.failed();
                    return;
                }
                let task = self.commit(op, object, change);
                self.clients[client].under_way.push(task);
            }
            Task::Written { op, object, place, version, epoch } => {
                if self.plan.faults && (epoch != self.epoch || self.rng.u8(..12) == 0) {
                    op.unknown();
                    return;
                }
                op.via(Route::Primary, "write").version(version).ok();
                self.flawed |= place.is_none();
                if let Some(place) = place {
                    self.clients[client].floor = place.max(self.clients[client].floor);
                    self.clients[client].saw(object, place);
                }
            }
            Task::Reading { op, object, floor, known, epoch } => {
                let known = if epoch == self.epoch { known } else { 0 };
                let served = self.serve(object.0, floor.min(self.log.len()), known);
                let epoch = self.epoch;
                self.clients[client].under_way.push(Task::Served { op, object, served, epoch });
            }
            Task::Served { op, object, served, epoch } => {
                if epoch != self.epoch {
                    op.failed(); // It was served by a log that is no more.
                    return;
                }
                self.flawed |= served.stale;
                let state = self.log.state(object.0, object.1, served.place);
                show(op.via(served.route, "simulated"), state);
                let seen = self.log.last_change(object.0, served.place);
                self.clients[client].floor = served.place.max(self.clients[client].floor);
                self.clients[client].saw(object.0, seen);
            }
        }
    }

    fn commit(&mut self, op: WriteOp, object: Object, change: Change) -> Task {
        let version = self.log.version(object, change);
        // Of some that are lost nothing may ever be seen: to delete what another deletes as well, or what is not there.
        let is_seen = matches!(change, Change::Write(_) | Change::Append(_) | Change::Increment(_));
        if self.plan.flaw == Flaw::LostWrite && !self.planted && is_seen && self.rng.u8(..8) == 0 {
            self.planted = true;
            return Task::Written { op, object, place: None, version, epoch: self.epoch };
        }
        self.log.push(object, change, op.id());
        Task::Written { op, object, place: Some(self.log.len()), version, epoch: self.epoch }
    }

    /// From a replica that has come far enough, or from the primary.
    fn serve(&mut self, object: Object, floor: usize, known: usize) -> Served {
        let replica = self.rng.usize(..2);
        let (route, place) = (Route::Replica(replica), self.replicas[replica]);
        if self.plan.flaw == Flaw::StaleRead && !self.planted && self.tells(object, known) {
            self.planted = true;
            return Served { place: known - 1, route, stale: true };
        }
        let naive = match self.plan.flaw {
            Flaw::Naive { one_in } => self.rng.usize(..one_in) == 0,
            Flaw::None | Flaw::StaleRead | Flaw::LostWrite => false,
        };
        if place >= floor || naive {
            return Served { place, route, stale: place < floor };
        }
        Served { place: self.log.len(), route: Route::Primary, stale: false }
    }

    /// Whether a read without the change at `known` can be told, for certain, from one that has it.
    fn tells(&mut self, object: Object, known: usize) -> bool {
        match self.log.change_at(object, known) {
            Some((_, Change::Append(_) | Change::Increment(_))) => true,
            // Not if nothing is there: others may delete it meanwhile.
            Some((before, Change::Write(_))) => matches!(before, Some(Change::Write(_))),
            Some((_, Change::Add(element))) => self.taken.insert(element),
            // Of what it has read only, a session does not know that it was removed.
            Some((_, Change::Delete | Change::Remove(_))) | None => false,
        }
    }
}

impl Client {
    fn saw(&mut self, object: Object, place: usize) {
        let seen = self.seen.entry(object).or_default();
        *seen = place.max(*seen);
    }
}

fn show(op: ReadOp, state: State) {
    match state {
        State::Absent => op.absent(),
        State::Row { value, version } => op.version(version).found(value),
        State::Sum(sum) => op.found(sum),
        State::Elements(elements) => op.found_all(elements),
    };
}
