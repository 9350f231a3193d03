//! What a DynamoDB table cannot do is not there: an order over its partitions, a count, a unique attribute.

use ryw_core::{Context, PageRequest, Repository};
use ryw_dynamo::DynamoSource;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"), dynamo(table = "favorites"), checked = false)]
struct Favorite {
    #[repository(key)]
    id: i64,
    #[repository(unique)]
    slug: String,
}

async fn reads(favorites: &FavoriteRepository<DynamoSource>, ctx: &Context, favorite: &Favorite) {
    let _ = favorites.list(ctx, &PageRequest::first(10)).await;
    let _ = favorites.find_by_slug(ctx, "a").await;
    let _ = favorites.upsert_by_slug(ctx, favorite).await;
}

fn main() {}
