//! What a source can do with the rows of one entity.
//!
//! A generated repository is a handle on a source; its methods are there for every source that stores its entity. So a
//! method stands once in the generated code, whatever the backends, and it is compiled only where it is called.

use crate::{
    AssignedKey, Context, Entity, EntityStream, Error, Page, PageRequest, SoftDelete, Stored, Versioned,
    Written,
};

/// A source that rows of `T` are read from; implemented by backends, for all entities that they know.
///
/// The promises are those of [`ReadRepository`](crate::ReadRepository).
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds no rows of `{T}`",
    note = "the attribute that puts an entity into a backend is `#[repository(postgres(table = \"...\"))]`"
)]
pub trait ReadStore<T: Entity>: Send + Sync {
    /// The row of this key.
    fn find(&self, ctx: &Context, key: &T::Key) -> impl Future<Output = Result<Option<T>, Error>> + Send;

    /// The rows of these keys, in the order of the keys.
    fn find_many(&self, ctx: &Context, keys: &[T::Key])
    -> impl Future<Output = Result<Vec<T>, Error>> + Send;

    /// Whether there is a row of this key.
    fn exists(&self, ctx: &Context, key: &T::Key) -> impl Future<Output = Result<bool, Error>> + Send;
}

/// A source whose rows of `T` have an order over all of them, that of their keys.
///
/// Not every source has one: a DynamoDB table sorts the items of a partition, and its partitions not at all.
///
/// The promises are those of [`ListRepository`](crate::ListRepository).
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no order over all rows of `{T}`",
    note = "in DynamoDB the items of one partition are sorted: `query` them, or `scan` all, in no order"
)]
pub trait ListStore<T: Entity>: ReadStore<T> {
    /// How many rows there are.
    fn count(&self, ctx: &Context) -> impl Future<Output = Result<u64, Error>> + Send;

    /// One page of all rows, ordered by key.
    fn list(
        &self,
        ctx: &Context,
        page: &PageRequest<T::Key>,
    ) -> impl Future<Output = Result<Page<T>, Error>> + Send;

    /// All rows, ordered by key.
    fn stream(&self, ctx: &Context) -> EntityStream<T>;
}

/// A source that rows of `T` are written to, too.
///
/// The promises are those of [`Repository`](crate::Repository).
#[diagnostic::on_unimplemented(
    message = "no rows of `{T}` are written to `{Self}`",
    note = "one of a `read_only` struct is only read"
)]
pub trait Store<T: Stored>: ReadStore<T> {
    /// Inserts a new row.
    fn insert(&self, ctx: &Context, new: T::New) -> impl Future<Output = Result<Written<T>, Error>> + Send;

    /// Inserts new rows, all or none.
    fn insert_many(
        &self,
        ctx: &Context,
        news: Vec<T::New>,
    ) -> impl Future<Output = Result<Written<Vec<T>>, Error>> + Send;

    /// Stores what the application gives of an entity in the row of its key.
    fn replace(&self, ctx: &Context, entity: &T) -> impl Future<Output = Result<Written<T>, Error>> + Send;

    /// Changes the row of this key.
    fn update(
        &self,
        ctx: &Context,
        key: &T::Key,
        patch: T::Patch,
    ) -> impl Future<Output = Result<Written<T>, Error>> + Send;

    /// Deletes the row of this key, or marks it as deleted.
    fn delete(
        &self,
        ctx: &Context,
        key: &T::Key,
    ) -> impl Future<Output = Result<Written<Option<T>>, Error>> + Send;
}

/// A source that stores rows of `T` in place of others of the same value in a unique column.
pub trait UniqueStore<T: Stored>: Store<T> {
    /// Inserts a row, or stores it in place of the one with the same value in a unique column, which keeps its key.
    fn upsert_by(
        &self,
        ctx: &Context,
        column: T::Column,
        new: T::New,
    ) -> impl Future<Output = Result<Written<T>, Error>> + Send;
}

/// A source that stores rows of `T` in place of others of their key.
pub trait UpsertStore<T: AssignedKey>: Store<T> {
    /// Inserts the row, or stores it in place of the one of its key.
    fn upsert(&self, ctx: &Context, new: T::New) -> impl Future<Output = Result<Written<T>, Error>> + Send;
}

/// A source that compares the versions of rows of `T`.
pub trait VersionedStore<T: Versioned>: Store<T> {
    /// Changes the row of this key if it has this version.
    fn update_if(
        &self,
        ctx: &Context,
        key: &T::Key,
        version: T::Version,
        patch: T::Patch,
    ) -> impl Future<Output = Result<Written<T>, Error>> + Send;
}

/// A source that only marks rows of `T` as deleted.
pub trait SoftDeleteStore<T: SoftDelete>: Store<T> {
    /// Takes the mark from the row of this key.
    fn restore(&self, ctx: &Context, key: &T::Key) -> impl Future<Output = Result<Written<T>, Error>> + Send;

    /// Removes the row of this key, marked or not.
    fn purge(
        &self,
        ctx: &Context,
        key: &T::Key,
    ) -> impl Future<Output = Result<Written<Option<T>>, Error>> + Send;

    /// The row of this key, marked or not.
    fn find_with_deleted(
        &self,
        ctx: &Context,
        key: &T::Key,
    ) -> impl Future<Output = Result<Option<T>, Error>> + Send;
}
