//! A Region, and the client that speaks to it.

use aws_sdk_dynamodb::Client;
use ryw_core::{Branch, Identity};

/// One Region of a source.
#[derive(Debug)]
pub(crate) struct Region {
    pub(crate) name: String,
    pub(crate) client: Client,
    /// What positions name it by: two Regions have no common history.
    pub(crate) branch: Branch,
}

impl Region {
    pub(crate) fn new(account: &str, name: String, client: Client) -> Self {
        let branch = Branch::new(Identity::new(format!("dynamodb:{account}/{name}")), 0);
        Self { name, client, branch }
    }
}
