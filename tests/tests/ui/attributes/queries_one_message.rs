//! The code that uses a query with a mistake in it adds no message of its own.

use ryw_core::{Context, Error};
use ryw_postgres::PostgresSource;

pub struct Favorites {
    source: PostgresSource,
}

#[ryw_core::queries]
impl Favorites {
    #[query("SELECT color_hex FROM favorites WHERE user_id = :usr")]
    pub async fn color(&self, ctx: &Context, user: i64) -> Result<Option<String>, Error>;

    pub fn source(&self) -> &PostgresSource {
        &self.source
    }
}

pub async fn uses(favorites: &Favorites, ctx: &Context) -> Result<String, Error> {
    let _ = favorites.source();
    Ok(favorites.color(ctx, 7).await?.unwrap_or_default())
}

fn main() {}
