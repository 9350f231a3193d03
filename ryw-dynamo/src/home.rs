//! Regions that do not answer, and who may stand in for them.
//!
//! A read that any Region may serve is repeated in another. It must not go behind what the session has seen where it read
//! until now, and nobody knows how far the copies in two Regions are apart: so a session's read is repeated where it is
//! current for certain (the home Region, strongly), and only one that may go back (policy eventual, or without monotonic
//! reads) in whatever Region has the table.
//!
//! A read that only the home Region can serve has nobody to stand in for it, and what then happens is the application's
//! choice: [`HomeDown`]. Of a table that is strongly consistent over its Regions any of them serves it.
//!
//! Not promised: that eventually consistent reads of one session in two Regions (processes with different near Regions, a
//! table that has just come to the near one) do not go back. Two of them in one Region may, too.

use std::borrow::Cow;
use std::fmt;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ryw_core::{Context, Error, MonotonicReads, ReadPolicy, Reason, Timestamp};
use tokio::time::Instant;

use crate::decision::Spread;
use crate::failure::{Failure, Kind};
use crate::inner::{Inner, ReadPlan};
use crate::observe::Operation;
use crate::retry;
use crate::spread::Layout;

/// For how long a Region that did not answer is left alone, if another can serve.
const REST: Duration = Duration::from_secs(5);

/// What becomes of a read that must be strongly consistent if the Region that was written to does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HomeDown {
    /// It fails as [unavailable](Error::is_unavailable).
    #[default]
    Fail,
    /// It is sent again, with pauses, until this much time has passed; then it fails.
    ///
    /// Each attempt takes as long as the source lets it ([`answer_within`](crate::DynamoSourceBuilder::answer_within)).
    Wait(Duration),
    /// It is read eventually consistently in another Region that has the table, and may lack the session's own writes. Its
    /// outcome says so ([`Reason::HomeDown`]).
    ///
    /// Reads of a [strong](Context::strong) context fail all the same.
    ServeEventual,
}

/// Whether a Region answers. Of one that always did nobody has to know what time it is.
#[derive(Debug, Default)]
pub(crate) struct Health(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Until when it is left alone.
    rests_until: Option<Instant>,
    /// From when on, and until when, it was known not to answer.
    outage: Option<(Timestamp, Option<Timestamp>)>,
}

impl Health {
    /// Whether to leave it alone. Of those who ask after a rest, one is told not to, and tries it for the others.
    fn rests(&self, now: impl FnOnce() -> Instant) -> bool {
        let mut state = self.lock();
        let Some(until) = state.rests_until else { return false };
        let now = now();
        if now < until {
            return true;
        }
        state.rests_until = Some(now + REST);
        false
    }

    fn failed(&self, at: Timestamp, now: Instant) {
        let mut state = self.lock();
        state.rests_until = Some(now + REST);
        state.outage = Some((state.outage.map_or(at, |(since, _)| since), None));
    }

    /// It has taken a request, and done it.
    pub(crate) fn answered(&self, now: impl FnOnce() -> Timestamp) {
        let mut state = self.lock();
        state.rests_until = None;
        if let Some((_, until @ None)) = &mut state.outage {
            *until = Some(now());
        }
    }

    /// `at`, or when the Region's outage began, if that was not over a window ago: what it had acknowledged by then may
    /// have waited for its end to be replicated, so windows stand still meanwhile.
    fn stopped(&self, at: Timestamp, window: Duration, now: impl FnOnce() -> Timestamp) -> Timestamp {
        let mut state = self.lock();
        match state.outage {
            Some((_, Some(until))) if !until.is_within(window, now()) => {
                state.outage = None;
                at
            }
            Some((since, _)) => at.min(since),
            None => at,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that runs under it panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A read that was planned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) table: &'a str,
    /// The other tables of a transaction: another Region stands in only if it has all of them.
    pub(crate) others: &'a [Cow<'static, str>],
    pub(crate) plan: ReadPlan,
    /// The service's name of the request, such as `GetItem`.
    pub(crate) request: &'static str,
    /// What is done, for errors.
    pub(crate) operation: Doing,
}

/// What is done to which entity: `find Order`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doing {
    pub(crate) verb: &'static str,
    pub(crate) entity: &'static str,
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.entity)
    }
}

impl Inner {
    /// The instant that windows are held against: `at`, unless the home Region is or was down.
    pub(crate) fn judged_at(&self, at: Timestamp) -> Timestamp {
        self.home().health.stopped(at, self.window, || self.clock.now())
    }

    /// Takes note of a request to the home Region that failed, other than a read that is carried out.
    pub(crate) fn note(&self, failure: &Failure) {
        self.observer.failed(failure);
        if matches!(failure.kind, Kind::Unreachable | Kind::Unknown) {
            self.home().health.failed(self.clock.now(), Instant::now());
        }
    }

    /// Sends a read where it is planned, or where it may be done instead. Says where it was done.
    pub(crate) async fn carry_out<R, F>(
        &self,
        course: Course<'_>,
        send: impl FnMut(ReadPlan) -> F,
    ) -> Result<(R, ReadPlan), Error>
    where
        F: Future<Output = Result<R, Failure>>,
    {
        let operation = Operation::new(self, course.request, Some(course.table));
        // Pinned here: a future of the SDK takes kilobytes, and `watch` would copy it twice.
        let answered = pin!(self.answered(course, send));
        let (answer, plan) = operation.watch(answered).await?;
        operation.read(self, plan);
        Ok((answer, plan))
    }

    /// [`carry_out`](Self::carry_out), of what has a span already.
    pub(crate) async fn answered<R, F>(
        &self,
        course: Course<'_>,
        mut send: impl FnMut(ReadPlan) -> F,
    ) -> Result<(R, ReadPlan), Error>
    where
        F: Future<Output = Result<R, Failure>>,
    {
        let rests = self.regions[course.plan.region].health.rests(Instant::now);
        let mut failure = None;
        if !rests && let Some(answer) = self.attempt(course, course.plan, &mut send, &mut failure).await? {
            return Ok((answer, course.plan));
        }
        // Boxed: it is rare, and would make room for three more requests in the future of every read.
        Box::pin(self.elsewhere(course, rests, &mut send, failure)).await
    }

    /// Where a read is done that nobody has answered where it was planned, or not been sent there as the Region `rests`.
    async fn elsewhere<R, F>(
        &self,
        course: Course<'_>,
        rests: bool,
        send: &mut impl FnMut(ReadPlan) -> F,
        mut failure: Option<Failure>,
    ) -> Result<(R, ReadPlan), Error>
    where
        F: Future<Output = Result<R, Failure>>,
    {
        let layout = self.layouts.of_all(self, course.table, course.others).await;
        let mut plans = self.certain(course, &layout);
        // A Region that rests is left alone only if there is another.
        if rests && plans.is_empty() {
            plans.push(course.plan);
        }
        if let Some(answered) = self.first_of(course, &plans, send, &mut failure).await? {
            return Ok(answered);
        }
        if let Some(answered) = self.home_is_down(course, &layout, send, &mut failure).await? {
            return Ok(answered);
        }
        let failure = failure.expect("at least one plan was tried");
        Err(failure.of_read(format_args!("{} in the Region {}", course.operation, self.region(course.plan))))
    }

    /// What the source was told to do when nobody may serve a read.
    async fn home_is_down<R, F>(
        &self,
        course: Course<'_>,
        layout: &Layout,
        send: &mut impl FnMut(ReadPlan) -> F,
        failure: &mut Option<Failure>,
    ) -> Result<Option<(R, ReadPlan)>, Error>
    where
        F: Future<Output = Result<R, Failure>>,
    {
        match self.home_down {
            HomeDown::Fail => Ok(None),
            HomeDown::ServeEventual => {
                self.first_of(course, &self.by_choice(course, layout), send, failure).await
            }
            HomeDown::Wait(patience) => {
                let mut plans = vec![course.plan];
                plans.extend(self.certain(course, layout));
                let (deadline, mut attempt) = (Instant::now() + patience, 1);
                while tokio::time::timeout_at(deadline, retry::pause(self, attempt)).await.is_ok() {
                    if let Some(answered) = self.first_of(course, &plans, send, failure).await? {
                        return Ok(Some(answered));
                    }
                    attempt += 1;
                }
                Ok(None)
            }
        }
    }

    async fn first_of<R, F>(
        &self,
        course: Course<'_>,
        plans: &[ReadPlan],
        send: &mut impl FnMut(ReadPlan) -> F,
        failure: &mut Option<Failure>,
    ) -> Result<Option<(R, ReadPlan)>, Error>
    where
        F: Future<Output = Result<R, Failure>>,
    {
        for plan in plans {
            if let Some(answer) = self.attempt(course, *plan, send, failure).await? {
                return Ok(Some((answer, *plan)));
            }
        }
        Ok(None)
    }

    /// `None` if another Region may do better.
    async fn attempt<R, F>(
        &self,
        course: Course<'_>,
        plan: ReadPlan,
        send: &mut impl FnMut(ReadPlan) -> F,
        failure: &mut Option<Failure>,
    ) -> Result<Option<R>, Error>
    where
        F: Future<Output = Result<R, Failure>>,
    {
        let health = &self.regions[plan.region].health;
        let why = match retry::in_time(self, pin!(send(plan))).await {
            Ok(answer) => {
                health.answered(|| self.clock.now());
                return Ok(Some(answer));
            }
            Err(why) => why,
        };
        self.observer.failed(&why);
        match why.kind {
            Kind::Unreachable | Kind::Unknown => {
                self.observer.unanswered(plan.region);
                health.failed(self.clock.now(), Instant::now());
                tracing::warn!(region = self.region(plan), failure = ?why, "a Region does not answer");
            }
            Kind::NoTable if plan.region != 0 => {
                let others = course.others.iter().map(|table| &**table);
                others.chain([course.table]).for_each(|table| self.layouts.forget(table));
            }
            Kind::Passing | Kind::NoTable | Kind::Condition | Kind::Refused => {
                return Err(why.of_read(course.operation));
            }
        }
        *failure = Some(why);
        Ok(None)
    }

    /// Where else the read may be done, without a promise given up.
    fn certain(&self, course: Course<'_>, layout: &Layout) -> Vec<ReadPlan> {
        let plan = course.plan;
        let other = |strong| {
            let places = self.others(plan.region, layout);
            places.map(move |region| ReadPlan { region, strong, reason: Reason::ReplicaFailed })
        };
        match (plan.strong, layout.spread) {
            (true, Spread::Eventual) => Vec::new(),
            (true, Spread::Strong) => other(true).collect(),
            (false, _) if may_go_back(course.ctx) => other(false).collect(),
            (false, Spread::Strong) => other(true).collect(),
            (false, Spread::Eventual) => other(true).filter(|plan| plan.region == 0).collect(),
        }
    }

    /// Where else the read is done because the source was told to.
    fn by_choice(&self, course: Course<'_>, layout: &Layout) -> Vec<ReadPlan> {
        let takes_it = match course.ctx.policy() {
            ReadPolicy::Session => true,
            // A transaction is planned strongly for whomever.
            ReadPolicy::Eventual => course.plan.strong,
            _ => false,
        };
        let chosen = self.home_down == HomeDown::ServeEventual && takes_it;
        let places = self.others(course.plan.region, layout).filter(|_| chosen);
        let mut places: Vec<_> = places.filter(|place| *place != 0).collect();
        places.sort_by_key(|place| *place != self.near);
        places
            .into_iter()
            .map(|region| ReadPlan { region, strong: false, reason: Reason::HomeDown })
            .collect()
    }

    fn others<'a>(&'a self, than: usize, layout: &'a Layout) -> impl Iterator<Item = usize> + 'a {
        (0..self.regions.len()).filter(move |place| *place != than && layout.holds(*place))
    }

    fn region(&self, plan: ReadPlan) -> &str {
        &self.regions[plan.region].name
    }
}

/// Whether an eventually consistent read of this context may show less than an earlier one in another Region.
fn may_go_back(ctx: &Context) -> bool {
    ctx.policy() == ReadPolicy::Eventual || ctx.monotonic_reads() == MonotonicReads::Off
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tries_after_a_rest_for_all_others() {
        let (health, now) = (Health::default(), Instant::now());
        let rests = |after| health.rests(|| now + after);
        assert!(!rests(Duration::ZERO));
        health.failed(Timestamp::default(), now);
        assert!(rests(REST / 2));
        assert!(!rests(REST));
        assert!(rests(REST));
        health.answered(Timestamp::default);
        assert!(!rests(REST));
    }

    #[test]
    fn windows_stand_still_during_an_outage_and_for_a_window_after_it() {
        let at = Timestamp::from_unix_millis;
        let (health, window) = (Health::default(), Duration::from_millis(10));
        let judged = |now| health.stopped(at(now), window, || at(now));
        assert_eq!(judged(100), at(100));
        health.failed(at(100), Instant::now());
        health.failed(at(150), Instant::now());
        assert_eq!(judged(200), at(100));
        health.answered(|| at(200));
        health.answered(|| at(205));
        assert_eq!(judged(209), at(100));
        assert_eq!(judged(210), at(210));
    }
}
