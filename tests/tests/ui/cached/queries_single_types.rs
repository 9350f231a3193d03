//! A single column becomes a value of a type of one's own, or a struct of one field.

use ryw_core::{Context, Error, Row};
use ryw_postgres::PostgresSource;
use ryw_postgres::sqlx::error::BoxDynError;
use ryw_postgres::sqlx::postgres::{PgTypeInfo, PgValueRef};
use ryw_postgres::sqlx::{Decode, Postgres, Type};

pub struct Moods {
    source: PostgresSource,
}

impl Moods {
    fn source(&self) -> &PostgresSource {
        &self.source
    }
}

pub struct Mood(String);

impl Type<Postgres> for Mood {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("mood")
    }
}

impl<'r> Decode<'r, Postgres> for Mood {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(<String as Decode<Postgres>>::decode(value)?))
    }
}

#[derive(Debug, Row)]
pub struct Total {
    pub total: i64,
}

pub struct Neither;

#[ryw_core::queries]
impl Moods {
    #[query(r#"SELECT "now" FROM "ui"."moods""#)]
    pub async fn values(&self, ctx: &Context) -> Result<Vec<Mood>, Error>;

    #[query(r#"SELECT "before" FROM "ui"."moods""#)]
    pub async fn maybe_null(&self, ctx: &Context) -> Result<Vec<Mood>, Error>;

    #[query(r#"SELECT count(*) AS "total!" FROM "ui"."moods""#)]
    pub async fn structs(&self, ctx: &Context) -> Result<Total, Error>;

    #[query(r#"SELECT "now" FROM "ui"."moods" LIMIT 1"#)]
    pub async fn neither(&self, ctx: &Context) -> Result<Option<Neither>, Error>;

    #[query(r#"SELECT "now", "before" FROM "ui"."moods""#)]
    pub async fn tuples(&self, ctx: &Context) -> Result<Vec<(String, Mood)>, Error>;
}

fn main() {}
