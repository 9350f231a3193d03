//! The forms of fields are held against their columns too; of a flattened field, each part.

use ryw_core::Repository;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document(String);

#[derive(Clone, Debug)]
pub struct Color(String);

impl From<String> for Color {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<Color> for String {
    fn from(color: Color) -> Self {
        color.0
    }
}

#[derive(Clone, Debug)]
pub struct Count(i64);

impl From<i64> for Count {
    fn from(number: i64) -> Self {
        Self(number)
    }
}

impl From<Count> for i64 {
    fn from(count: Count) -> Self {
        count.0
    }
}

#[derive(Clone, Debug)]
pub struct Look {
    pub color: String,
    pub note: Option<String>,
}

#[derive(Clone, Debug)]
pub struct WrongLook {
    pub color: i64,
    pub note: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct Right {
    #[repository(key)]
    pub user_id: i64,
    #[repository(try_from = "i32")]
    pub weight: Small,
    #[repository(flatten(color = "color_hex", note = "colour_note"))]
    pub look: Look,
}

#[derive(Clone, Debug)]
pub struct Small(i32);

impl From<i32> for Small {
    fn from(number: i32) -> Self {
        Self(number)
    }
}

impl From<Small> for i32 {
    fn from(small: Small) -> Self {
        small.0
    }
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct Wrong {
    #[repository(key)]
    pub user_id: i64,
    #[repository(try_from = "i64")]
    pub weight: Count,
    #[repository(flatten(color = "color_hex", note = "colour_note"))]
    pub look: WrongLook,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct WrongForm {
    #[repository(key)]
    pub user_id: i64,
    #[repository(json)]
    pub color_hex: Document,
    #[repository(try_from = "String", rename = "colour_note")]
    pub note: Color,
}

fn main() {}
