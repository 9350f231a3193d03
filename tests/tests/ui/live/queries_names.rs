//! Columns need names that Rust can have.

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
    #[query("SELECT weight + 1 FROM ui.favorites")]
    pub async fn no_name(&self, ctx: &Context) -> Result<Vec<Option<i32>>, Error>;

    #[query("SELECT weight AS \"the weight\" FROM ui.favorites")]
    pub async fn not_rust(&self, ctx: &Context) -> Result<Vec<i32>, Error>;

    #[query("SELECT to_jsonb(weight) AS weight FROM ui.favorites")]
    pub async fn json(&self, ctx: &Context) -> Result<Vec<Option<String>>, Error>;
}

fn main() {}
