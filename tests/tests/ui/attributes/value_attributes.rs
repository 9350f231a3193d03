//! Attributes of stored values: misspelt, misplaced, or of the wrong kind.

use ryw_core::Value;

#[derive(Value)]
#[value(renameall = "lowercase")]
enum Near {
    #[value(renam = "a")]
    A,
}

#[derive(Value)]
#[value(repr(i32))]
enum Far {
    #[value(rename_all = "lowercase")]
    A,
}

#[derive(Value)]
#[value(rename_all = "snakecase", rename = "a")]
enum Style {
    A,
}

#[derive(Value)]
#[value(rename_all = "title case")]
enum NoStyle {
    A,
}

#[derive(Value)]
#[value(postgres())]
enum WhichType {
    A,
}

#[derive(Value)]
#[value(postgres(typ = "color"))]
enum NearType {
    A,
}

#[derive(Value)]
#[value(postgres(type = ""))]
enum EmptyType {
    A,
}

#[derive(Value)]
#[value(postgres(type = "database.schema.color"))]
enum Dots {
    A,
}

#[derive(Value)]
#[value(postgres(type = "\"Color\""), no_array)]
enum Quoted {
    A,
}

#[derive(Value)]
#[value(postgres(type = "color"), rename_all = "lowercase")]
struct Newtype(i32);

#[derive(Value)]
struct OnTheField(#[value(rename = "a")] i32);

#[derive(Value)]
#[value = "text"]
enum NoParentheses {
    A,
}

fn main() {}
