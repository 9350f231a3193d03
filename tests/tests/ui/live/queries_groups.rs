//! A group that cannot stand alone, and groups that change the columns.

use ryw_core::{Context, Error};
use ryw_postgres::PostgresSource;

pub struct Favorites {
    source: PostgresSource,
}

impl Favorites {
    fn source(&self) -> &PostgresSource {
        &self.source
    }
}

#[ryw_core::queries]
impl Favorites {
    #[query("SELECT color_hex FROM ui.favorites {WHERE user_id = :user} {AND weight = :weight}")]
    pub async fn leans(&self, ctx: &Context, user: Option<i64>, weight: Option<i32>) -> Result<Vec<String>, Error>;

    #[query("SELECT color_hex FROM ui.favorites WHERE {user_id = :user}")]
    pub async fn gone(&self, ctx: &Context, user: Option<i64>) -> Result<Vec<String>, Error>;

    #[query("SELECT color_hex {, :weight::int4 AS weight} FROM ui.favorites")]
    pub async fn columns(&self, ctx: &Context, weight: Option<i32>) -> Result<Vec<String>, Error>;
}

fn main() {}
