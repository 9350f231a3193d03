//! Futures behind a pointer, where generated code begins.
//!
//! rustc compiles the body of an async function in the crate that polls it. Without a pointer in between, all that a
//! statement goes through would be compiled once more for every method of every entity, in the application's crate; a
//! derived struct took 1.8 s of a debug build. The price is one allocation for each operation. Measured by
//! `ryw-bench derive`.

use std::pin::Pin;

use ryw_core::Error;

/// What an operation comes to.
pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Puts it behind a pointer.
pub(crate) fn boxed<'a, T>(operation: impl Future<Output = Result<T, Error>> + Send + 'a) -> Boxed<'a, T> {
    Box::pin(operation)
}
