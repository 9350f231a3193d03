//! The traits of a generated repository, implemented by its inherent methods; and those methods, over the in-memory source.
//!
//! Macros rather than printed code: what a derive prints stays small, and the traits' signatures stand in this crate only.
//! The words after the entity are what the repository can do.

/// Implements [`Repository`](crate::Repository) and its kin by the inherent methods of the same names.
#[doc(hidden)]
#[macro_export]
macro_rules! __forward_repository {
    ($repository:ty, $entity:ty: $($what:ident)*) => {
        $($crate::__forward_repository!(@$what $repository, $entity);)*
    };
    (@reads $repository:ty, $entity:ty) => {
        #[$crate::__private::async_trait]
        impl $crate::ReadRepository for $repository {
            type Entity = $entity;

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

            async fn exists(
                &self,
                ctx: &$crate::Context,
                key: &<$entity as $crate::Entity>::Key,
            ) -> ::core::result::Result<bool, $crate::Error> {
                <$repository>::exists(self, ctx, key).await
            }

            async fn count(&self, ctx: &$crate::Context) -> ::core::result::Result<u64, $crate::Error> {
                <$repository>::count(self, ctx).await
            }

            async fn list(
                &self,
                ctx: &$crate::Context,
                page: &$crate::PageRequest<<$entity as $crate::Entity>::Key>,
            ) -> ::core::result::Result<$crate::Page<$entity>, $crate::Error> {
                <$repository>::list(self, ctx, page).await
            }

            fn stream(&self, ctx: &$crate::Context) -> $crate::EntityStream<$entity> {
                <$repository>::stream(self, ctx)
            }
        }
    };
    (@writes $repository:ty, $entity:ty) => {
        #[$crate::__private::async_trait]
        impl $crate::Repository for $repository {
            async fn insert(
                &self,
                ctx: &$crate::Context,
                new: <$entity as $crate::Stored>::New,
            ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
                <$repository>::insert(self, ctx, new).await
            }

            async fn insert_many(
                &self,
                ctx: &$crate::Context,
                news: ::std::vec::Vec<<$entity as $crate::Stored>::New>,
            ) -> ::core::result::Result<$crate::Written<::std::vec::Vec<$entity>>, $crate::Error> {
                <$repository>::insert_many(self, ctx, news).await
            }

            async fn replace(
                &self,
                ctx: &$crate::Context,
                entity: &$entity,
            ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
                <$repository>::replace(self, ctx, entity).await
            }

            async fn update(
                &self,
                ctx: &$crate::Context,
                key: &<$entity as $crate::Entity>::Key,
                patch: <$entity as $crate::Stored>::Patch,
            ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
                <$repository>::update(self, ctx, key, patch).await
            }

            async fn delete(
                &self,
                ctx: &$crate::Context,
                key: &<$entity as $crate::Entity>::Key,
            ) -> ::core::result::Result<$crate::Written<::core::option::Option<$entity>>, $crate::Error> {
                <$repository>::delete(self, ctx, key).await
            }
        }
    };
    (@upsert $repository:ty, $entity:ty) => {
        #[$crate::__private::async_trait]
        impl $crate::UpsertRepository for $repository {
            async fn upsert(
                &self,
                ctx: &$crate::Context,
                new: <$entity as $crate::Stored>::New,
            ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
                <$repository>::upsert(self, ctx, new).await
            }
        }
    };
    (@versioned $repository:ty, $entity:ty) => {
        #[$crate::__private::async_trait]
        impl $crate::VersionedRepository for $repository {
            async fn update_if(
                &self,
                ctx: &$crate::Context,
                key: &<$entity as $crate::Entity>::Key,
                version: <$entity as $crate::Versioned>::Version,
                patch: <$entity as $crate::Stored>::Patch,
            ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
                <$repository>::update_if(self, ctx, key, version, patch).await
            }
        }
    };
    (@soft_delete $repository:ty, $entity:ty) => {
        #[$crate::__private::async_trait]
        impl $crate::SoftDeleteRepository for $repository {
            async fn restore(
                &self,
                ctx: &$crate::Context,
                key: &<$entity as $crate::Entity>::Key,
            ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
                <$repository>::restore(self, ctx, key).await
            }

            async fn purge(
                &self,
                ctx: &$crate::Context,
                key: &<$entity as $crate::Entity>::Key,
            ) -> ::core::result::Result<$crate::Written<::core::option::Option<$entity>>, $crate::Error> {
                <$repository>::purge(self, ctx, key).await
            }

            async fn find_with_deleted(
                &self,
                ctx: &$crate::Context,
                key: &<$entity as $crate::Entity>::Key,
            ) -> ::core::result::Result<::core::option::Option<$entity>, $crate::Error> {
                <$repository>::find_with_deleted(self, ctx, key).await
            }
        }
    };
}

/// The inherent methods of a generated repository over the in-memory source.
#[doc(hidden)]
#[macro_export]
macro_rules! __memory_repository {
    ($repository:ident, $entity:ty: $($what:ident)*) => {
        impl $repository<$crate::MemorySource> {
            $($crate::__memory_repository!(@$what $entity);)*
        }
    };
    (@reads $entity:ty) => {
        #[doc = " The row of `key`, if there is one."]
        pub async fn find(
            &self,
            ctx: &$crate::Context,
            key: &<$entity as $crate::Entity>::Key,
        ) -> ::core::result::Result<::core::option::Option<$entity>, $crate::Error> {
            self.source.find::<$entity>(ctx, key)
        }

        #[doc = " The rows of `keys`, in their order, as far as there are any."]
        pub async fn find_many(
            &self,
            ctx: &$crate::Context,
            keys: &[<$entity as $crate::Entity>::Key],
        ) -> ::core::result::Result<::std::vec::Vec<$entity>, $crate::Error> {
            self.source.find_many::<$entity>(ctx, keys)
        }

        #[doc = " Whether there is a row of `key`."]
        pub async fn exists(
            &self,
            ctx: &$crate::Context,
            key: &<$entity as $crate::Entity>::Key,
        ) -> ::core::result::Result<bool, $crate::Error> {
            self.source.exists::<$entity>(ctx, key)
        }

        #[doc = " How many rows there are."]
        pub async fn count(&self, ctx: &$crate::Context) -> ::core::result::Result<u64, $crate::Error> {
            self.source.count::<$entity>(ctx)
        }

        #[doc = " One page of the rows, in the order of their keys."]
        pub async fn list(
            &self,
            ctx: &$crate::Context,
            page: &$crate::PageRequest<<$entity as $crate::Entity>::Key>,
        ) -> ::core::result::Result<$crate::Page<$entity>, $crate::Error> {
            self.source.list::<$entity>(ctx, page)
        }

        #[doc = " All rows, in the order of their keys and read as they are asked for, of one moment."]
        pub fn stream(&self, ctx: &$crate::Context) -> $crate::EntityStream<$entity> {
            self.source.stream::<$entity>(ctx)
        }
    };
    (@writes $entity:ty) => {
        #[doc = " Stores a new row, and returns it as stored."]
        pub async fn insert(
            &self,
            ctx: &$crate::Context,
            new: impl ::core::convert::Into<<$entity as $crate::Stored>::New>,
        ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
            self.source.insert::<$entity>(ctx, new)
        }

        #[doc = " Stores new rows, all or none, and returns them as stored, in the order given."]
        pub async fn insert_many(
            &self,
            ctx: &$crate::Context,
            news: impl ::core::iter::IntoIterator<Item = impl ::core::convert::Into<<$entity as $crate::Stored>::New>>,
        ) -> ::core::result::Result<$crate::Written<::std::vec::Vec<$entity>>, $crate::Error> {
            self.source.insert_many::<$entity>(ctx, news)
        }

        #[doc = " Stores `entity` in the row of its key, and returns it as stored."]
        pub async fn replace(
            &self,
            ctx: &$crate::Context,
            entity: &$entity,
        ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
            self.source.replace::<$entity>(ctx, entity)
        }

        #[doc = " Changes the row of `key`, and returns it as stored."]
        pub async fn update(
            &self,
            ctx: &$crate::Context,
            key: &<$entity as $crate::Entity>::Key,
            patch: <$entity as $crate::Stored>::Patch,
        ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
            self.source.update::<$entity>(ctx, key, patch)
        }

        #[doc = " Deletes the row of `key`, and returns it as last stored."]
        pub async fn delete(
            &self,
            ctx: &$crate::Context,
            key: &<$entity as $crate::Entity>::Key,
        ) -> ::core::result::Result<$crate::Written<::core::option::Option<$entity>>, $crate::Error> {
            self.source.delete::<$entity>(ctx, key)
        }
    };
    (@upsert $entity:ty) => {
        #[doc = " Stores a row, new or in place of the one of its key, and returns it as stored."]
        pub async fn upsert(
            &self,
            ctx: &$crate::Context,
            new: impl ::core::convert::Into<<$entity as $crate::Stored>::New>,
        ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
            self.source.upsert::<$entity>(ctx, new)
        }
    };
    (@versioned $entity:ty) => {
        #[doc = " Changes the row of `key` if it still has this version, and returns it as stored."]
        pub async fn update_if(
            &self,
            ctx: &$crate::Context,
            key: &<$entity as $crate::Entity>::Key,
            version: <$entity as $crate::Versioned>::Version,
            patch: <$entity as $crate::Stored>::Patch,
        ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
            self.source.update_if::<$entity>(ctx, key, version, patch)
        }
    };
    (@soft_delete $entity:ty) => {
        #[doc = " Takes the mark from a softly deleted row, and returns it as stored."]
        pub async fn restore(
            &self,
            ctx: &$crate::Context,
            key: &<$entity as $crate::Entity>::Key,
        ) -> ::core::result::Result<$crate::Written<$entity>, $crate::Error> {
            self.source.restore::<$entity>(ctx, key)
        }

        #[doc = " Removes the row of `key` for good, and returns what it was."]
        pub async fn purge(
            &self,
            ctx: &$crate::Context,
            key: &<$entity as $crate::Entity>::Key,
        ) -> ::core::result::Result<$crate::Written<::core::option::Option<$entity>>, $crate::Error> {
            self.source.purge::<$entity>(ctx, key)
        }

        #[doc = " The row of `key`, softly deleted or not."]
        pub async fn find_with_deleted(
            &self,
            ctx: &$crate::Context,
            key: &<$entity as $crate::Entity>::Key,
        ) -> ::core::result::Result<::core::option::Option<$entity>, $crate::Error> {
            self.source.find_with_deleted::<$entity>(ctx, key)
        }
    };
}
