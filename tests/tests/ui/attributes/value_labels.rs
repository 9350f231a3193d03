//! What stands for a variant.

use ryw_core::Value;

#[derive(Value)]
#[value(rename_all = "snake_case")]
enum Twice {
    DarkRed,
    #[value(rename = "dark_red")]
    Crimson,
    Dark_red,
}

#[derive(Value)]
enum Nul {
    #[value(rename = "a\0")]
    A,
}

#[derive(Value)]
#[value(postgres(type = "color"))]
enum Long {
    Short,
    #[value(rename = "0123456789012345678901234567890123456789012345678901234567890123")]
    Long,
}

#[derive(Value)]
enum Literals {
    #[value(rename = 5)]
    A,
    #[value(rename)]
    B,
    #[value(rename = "c", rename = "d")]
    C,
}

fn main() {}
