//! A global index has no strongly consistent reads; the table and a local index have.

use ryw_core::{Context, Repository};
use ryw_dynamo::DynamoSource;

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(
    table = "favorites",
    index(name = "by_color", pk = color),
    index(name = "by_weight", local, sk = weight),
))]
struct Favorite {
    #[repository(key)]
    user_id: i64,
    #[repository(key)]
    number: i64,
    color: String,
    weight: i64,
}

fn reads(favorites: &FavoriteRepository<DynamoSource>, ctx: &Context, user: i64, color: String) {
    let _ = favorites.query(ctx, &user).strong();
    let _ = favorites.query_by_weight(ctx, &user).strong();
    let _ = favorites.query_by_color(ctx, &color).strong();
}

fn main() {}
