//! Arguments against parameters, columns against what the rows become.

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
pub struct Favorite {
    pub user_id: i64,
    pub color_hex: String,
    pub weight: i32,
}

#[derive(Debug, Row)]
pub struct Noted {
    pub user_id: i64,
    #[row(rename = "colour_note")]
    pub note: Option<String>,
}

#[derive(Debug, Row)]
pub struct Wrong {
    pub user_id: i32,
    pub colour_note: String,
}

pub struct NoRow {
    pub user_id: i64,
}

#[ryw_core::queries]
impl Favorites {
    #[query(r#"SELECT "user_id", "colour_note" FROM "ui"."favorites" WHERE "user_id" = ANY(:users) {AND "color_hex" = :color}"#)]
    pub async fn right(&self, ctx: &Context, users: &[i64], color: Option<&str>) -> Result<Vec<Noted>, Error>;

    #[query(r#"SELECT "user_id" FROM "ui"."favorites" WHERE "user_id" = :user AND "color_hex" = :color AND "weight" = :weight"#)]
    pub async fn arguments(&self, ctx: &Context, user: i32, color: i64, weight: Option<i64>) -> Result<Option<i64>, Error>;

    #[query(r#"SELECT "user_id" FROM "ui"."favorites" WHERE "color_hex" = ANY(:colors) AND "user_id" = ANY(:users)"#)]
    pub async fn arrays(&self, ctx: &Context, colors: &[&str], users: Vec<i32>) -> Result<Vec<i64>, Error>;

    #[query(r#"SELECT "weight" FROM "ui"."favorites" LIMIT 2"#)]
    pub async fn narrow(&self, ctx: &Context) -> Result<Vec<i64>, Error>;

    #[query(r#"SELECT "colour_note" FROM "ui"."favorites" LIMIT 2"#)]
    pub async fn null(&self, ctx: &Context) -> Result<Vec<String>, Error>;

    #[query(r#"SELECT count(*) FROM "ui"."favorites""#)]
    pub async fn count(&self, ctx: &Context) -> Result<i64, Error>;

    #[query(r#"SELECT "user_id", "colour_note", "weight" FROM "ui"."favorites""#)]
    pub async fn tuple(&self, ctx: &Context) -> Result<Vec<(i64, String, bool)>, Error>;

    #[query(r#"SELECT "user_id", "colour_note" FROM "ui"."favorites" LIMIT 3"#)]
    pub async fn fields(&self, ctx: &Context) -> Result<Vec<Wrong>, Error>;

    #[query(r#"SELECT "user_id", "color_hex" FROM "ui"."favorites""#)]
    pub async fn a_column_less(&self, ctx: &Context) -> Result<Vec<Favorite>, Error>;

    #[query(r#"SELECT "user_id", "colour_note", "weight" AS "heft" FROM "ui"."favorites""#)]
    pub async fn a_column_more(&self, ctx: &Context) -> Result<Vec<Noted>, Error>;

    #[query(r#"SELECT "user_id", "weight" FROM "ui"."favorites""#)]
    pub async fn no_row(&self, ctx: &Context) -> Result<Vec<NoRow>, Error>;

    #[query(r#"UPDATE "ui"."favorites" SET "color_hex" = '' RETURNING "weight""#)]
    pub async fn written(&self, ctx: &Context) -> Result<Written<Vec<String>>, Error>;
}

fn main() {}
