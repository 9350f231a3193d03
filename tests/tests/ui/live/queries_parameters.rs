//! Parameters of no type, of the database's own types, and of types that need a feature.

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
    #[query("SELECT user_id FROM ui.moods WHERE now = :now AND :before = before")]
    pub async fn own(&self, ctx: &Context, now: &str, before: Option<String>) -> Result<Vec<i64>, Error>;

    #[query("SELECT user_id FROM ui.moods WHERE :nothing IS NULL")]
    pub async fn untyped(&self, ctx: &Context, nothing: &str) -> Result<Vec<i64>, Error>;

    #[query("SELECT user_id FROM ui.moods WHERE :document::jsonb IS NULL")]
    pub async fn feature(&self, ctx: &Context, document: &str) -> Result<Vec<i64>, Error>;

    #[query("SELECT user_id FROM ui.moods WHERE user_id = :user::numeric")]
    pub async fn another_feature(&self, ctx: &Context, user: i64) -> Result<Vec<i64>, Error>;

    #[query("SELECT now FROM ui.moods")]
    pub async fn column(&self, ctx: &Context) -> Result<Vec<String>, Error>;
}

fn main() {}
