//! Which server, as one process counts its servers.
//!
//! A server that has shown something still has it: within one run it never goes back. So a session's next read may be
//! served by the server of its last one, whatever is known of that server's progress. Without this rule a session under
//! steady writes would find even the replica it has just read from "behind", because how much a read *may* have seen is
//! known only from above.
//!
//! A place means something within one process only: it is never part of a token, and is absent from a position.

/// A server, and a moment of it.
///
/// `at` is read from any counter that grows over the runs of the server: a clock of the process, or the number of the
/// run. A server that restarts may come back behind what it had shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The server, numbered by this process.
    pub node: u64,
    /// In a [`Seen`](crate::Seen): when the server was read. In a [`Progress`](crate::Progress): since when the server is
    /// known not to have gone back.
    pub at: u64,
}

impl Place {
    /// Whether a server that stands here still has what a read saw at `read`.
    pub(crate) const fn keeps(self, read: Self) -> bool {
        self.node == read.node && self.at <= read.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_keeps_what_it_has_shown_since_it_started() {
        let place = |node, at| Place { node, at };
        for (server, read, keeps) in [
            (place(1, 5), place(1, 5), true),
            (place(1, 5), place(1, 9), true),
            (place(1, 5), place(1, 4), false),
            (place(2, 5), place(1, 9), false),
        ] {
            assert_eq!(server.keeps(read), keeps, "{server:?} {read:?}");
        }
    }
}
