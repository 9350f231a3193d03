//! The repository's type, and what makes it one of the traits in ryw-core.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::Names;

/// `source` is the type of source one gets without naming any.
pub(super) fn expand(names: &Names, source: Option<TokenStream>) -> TokenStream {
    let Names { vis, entity, repository, .. } = names;
    let source = source.unwrap_or_else(|| quote!(()));
    let doc = format!(
        " Writes and reads [`{entity}`]: a read sees every write of its context, wherever it is served."
    );
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #vis struct #repository<S = #source> {
            source: S,
        }

        impl<S> #repository<S> {
            /// A repository that writes to and reads from `source`.
            #[must_use]
            pub fn new(source: S) -> Self {
                Self { source }
            }

            /// Where this repository writes to and reads from.
            #[must_use]
            pub fn source(&self) -> &S {
                &self.source
            }
        }

        impl<S> ::ryw_core::__private::Generated for #repository<S>
        where
            S: ::core::fmt::Debug + ::core::marker::Send + ::core::marker::Sync,
        {
            type Entity = #entity;
            type Source = S;

            fn stored_in(&self) -> &S {
                &self.source
            }
        }
    }
}
