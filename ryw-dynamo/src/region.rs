//! A Region, and the client that speaks to it.

use aws_sdk_dynamodb::Client;
use ryw_core::{Branch, Identity};

use crate::home::Health;

/// One Region of a source.
#[derive(Debug)]
pub(crate) struct Region {
    pub(crate) name: String,
    pub(crate) client: Client,
    /// What positions name it by: two Regions have no common history.
    pub(crate) branch: Branch,
    pub(crate) health: Health,
}

impl Region {
    pub(crate) fn new(account: &str, name: String, client: Client) -> Self {
        let branch = Branch::new(Identity::new(format!("dynamodb:{account}/{name}")), 0);
        Self { name, client, branch, health: Health::default() }
    }

    /// What the service calls it: as the client is configured, which need not be what the source calls it.
    pub(crate) fn aws_name(&self) -> &str {
        self.client.config().region().map_or(&self.name, AsRef::as_ref)
    }
}
