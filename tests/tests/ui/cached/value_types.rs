//! Values say what they are stored as, and are held against their columns by that.

use ryw_core::{Repository, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Value)]
pub struct UserId(i64);

#[derive(Clone, Debug, Value)]
pub struct Weight(i64);

#[derive(Clone, Debug, Value)]
pub enum Text {
    Fine,
}

#[derive(Clone, Debug, Value)]
#[value(postgres(type = "ui.mood"), rename_all = "lowercase")]
pub enum Mood {
    Fine,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.moods"))]
pub struct Right {
    #[repository(key)]
    pub user_id: UserId,
    pub now: Mood,
    pub before: Option<Mood>,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.moods"))]
pub struct TextForAnEnum {
    #[repository(key)]
    pub user_id: UserId,
    pub now: Text,
    pub before: Option<Mood>,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.moods"))]
pub struct NullInAnEnum {
    #[repository(key)]
    pub user_id: UserId,
    pub now: Mood,
    pub before: Mood,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct Wrong {
    #[repository(key)]
    pub user_id: UserId,
    pub color_hex: UserId,
    pub weight: Weight,
    #[repository(rename = "colour_note")]
    pub note: Mood,
}

fn main() {}
