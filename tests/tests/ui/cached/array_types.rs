//! `insert_many` sends each column's values in an array, so a type of one's own must say what that is called.

use ryw_core::Repository;
use ryw_postgres::sqlx;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};

#[derive(Clone, Debug)]
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

impl<'q> Encode<'q, Postgres> for Mood {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <String as Encode<Postgres>>::encode_by_ref(&self.0, buffer)
    }
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.moods"))]
pub struct Moody {
    #[repository(key)]
    pub user_id: i64,
    pub now: Mood,
}

fn main() {}
