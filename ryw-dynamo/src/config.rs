//! How a source is put together.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use ryw_core::{Clock, Error, RouteCounts, Scope, SourceId, SystemClock};

use crate::cache::Cache;
use crate::cost::Cost;
use crate::home::HomeDown;
use crate::inner::Inner;
use crate::observe::Observer;
use crate::own_writes::OwnWrites;
use crate::region::Region;
use crate::sightings::Sightings;
use crate::source::DynamoSource;
use crate::spread::Layouts;

/// How long after a write an eventually consistent read is taken to see it, unless the source says otherwise.
///
/// AWS gives no bound, and says "usually within one second or less". A minute leaves room for what is unusual, and costs a
/// strong read only of what the session has itself just written.
pub const DEFAULT_WINDOW: Duration = Duration::from_secs(60);

/// How long a request may take, unless the source says otherwise.
///
/// The SDK itself waits for an answer for ever, unless its client was given timeouts.
pub const DEFAULT_PATIENCE: Duration = Duration::from_secs(30);

/// Puts a [`DynamoSource`] together.
#[derive(Debug)]
#[must_use]
pub struct DynamoSourceBuilder {
    id: SourceId,
    account: String,
    prefix: String,
    regions: Vec<(String, Client)>,
    near: Option<String>,
    window: Duration,
    scope: Scope,
    home_down: HomeDown,
    attempts: u32,
    patience: Duration,
    count_units: bool,
    cache: Option<Arc<dyn Cache>>,
    clock: Arc<dyn Clock>,
}

impl DynamoSourceBuilder {
    pub(crate) fn new(id: SourceId) -> Self {
        Self {
            id,
            account: "default".into(),
            prefix: String::new(),
            regions: Vec::new(),
            near: None,
            window: DEFAULT_WINDOW,
            scope: Scope::Item,
            home_down: HomeDown::Fail,
            attempts: 5,
            patience: DEFAULT_PATIENCE,
            count_units: false,
            cache: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// The home Region, which takes all writes, and the client that speaks to it.
    ///
    /// The name stands in positions: every process that shares contexts gives a Region the same name, best its own, such as
    /// `eu-central-1`.
    pub fn home(mut self, name: impl Into<String>, client: Client) -> Self {
        self.regions.insert(0, (name.into(), client));
        self
    }

    /// Another Region, that has replicas of global tables. Which tables are there, and whether they are strongly consistent
    /// over all Regions, is asked of the service (`DescribeTable`).
    ///
    /// The client has to be configured with the Region's own name, or the name given here has to be it.
    pub fn region(mut self, name: impl Into<String>, client: Client) -> Self {
        self.regions.push((name.into(), client));
        self
    }

    /// The Region that eventually consistent reads go to: the one this process runs in. The home Region, unless it is
    /// said.
    pub fn near(mut self, name: impl Into<String>) -> Self {
        self.near = Some(name.into());
        self
    }

    /// Whose tables these are, where contexts travel between sources of several accounts: any name that tells them apart.
    pub fn account(mut self, label: impl Into<String>) -> Self {
        self.account = label.into();
        self
    }

    /// What the names of all tables begin with, such as `staging-`.
    pub fn table_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// For how long after a write a read that may depend on it is strongly consistent; [`DEFAULT_WINDOW`] unless it is said.
    ///
    /// It has to exceed what eventually consistent reads and replicas of global tables are ever behind, and how far the clocks
    /// of the processes are apart that share a context. It has to be the same in all of them.
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// How much a read may depend on; an item unless it is said. A wider scope makes more reads strong, and is for sessions
    /// that must see, say, what a stream or a function has made of their write elsewhere in the partition.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// What becomes of reads that only the home Region can serve if it does not answer. They fail, unless it is said.
    pub fn when_home_is_down(mut self, then: HomeDown) -> Self {
        self.home_down = then;
        self
    }

    /// How often a request is sent that was throttled, or was in conflict with a transaction, the first time included; 5
    /// unless it is said.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// How long a request may take, with what the SDK repeats of a read; [`DEFAULT_PATIENCE`] unless it is said. One that got no
    /// answer by then counts as one whose answer was lost: a read goes elsewhere, or fails as
    /// [unavailable](Error::is_unavailable), and a write is [unknown](Error::is_commit_unknown).
    ///
    /// Timeouts of the clients hold beside it: those of an attempt let the SDK repeat a read before.
    pub fn answer_within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Asks the service with each request what it consumes, and adds that up in [`DynamoSource::cost`] and in the metrics of units.
    ///
    /// Not done unless it is said: CloudWatch counts the same, by table and for nothing, while here the answers are longer, and
    /// a find takes one or two percent more processor time.
    pub fn count_units(mut self) -> Self {
        self.count_units = true;
        self
    }

    /// Whatever answers eventually consistent reads faster. Its answers may be as old as the window is long, and not older.
    pub fn cache(mut self, cache: impl Cache + 'static) -> Self {
        self.cache = Some(Arc::new(cache));
        self
    }

    /// The clock that windows are measured by, and timestamps of rows made.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The source. Nothing is sent: tables are met when they are used, or by `verify`.
    ///
    /// # Errors
    /// [Configuration](Error::is_config), if there is no Region, if one is named twice, if the near one is none of them, or if
    /// the cache's answers may be older than the window.
    pub fn build(self) -> Result<DynamoSource, Error> {
        if self.regions.is_empty() {
            return Err(Error::config(
                "a DynamoDB source needs a client: give it one by `home(\"eu-central-1\", client)`",
            ));
        }
        self.id.check()?;
        if self.window.is_zero() {
            return Err(Error::config(
                "the window is 0: no read would be made to see what its session has written; where that is wanted, say \
                 `ctx.eventual()`",
            ));
        }
        for (index, (name, _)) in self.regions.iter().enumerate() {
            if self.regions[..index].iter().any(|(other, _)| other == name) {
                return Err(Error::config(format!(
                    "the Region {name:?} is given twice: name each by its own name"
                )));
            }
        }
        let near = match &self.near {
            None => 0,
            Some(near) => self.regions.iter().position(|(name, _)| name == near).ok_or_else(|| {
                Error::config(format!("the near Region {near:?} is none of the source's: add it by `region`"))
            })?,
        };
        if let Some(age) = self.cache.as_ref().map(|cache| cache.max_age()).filter(|age| *age > self.window) {
            return Err(Error::config(format!(
                "the cache keeps answers for up to {age:?}, and the window is {:?}: let them expire by then, or make the \
                 window as long",
                self.window
            )));
        }
        let account = self.account;
        let names = self.regions.iter().map(|(name, _)| name.clone()).collect();
        let regions =
            self.regions.into_iter().map(|(name, client)| Region::new(&account, name, client)).collect();
        let observer = Arc::new(Observer::new(&self.id, names));
        Ok(DynamoSource::new(Inner {
            id: self.id,
            prefix: self.prefix,
            regions,
            near,
            window: self.window,
            scope: self.scope,
            home_down: self.home_down,
            attempts: self.attempts,
            patience: self.patience,
            clock: self.clock,
            counts: RouteCounts::default(),
            cost: Cost::new(Arc::clone(&observer), self.count_units),
            observer,
            layouts: Layouts::default(),
            cache: self.cache,
            own_writes: OwnWrites::default(),
            sightings: Sightings::default(),
        }))
    }
}
