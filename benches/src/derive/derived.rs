use chrono::{DateTime, Utc};
use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "items"))]
pub struct Item {
    #[repository(key)]
    pub id: i64,
    pub owner_id: i64,
    pub title: String,
    pub note: Option<String>,
    pub price: i32,
    pub weight: Option<f64>,
    pub active: bool,
    pub kind: String,
    #[repository(created_at)]
    pub created_at: DateTime<Utc>,
    #[repository(updated_at)]
    pub updated_at: DateTime<Utc>,
}
