//! One statement, that ends, and no name of ryw's own.

use ryw_core::{Context, Error};

pub struct Favorites;

#[ryw_core::queries]
impl Favorites {
    #[query("SELECT 1; DROP TABLE favorites")]
    pub async fn two(&self, ctx: &Context) -> Result<i32, Error>;

    #[query("SELECT 'never closed")]
    pub async fn string(&self, ctx: &Context) -> Result<String, Error>;

    #[query("SELECT $tag$ never closed $$")]
    pub async fn dollars(&self, ctx: &Context) -> Result<String, Error>;

    #[query("SELECT 1 /* never /* closed */")]
    pub async fn comment(&self, ctx: &Context) -> Result<i32, Error>;

    #[query(r#"SELECT "never closed"#)]
    pub async fn identifier(&self, ctx: &Context) -> Result<i32, Error>;

    #[query("SELECT 1 AS __ryw_order")]
    pub async fn reserved(&self, ctx: &Context) -> Result<i32, Error>;
}

fn main() {}
