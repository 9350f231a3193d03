//! What can be chosen on the command line.

use std::net::SocketAddr;

use clap::{Args, Parser, Subcommand};

use crate::carrier::Carrier;

/// Shows a web service stale without ryw-tower, and right with it
#[derive(Debug, Parser)]
#[command(name = "web", version, max_term_width = 100, args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) demo: Demo,
}

/// What to do instead.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run one process of the service, over servers of your own, until Ctrl-C
    Serve(Serve),
}

/// How much is shown.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// How many users there are at once
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) users: u16,

    /// How often each of them writes, and reads what he wrote: at once, and when the replicas have it
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) writes: u16,

    /// How far the replicas are behind
    #[arg(long, value_name = "TIME", default_value = "200ms")]
    pub(crate) lag: humantime::Duration,
}

/// One process of the service.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The primary, as postgres://user:password@host:5432/database; it has the table of examples/schema/favorites.sql
    #[arg(long, value_name = "URL")]
    pub(crate) primary: String,

    /// A replica; can be given several times
    #[arg(long, value_name = "URL")]
    pub(crate) replica: Vec<String>,

    /// Where to listen; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,

    /// What carries contexts
    #[arg(long, value_enum, default_value_t = Carrier::Cookie)]
    pub(crate) carrier: Carrier,

    /// The key that signs tokens, in base64: the same for all processes (`openssl rand -base64 32`)
    #[arg(long, value_name = "KEY", env = "RYW_TOKEN_KEY", hide_env_values = true)]
    pub(crate) key: String,

    /// Binds tokens to the user whose name stands in the header `x-user`, as a proxy that authenticates would set it
    #[arg(long)]
    pub(crate) bind: bool,

    /// Sends writes to another process of the service, at this address, and reads here
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) write_at: Option<SocketAddr>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_options_are_consistent() {
        Options::command().debug_assert();
        for wrong in ["web --users 0", "web serve", "web --lag 1s serve"] {
            assert!(Options::try_parse_from(wrong.split_whitespace()).is_err(), "{wrong}");
        }
    }
}
