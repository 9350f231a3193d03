//! Running a scenario: its strategies take turns in short slices, A B C, B C A, C A B, …
//!
//! The machine is shared and its speed drifts, so nothing is concluded from two numbers that were not measured within the
//! same few seconds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::cell::{Cell, Outcome, Slice};
use crate::cpu;
use crate::scenario::{Company, Load, Scenario};
use crate::servers::{Path, Servers};
use crate::strategies::{Kind, Strategy, Turn};
use crate::workload::closed::Operation;
use crate::workload::{Client, Tally, closed, sessions};

/// How long clients run before anything is measured, so that every connection is there and has its statements prepared.
const WARM_UP: Duration = Duration::from_millis(200);
/// The same before each slice, in which caches fill that others have used meanwhile.
const WARM_SLICE: Duration = Duration::from_millis(20);

/// How much to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    pub(crate) slice: Duration,
    pub(crate) session_rounds: usize,
    pub(crate) session_slice: Duration,
}

/// Runs scenarios on the same servers, over connections that are made once.
pub(crate) struct Runner<'a> {
    servers: &'a Servers,
    effort: Effort,
    postmasters: Vec<u32>,
    strategies: HashMap<(&'static str, &'static str), Arc<dyn Strategy>>,
}

/// A strategy in its scenario.
struct Entrant {
    strategy: Arc<dyn Strategy>,
    clients: Vec<Client>,
    cell: Cell,
}

impl<'a> Runner<'a> {
    pub(crate) fn new(servers: &'a Servers, effort: Effort) -> Result<Self> {
        Ok(Self { servers, effort, postmasters: servers.postmasters()?, strategies: HashMap::new() })
    }

    pub(crate) async fn run(&mut self, scenario: Scenario) -> Result<Outcome> {
        self.servers.set_lag(scenario.lag).await?;
        let company = match scenario.company {
            Company::Nobody => None,
            Company::OldTransaction => Some(self.servers.open_transaction().await?),
        };
        let mut entrants = Vec::with_capacity(scenario.strategies.len());
        for kind in &scenario.strategies {
            let entrant = self.enter(*kind, &scenario).await;
            entrants.push(entrant.with_context(|| format!("{} in `{scenario}`", kind.name()))?);
        }
        self.servers.settle().await?;
        let rounds = match scenario.load {
            Load::Closed { .. } => self.effort.rounds,
            Load::Sessions(_) => self.effort.session_rounds,
        };
        for round in 0..rounds {
            for place in 0..entrants.len() {
                let turn = (round + place) % entrants.len();
                let slice = self.slice(&scenario, &mut entrants[turn]).await;
                slice.with_context(|| format!("`{scenario}`"))?;
            }
        }
        drop(company);
        self.servers.set_lag(Duration::ZERO).await?;
        let mut cells: Vec<_> = entrants.into_iter().map(|entrant| entrant.cell).collect();
        cells.iter_mut().for_each(Cell::close);
        Ok(Outcome { scenario, cells })
    }

    async fn enter(&mut self, kind: Kind, scenario: &Scenario) -> Result<Entrant> {
        let strategy = self.strategy(kind, scenario.path).await?;
        let clients = match scenario.load {
            Load::Closed { tasks, .. } => closed::clients(tasks),
            Load::Sessions(_) => sessions::clients(rows_of_loops()),
        };
        let mut entrant = Entrant { strategy, clients, cell: Cell::new(kind) };
        entrant.strategy.take_turn(Turn::Mine);
        if let Load::Closed { operation: Operation::Read, .. } = scenario.load {
            let clients = std::mem::take(&mut entrant.clients);
            entrant.clients = closed::prepare(&entrant.strategy, clients).await?;
        }
        entrant.load(scenario, WARM_UP).await?;
        entrant.strategy.take_turn(Turn::Others);
        Ok(entrant)
    }

    async fn strategy(&mut self, kind: Kind, path: Path) -> Result<Arc<dyn Strategy>> {
        if let Some(strategy) = self.strategies.get(&(kind.name(), path.name())) {
            return Ok(Arc::clone(strategy));
        }
        let strategy = kind.connect(&self.servers.addresses(path)?).await?;
        self.strategies.insert((kind.name(), path.name()), Arc::clone(&strategy));
        Ok(strategy)
    }

    async fn slice(&self, scenario: &Scenario, entrant: &mut Entrant) -> Result<()> {
        let (warm, length) = match scenario.load {
            Load::Closed { .. } => (WARM_SLICE, self.effort.slice),
            // Long enough that the last writes of before do not count as old just because others were running.
            Load::Sessions(_) => (WARM_SLICE + 2 * scenario.lag, self.effort.session_slice),
        };
        entrant.strategy.take_turn(Turn::Mine);
        let warm = entrant.load(scenario, warm).await?;
        let (used, before, begun) = (self.used(), entrant.strategy.reads(), Instant::now());
        let tally = entrant.load(scenario, length).await?;
        let (elapsed, after) = (begun.elapsed(), entrant.strategy.reads());
        let now = self.used();
        let [server, client, machine] = [0, 1, 2].map(|part| now[part].saturating_sub(used[part]));
        entrant.strategy.take_turn(Turn::Others);
        let reads = after.since(before);
        entrant.cell.add(Slice { elapsed, reads, server, client, machine, ..Slice::default() }, tally, warm);
        Ok(())
    }

    /// What the servers, this process and everyone have used of the processors.
    fn used(&self) -> [Duration; 3] {
        [cpu::of_trees(&self.postmasters), cpu::own(), cpu::of_machine()]
    }
}

impl Entrant {
    async fn load(&mut self, scenario: &Scenario, duration: Duration) -> Result<Tally> {
        let clients = std::mem::take(&mut self.clients);
        let (clients, tally) = match scenario.load {
            Load::Closed { operation, .. } => {
                closed::run(&self.strategy, clients, operation, duration).await?
            }
            Load::Sessions(habit) => sessions::run(&self.strategy, clients, habit, duration).await?,
        };
        self.clients = clients;
        Ok(tally)
    }
}

/// How many rows the closed loops use; those of the sessions lie behind them.
fn rows_of_loops() -> i64 {
    (crate::scenario::MANY * closed::ROWS) as i64
}

/// How many rows the table has to have.
pub(crate) fn rows() -> i64 {
    rows_of_loops() + sessions::SESSIONS as i64
}
