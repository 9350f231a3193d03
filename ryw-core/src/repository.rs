//! What every generated repository can do.
//!
//! Services written against [`Repository`] run on Postgres in production and on [`MemorySource`](crate::MemorySource)
//! in unit tests, with the same contexts and the same lag, only stepped by hand.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{
    Context, Entity, EntityStream, Error, Page, PageRequest, SoftDelete, Stored, Versioned, Written,
};

/// What every generated repository reads.
///
/// The generated types have the same methods inherently; import the trait for code over any entity, or as `dyn`. Code that
/// knows its entities, and not where they are stored, can also be generic over the source: `ArticleRepository<S>` with
/// `S: Store<Article>` ([`Store`](crate::Store)). What is generated for a struct's own fields (`find_by_…`, `list_by_…`,
/// `stream_by_…`) is inherent only, over each of the sources.
///
/// Dropping the future of a read changes nothing.
#[async_trait]
pub trait ReadRepository: Debug + Send + Sync {
    /// What is stored.
    type Entity: Entity;

    /// The row of this key.
    ///
    /// # Errors
    /// As the backend fails.
    async fn find(
        &self,
        ctx: &Context,
        key: &<Self::Entity as Entity>::Key,
    ) -> Result<Option<Self::Entity>, Error>;

    /// The rows of these keys, in the order of the keys. Keys without a row are left out, repeated keys count once.
    ///
    /// # Errors
    /// As the backend fails.
    async fn find_many(
        &self,
        ctx: &Context,
        keys: &[<Self::Entity as Entity>::Key],
    ) -> Result<Vec<Self::Entity>, Error>;

    /// Whether there is a row of this key.
    ///
    /// # Errors
    /// As the backend fails.
    async fn exists(&self, ctx: &Context, key: &<Self::Entity as Entity>::Key) -> Result<bool, Error>;
}

/// What a repository reads whose rows have an order over all of them. In DynamoDB they have none.
#[diagnostic::on_unimplemented(
    message = "the rows of `{Self}` have no order over all of them",
    note = "in DynamoDB the items of one partition are sorted: `query` them, or `scan` all, in no order"
)]
#[async_trait]
pub trait ListRepository: ReadRepository {
    /// How many rows there are. They are counted one by one: on a large table that takes its time.
    ///
    /// # Errors
    /// As the backend fails.
    async fn count(&self, ctx: &Context) -> Result<u64, Error>;

    /// One page of all rows, ordered by key.
    ///
    /// # Errors
    /// As the backend fails.
    async fn list(
        &self,
        ctx: &Context,
        page: &PageRequest<<Self::Entity as Entity>::Key>,
    ) -> Result<Page<Self::Entity>, Error>;

    /// All rows, ordered by key and read as they are asked for: proven once, for all of them, to see every write of `ctx`.
    ///
    /// Nothing happens before the first row is asked for, and what `ctx` learns of it, it learns then. See
    /// [`EntityStream`] for errors and for what dropping it does.
    fn stream(&self, ctx: &Context) -> EntityStream<Self::Entity>;
}

/// What every generated repository writes, unless it only reads.
///
/// Dropping the future of a write leaves it unknown whether the write happened; the context then reads from the primary
/// until that is settled.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no repository that writes",
    note = "one of a `read_only` struct is a `ReadRepository`"
)]
#[async_trait]
pub trait Repository: ReadRepository<Entity: Stored> {
    /// Inserts a new row and returns it as stored.
    ///
    /// # Errors
    /// [Conflict](Error::is_conflict) if the key, or another unique column, is taken, be it by a softly deleted row.
    async fn insert(
        &self,
        ctx: &Context,
        new: <Self::Entity as Stored>::New,
    ) -> Result<Written<Self::Entity>, Error>;

    /// Inserts new rows, all or none, and returns them as stored, in the order given. Of no rows nothing is sent.
    ///
    /// # Errors
    /// [Conflict](Error::is_conflict) if a key, or another unique column, is taken or is given twice.
    async fn insert_many(
        &self,
        ctx: &Context,
        news: Vec<<Self::Entity as Stored>::New>,
    ) -> Result<Written<Vec<Self::Entity>>, Error>;

    /// Stores what the application gives of `entity` in the row of its key, and returns it as stored.
    ///
    /// # Errors
    /// * [Not found](Error::is_not_found) if there is none.
    /// * [Version conflict](Error::is_version_conflict) if the entity has a version, and not that of the row.
    /// * [Conflict](Error::is_conflict) if a unique column is taken.
    async fn replace(&self, ctx: &Context, entity: &Self::Entity) -> Result<Written<Self::Entity>, Error>;

    /// Changes the row of this key and returns it as stored.
    ///
    /// # Errors
    /// * [Not found](Error::is_not_found) if there is none.
    /// * [Conflict](Error::is_conflict) if a unique column is taken.
    async fn update(
        &self,
        ctx: &Context,
        key: &<Self::Entity as Entity>::Key,
        patch: <Self::Entity as Stored>::Patch,
    ) -> Result<Written<Self::Entity>, Error>;

    /// Deletes the row of this key and returns it as it was last stored; `None` if there was none.
    ///
    /// Softly, if the entity [has a mark for it](SoftDelete): the row returned is marked.
    ///
    /// # Errors
    /// As the backend fails.
    async fn delete(
        &self,
        ctx: &Context,
        key: &<Self::Entity as Entity>::Key,
    ) -> Result<Written<Option<Self::Entity>>, Error>;
}

/// What a repository can do whose keys are made by the application.
#[async_trait]
pub trait UpsertRepository: Repository {
    /// Inserts the row, or stores it in place of the one of this key, and returns it as stored.
    ///
    /// A row that was softly deleted is there again. A version is not compared.
    ///
    /// # Errors
    /// [Conflict](Error::is_conflict) if a unique column other than the key is taken.
    async fn upsert(
        &self,
        ctx: &Context,
        new: <Self::Entity as Stored>::New,
    ) -> Result<Written<Self::Entity>, Error>;
}

/// What a repository can do whose rows have a version.
#[async_trait]
pub trait VersionedRepository: Repository<Entity: Versioned> {
    /// Changes the row of this key if it still has this version, and returns it as stored.
    ///
    /// # Errors
    /// * [Version conflict](Error::is_version_conflict), which holds the [current](Error::current) row, if it has another.
    /// * [Not found](Error::is_not_found) if there is no row.
    /// * [Conflict](Error::is_conflict) if a unique column is taken.
    async fn update_if(
        &self,
        ctx: &Context,
        key: &<Self::Entity as Entity>::Key,
        version: <Self::Entity as Versioned>::Version,
        patch: <Self::Entity as Stored>::Patch,
    ) -> Result<Written<Self::Entity>, Error>;
}

/// What a repository can do whose rows are softly deleted.
#[async_trait]
pub trait SoftDeleteRepository: Repository<Entity: SoftDelete> {
    /// Takes the mark from a softly deleted row, and returns it as stored.
    ///
    /// # Errors
    /// [Not found](Error::is_not_found) if no row of this key is softly deleted.
    async fn restore(
        &self,
        ctx: &Context,
        key: &<Self::Entity as Entity>::Key,
    ) -> Result<Written<Self::Entity>, Error>;

    /// Removes the row of this key for good, softly deleted or not, and returns it as it was; `None` if there was none.
    ///
    /// # Errors
    /// As the backend fails.
    async fn purge(
        &self,
        ctx: &Context,
        key: &<Self::Entity as Entity>::Key,
    ) -> Result<Written<Option<Self::Entity>>, Error>;

    /// The row of this key, softly deleted or not.
    ///
    /// # Errors
    /// As the backend fails.
    async fn find_with_deleted(
        &self,
        ctx: &Context,
        key: &<Self::Entity as Entity>::Key,
    ) -> Result<Option<Self::Entity>, Error>;
}
