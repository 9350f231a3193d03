//! The code that uses a repository with a mistake in it adds no message of its own.

use ryw_core::{Context, Entity, Error, PageRequest, Repository};
use ryw_postgres::{PostgresSource, Transaction};

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"))]
pub struct Favorite {
    #[repository(key)]
    pub user_id: i64,
    #[repository(renamed = "color")]
    pub color_hex: String,
    #[repository(unique)]
    pub name: Option<String>,
    #[repository(indexed)]
    pub weight: i32,
    #[repository(version)]
    pub version: i32,
    #[repository(deleted_at)]
    pub deleted_at: Option<i64>,
}

pub async fn uses(source: PostgresSource, ctx: &Context, tx: &mut Transaction) -> Result<(), Error> {
    let favorites = FavoriteRepository::new(source);
    let favorite = Favorite {
        user_id: 1,
        color_hex: "#fff".to_owned(),
        name: None,
        weight: 0,
        version: 1,
        deleted_at: None,
    };
    favorites.insert(ctx, &favorite).await?;
    favorites.replace(ctx, &favorite).await?;
    favorites.upsert(ctx, &favorite).await?;
    let found: Option<Favorite> = favorites.find(ctx, &1).await?;
    let many: Vec<Favorite> = favorites.find_many(ctx, &[1, 2]).await?;
    let page = favorites.list(ctx, &PageRequest::first(10)).await?;
    let last = favorites.list_by_weight(ctx, &7, &PageRequest::last(10)).await?;
    let known = favorites.find_by_name(ctx, "a").await?.is_some() || favorites.exists(ctx, &1).await?;
    let count: u64 = favorites.count(ctx).await?;
    let first: Option<Favorite> = favorites.stream(ctx).try_next().await?;
    let heavy: Option<Favorite> = favorites.stream_by_weight(ctx, &7).try_next().await?;
    let patch = Favorite::patch().color_hex("#000").name_null();
    favorites.update(ctx, &1, patch.clone()).await?;
    favorites.update_if(ctx, &1, 1, patch).await?;
    favorites.upsert_by_name(ctx, &favorite).await?;
    favorites.insert_many(ctx, [NewFavorite::from(&favorite)]).await?;
    favorites.restore(ctx, &1).await?;
    favorites.purge(ctx, &1).await?;
    favorites.find_with_deleted(ctx, &1).await?;
    favorites.find_for_update_in(tx, &1).await?;
    favorites.insert_in(tx, &favorite).await?;
    favorites.delete_in(tx, &favorite.key()).await?;
    favorites.delete(ctx, &favorite.key()).await?;
    generic(&favorites, ctx).await?;
    let _ = (found, many, page.items, FavoriteColumn::ColorHex);
    let _ = (last.previous, known, count, first, heavy);
    Ok(())
}

async fn generic(favorites: &impl Repository<Entity = Favorite>, ctx: &Context) -> Result<(), Error> {
    favorites.find(ctx, &1).await?;
    Ok(())
}

fn main() {}
