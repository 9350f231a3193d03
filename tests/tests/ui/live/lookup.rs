//! Rows are found by the column's own type, and in it.

use ryw_core::{Context, Error, PageRequest, Repository};

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"), read_only)]
struct Favorite {
    #[repository(key)]
    user_id: i64,
    #[repository(unique)]
    color_hex: String,
    #[repository(indexed)]
    weight: i32,
}

async fn find(favorites: &FavoriteRepository, ctx: &Context) -> Result<(), Error> {
    favorites.find_by_color_hex(ctx, "#0000ff").await?;
    favorites.find_by_color_hex(ctx, 7).await?;
    favorites.list_by_weight(ctx, &7_i64, &PageRequest::first(10)).await?;
    favorites.list_by_color_hex(ctx, "#0000ff", &PageRequest::first(10)).await?;
    Ok(())
}

fn main() {}
