//! What a write touched, where a database has no log to point into.
//!
//! DynamoDB tells no position. All that can be said of a write is what it touched, and when; a read that may depend on it
//! is then read strongly for as long as it might be missed elsewhere.

/// What a write touched: an item, the partition it lies in, and the table, each as a number that a backend makes of the
/// names, the same in every process.
///
/// Two things of one number cost a read that is stronger than it need be, and nothing else. So 32 bits are enough.
///
/// What has no number, 0, is not told: all items of a partition are touched, or all partitions of a table, as by a read of
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Touch {
    /// The table.
    pub table: u32,
    /// The partition, within the table.
    pub partition: u32,
    /// The item, within the partition.
    pub item: u32,
}

/// How much a read may depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One item.
    #[default]
    Item,
    /// The items of one partition.
    Partition,
    /// The items of one table.
    Table,
    /// All that the session has touched.
    Session,
}

impl Touch {
    /// Whether a read of `self` that may depend on as much as `scope` says may depend on a write of `written`.
    #[must_use]
    pub const fn depends_on(&self, written: &Self, scope: Scope) -> bool {
        let table = self.table == written.table;
        let partition = table && (written.partition == 0 || self.partition == written.partition);
        match scope {
            Scope::Item => {
                partition && (written.partition == 0 || written.item == 0 || self.item == written.item)
            }
            Scope::Partition => partition,
            Scope::Table => table,
            Scope::Session => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_how_far_a_read_looks() {
        let touch = |table, partition, item| Touch { table, partition, item };
        let read = touch(1, 2, 3);
        for (written, depends) in [
            (touch(1, 2, 3), [true, true, true, true]),
            (touch(1, 2, 4), [false, true, true, true]),
            (touch(1, 9, 3), [false, false, true, true]),
            (touch(9, 2, 3), [false, false, false, true]),
            (touch(1, 2, 0), [true, true, true, true]),
            (touch(1, 9, 0), [false, false, true, true]),
            (touch(1, 0, 0), [true, true, true, true]),
            (touch(9, 0, 0), [false, false, false, true]),
        ] {
            let scopes = [Scope::Item, Scope::Partition, Scope::Table, Scope::Session];
            assert_eq!(scopes.map(|scope| read.depends_on(&written, scope)), depends, "{written:?}");
        }
    }
}
