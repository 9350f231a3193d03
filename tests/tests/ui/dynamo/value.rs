//! Values of attributes.

use ryw_core::Value;

#[derive(Value)]
#[value(dynamo = "text")]
enum NoFlag {
    A,
}

#[derive(Value)]
#[value(dynamo)]
struct Two(i32, i32);

#[derive(Value)]
#[value(postgres, dynamo)]
struct InBoth {
    a: i32,
    b: i32,
}

#[derive(Value)]
#[value(dynamo, rename_all = "snake_case", no_array)]
struct Attributes {
    a: i32,
    #[value(rename = "a")]
    b: i32,
    #[value(rename = "")]
    c: i32,
    #[value(renamed = "e")]
    d: i32,
}

#[derive(Value)]
#[value(dynamo, no_array)]
struct Newtype(i32);

#[derive(Value)]
#[value(dynamo)]
enum WithFields {
    A(i32),
}

#[derive(Value)]
#[value(dynamo)]
struct MaybeNothing(Option<i32>);

fn main() {}
