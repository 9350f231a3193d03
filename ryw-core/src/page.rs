//! Pages by key, forwards and backwards.
//!
//! A page begins after, or ends before, the key of a row ([`Cursor`]). Offsets were rejected: they cost the rows they skip,
//! and when rows come and go they show some twice and others never.

use crate::{Cursor, Entity};

/// Which page to list: at most so many rows, from one end or from a cursor.
///
/// ```
/// use ryw_core::{Cursor, PageRequest};
///
/// # fn requests(next: Cursor<i64>, previous: Cursor<i64>) {
/// let first = PageRequest::<i64>::first(20);
/// let following = PageRequest::first(20).after(next);
/// let preceding = PageRequest::last(20).before(previous);
/// let last = PageRequest::<i64>::last(20);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest<K> {
    limit: u32,
    end: End<K>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum End<K> {
    First,
    After(Cursor<K>),
    Last,
    Before(Cursor<K>),
}

/// Where a requested page lies; for backends.
///
/// Exhaustive on purpose: a backend that does not know a kind of page cannot list it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging<'a, K> {
    /// The first rows.
    First,
    /// The first rows after this key.
    After(&'a K),
    /// The last rows.
    Last,
    /// The last rows before this key.
    Before(&'a K),
}

impl<K> PageRequest<K> {
    /// The first page, of at most `limit` rows.
    #[must_use]
    pub const fn first(limit: u32) -> Self {
        Self { limit, end: End::First }
    }

    /// The last page, of at most `limit` rows. They come in the order of their keys, as on every page.
    #[must_use]
    pub const fn last(limit: u32) -> Self {
        Self { limit, end: End::Last }
    }

    /// The page of as many rows after `cursor`, whichever end was asked for before.
    #[must_use]
    pub fn after(self, cursor: Cursor<K>) -> Self {
        Self { limit: self.limit, end: End::After(cursor) }
    }

    /// The page of as many rows before `cursor`, those nearest to it, whichever end was asked for before.
    #[must_use]
    pub fn before(self, cursor: Cursor<K>) -> Self {
        Self { limit: self.limit, end: End::Before(cursor) }
    }

    /// The most rows the page may have.
    #[must_use]
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// Where the page lies; for backends.
    #[must_use]
    pub const fn paging(&self) -> Paging<'_, K> {
        match &self.end {
            End::First => Paging::First,
            End::After(cursor) => Paging::After(cursor.key()),
            End::Last => Paging::Last,
            End::Before(cursor) => Paging::Before(cursor.key()),
        }
    }

    /// How many rows to look for: one more than the page has, which tells whether there is another page; for backends.
    #[must_use]
    pub const fn lookahead(&self) -> i64 {
        self.limit as i64 + 1
    }
}

/// A page of rows, ordered by key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T: Entity> {
    /// The rows, in the order of their keys.
    pub items: Vec<T>,
    /// What to ask for [`after`](PageRequest::after), if there are rows after these. None on the last page, as the read
    /// has seen it, and on one without rows.
    pub next: Option<Cursor<T::Key>>,
    /// What to ask for [`before`](PageRequest::before), if there are rows before these. None on the first page, as the
    /// read has seen it, and on one without rows.
    pub previous: Option<Cursor<T::Key>>,
}

impl<T: Entity> Page<T> {
    /// Makes a page of the rows that a backend found for `request`, in the order of their keys, when it looked for as many
    /// as [`lookahead`](PageRequest::lookahead) says.
    #[must_use]
    pub fn of(mut found: Vec<T>, request: &PageRequest<T::Key>) -> Self {
        let limit = request.limit as usize;
        let beyond = found.len().saturating_sub(limit);
        match request.end {
            End::First | End::After(_) => found.truncate(limit),
            End::Last | End::Before(_) => drop(found.drain(..beyond)),
        }
        let items = found;
        let cursor = |row: Option<&T>| row.map(|row| Cursor::new(row.key()));
        let (first, last) = (cursor(items.first()), cursor(items.last()));
        let (first_if_more, last_if_more) =
            (first.clone().filter(|_| beyond > 0), last.clone().filter(|_| beyond > 0));
        // Behind the page is the row that the cursor was made of, or was.
        let (previous, next) = match request.end {
            End::First => (None, last_if_more),
            End::After(_) => (first, last_if_more),
            End::Last => (first_if_more, None),
            End::Before(_) => (first_if_more, last),
        };
        Self { items, next, previous }
    }
}
