//! A row becomes a type that can be named; rustc has its own words about these too.

use ryw_core::{Context, Error};

pub struct Favorites;

#[ryw_core::queries]
impl Favorites {
    #[query("SELECT 1")]
    pub async fn guessed(&self, ctx: &Context) -> Result<Vec<_>, Error>;

    #[query("SELECT 1")]
    pub async fn anything(&self, ctx: &Context) -> Result<Option<impl Clone>, Error>;
}

fn main() {}
