//! `queries` belongs on a plain impl block.

use ryw_core::{Context, Error};

pub struct Favorites;

#[ryw_core::queries]
pub struct Elsewhere;

#[ryw_core::queries]
impl Clone for Favorites {
    fn clone(&self) -> Self {
        Self
    }
}

#[ryw_core::queries(checked = false)]
impl Favorites {
    #[query("SELECT 1")]
    pub async fn one(&self, ctx: &Context) -> Result<i32, Error>;
}

fn main() {}
