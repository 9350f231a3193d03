//! What can be chosen on the command line.

use clap::{Parser, ValueEnum};
use humantime::Duration;
use ryw_core::MonotonicReads;

/// Shows three ways of reading from replicas that lag, side by side.
///
/// Replicas of a database are always a little behind. Who changes something and reads it back
/// from a replica may be shown the old state: a stale read. This program starts a Postgres primary
/// and two replicas (or, by --backend dynamo, a model of a DynamoDB Region, in this process and
/// without an account), makes the replicas lag, lets many users write and read back at once, and
/// counts the stale reads of
///
///   naive         write on the primary, read from the replicas in turn
///   time-to-live  read from the primary for a while after a write, then from the replicas
///   ryw           read from a replica as soon as it is proven to have the user's own writes
///
/// Each does the same work on the same servers, and a table compares them: the fewer stale reads the
/// better, and the more reads from replicas the less load on the primary.
#[derive(Debug, Parser)]
#[command(name = "favorites", version, verbatim_doc_comment, max_term_width = 100, after_help = EXAMPLES, after_long_help = AFTER)]
pub(crate) struct Options {
    /// Where favourites are stored
    #[arg(long, value_enum, default_value_t = Backend::Postgres)]
    pub(crate) backend: Backend,

    /// How many users are there at once
    #[arg(long, value_name = "COUNT", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) users: u32,

    /// How often each user writes; after each write come 9 reads, the first one at once
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) writes: u32,

    /// How far the replicas are behind the primary, for example 20ms or 2s
    #[arg(long, value_name = "TIME", default_value = "100ms")]
    pub(crate) lag: Duration,

    /// How long each of the three runs takes, about; the users' pauses are made to fit
    #[arg(long, value_name = "TIME", default_value = "7s")]
    pub(crate) duration: Duration,

    /// How long after a write time-to-live reads from the primary, and with DynamoDB ryw reads strongly
    ///
    /// It has to be longer than the replicas ever lag, so in practice it is chosen generously: Rails' default, for one, is
    /// two seconds. Choose it shorter than the lag to see time-to-live serve stale reads.
    #[arg(long, value_name = "TIME", default_value = "1s")]
    pub(crate) ttl_window: Duration,

    /// Let ryw keep only each user's own writes in view, not what the user has read besides
    ///
    /// By default reads are also monotonic: they never go back behind an earlier read, whoever wrote what it saw.
    /// Time-to-live does not give that, and it has a price: who keeps reading at shorter intervals than the replicas lag
    /// stays on the primary. Compare both at --lag 500ms.
    #[arg(long)]
    pub(crate) own_writes_only: bool,

    /// Kill one replica in the middle of each run, and start it again later
    ///
    /// The replica's processes end at once, as if the machine had lost power. Reads that fail are counted; with ryw none
    /// may.
    #[arg(long)]
    pub(crate) kill_replica: bool,

    /// Use your own primary instead of starting servers; needs --replica too
    ///
    /// For example postgres://user@db-1/app, with the password in the URL or in PGPASSWORD. The program makes a schema for
    /// itself, ryw_favorites_ and a number, works in there, and drops it in the end; nothing else is touched. The user must
    /// be allowed to make one.
    #[arg(long, value_name = "URL", requires = "replica", conflicts_with_all = ["lag", "kill_replica"])]
    pub(crate) primary: Option<String>,

    /// A streaming replica of that primary; may be given several times
    #[arg(long, value_name = "URL", requires = "primary")]
    pub(crate) replica: Vec<String>,
}

/// Where favourites are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Backend {
    /// A primary and its replicas
    Postgres,
    /// A DynamoDB table; in place of time-to-live everything is read strongly
    Dynamo,
    /// Both at once, under one context: stale is what is stale in either
    Both,
}

impl Options {
    /// What is said of servers is said of Postgres.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let servers = self.kill_replica || self.primary.is_some();
        anyhow::ensure!(
            self.backend != Backend::Dynamo || !servers,
            "--kill-replica, --primary and --replica are about Postgres servers: leave them out with --backend dynamo"
        );
        Ok(())
    }

    /// Whether ryw's reads are monotonic.
    pub(crate) const fn monotonic_reads(&self) -> MonotonicReads {
        if self.own_writes_only { MonotonicReads::Off } else { MonotonicReads::On }
    }
}

const EXAMPLES: &str = "\
Examples:
  favorites                        the comparison, in about half a minute
  favorites --lag 1s               replicas further behind
  favorites --kill-replica         a replica crashes during each run
  favorites --backend dynamo       DynamoDB in place of Postgres
  favorites --primary postgres://app@db-1/app --replica postgres://app@db-2/app

--help says more than -h.";

const AFTER: &str = "\
Examples:
  favorites                        the comparison, in about half a minute
  favorites --lag 1s               replicas further behind
  favorites --kill-replica         a replica crashes during each run
  favorites --backend dynamo       DynamoDB in place of Postgres
  favorites --primary postgres://app@db-1/app --replica postgres://app@db-2/app

Exit code:
  0    naive routing served stale reads, ryw none
  1    ryw served a stale read or failed one, or naive routing served no stale read either:
       then the replicas did not lag, and the run proved nothing
  2    the comparison could not be run, for example because Postgres is not installed";

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_options_are_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn own_servers_come_as_primary_and_replica() {
        let parse = |line: &str| Options::try_parse_from(line.split_whitespace());
        assert!(parse("favorites").is_ok());
        assert_eq!(parse("favorites --primary a --replica b --replica c").unwrap().replica, ["b", "c"]);
        for wrong in [
            "favorites --primary a",
            "favorites --replica b",
            "favorites --primary a --replica b --lag 1s",
            "favorites --primary a --replica b --kill-replica",
            "favorites --backend cassandra",
            "favorites --users 0",
            "favorites --lag soon",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
