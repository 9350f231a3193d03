//! One Region, as a test sees it.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{self, BehaviorVersion, Credentials};
use aws_smithy_http_client::Builder;

use super::door::Door;
use super::fault::{Faults, Refusal};
use super::lag::Lag;
use super::requests::Requests;
use super::shared::Shared;
use super::site::{EventualReads, Reach, Site};
use super::world::Way;
use crate::error::Result;

/// A Region of [`Regions`](super::Regions): an endpoint to speak to, and what can be done to it.
///
/// What is ordered of a Region holds from the next request on.
pub struct Region {
    site: usize,
    name: String,
    shared: Arc<Shared>,
    door: Door,
    client: Client,
}

impl Region {
    pub(super) async fn open(site: usize, name: String, shared: Arc<Shared>) -> Result<Self> {
        let door = Door::open(site, Arc::clone(&shared)).await?;
        let config = config(&name, &door).retry_config(RetryConfig::disabled()).build();
        let client = Client::from_conf(config);
        Ok(Self { site, name, shared, door, client })
    }

    /// Its name, such as `eu-central-1`. Table ARNs carry it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it listens: `http://127.0.0.1:` and a free port. A [`Link`](crate::link::Link) can be put before it.
    #[must_use]
    pub fn endpoint_url(&self) -> String {
        self.door.url()
    }

    /// A client that asks once and never repeats a request, so that a test sees each answer. See
    /// [`config`](Self::config) for one that does.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// What a client of this Region is made from: its endpoint, name and fixed credentials, and a connector of its own
    /// without TLS. All else is as the SDK has it by default, which is to repeat what failed up to twice.
    ///
    /// ```
    /// # async fn example(region: &ryw_testkit::dynamo::Region) {
    /// use aws_sdk_dynamodb::config::retry::RetryConfig;
    ///
    /// let config = region.config().retry_config(RetryConfig::standard().with_max_attempts(5));
    /// let client = aws_sdk_dynamodb::Client::from_conf(config.build());
    /// # let _ = client;
    /// # }
    /// ```
    #[must_use]
    pub fn config(&self) -> config::Builder {
        config(&self.name, &self.door)
    }

    /// The way from where it is written to the copy that answers eventually consistent reads of tables and local
    /// secondary indexes.
    pub fn follower(&self) -> Lag {
        Lag::new(Arc::clone(&self.shared), Way::Follower(self.site))
    }

    /// The way from where it is written to the global secondary indexes.
    pub fn indexes(&self) -> Lag {
        Lag::new(Arc::clone(&self.shared), Way::Indexes(self.site))
    }

    /// Who answers eventually consistent reads of tables and local secondary indexes from now on.
    pub fn serve_eventual_reads(&self, from: EventualReads) {
        self.order(|site| site.eventual = from);
    }

    /// Refuses the next requests that read or write items and that the refusal concerns; `requests` are added to those
    /// refused already. Nothing of what was asked is done.
    pub fn refuse_next(&self, requests: usize, refusal: Refusal) {
        self.faults(|faults| faults.refuse_next(requests, refusal));
    }

    /// Refuses all requests that read or write items and that the refusal concerns, until told `None`.
    pub fn refuse_all(&self, refusal: Option<Refusal>) {
        self.faults(|faults| faults.refuse_all(refusal));
    }

    /// Loses the answers to the next writes that succeed: the write is done, and the connection ends without an answer.
    pub fn lose_answers(&self, writes: usize) {
        self.faults(|faults| faults.lose_answers(writes));
    }

    /// Does the next batches of two items or more only in part: the first half is done, the rest is told to be
    /// unprocessed.
    pub fn unprocessed_next(&self, batches: usize) {
        self.faults(|faults| faults.leave_unprocessed(batches));
    }

    /// Cuts the Region off: connections end, requests get no answer and are not carried out, and nothing is replicated
    /// to it or from it.
    ///
    /// A connection is still accepted, and closed when a request comes. For a Region that stays silent instead, put a
    /// [`Link`](crate::link::Link) before it.
    pub fn cut(&self) {
        self.shared.world().set_reach(self.site, Reach::Nowhere);
        self.door.close_connections();
    }

    /// Cuts the Region off from the others only: nothing is replicated to it or from it, while clients reach it. Of
    /// global tables in strong mode it then serves eventual reads and nothing else.
    pub fn isolate(&self) {
        self.shared.world().set_reach(self.site, Reach::Clients);
    }

    /// Ends a cut or an isolation. What waited to be replicated is.
    pub fn restore(&self) {
        self.shared.world().set_reach(self.site, Reach::Everywhere);
    }

    /// What it was asked until now, and what that cost.
    #[must_use]
    pub fn requests(&self) -> Requests {
        self.shared.world().sites[self.site].requests.clone()
    }

    fn faults(&self, order: impl FnOnce(&mut Faults)) {
        self.order(|site| order(&mut site.faults));
    }

    fn order(&self, order: impl FnOnce(&mut Site)) {
        order(&mut self.shared.world().sites[self.site]);
    }
}

fn config(name: &str, door: &Door) -> config::Builder {
    config::Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(config::Region::new(name.to_owned()))
        .endpoint_url(door.url())
        .credentials_provider(Credentials::new("testkit", "testkit", None, None, "ryw-testkit"))
        .http_client(Builder::new().build_http())
}

impl std::fmt::Debug for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Region").field("name", &self.name).field("door", &self.door).finish_non_exhaustive()
    }
}
