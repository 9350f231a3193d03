//! Every order in which some can ask at once: each answer is of a question that was sent after the call.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ryw_interleave::{every_order, future, some_orders};

use super::*;

/// A primary: how many writes it has committed, and how often it was asked.
#[derive(Default)]
struct Primary {
    committed: AtomicUsize,
    questions: AtomicUsize,
}

impl Primary {
    fn commit(&self) -> usize {
        self.committed.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// The question goes there, and the answer comes back.
    async fn ask(&self) -> Result<usize, ()> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        future::yield_now().await;
        let committed = self.committed.load(Ordering::SeqCst);
        future::yield_now().await;
        Ok(committed)
    }
}

/// What is under test: the product's, or one that is wrong.
trait Ask: Default + Send + Sync + 'static {
    fn ask(&self, primary: &Primary) -> impl Future<Output = Result<usize, ()>> + Send;
}

impl Ask for Coalesced<usize> {
    async fn ask(&self, primary: &Primary) -> Result<usize, ()> {
        self.ask(async || primary.ask().await).await
    }
}

/// Wrong: it counts the calls when the answer is there, so one that came meanwhile is served by it.
#[derive(Default)]
struct CountsLate(Coalesced<usize>);

impl Ask for CountsLate {
    async fn ask(&self, primary: &Primary) -> Result<usize, ()> {
        let call = self.0.calls.fetch_add(1, Ordering::SeqCst);
        let mut answered = self.0.answered.lock().await;
        if let Some((_, answer)) = answered.filter(|(calls, _)| *calls > call) {
            return Ok(answer);
        }
        let answer = primary.ask().await?;
        *answered = Some((self.0.calls.load(Ordering::SeqCst), answer));
        Ok(answer)
    }
}

/// Wrong: an answer that is there serves whoever waited for it.
#[derive(Default)]
struct SharesWhatIsThere(Coalesced<usize>);

impl Ask for SharesWhatIsThere {
    async fn ask(&self, primary: &Primary) -> Result<usize, ()> {
        let had_to_wait = self.0.answered.try_lock().is_err();
        let mut answered = self.0.answered.lock().await;
        if let Some((_, answer)) = answered.filter(|_| had_to_wait) {
            return Ok(answer);
        }
        let answer = primary.ask().await?;
        *answered = Some((0, answer));
        Ok(answer)
    }
}

/// Each of `tasks` writes and asks; says how many questions there were. With `given_up` the first may be dropped before.
fn run<A: Ask>(tasks: usize, given_up: bool) -> usize {
    let shared = Arc::new((A::default(), Primary::default()));
    let asking: Vec<_> = (0..tasks)
        .map(|_| {
            let shared = Arc::clone(&shared);
            future::spawn(async move {
                let (asked, primary) = &*shared;
                let written = primary.commit();
                let reached = asked.ask(primary).await.unwrap();
                assert!(reached >= written, "written at {written}, told {reached}");
            })
        })
        .collect();
    if given_up {
        asking[0].abort();
    }
    for (task, asking) in asking.into_iter().enumerate() {
        let ended = future::block_on(asking);
        assert!(ended.is_ok() || given_up && task == 0, "{ended:?}");
    }
    shared.1.questions.load(Ordering::SeqCst)
}

fn check<A: Ask>(given_up: bool) -> usize {
    let orders = every_order(move || {
        run::<A>(2, given_up);
    });
    println!("{orders} orders");
    orders
}

#[test]
fn each_answer_is_of_a_question_sent_after_the_call() {
    assert!(check::<Coalesced<usize>>(false) > 100);
}

#[test]
fn one_who_gives_up_leaves_the_question_to_the_next() {
    assert!(check::<Coalesced<usize>>(true) > 100);
}

#[test]
fn those_who_ask_at_once_share_a_question() {
    let fewest = Arc::new(AtomicUsize::new(usize::MAX));
    let questions = Arc::clone(&fewest);
    some_orders(2_000, move || {
        questions.fetch_min(run::<Coalesced<usize>>(4, false), Ordering::SeqCst);
    });
    assert_eq!(fewest.load(Ordering::SeqCst), 1, "all who had called when it was sent share one");
}

#[test]
#[should_panic(expected = "written at")]
fn calls_counted_with_the_answer_are_found_out() {
    check::<CountsLate>(false);
}

#[test]
#[should_panic(expected = "written at")]
fn an_answer_shared_with_whoever_waited_for_it_is_found_out() {
    check::<SharesWhatIsThere>(false);
}
