//! Nothing says what the key is.

#![allow(dead_code)]

use sea_orm::{Database, EntityTrait};

mod article {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "articles")]
    pub struct Model {
        pub id: i64,
        pub slug: String,
        pub title: String,
        pub body: Option<String>,
        pub created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let db = Database::connect(std::env::var("DATABASE_URL")?).await?;
    let id = 1_i64;
    let found = article::Entity::find_by_id(id).one(&db).await?;
    println!("{found:?}");
    Ok(())
}
