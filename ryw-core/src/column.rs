//! The columns of a table, as a type.

use std::fmt::Debug;

/// A column of an entity's table. The derive makes an enum of them, named after the entity: `ArticleColumn`.
///
/// It names a column where a word would do, so that a misspelt one does not compile.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no column",
    note = "`#[derive(Repository)]` on `Article` makes `ArticleColumn`, with a variant for each field"
)]
pub trait Column: Copy + Debug + Eq + Send + Sync + 'static {
    /// The column's name in the database.
    fn name(self) -> &'static str;

    /// The table's name, with its schema if that was given: `"articles"`, `"app.articles"`.
    fn table(self) -> &'static str;
}
