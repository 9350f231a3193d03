//! What every generated repository can do.
//!
//! Services written against [`Repository`] run on Postgres in production and on [`MemorySource`](crate::MemorySource)
//! in unit tests, with the same contexts and the same lag, only stepped by hand.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Context, Error, Written};

/// A domain type with a key; implemented by `#[derive(Repository)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    note = "add `#[derive(Repository)]` and mark its key with `#[repository(key)]`"
)]
pub trait Entity: Clone + Debug + Send + Sync + 'static {
    /// The type of the key.
    type Key: Clone + Debug + Ord + Send + Sync + 'static;

    /// The type's name, for messages.
    const NAME: &'static str;

    /// The key of this value.
    fn key(&self) -> &Self::Key;
}

/// The methods of every generated repository.
///
/// The generated types have the same methods inherently, without the boxed future; import the trait for generic code.
///
/// Dropping the future of a write leaves it unknown whether the write happened; the context then reads from the primary
/// until that is settled. Dropping the future of a read changes nothing.
#[async_trait]
pub trait Repository: Debug + Send + Sync {
    /// What is stored.
    type Entity: Entity;

    /// Inserts a new row and returns it as stored.
    ///
    /// # Errors
    /// [Conflict](Error::is_conflict) if the key, or another unique column, is taken.
    async fn insert(&self, ctx: &Context, entity: &Self::Entity) -> Result<Written<Self::Entity>, Error>;

    /// Replaces the row of this key and returns it as stored.
    ///
    /// # Errors
    /// [Not found](Error::is_not_found) if there is none.
    async fn update(&self, ctx: &Context, entity: &Self::Entity) -> Result<Written<Self::Entity>, Error>;

    /// Inserts the row, or replaces the one of this key, and returns it as stored.
    ///
    /// # Errors
    /// [Conflict](Error::is_conflict) if a unique column other than the key is taken.
    async fn upsert(&self, ctx: &Context, entity: &Self::Entity) -> Result<Written<Self::Entity>, Error>;

    /// Deletes the row of this key and returns it as it was last stored; `None` if there was none.
    ///
    /// # Errors
    /// As the backend fails.
    async fn delete(
        &self,
        ctx: &Context,
        key: &<Self::Entity as Entity>::Key,
    ) -> Result<Written<Option<Self::Entity>>, Error>;

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

    /// One page of all rows, ordered by key.
    ///
    /// # Errors
    /// As the backend fails.
    async fn list(
        &self,
        ctx: &Context,
        page: &PageRequest<<Self::Entity as Entity>::Key>,
    ) -> Result<Page<Self::Entity>, Error>;
}

/// Which page to list: at most so many rows, after a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest<K> {
    limit: u32,
    after: Option<K>,
}

impl<K> PageRequest<K> {
    /// The first page, of at most `limit` rows.
    #[must_use]
    pub const fn first(limit: u32) -> Self {
        Self { limit, after: None }
    }

    /// The page of at most `limit` rows after `key`.
    #[must_use]
    pub const fn after(key: K, limit: u32) -> Self {
        Self { limit, after: Some(key) }
    }

    /// The most rows the page may have.
    #[must_use]
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// The key after which the page begins.
    #[must_use]
    pub const fn after_key(&self) -> Option<&K> {
        self.after.as_ref()
    }
}

/// A page of rows, ordered by key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T: Entity> {
    /// The rows.
    pub items: Vec<T>,
    /// The page after this one, unless this one was not full.
    pub next: Option<PageRequest<T::Key>>,
}

impl<T: Entity> Page<T> {
    /// Makes a page of the rows that a backend found for `request`.
    #[must_use]
    pub fn new(items: Vec<T>, request: &PageRequest<T::Key>) -> Self {
        let full = u32::try_from(items.len()).is_ok_and(|len| len >= request.limit);
        let next = match items.last() {
            Some(last) if full => Some(PageRequest::after(last.key().clone(), request.limit)),
            _ => None,
        };
        Self { items, next }
    }
}

/// Implements [`Repository`] by calling the inherent methods of the same names; for generated code.
#[doc(hidden)]
#[macro_export]
macro_rules! __forward_repository {
    ($repository:ty, $entity:ty) => {
        #[$crate::__private::async_trait]
        impl $crate::Repository for $repository {
            type Entity = $entity;
            async fn insert(
                &self,
                ctx: &$crate::Context,
                entity: &$entity,
            ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
                <$repository>::insert(self, ctx, entity).await
            }
            async fn update(
                &self,
                ctx: &$crate::Context,
                entity: &$entity,
            ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
                <$repository>::update(self, ctx, entity).await
            }
            async fn upsert(
                &self,
                ctx: &$crate::Context,
                entity: &$entity,
            ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
                <$repository>::upsert(self, ctx, entity).await
            }
            async fn delete(
                &self,
                ctx: &$crate::Context,
                key: &<$entity as $crate::Entity>::Key,
            ) -> ::core::result::Result<$crate::Written<::core::option::Option<$entity>>, $crate::Error> {
                <$repository>::delete(self, ctx, key).await
            }
            async fn find(
                &self,
                ctx: &$crate::Context,
                key: &<$entity as $crate::Entity>::Key,
            ) -> ::core::result::Result<::core::option::Option<$entity>, $crate::Error> {
                <$repository>::find(self, ctx, key).await
            }
            async fn find_many(
                &self,
                ctx: &$crate::Context,
                keys: &[<$entity as $crate::Entity>::Key],
            ) -> ::core::result::Result<::std::vec::Vec<$entity>, $crate::Error> {
                <$repository>::find_many(self, ctx, keys).await
            }
            async fn list(
                &self,
                ctx: &$crate::Context,
                page: &$crate::PageRequest<<$entity as $crate::Entity>::Key>,
            ) -> ::core::result::Result<$crate::Page<$entity>, $crate::Error> {
                <$repository>::list(self, ctx, page).await
            }
        }
    };
}

/// Implements [`Repository`] for a generated repository over the in-memory source; for generated code.
#[doc(hidden)]
#[macro_export]
macro_rules! __memory_repository {
    ($repository:ident, $entity:ty) => {
        #[$crate::__private::async_trait]
        impl $crate::Repository for $repository<$crate::MemorySource> {
            type Entity = $entity;

            async fn insert(
                &self,
                ctx: &$crate::Context,
                entity: &$entity,
            ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
                self.source().insert(ctx, entity)
            }
            async fn update(
                &self,
                ctx: &$crate::Context,
                entity: &$entity,
            ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
                self.source().update(ctx, entity)
            }
            async fn upsert(
                &self,
                ctx: &$crate::Context,
                entity: &$entity,
            ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
                self.source().upsert(ctx, entity)
            }
            async fn delete(
                &self,
                ctx: &$crate::Context,
                key: &<$entity as $crate::Entity>::Key,
            ) -> ::core::result::Result<$crate::Written<::core::option::Option<$entity>>, $crate::Error> {
                self.source().delete::<$entity>(ctx, key)
            }
            async fn find(
                &self,
                ctx: &$crate::Context,
                key: &<$entity as $crate::Entity>::Key,
            ) -> ::core::result::Result<::core::option::Option<$entity>, $crate::Error> {
                self.source().find::<$entity>(ctx, key)
            }
            async fn find_many(
                &self,
                ctx: &$crate::Context,
                keys: &[<$entity as $crate::Entity>::Key],
            ) -> ::core::result::Result<::std::vec::Vec<$entity>, $crate::Error> {
                self.source().find_many::<$entity>(ctx, keys)
            }
            async fn list(
                &self,
                ctx: &$crate::Context,
                page: &$crate::PageRequest<<$entity as $crate::Entity>::Key>,
            ) -> ::core::result::Result<$crate::Page<$entity>, $crate::Error> {
                self.source().list::<$entity>(ctx, page)
            }
        }
    };
}
