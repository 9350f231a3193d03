//! Where mistakes are collected, so that one build reports all of them.
//!
//! The shape is serde's: a collector that is dropped without being asked for its errors would swallow them, so it
//! panics instead.

use std::cell::RefCell;
use std::fmt::Display;

use quote::ToTokens;

/// Collects the mistakes of one derive.
pub(crate) struct Ctxt {
    /// `None` once [`Ctxt::check`] has taken them.
    errors: RefCell<Option<Vec<syn::Error>>>,
}

impl Ctxt {
    pub(crate) fn new() -> Self {
        Self { errors: RefCell::new(Some(Vec::new())) }
    }

    /// Records a mistake at the tokens to blame.
    pub(crate) fn error_at(&self, blame: impl ToTokens, message: impl Display) {
        self.error(syn::Error::new_spanned(blame, message));
    }

    /// Records a mistake that carries its own span.
    pub(crate) fn error(&self, error: syn::Error) {
        self.errors.borrow_mut().as_mut().expect("a checked Ctxt takes no more errors").push(error);
    }

    /// Takes the mistakes, joined in the order of their discovery.
    pub(crate) fn check(self) -> syn::Result<()> {
        let errors = self.errors.borrow_mut().take().expect("check consumes the Ctxt");
        let joined = errors.into_iter().reduce(|mut all, next| {
            all.combine(next);
            all
        });
        joined.map_or(Ok(()), Err)
    }
}

impl Drop for Ctxt {
    fn drop(&mut self) {
        if !std::thread::panicking() && self.errors.borrow().is_some() {
            panic!("forgot to ask a Ctxt for its errors");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_errors_come_out_in_order() {
        let ctxt = Ctxt::new();
        ctxt.error_at(quote::quote!(a), "first");
        ctxt.error_at(quote::quote!(b), "second");
        let messages: Vec<_> = ctxt.check().unwrap_err().into_iter().map(|error| error.to_string()).collect();
        assert_eq!(messages, ["first", "second"]);
    }

    #[test]
    #[should_panic(expected = "forgot to ask")]
    fn an_unchecked_collector_panics() {
        drop(Ctxt::new());
    }
}
