//! The reads of more than one row, and by other fields than the key.

use super::{MemorySource, rows::Rows};
use crate::{Context, Entity, EntityStream, Error, Page, PageRequest, Paging};

impl MemorySource {
    /// Whether there is a row of this key.
    ///
    /// # Errors
    /// None in memory; the signature is that of every source.
    pub fn exists<T: Entity>(&self, ctx: &Context, key: &T::Key) -> Result<bool, Error> {
        Ok(self.read(ctx, |rows: &Rows<T>, at| rows.visible_as_of(at, key).is_some()))
    }

    /// How many rows there are.
    ///
    /// # Errors
    /// None in memory; the signature is that of every source.
    pub fn count<T: Entity>(&self, ctx: &Context) -> Result<u64, Error> {
        Ok(self.read(ctx, |rows: &Rows<T>, at| rows.visible(at).count() as u64))
    }

    /// The first row by key of which `is_wanted` holds; behind the generated `find_by_…`.
    ///
    /// # Errors
    /// None in memory; the signature is that of every source.
    pub fn find_by<T: Entity>(
        &self,
        ctx: &Context,
        is_wanted: impl Fn(&T) -> bool,
    ) -> Result<Option<T>, Error> {
        Ok(self.read(ctx, |rows: &Rows<T>, at| rows.visible(at).find(|row| is_wanted(row)).cloned()))
    }

    /// One page of all rows, ordered by key.
    ///
    /// # Errors
    /// None in memory; the signature is that of every source.
    pub fn list<T: Entity>(&self, ctx: &Context, page: &PageRequest<T::Key>) -> Result<Page<T>, Error> {
        self.list_by(ctx, |_| true, page)
    }

    /// One page of the rows of which `is_wanted` holds, ordered by key; behind the generated `list_by_…`.
    ///
    /// # Errors
    /// None in memory; the signature is that of every source.
    pub fn list_by<T: Entity>(
        &self,
        ctx: &Context,
        is_wanted: impl Fn(&T) -> bool,
        page: &PageRequest<T::Key>,
    ) -> Result<Page<T>, Error> {
        let lookahead = usize::try_from(page.lookahead()).unwrap_or(usize::MAX);
        let found = self.read(ctx, |rows: &Rows<T>, at| {
            let wanted = rows.visible(at).filter(|row| is_wanted(row));
            let mut found: Vec<T> = match page.paging() {
                Paging::First => wanted.take(lookahead).cloned().collect(),
                Paging::After(key) => {
                    wanted.filter(|row| row.key() > *key).take(lookahead).cloned().collect()
                }
                Paging::Last => wanted.rev().take(lookahead).cloned().collect(),
                Paging::Before(key) => {
                    wanted.rev().filter(|row| row.key() < *key).take(lookahead).cloned().collect()
                }
            };
            if matches!(page.paging(), Paging::Last | Paging::Before(_)) {
                found.reverse();
            }
            found
        });
        Ok(Page::of(found, page))
    }

    /// All rows, ordered by key, of the moment in which the first is asked for.
    pub fn stream<T: Entity>(&self, ctx: &Context) -> EntityStream<T> {
        self.stream_by(ctx, |_| true)
    }

    /// The rows of which `is_wanted` holds, ordered by key, of the moment in which the first is asked for; behind the
    /// generated `stream_by_…`.
    pub fn stream_by<T: Entity>(
        &self,
        ctx: &Context,
        is_wanted: impl Fn(&T) -> bool + Send + 'static,
    ) -> EntityStream<T> {
        let (source, ctx) = (self.clone(), ctx.clone());
        EntityStream::lazy(move || {
            source.read(&ctx, |rows: &Rows<T>, at| {
                rows.visible(at).filter(|row| is_wanted(row)).cloned().collect()
            })
        })
    }
}
