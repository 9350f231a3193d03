//! A type that is stored in no column: two messages, of which the first says what to do.

use ryw_core::{Repository, Row};

#[derive(Clone, Debug)]
pub enum Color {
    Red,
    Blue,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct Written {
    #[repository(key)]
    pub user_id: i64,
    pub color_hex: Color,
    pub colour_note: Option<Color>,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"), read_only)]
pub struct OnlyRead {
    #[repository(key)]
    pub user_id: i64,
    pub color_hex: Color,
}

/// What the database fills is read, and never sent.
#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct Filled {
    #[repository(key)]
    pub user_id: i64,
    pub color_hex: String,
    #[repository(created_at)]
    pub created_at: Color,
}

#[derive(Row)]
pub struct Shown {
    pub color_hex: Color,
    pub colour_note: Option<Color>,
}

fn main() {}
