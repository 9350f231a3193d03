//! Both databases at once, under one context.

use anyhow::Result;
use async_trait::async_trait;
use ryw_core::Context;

use super::{Counts, Strategy};
use crate::favorite::{Favorite, count};

/// Each choice is written to both databases, and each look is at both: of two colours the older one counts.
pub(crate) struct Both {
    one: Box<dyn Strategy>,
    other: Box<dyn Strategy>,
}

impl Both {
    pub(crate) fn new(one: impl Strategy, other: impl Strategy) -> Self {
        Self { one: Box::new(one), other: Box::new(other) }
    }
}

#[async_trait]
impl Strategy for Both {
    fn name(&self) -> &'static str {
        self.one.name()
    }

    async fn write(&self, session: &Context, favorite: &Favorite) -> Result<()> {
        tokio::try_join!(self.one.write(session, favorite), self.other.write(session, favorite))?;
        Ok(())
    }

    async fn read(&self, session: &Context, user_id: i64) -> Result<Option<String>> {
        let (one, other) =
            tokio::try_join!(self.one.read(session, user_id), self.other.read(session, user_id))?;
        let (Some(one), Some(other)) = (one, other) else { return Ok(None) };
        Ok(Some(if count(&one)? <= count(&other)? { one } else { other }))
    }

    /// A read counts as one from replicas if one of the two was, so they are halved.
    fn counts(&self) -> Counts {
        let (mut counts, other) = (self.one.counts(), self.other.counts());
        counts.replica_reads = (counts.replica_reads + other.replica_reads) / 2;
        for (reason, count) in other.reasons {
            *counts.reasons.entry(reason).or_default() += count;
        }
        counts
    }
}
