//! What the database will not have is shown in the SQL, at the place it names.

use ryw_core::{Context, Error, Written};
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
    #[query("SELECT colour_hex FROM ui.favorites WHERE user_id = :user")]
    pub async fn column(&self, ctx: &Context, user: i64) -> Result<Option<String>, Error>;

    #[query("SELECT color_hex FROM ui.favourites")]
    pub async fn table(&self, ctx: &Context) -> Result<Vec<String>, Error>;

    #[query("SELECT color_hex FORM ui.favorites")]
    pub async fn syntax(&self, ctx: &Context) -> Result<Vec<String>, Error>;

    #[query(
        r#"SELECT color_hex, weight
           FROM ui.favorites
           WHERE user_id = :user
             AND length(colour_nota) > :length /* größer */ AND weight = 1"#
    )]
    pub async fn on_a_line(&self, ctx: &Context, user: i64, length: i32) -> Result<Vec<(String, i32)>, Error>;

    #[query("SELECT color_hex FROM ui.favorites WHERE user_id = :user || 'a'")]
    pub async fn operator(&self, ctx: &Context, user: i64) -> Result<Vec<String>, Error>;

    #[query("UPDATE ui.favorites SET computed = :computed RETURNING weight")]
    pub async fn write(&self, ctx: &Context, computed: &str) -> Result<Written<Vec<i32>>, Error>;
}

fn main() {}
