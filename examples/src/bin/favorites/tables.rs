//! The DynamoDB tables that are read and written: in a Region of our own, whose followers lag.

use std::time::Duration;

use anyhow::{Context as _, Result};
use aws_sdk_dynamodb::Client;
use ryw_dynamo::DynamoSource;
use ryw_testkit::dynamo::Regions;

use crate::favorite::Favorite;
use crate::options::Options;

/// How long what waits may take to be delivered.
const SETTLE_PAUSE: Duration = Duration::from_millis(5);

/// A model of one Region, in this process, with the table.
#[derive(Debug)]
pub(crate) struct Tables {
    regions: Regions,
    window: Duration,
}

impl Tables {
    /// Starts a Region and makes the table, and then the lag.
    pub(crate) async fn start(options: &Options) -> Result<Self> {
        let regions = Regions::builder().start().await.context("cannot start a DynamoDB Region")?;
        let tables = Self { regions, window: options.ttl_window.into() };
        tables.source()?.create_table::<Favorite>().await?;
        tables.regions.region(0).follower().set_delay(options.lag.into());
        Ok(tables)
    }

    /// What speaks to the Region.
    pub(crate) fn client(&self) -> Client {
        self.regions.region(0).client()
    }

    /// A new source over it.
    pub(crate) fn source(&self) -> Result<DynamoSource> {
        let source = DynamoSource::builder("tables").home(self.regions.region(0).name(), self.client());
        Ok(source.window(self.window).build()?)
    }

    /// Waits until the followers have all there is.
    pub(crate) async fn settle(&self) {
        while self.regions.region(0).follower().pending() > 0 {
            tokio::time::sleep(SETTLE_PAUSE).await;
        }
    }
}
