//! What a stored value can be.

use ryw_core::Value;

#[derive(Value)]
enum Empty {}

#[derive(Value)]
enum WithFields {
    Plain,
    Point(i32, i32),
    Named { name: String },
}

#[derive(Value)]
struct Unit;

#[derive(Value)]
struct Two(i32, i32);

#[derive(Value)]
struct TwoNamed {
    a: i32,
    b: i32,
}

#[derive(Value)]
struct MaybeNothing(Option<i32>);

#[derive(Value)]
struct Generic<T>(T);

#[derive(Value)]
struct Borrowed<'a>(&'a str);

#[derive(Value)]
struct Bound(i32)
where
    i32: Copy;

#[derive(Value)]
union Either {
    a: i32,
    b: f32,
}

fn main() {}
