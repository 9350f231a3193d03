//! As many columns as the return type has room for.

use ryw_core::{Context, Error, Row, Written};
use ryw_postgres::PostgresSource;

pub struct Favorites {
    source: PostgresSource,
}

impl Favorites {
    fn source(&self) -> &PostgresSource {
        &self.source
    }
}

#[derive(Debug, Row)]
pub struct Noted {
    pub user_id: i64,
    pub note: Option<String>,
}

#[ryw_core::queries]
impl Favorites {
    #[query(r#"SELECT "user_id", "color_hex" FROM "ui"."favorites" LIMIT 4"#)]
    pub async fn scalar(&self, ctx: &Context) -> Result<Vec<i64>, Error>;

    #[query(r#"SELECT "user_id", "color_hex" FROM "ui"."favorites" LIMIT 5"#)]
    pub async fn tuple(&self, ctx: &Context) -> Result<Vec<(i64, String, i32)>, Error>;

    #[query(r#"DELETE FROM "ui"."favorites""#)]
    pub async fn none(&self, ctx: &Context) -> Result<Written<Vec<i64>>, Error>;

    #[query(r#"SELECT a."user_id", b."user_id", a."colour_note" AS "note" FROM "ui"."favorites" a, "ui"."favorites" b"#)]
    pub async fn twice(&self, ctx: &Context) -> Result<Vec<Noted>, Error>;
}

fn main() {}
