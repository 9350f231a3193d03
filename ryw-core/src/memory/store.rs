//! The in-memory source as a source of a repository.

use super::MemorySource;
use crate::{
    AssignedKey, Context, Entity, EntityStream, Error, InMemory, ListStore, Page, PageRequest, ReadStore,
    SoftDelete, SoftDeleteStore, Store, UniqueStore, UpsertStore, Versioned, VersionedStore, Written,
};

impl<T: Entity> ReadStore<T> for MemorySource {
    async fn find(&self, ctx: &Context, key: &T::Key) -> Result<Option<T>, Error> {
        self.find(ctx, key)
    }

    async fn find_many(&self, ctx: &Context, keys: &[T::Key]) -> Result<Vec<T>, Error> {
        self.find_many(ctx, keys)
    }

    async fn exists(&self, ctx: &Context, key: &T::Key) -> Result<bool, Error> {
        self.exists::<T>(ctx, key)
    }
}

impl<T: Entity> ListStore<T> for MemorySource {
    async fn count(&self, ctx: &Context) -> Result<u64, Error> {
        self.count::<T>(ctx)
    }

    async fn list(&self, ctx: &Context, page: &PageRequest<T::Key>) -> Result<Page<T>, Error> {
        self.list(ctx, page)
    }

    fn stream(&self, ctx: &Context) -> EntityStream<T> {
        self.stream(ctx)
    }
}

impl<T: InMemory> Store<T> for MemorySource {
    async fn insert(&self, ctx: &Context, new: T::New) -> Result<Written<T>, Error> {
        self.insert(ctx, new)
    }

    async fn insert_many(&self, ctx: &Context, news: Vec<T::New>) -> Result<Written<Vec<T>>, Error> {
        self.insert_many(ctx, news)
    }

    async fn replace(&self, ctx: &Context, entity: &T) -> Result<Written<T>, Error> {
        self.replace(ctx, entity)
    }

    async fn update(&self, ctx: &Context, key: &T::Key, patch: T::Patch) -> Result<Written<T>, Error> {
        self.update(ctx, key, patch)
    }

    async fn delete(&self, ctx: &Context, key: &T::Key) -> Result<Written<Option<T>>, Error> {
        self.delete(ctx, key)
    }
}

impl<T: InMemory> UniqueStore<T> for MemorySource {
    async fn upsert_by(&self, ctx: &Context, column: T::Column, new: T::New) -> Result<Written<T>, Error> {
        self.upsert_by(ctx, column, new)
    }
}

impl<T: InMemory + AssignedKey> UpsertStore<T> for MemorySource {
    async fn upsert(&self, ctx: &Context, new: T::New) -> Result<Written<T>, Error> {
        self.upsert(ctx, new)
    }
}

impl<T: InMemory + Versioned> VersionedStore<T> for MemorySource {
    async fn update_if(
        &self,
        ctx: &Context,
        key: &T::Key,
        version: T::Version,
        patch: T::Patch,
    ) -> Result<Written<T>, Error> {
        self.update_if(ctx, key, version, patch)
    }
}

impl<T: InMemory + SoftDelete> SoftDeleteStore<T> for MemorySource {
    async fn restore(&self, ctx: &Context, key: &T::Key) -> Result<Written<T>, Error> {
        self.restore(ctx, key)
    }

    async fn purge(&self, ctx: &Context, key: &T::Key) -> Result<Written<Option<T>>, Error> {
        self.purge(ctx, key)
    }

    async fn find_with_deleted(&self, ctx: &Context, key: &T::Key) -> Result<Option<T>, Error> {
        self.find_with_deleted(ctx, key)
    }
}
