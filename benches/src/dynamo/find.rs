//! Processor time of finding an item by its key: the SDK with mapping by hand or by serde, and the derived repository.
//!
//! All take turns in one thread, in slices of some milliseconds; what is compared is what the thread has worked, within
//! each round. The first comes twice: how far its two ratios are from 1 is what the others' mean.

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use ryw_core::Context;
use ryw_dynamo::DynamoSource;

use super::canned;
use super::order::{Item, Order, OrderRepository, key};
use crate::samples::Ratio;
use crate::{cpu, report};

/// How many calls a slice has.
const CALLS: u32 = 200;
/// So long that no touch is past it when the run ends.
const WINDOW: Duration = Duration::from_secs(24 * 3600);
/// How many other items the session has touched.
const OTHERS: i64 = 3;

/// Who finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The SDK, mapped by hand.
    Raw,
    /// The same once more.
    Again,
    /// The SDK, mapped by serde.
    Serde,
    /// ryw, for a session that has touched other items.
    Ryw,
    /// ryw, for a session that has touched this one: the read is strong, and is kept in mind.
    RywStrong,
    /// The SDK, mapped by hand, asking what it costs.
    Priced,
    /// ryw, counting units: it asks that, too.
    RywPriced,
}

impl Way {
    const ALL: [Self; 7] =
        [Self::Raw, Self::Again, Self::Serde, Self::Ryw, Self::RywStrong, Self::Priced, Self::RywPriced];

    const fn name(self) -> &'static str {
        match self {
            Self::Raw => "SDK, by hand",
            Self::Again => "SDK, by hand, again",
            Self::Serde => "SDK, serde",
            Self::Ryw => "ryw",
            Self::RywStrong => "ryw, strong",
            Self::Priced => "SDK, by hand, asking for the price",
            Self::RywPriced => "ryw, counting units",
        }
    }
}

/// What a call took in each round, in microseconds.
#[derive(Debug)]
pub(crate) struct Found {
    way: Way,
    rounds: Vec<f64>,
}

/// What is found, by whom, and for whom.
struct Scene {
    client: Client,
    orders: OrderRepository<DynamoSource>,
    counting: OrderRepository<DynamoSource>,
    wanted: Order,
    key: (String, i64),
    session: Context,
    toucher: Context,
}

/// Measures, in the thread that runs it.
pub(crate) async fn measure(rounds: usize) -> Result<Vec<Found>> {
    let scene = Scene::new().await?;
    let mut found = Way::ALL.map(|way| Found { way, rounds: Vec::with_capacity(rounds) });
    for Found { way, .. } in &found {
        ensure!(scene.find(*way).await? == scene.wanted, "{}: something else was found", way.name());
        scene.slice(*way).await?;
    }
    for round in 0..rounds {
        for turn in 0..found.len() {
            let Found { way, rounds } = &mut found[(round + turn) % Way::ALL.len()];
            rounds.push(scene.slice(*way).await?);
        }
    }
    Ok(found.into())
}

/// A way beside the first.
pub(crate) fn ratio(found: &[Found], way: Way) -> Option<Ratio> {
    let measured = found.iter().find(|found| found.way == way)?;
    Ratio::by_round(&measured.rounds, &found.first()?.rounds)
}

/// All ways, for people.
pub(crate) fn table(found: &[Found]) -> String {
    let mut table = report::markdown(&["find", "CPU µs", "× first"]);
    for Found { way, rounds } in found {
        let micros = Ratio::by_round(rounds, &vec![1.0; rounds.len()]);
        let micros = micros.map_or_else(String::new, |micros| format!("{:.2}", micros.median));
        table.add_row([way.name(), &micros, &report::ratio(ratio(found, *way))]);
    }
    table.to_string()
}

impl Scene {
    async fn new() -> Result<Self> {
        let wanted = Order::revised(4_711, 0, 1);
        let key = (wanted.customer.clone(), wanted.number);
        let client = canned::client(&wanted)?;
        let source = || DynamoSource::builder("orders").home("eu-central-1", client.clone()).window(WINDOW);
        let orders = OrderRepository::new(source().build()?);
        let counting = OrderRepository::new(source().count_units().build()?);
        let (session, toucher) = (Context::new(), Context::new());
        for number in 1..=OTHERS {
            // A strong read leaves in the session what a write does.
            for session in [&session, &toucher] {
                orders.find(&session.strong(), &(key.0.clone(), number)).await?;
            }
        }
        orders.find(&toucher.strong(), &key).await?;
        Ok(Self { client, orders, counting, wanted, key, session, toucher })
    }

    /// What a call takes, in microseconds.
    async fn slice(&self, way: Way) -> Result<f64> {
        let before = cpu::of_thread()?;
        for _ in 0..CALLS {
            black_box(self.find(way).await?);
        }
        Ok((cpu::of_thread()? - before).as_secs_f64() * 1e6 / f64::from(CALLS))
    }

    async fn find(&self, way: Way) -> Result<Order> {
        match way {
            Way::Raw | Way::Again => Order::from_item(self.item(None).await?),
            Way::Serde => Ok(serde_dynamo::aws_sdk_dynamodb_1::from_item(self.item(None).await?)?),
            Way::Ryw => self.orders.find(&self.session, &self.key).await?.context("it is there"),
            Way::RywStrong => self.orders.find(&self.toucher, &self.key).await?.context("it is there"),
            Way::Priced => Order::from_item(self.item(Some(ReturnConsumedCapacity::Total)).await?),
            Way::RywPriced => self.counting.find(&self.session, &self.key).await?.context("it is there"),
        }
    }

    async fn item(&self, price: Option<ReturnConsumedCapacity>) -> Result<Item> {
        let request = self.client.get_item().table_name("orders").set_key(Some(key(&self.key.0, self.key.1)));
        request.set_return_consumed_capacity(price).send().await?.item.context("it is there")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everyone_finds_the_same() {
        let found = measure(1).await.unwrap();
        assert!(found.iter().all(|found| found.rounds.len() == 1));
        assert_eq!(ratio(&found, Way::Raw).unwrap().median, 1.0);
    }
}
