//! When an item expires.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::types::AttributeValue;
use ryw_core::Timestamp;

use super::{Attribute, AttributeError};

/// When DynamoDB's time to live may delete an item: whole seconds since the Unix epoch, in an attribute of type N, which is the
/// one form that the service understands.
///
/// DynamoDB deletes expired items within days, not at the moment: until then they are read, unless you look
/// ([`has_passed`](Self::has_passed)). A time more than five years ago is ignored by it.
///
/// ```
/// use std::time::Duration;
///
/// use ryw_core::Timestamp;
/// use ryw_dynamo::ExpiresAt;
///
/// let now = Timestamp::from_unix_millis(1_500);
/// let expires = ExpiresAt::after(now, Duration::from_secs(60));
/// assert_eq!(expires.as_unix_seconds(), 62); // rounded up: never sooner than said
/// assert!(!expires.has_passed(now));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExpiresAt(u64);

impl ExpiresAt {
    /// The instant `seconds` seconds after the Unix epoch.
    #[must_use]
    pub const fn from_unix_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub const fn as_unix_seconds(self) -> u64 {
        self.0
    }

    /// The instant `lifetime` after `now`, rounded up to a whole second.
    #[must_use]
    pub fn after(now: Timestamp, lifetime: Duration) -> Self {
        Self::rounded_up(Duration::from_millis(now.as_unix_millis()).saturating_add(lifetime))
    }

    /// Whether the instant has come: the item counts as gone, though DynamoDB may still hold it.
    #[must_use]
    pub const fn has_passed(self, now: Timestamp) -> bool {
        self.0 <= now.as_unix_millis() / 1000
    }

    fn rounded_up(since_epoch: Duration) -> Self {
        Self(since_epoch.as_secs().saturating_add(u64::from(since_epoch.subsec_nanos() > 0)))
    }
}

/// Rounded up to a whole second; a time before the epoch is the epoch.
impl From<SystemTime> for ExpiresAt {
    fn from(time: SystemTime) -> Self {
        Self::rounded_up(time.duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}

impl Attribute for ExpiresAt {
    fn to_attribute(&self) -> Result<Option<AttributeValue>, AttributeError> {
        self.0.to_attribute()
    }

    fn from_attribute(value: Option<AttributeValue>) -> Result<Self, AttributeError> {
        u64::from_attribute(value).map(Self)
    }
}
