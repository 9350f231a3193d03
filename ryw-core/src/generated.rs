//! The traits of a repository, for every one that is generated: what it can do is what its source can do.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{
    AssignedKey, Context, Entity, EntityStream, Error, ListRepository, ListStore, Page, PageRequest,
    ReadRepository, ReadStore, Repository, SoftDelete, SoftDeleteRepository, SoftDeleteStore, Store, Stored,
    UpsertRepository, UpsertStore, Versioned, VersionedRepository, VersionedStore, Written,
};

/// A generated repository: an entity and a source.
pub trait Generated: Debug + Send + Sync {
    /// What is stored.
    type Entity: Entity;
    /// Where.
    type Source: Debug + Send + Sync;

    /// Where.
    fn stored_in(&self) -> &Self::Source;
}

type Key<R> = <<R as Generated>::Entity as Entity>::Key;
type New<R> = <<R as Generated>::Entity as Stored>::New;
type Patch<R> = <<R as Generated>::Entity as Stored>::Patch;
type Row<R> = <R as Generated>::Entity;

#[async_trait]
impl<R: Generated<Source: ReadStore<Row<R>>>> ReadRepository for R {
    type Entity = Row<R>;

    async fn find(&self, ctx: &Context, key: &Key<R>) -> Result<Option<Row<R>>, Error> {
        self.stored_in().find(ctx, key).await
    }

    async fn find_many(&self, ctx: &Context, keys: &[Key<R>]) -> Result<Vec<Row<R>>, Error> {
        self.stored_in().find_many(ctx, keys).await
    }

    async fn exists(&self, ctx: &Context, key: &Key<R>) -> Result<bool, Error> {
        self.stored_in().exists(ctx, key).await
    }
}

#[async_trait]
impl<R: Generated<Source: ListStore<Row<R>>>> ListRepository for R {
    async fn count(&self, ctx: &Context) -> Result<u64, Error> {
        self.stored_in().count(ctx).await
    }

    async fn list(&self, ctx: &Context, page: &PageRequest<Key<R>>) -> Result<Page<Row<R>>, Error> {
        self.stored_in().list(ctx, page).await
    }

    fn stream(&self, ctx: &Context) -> EntityStream<Row<R>> {
        self.stored_in().stream(ctx)
    }
}

#[async_trait]
impl<R: Generated<Entity: Stored, Source: Store<Row<R>>>> Repository for R {
    async fn insert(&self, ctx: &Context, new: New<R>) -> Result<Written<Row<R>>, Error> {
        self.stored_in().insert(ctx, new).await
    }

    async fn insert_many(&self, ctx: &Context, news: Vec<New<R>>) -> Result<Written<Vec<Row<R>>>, Error> {
        self.stored_in().insert_many(ctx, news).await
    }

    async fn replace(&self, ctx: &Context, entity: &Row<R>) -> Result<Written<Row<R>>, Error> {
        self.stored_in().replace(ctx, entity).await
    }

    async fn update(&self, ctx: &Context, key: &Key<R>, patch: Patch<R>) -> Result<Written<Row<R>>, Error> {
        self.stored_in().update(ctx, key, patch).await
    }

    async fn delete(&self, ctx: &Context, key: &Key<R>) -> Result<Written<Option<Row<R>>>, Error> {
        self.stored_in().delete(ctx, key).await
    }
}

#[async_trait]
impl<R: Generated<Entity: AssignedKey, Source: UpsertStore<Row<R>>>> UpsertRepository for R {
    async fn upsert(&self, ctx: &Context, new: New<R>) -> Result<Written<Row<R>>, Error> {
        self.stored_in().upsert(ctx, new).await
    }
}

#[async_trait]
impl<R: Generated<Entity: Versioned, Source: VersionedStore<Row<R>>>> VersionedRepository for R {
    async fn update_if(
        &self,
        ctx: &Context,
        key: &Key<R>,
        version: <Row<R> as Versioned>::Version,
        patch: Patch<R>,
    ) -> Result<Written<Row<R>>, Error> {
        self.stored_in().update_if(ctx, key, version, patch).await
    }
}

#[async_trait]
impl<R: Generated<Entity: SoftDelete, Source: SoftDeleteStore<Row<R>>>> SoftDeleteRepository for R {
    async fn restore(&self, ctx: &Context, key: &Key<R>) -> Result<Written<Row<R>>, Error> {
        self.stored_in().restore(ctx, key).await
    }

    async fn purge(&self, ctx: &Context, key: &Key<R>) -> Result<Written<Option<Row<R>>>, Error> {
        self.stored_in().purge(ctx, key).await
    }

    async fn find_with_deleted(&self, ctx: &Context, key: &Key<R>) -> Result<Option<Row<R>>, Error> {
        self.stored_in().find_with_deleted(ctx, key).await
    }
}
