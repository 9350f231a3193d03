//! The names of all metrics, with their meaning: as Prometheus has them, so that the unit ends the name.

/// A metric's name, and what it tells.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "metrics"), allow(dead_code, reason = "told only to a recorder"))]
pub(crate) struct Name {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
}

macro_rules! names {
    ($($constant:ident = $name:literal, $help:literal;)*) => {
        $(pub(crate) const $constant: Name = Name { name: $name, help: $help };)*

        #[cfg(test)]
        const ALL: &[Name] = &[$($constant),*];
    };
}

names! {
    READS = "ryw_dynamo_reads_total", "Reads done, by Region, route and reason.";
    WRITES = "ryw_dynamo_writes_total", "Writes acknowledged: of single items, transactions and batches.";
    READ_UNITS = "ryw_dynamo_read_unit_tenths_total", "Tenths of read units consumed, if the source counts them.";
    WRITE_UNITS = "ryw_dynamo_write_unit_tenths_total", "Tenths of write units consumed, if the source counts them.";
    THROTTLES = "ryw_dynamo_throttles_total", "Requests that the service refused for their rate, as far as the SDK did not repeat them.";
    RETRIES = "ryw_dynamo_retries_total", "Requests, or what was left of them, sent again by ryw.";
    UNANSWERED = "ryw_dynamo_unanswered_total", "Reads that a Region gave no answer to, by Region.";
    CACHE_HITS = "ryw_dynamo_cache_hits_total", "Reads that the cache has answered.";
    CACHE_MISSES = "ryw_dynamo_cache_misses_total",
        "Reads that the cache had no answer to, or none that the session may have.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_lists_each_name() {
        let page = include_str!("../../../docs/observability.md");
        for Name { name, .. } in ALL {
            assert!(page.contains(&format!("| `{name}` |")), "docs/observability.md says nothing of {name}");
        }
    }
}
