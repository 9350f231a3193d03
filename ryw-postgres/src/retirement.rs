//! What contexts need not carry any more: positions that every replica holds for good.
//!
//! The *line* is the least of what the replicas [hold for good](crate::durable), on the branch that the primary is on. It
//! is drawn only under positions that it has been past for a while ([`retire_after`]), for what the rest of the world cannot
//! know of: a replica that another process reads, or that is built from a backup of before.
//!
//! Nothing is asked for it alone. A node in use is asked once a second whether it still is what it was, and its answer says
//! this too; [`retire`](PostgresSource::retire) sees to it that the nodes are asked while nobody reads.
//!
//! Off unless the application asks for it, since only the application can know that all who read by its contexts read
//! replicas that are configured here. A position that is kept is never wrong.
//!
//! Rejected: to retire without replicas; another process may have some. Rejected: to retire what is old by the clock of
//! whoever wrote it; reads have no such time, and how old a line is says as much. `tests/tests/stores/retirement.rs` holds it all.
//!
//! [`retire_after`]: crate::PostgresSourceBuilder::retire_after

use std::collections::VecDeque;
use std::fmt;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use ryw_core::{Context, Progress};

use crate::address::Kind;
use crate::cluster::PostgresSource;
use crate::inner::Inner;
use crate::mode::Mode;
use crate::sync::Mutex;

/// How many lines are kept while they grow old enough.
const LINES: u32 = 8;

/// Which positions leave the contexts; see [`retire_after`](crate::PostgresSourceBuilder::retire_after).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retirement {
    /// None: nobody has asked for it.
    Off,
    /// None at present; the text says why.
    Nothing(String),
    /// Those up to here.
    UpTo(Progress),
}

/// As `up to postgres:7/2 at 0/16B3748, transactions below 801`.
impl fmt::Display for Retirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Nothing(why) => write!(f, "nothing: {why}"),
            Self::UpTo(line) => {
                let (high, low) = (line.offset() >> 32, line.offset() & 0xFFFF_FFFF);
                write!(
                    f,
                    "up to {:?} at {high:X}/{low:X}, transactions below {}",
                    line.branch(),
                    line.below()
                )
            }
        }
    }
}

/// When, and which positions, are old enough.
#[derive(Debug)]
pub(crate) struct Ages {
    /// `None`: never.
    after: Option<Duration>,
    lines: Mutex<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
    /// The latest that is old enough.
    ripe: Option<Progress>,
    /// Those that are not, the oldest first, and when each was first drawn.
    young: VecDeque<(Instant, Progress)>,
}

impl Ages {
    pub(crate) fn new(after: Option<Duration>) -> Self {
        Self { after, lines: Mutex::default() }
    }

    /// What is old enough `now`, given how the line is drawn. It is drawn under the lock: of two that are drawn at once the
    /// earlier, noted last, would count as one that went back, and all would begin anew.
    fn ripe(
        &self,
        after: Duration,
        now: Instant,
        draw: impl FnOnce() -> Result<Progress, String>,
    ) -> Retirement {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let line = draw();
        lines.note(line.as_ref().ok(), now, after);
        match (line, &lines.ripe) {
            (Err(why), _) => Retirement::Nothing(why),
            (Ok(_), Some(ripe)) => Retirement::UpTo(ripe.clone()),
            (Ok(_), None) => Retirement::Nothing(format!("no line is {after:?} old yet")),
        }
    }
}

impl PostgresSource {
    pub(crate) fn retirement(&self, now: Instant) -> Retirement {
        let inner = self.inner();
        let Some(after) = inner.ages.after else { return Retirement::Off };
        inner.ages.ripe(after, now, || line(inner))
    }

    /// What [`ConsistencySource::retire`](ryw_core::ConsistencySource::retire) does.
    pub(crate) fn retire_from(&self, ctx: &Context) {
        let inner = self.inner();
        let Some(after) = inner.ages.after else { return };
        let known = ctx.frontier(&inner.id);
        if known.is_empty() && known.written_at().is_none() {
            return;
        }
        if tokio::runtime::Handle::try_current().is_ok() {
            inner.topology.tend();
        }
        if let Retirement::UpTo(line) = self.retirement(Instant::now()) {
            let kept = match inner.mode {
                Mode::TimeToLive(window) => after.max(window),
                Mode::InBand | Mode::LsnGate | Mode::RemoteApply | Mode::PrimaryOnly => after,
            };
            ctx.retire(&inner.id, &line, inner.clock.now().earlier_by(kept));
        }
    }
}

/// The least of what the replicas hold for good; or why there is none.
fn line(inner: &Inner) -> Result<Progress, String> {
    let branch = inner.timeline.branch();
    let mut least: Option<Progress> = None;
    for node in inner.topology.followers().map(|place| inner.topology.node(place)) {
        let name = node.as_replica();
        if node.kind() == Kind::Balancer {
            return Err(format!("how many servers there are behind {name} cannot be told"));
        }
        if !node.remembers() {
            return Err(format!("{name} is a pool of your own, and may connect to another server unseen"));
        }
        let held = node.durable().ok_or_else(|| format!("{name} has not been met as a replica yet"))?;
        if *held.branch() != branch {
            return Err(format!(
                "{name} holds {:?} for good, and the primary is on {branch:?}",
                held.branch()
            ));
        }
        least = Some(least.map_or_else(|| held.clone(), |least| lesser(&least, &held)));
    }
    least.ok_or_else(|| "no replica is configured, and another process may read from some".to_owned())
}

/// What two servers of one branch both hold.
fn lesser(one: &Progress, two: &Progress) -> Progress {
    let least = Progress::new(one.branch().clone(), one.offset().min(two.offset()));
    least.with_below(one.below().min(two.below()))
}

impl Lines {
    /// Notes how the line is drawn now; without one, or if it was drawn further before, all begins anew.
    fn note(&mut self, line: Option<&Progress>, now: Instant, after: Duration) {
        let last = self.young.back().map(|(_, line)| line).or(self.ripe.as_ref());
        let went_back = |last: &Progress| line.is_none_or(|line| !is_past(line, last));
        if last.is_some_and(went_back) {
            *self = Self::default();
        }
        let Some(line) = line else { return };
        let last = self.young.back().map(|(_, line)| line).or(self.ripe.as_ref());
        let is_news = last != Some(line);
        let spaced =
            self.young.back().is_none_or(|(drawn, _)| now.saturating_duration_since(*drawn) >= after / LINES);
        if is_news && spaced {
            self.young.push_back((now, line.clone()));
        }
        while let Some((_, ripe)) =
            self.young.pop_front_if(|(drawn, _)| now.saturating_duration_since(*drawn) >= after)
        {
            self.ripe = Some(ripe);
        }
    }
}

/// Whether `line` is drawn at `other`, or further.
fn is_past(line: &Progress, other: &Progress) -> bool {
    line.branch() == other.branch() && line.offset() >= other.offset() && line.below() >= other.below()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ryw_core::Branch;
    use ryw_interleave::{some_orders, thread};

    use super::*;

    const AFTER: Duration = Duration::from_secs(80);

    fn at(timeline: u64, offset: u64) -> Progress {
        Progress::new(Branch::new("a".into(), timeline), offset).with_below(offset / 10)
    }

    /// What is old enough after each of these lines was drawn at its second.
    fn ripe(drawn: &[(u64, Option<Progress>)]) -> Vec<Option<u64>> {
        let (start, mut lines) = (Instant::now(), Lines::default());
        let ripe = drawn.iter().map(|(second, line)| {
            lines.note(line.as_ref(), start + Duration::from_secs(*second), AFTER);
            assert!(lines.young.len() <= LINES as usize + 1);
            lines.ripe.as_ref().map(Progress::offset)
        });
        ripe.collect()
    }

    #[test]
    fn a_line_counts_when_it_is_old_enough() {
        let line = |offset| Some(at(1, offset));
        let drawn = [(0, line(10)), (40, line(20)), (79, line(30)), (80, line(30)), (120, line(30))];
        assert_eq!(ripe(&drawn), [None, None, None, Some(10), Some(20)]);
    }

    #[test]
    fn lines_drawn_often_are_kept_now_and_then() {
        let drawn: Vec<_> = (0..1000).map(|second| (second, Some(at(1, second + 1)))).collect();
        let last = ripe(&drawn).pop().flatten();
        assert!(last.is_some_and(|last| (910..=920).contains(&last)), "{last:?}");
    }

    #[test]
    fn what_goes_back_or_is_lost_begins_anew() {
        for other in [None, Some(at(1, 9)), Some(at(2, 50))] {
            let drawn =
                [(0, Some(at(1, 10))), (80, Some(at(1, 10))), (81, other.clone()), (85, Some(at(1, 60)))];
            assert_eq!(ripe(&drawn)[1..], [Some(10), None, None], "{other:?}");
        }
    }

    /// Two ask at once, while the line moves on. Says what is old enough in the end.
    fn asked_at_once(draws_early: bool) {
        // Not every order: whoever waits for a lock asks for it time and again.
        some_orders(500, move || {
            let (ages, drawn) = (Arc::new(Ages::new(Some(AFTER))), Arc::new(Mutex::new(20)));
            let start = Instant::now();
            let ask = move |ages: &Ages, drawn: &Mutex<u64>, second| {
                let draw = || Ok(at(1, *drawn.lock().unwrap()));
                let early = draws_early.then(draw);
                ages.ripe(AFTER, start + Duration::from_secs(second), || early.unwrap_or_else(draw))
            };
            ask(&ages, &drawn, 0);
            let other = thread::spawn({
                let (ages, drawn) = (Arc::clone(&ages), Arc::clone(&drawn));
                move || {
                    *drawn.lock().unwrap() = 30;
                    ask(&ages, &drawn, 40);
                }
            });
            ask(&ages, &drawn, 40);
            other.join().unwrap();
            assert_eq!(ask(&ages, &drawn, 80), Retirement::UpTo(at(1, 20)));
        });
    }

    #[test]
    fn lines_drawn_at_once_do_not_begin_anew() {
        asked_at_once(false);
    }

    #[test]
    #[should_panic(expected = "no line is 80s old yet")]
    fn unless_they_are_drawn_before_the_lock_is_taken() {
        asked_at_once(true);
    }

    #[test]
    fn it_is_told_in_a_line() {
        let line = Progress::new(Branch::new("a".into(), 2), 0x1_0300_0028).with_below(801);
        for (retirement, text) in [
            (Retirement::Off, "off"),
            (Retirement::Nothing("no replica".into()), "nothing: no replica"),
            (Retirement::UpTo(line), "up to a/2 at 1/3000028, transactions below 801"),
        ] {
            assert_eq!(retirement.to_string(), text);
        }
    }
}
