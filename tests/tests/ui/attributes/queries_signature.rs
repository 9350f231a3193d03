//! What is checked against the database is concrete, and has a name.

use ryw_core::{Context, Error};

pub struct Favorites;

#[ryw_core::queries]
impl Favorites {
    #[query("SELECT 1")]
    pub fn not_async(&self, ctx: &Context) -> Result<i32, Error>;

    #[query("SELECT :id::int8")]
    pub async fn generic<T>(&self, ctx: &Context, id: T) -> Result<i64, Error>;

    #[query("SELECT :id::int8")]
    pub async fn anything(&self, ctx: &Context, id: impl Into<i64>) -> Result<i64, Error>;

    #[query("SELECT :a::int8")]
    pub async fn pattern(&self, ctx: &Context, (a, _b): (i64, i64)) -> Result<i64, Error>;

    #[query("SELECT 1")]
    pub async unsafe fn dangerous(&self, ctx: &Context) -> Result<i32, Error>;
}

fn main() {}
