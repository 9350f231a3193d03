//! What is written.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use ryw_core::{Clock, ManualClock, Repository, Timestamp};
use ryw_dynamo::{Attributes, DynamoSource};
use ryw_testkit::dynamo::{Region, Regions};

/// Keys, a version, timestamps, a mark, a set, and what may be missing.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(dynamo(table = "orders", pk = customer, sk = number))]
pub(crate) struct Order {
    #[repository(key)]
    pub(crate) customer: String,
    #[repository(key)]
    pub(crate) number: i64,
    pub(crate) state: String,
    pub(crate) note: Option<String>,
    pub(crate) tags: BTreeSet<String>,
    #[repository(version)]
    pub(crate) version: i64,
    #[repository(created_at)]
    pub(crate) created_at: DateTime<Utc>,
    #[repository(updated_at)]
    pub(crate) updated_at: DateTime<Utc>,
    #[repository(deleted_at)]
    pub(crate) deleted_at: Option<DateTime<Utc>>,
}

/// Nothing but a key and a number.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(dynamo(table = "counters"))]
pub(crate) struct Counter {
    #[repository(key)]
    pub(crate) id: i64,
    pub(crate) value: i64,
}

pub(crate) fn new(number: i64) -> NewOrder {
    NewOrder {
        customer: "ada".into(),
        number,
        state: "open".into(),
        note: Some("by hand".into()),
        tags: BTreeSet::new(),
    }
}

pub(crate) fn key(number: i64) -> (String, i64) {
    ("ada".into(), number)
}

/// A Region, a source over it, and a clock to move.
pub(crate) struct World {
    pub(crate) regions: Regions,
    pub(crate) source: DynamoSource,
    pub(crate) orders: OrderRepository,
    pub(crate) counters: CounterRepository,
    pub(crate) clock: Arc<ManualClock>,
}

impl World {
    pub(crate) async fn start() -> Self {
        let regions = Regions::builder().start().await.unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_unix_millis(1_700_000_000_000)));
        let region = regions.region(0);
        let source = DynamoSource::builder("orders").home(region.name(), region.client());
        let source = source.window(WINDOW).attempts(3).clock(clock.clone()).build().unwrap();
        source.create_table::<Order>().await.unwrap();
        source.create_table::<Counter>().await.unwrap();
        let (orders, counters) =
            (OrderRepository::new(source.clone()), CounterRepository::new(source.clone()));
        Self { regions, source, orders, counters, clock }
    }

    pub(crate) fn region(&self) -> &Region {
        self.regions.region(0)
    }

    /// Lets the time pass in which a write may be missed.
    pub(crate) fn pass_the_window(&self) {
        self.clock.advance(WINDOW);
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.clock.now().as_unix_millis().cast_signed()).unwrap()
    }

    /// The item as it lies in the table.
    pub(crate) async fn item(&self, number: i64) -> Option<Attributes> {
        let get = self.region().client().get_item().table_name("orders").consistent_read(true);
        let get = get.key("customer", AttributeValue::S("ada".into()));
        get.key("number", AttributeValue::N(number.to_string())).send().await.unwrap().item
    }
}

pub(crate) const WINDOW: Duration = Duration::from_secs(10);
