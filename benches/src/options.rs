//! What can be chosen on the command line.

use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::rounds::Effort;

/// Measures ryw side by side with the same work without it.
#[derive(Debug, Parser)]
#[command(name = "ryw-bench", version, max_term_width = 100)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) bench: Bench,
}

/// What is measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Strategies on a Postgres primary and two replicas of its own: raw sqlx, LSN queries, a poller, time-to-live, ryw
    ///
    /// Prints a table for each scenario and a line for each figure. Ends non-zero if a strategy that promises none has
    /// served a stale read, or if an operation failed; not if a target is missed.
    Postgres(Postgres),
    /// The decision where a read goes: time and allocations
    Core,
    /// What it costs that a context follows the user: bytes and time of its token, what the layer adds to a route, and what
    /// whoever forges tokens can do
    ///
    /// Ends non-zero if a read was stale.
    Context(Context),
    /// What a derived repository costs a build, beside one written by hand with sqlx's macros
    Derive(Derive),
    /// DynamoDB, without an account: processor time of a find beside the plain SDK, read units beside strong reads
    ///
    /// Ends non-zero if ryw has served a stale read, or if eventually consistent reads were never stale: then the run
    /// has proved nothing.
    Dynamo(Dynamo),
}

/// How much is measured of routes.
#[derive(Debug, Args)]
pub(crate) struct Context {
    /// How often each way takes its turn, for 100 requests over loopback, and 20 over the link
    #[arg(long, value_name = "TIMES", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) rounds: u16,

    /// What a round trip over the link takes, beside the machine's own share
    #[arg(long, value_name = "TIME", default_value = "2ms")]
    pub(crate) round_trip: humantime::Duration,

    /// How many requests with a forged token are sent a second
    #[arg(long, value_name = "COUNT", default_value_t = 12_000, value_parser = clap::value_parser!(u32).range(64..=1_000_000))]
    pub(crate) forged_per_second: u32,

    /// For how long
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub(crate) forged_for: humantime::Duration,
}

/// How much is measured of DynamoDB.
#[derive(Debug, Args)]
pub(crate) struct Dynamo {
    /// How often each way to find takes its turn, for 200 calls
    #[arg(long, value_name = "TIMES", default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) rounds: u16,

    /// How many sessions there are at once
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u16).range(2..=10_000))]
    pub(crate) sessions: u16,

    /// How many operations each session does, with each strategy; 20 take about 5 s
    #[arg(long, value_name = "COUNT", default_value_t = 120, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) operations: u16,
}

/// How much is measured of the derive.
#[derive(Debug, Args)]
pub(crate) struct Derive {
    /// How often each crate is built
    #[arg(long, value_name = "TIMES", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) rounds: u16,
}

/// How much is measured on Postgres.
#[derive(Debug, Args)]
pub(crate) struct Postgres {
    /// How long each strategy is measured in each scenario, in slices of an eighth
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) seconds_per_cell: u32,

    /// Only the scenarios that the figures need, and those briefly
    #[arg(long, conflicts_with = "seconds_per_cell")]
    pub(crate) quick: bool,

    /// Only scenarios whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,

    /// What a round trip over the link takes, beside the machine's own share
    #[arg(long, value_name = "TIME", default_value = "2ms")]
    pub(crate) round_trip: humantime::Duration,

    /// Write the results to benches/RESULTS.md and benches/plots
    #[arg(long, conflicts_with_all = ["quick", "only"])]
    pub(crate) write_results: bool,
}

impl Postgres {
    pub(crate) fn effort(&self) -> Effort {
        if self.quick {
            return Effort {
                rounds: 9,
                slice: Duration::from_millis(100),
                session_rounds: 1,
                session_slice: Duration::from_secs(2),
            };
        }
        Effort {
            rounds: self.seconds_per_cell as usize * 8,
            slice: Duration::from_millis(125),
            session_rounds: 2,
            session_slice: Duration::from_secs(u64::from(self.seconds_per_cell)),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_options_are_consistent() {
        Options::command().debug_assert();
        for wrong in ["ryw-bench", "ryw-bench postgres --quick --write-results", "ryw-bench core --quick"] {
            assert!(Options::try_parse_from(wrong.split_whitespace()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn seconds_are_split_into_rounds() {
        let parse = |line: &str| match Options::try_parse_from(line.split_whitespace()).unwrap().bench {
            Bench::Postgres(postgres) => postgres.effort(),
            Bench::Core | Bench::Context(_) | Bench::Derive(_) | Bench::Dynamo(_) => {
                unreachable!("neither was asked for")
            }
        };
        let effort = parse("ryw-bench postgres --seconds-per-cell 7");
        assert_eq!(effort.slice * effort.rounds as u32, Duration::from_secs(7));
        assert!(parse("ryw-bench postgres --quick").rounds >= 5, "a median of few is none");
    }
}
