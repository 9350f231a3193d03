//! A query is its SQL: one literal above a function without a body.

use ryw_core::{Context, Error};

pub struct Favorites;

const SQL: &str = "SELECT 1";

#[ryw_core::queries]
impl Favorites {
    #[query("SELECT 1")]
    pub async fn with_a_body(&self, _ctx: &Context) -> Result<i32, Error> {
        Ok(1)
    }

    pub async fn without_sql(&self, ctx: &Context) -> Result<i32, Error>;

    #[query("SELECT 1")]
    #[query("SELECT 2")]
    pub async fn twice(&self, ctx: &Context) -> Result<i32, Error>;

    #[query(SQL)]
    pub async fn no_literal(&self, ctx: &Context) -> Result<i32, Error>;

    #[query]
    pub async fn nothing(&self, ctx: &Context) -> Result<i32, Error>;

    #[query("")]
    pub async fn empty(&self, ctx: &Context) -> Result<i32, Error>;
}

fn main() {}
