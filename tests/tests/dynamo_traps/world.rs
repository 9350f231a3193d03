//! Regions with a table of drafts, and what is done there by hand.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use ryw_dynamo::{Attributes, DynamoSource};
use ryw_testkit::dynamo::{Mode, Region, Regions};
use ryw_tests::draft::{Draft, DraftRepository};

pub(crate) const HOME: &str = "eu-central-1";
pub(crate) const AWAY: &str = "us-east-1";

pub(crate) struct World {
    pub(crate) regions: Regions,
}

impl World {
    /// One Region.
    pub(crate) async fn start() -> Self {
        let world = Self { regions: Regions::builder().region(HOME).start().await.unwrap() };
        world.source(HOME).create_table::<Draft>().await.unwrap();
        world
    }

    /// Two Regions that share the table.
    pub(crate) async fn global(mode: Mode) -> Self {
        let regions = Regions::builder().region(HOME).region(AWAY).start().await.unwrap();
        let world = Self { regions };
        world.source(HOME).create_table::<Draft>().await.unwrap();
        world.regions.make_global("drafts", mode).unwrap();
        world
    }

    /// What a process has that runs in the Region of this name.
    pub(crate) fn source(&self, near: &str) -> DynamoSource {
        let [first, others @ ..] = self.regions.all() else { unreachable!("there is a Region") };
        let home = DynamoSource::builder("drafts").home(first.name(), first.client()).near(near);
        let source = others.iter().fold(home, |source, region| source.region(region.name(), region.client()));
        source.build().unwrap()
    }

    pub(crate) fn drafts(&self, near: &str) -> DraftRepository<DynamoSource> {
        DraftRepository::new(self.source(near))
    }

    pub(crate) fn home(&self) -> &Region {
        self.regions.region(0)
    }

    /// Holds what is replicated, both ways.
    pub(crate) fn hold(&self) {
        self.regions.replication(0, 1).hold();
        self.regions.replication(1, 0).hold();
    }

    pub(crate) fn release(&self) {
        self.regions.replication(0, 1).release();
        self.regions.replication(1, 0).release();
    }
}

pub(crate) fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(crate) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// The item of a key, read strongly.
pub(crate) async fn item(client: &Client, id: i64) -> Option<Attributes> {
    let get = client.get_item().table_name("drafts").key("id", number(id)).consistent_read(true);
    get.send().await.unwrap().item
}

/// An update still to be said.
pub(crate) fn update(client: &Client, id: i64) -> UpdateItemFluentBuilder {
    client.update_item().table_name("drafts").key("id", number(id))
}
