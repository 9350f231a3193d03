//! The code that uses a repository with a mistake in it adds no message of its own.

use ryw_core::{Context, Entity, Error, Repository, Value};
use ryw_dynamo::{Condition, DynamoSource, ExpiresAt, TransactGet, TransactWrite};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Value)]
#[value(dynamo)]
struct Color(String);

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(
    table = "favorites",
    ttl = expires_at,
    index(name = "by_color", pk = color, sk = weight),
    index(name = "by_weight", local, sk = weight),
    index(name = "by_none", pk = nothing),
))]
struct Favorite {
    #[repository(key)]
    user_id: i64,
    #[repository(key)]
    number: i64,
    color: Option<Color>,
    weight: i32,
    expires_at: ExpiresAt,
    #[repository(version)]
    version: i32,
    #[repository(deleted_at)]
    deleted_at: Option<i64>,
}

async fn uses(source: DynamoSource, ctx: &Context, tx: &mut TransactWrite, get: &mut TransactGet) -> Result<(), Error> {
    let favorites = FavoriteRepository::new(source);
    let Some(favorite) = favorites.find(ctx, &(1, 2)).await? else { return Ok(()) };
    favorites.insert(ctx, &favorite).await?;
    favorites.upsert(ctx, &favorite).await?;
    favorites.update(ctx, &favorite.key(), Favorite::patch().color_null()).await?;
    favorites.update_if(ctx, &favorite.key(), 1, Favorite::patch()).await?;
    favorites.update_when(ctx, &favorite.key(), Favorite::patch(), exists()).await?;
    favorites.delete_when(ctx, &favorite.key(), exists()).await?;
    favorites.restore(ctx, &favorite.key()).await?;
    favorites.put_batch(ctx, [&favorite]).await?;
    favorites.delete_batch(ctx, &[favorite.key()]).await?;
    favorites.insert_in(tx, &favorite)?;
    favorites.update_if_in(tx, &favorite.key(), 1, Favorite::patch())?;
    favorites.check_in(tx, &favorite.key(), exists())?;
    favorites.purge_in(tx, &favorite.key())?;
    let _ = favorites.find_in(get, &favorite.key())?;
    let _ = favorites.query(ctx, &1).strong();
    let _ = favorites.query_by_weight(ctx, &1).strong();
    let _ = favorites.query_by_color(ctx, &Color(String::new()));
    let _ = favorites.scan(ctx);
    favorites.verify().await
}

fn exists() -> Condition {
    Condition::exists(FavoriteColumn::Color)
}

fn main() {}
