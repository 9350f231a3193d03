//! Read-your-writes on DynamoDB.

mod attribute;
mod expression;
mod item;
mod schema;
