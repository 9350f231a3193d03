//! The names of all metrics, with their meaning: as Prometheus has them, so that the unit ends the name.

/// A metric's name, what it tells, and whether it is a number that only grows, one that comes and goes, or a distribution.
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
    READS = "ryw_postgres_reads_total", "Reads served, by server, route and reason.";
    REISSUED = "ryw_postgres_reads_reissued_total",
        "Reads issued once more on the same connection, because the first statement could not tell whether it was fresh.";
    WAIT = "ryw_postgres_read_wait_seconds",
        "How long reads waited for a replica to catch up, in vain or not. Reads that did not wait are not in it.";
    WRITES = "ryw_postgres_writes_total", "Writes acknowledged: single statements, and transactions that wrote.";
    COMMITS_UNKNOWN = "ryw_postgres_commits_unknown_total", "Writes whose outcome was lost with their connection.";
    CAPTURES = "ryw_postgres_captures_total", "Questions to the primary for its position, each a round trip of its own.";
    FALLBACKS = "ryw_postgres_fallbacks_total", "Reads that were let onto the primary because no replica would do.";
    FALLBACKS_REFUSED = "ryw_postgres_fallbacks_refused_total",
        "Reads that no replica could serve and the primary had no place for.";
    FALLBACKS_IN_USE = "ryw_postgres_fallbacks_in_use", "Places on the primary taken by such reads now.";
    FALLBACKS_LIMIT = "ryw_postgres_fallbacks_limit", "How many of these places there are.";
    LAG = "ryw_postgres_replica_lag_seconds", "How old the replica's state was when it last answered; an estimate.";
    EJECTIONS = "ryw_postgres_ejections_total",
        "How often the server was left out, by cause: failed (away or refused) or lagging.";
    RETURNS = "ryw_postgres_returns_total", "How often it was taken back.";
    FAILOVERS = "ryw_postgres_failovers_total", "How often another server took over the writes.";
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
