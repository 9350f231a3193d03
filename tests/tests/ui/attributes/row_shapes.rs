//! A row is a struct with named fields.

use ryw_core::Row;

#[derive(Row)]
pub enum Either {
    A,
}

#[derive(Row)]
pub struct Pair(i64, i64);

#[derive(Row)]
pub struct Nothing;

#[derive(Row)]
pub struct Borrowed<'a> {
    pub name: &'a str,
}

#[derive(Row)]
#[row(table = "favorites")]
pub struct Misread {
    #[row(renamed = "a")]
    pub one: i64,
    #[row(rename)]
    pub two: i64,
    #[row(rename = "three")]
    pub other: i64,
    pub three: i64,
    #[row(key)]
    pub five: i64,
}

fn main() {}
