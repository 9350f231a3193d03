//! Log sequence numbers, and the two functions that must not be confused.
//!
//! `pg_current_wal_flush_lsn()` after a synchronous commit is the position of choice: it is at or past the commit
//! record, and always shipped to replicas. After an *asynchronous* commit it may lie before the commit record, so the
//! insert LSN has to serve. That one names the place where the next record would go: at the start of a page it already
//! skips the page header, a place that no replica reports until something more is written. [`normalise`] takes the
//! header off.

/// Bytes of the header of an ordinary WAL page.
const SHORT_PAGE_HEADER: u64 = 24;
/// Bytes of the header of the first WAL page of a segment.
const LONG_PAGE_HEADER: u64 = 40;

/// The sizes that say where WAL pages begin; fixed when a cluster is initialised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WalLayout {
    pub(crate) block_size: u64,
    pub(crate) segment_size: u64,
}

impl WalLayout {
    /// The end of the last record before the insert LSN `insert`.
    pub(crate) fn normalise(self, insert: u64) -> u64 {
        if insert % self.segment_size == LONG_PAGE_HEADER {
            insert - LONG_PAGE_HEADER
        } else if insert % self.block_size == SHORT_PAGE_HEADER {
            insert - SHORT_PAGE_HEADER
        } else {
            insert
        }
    }
}

/// An LSN as the server writes it: two hexadecimal numbers around a slash.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let (high, low) = text.split_once('/')?;
    let high = u32::from_str_radix(high, 16).ok()?;
    let low = u32::from_str_radix(low, 16).ok()?;
    Some(u64::from(high) << 32 | u64::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_lsn_is_read_as_it_is_written() {
        for (text, expected) in [("0/0", 0), ("0/3000148", 0x300_0148), ("16/B374D848", 0x16_B374_D848)] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        for wrong in ["", "0", "/", "0/", "/0", "0/G", "1/100000000"] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn only_page_headers_are_taken_off() {
        let wal = WalLayout { block_size: 8192, segment_size: 16 << 20 };
        let segment = 3 << 24;
        for (insert, expected) in [
            (segment + 40, segment),
            (segment + 24, segment),
            (segment + 8192 + 24, segment + 8192),
            (segment + 8192 + 40, segment + 8192 + 40),
            (segment + 8192 + 32, segment + 8192 + 32),
            (segment, segment),
        ] {
            assert_eq!(wal.normalise(insert), expected, "{insert:X}");
        }
    }
}
