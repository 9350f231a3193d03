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
}

pub async fn uses(source: PostgresSource, ctx: &Context, tx: &mut Transaction) -> Result<(), Error> {
    let favorites = FavoriteRepository::new(source);
    let favorite = Favorite { user_id: 1, color_hex: "#fff".to_owned() };
    favorites.insert(ctx, &favorite).await?;
    favorites.replace(ctx, &favorite).await?;
    favorites.upsert(ctx, &favorite).await?;
    let found: Option<Favorite> = favorites.find(ctx, &1).await?;
    let many: Vec<Favorite> = favorites.find_many(ctx, &[1, 2]).await?;
    let page = favorites.list(ctx, &PageRequest::first(10)).await?;
    favorites.insert_in(tx, &favorite).await?;
    favorites.delete_in(tx, &favorite.key()).await?;
    favorites.delete(ctx, &favorite.key()).await?;
    generic(&favorites, ctx).await?;
    let _ = (found, many, page.items);
    Ok(())
}

async fn generic(favorites: &impl Repository<Entity = Favorite>, ctx: &Context) -> Result<(), Error> {
    favorites.find(ctx, &1).await?;
    Ok(())
}

fn main() {}
