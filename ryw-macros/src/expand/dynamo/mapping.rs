//! The mappings between the struct and an item, by the fields' forms.
//!
//! As for Postgres, a flattened field is put together from its parts in one struct expression, so that rustc says which of
//! its fields were forgotten; and its type is named by an alias.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::check::option;
use crate::expand::generated_at;
use crate::expand::table::mapping::{is_of_the_same, member};
use crate::model::{Entity, Field, Form};

/// Takes each attribute by its name.
pub(super) fn from_attributes(entity: &Entity) -> TokenStream {
    let fields: Vec<_> = entity.fields().collect();
    let members = fields.chunk_by(|one, next| is_of_the_same(one, next)).map(from_several);
    let skipped = entity.skipped();
    quote! {
        ::core::result::Result::Ok(Self {
            #(#members,)*
            #(#skipped: ::core::default::Default::default(),)*
        })
    }
}

/// One field of the struct, from its attributes.
fn from_several(fields: &[&Field]) -> TokenStream {
    let field = fields[0];
    let Form::Part { whole } = &field.form else {
        let (ident, value) = (&field.ident, taken(field));
        return quote!(#ident: #value);
    };
    let parts = fields.iter().map(|field| {
        let (ident, value) = (&field.ident, taken(field));
        quote!(#ident: #value)
    });
    let ty = &field.ty;
    let made = quote_spanned!(generated_at(ty)=> __Whole { #(#parts),* });
    quote! {
        #whole: {
            type __Whole = #ty;
            #made
        }
    }
}

fn taken(field: &Field) -> TokenStream {
    let attribute = &field.column;
    let span = match &field.form {
        Form::Part { .. } => generated_at(&field.ident),
        Form::Plain | Form::Json | Form::TryFrom(_) => generated_at(&field.ty),
    };
    let ty = &field.ty;
    match &field.form {
        Form::Plain => quote_spanned! {span=>
            ::ryw_dynamo::__private::field::<#ty>(#attribute).take(&mut attributes)?
        },
        Form::Part { .. } => {
            quote_spanned!(span=> ::ryw_dynamo::__private::take(&mut attributes, #attribute)?)
        }
        Form::Json => quote_spanned!(span=> ::ryw_dynamo::__private::take_json(&mut attributes, #attribute)?),
        Form::TryFrom(stored) if option(&field.ty).is_some() => quote_spanned! {span=>
            ::ryw_dynamo::__private::take_as_if_any::<#stored, _>(&mut attributes, #attribute)?
        },
        Form::TryFrom(stored) => quote_spanned! {span=>
            ::ryw_dynamo::__private::take_as::<#stored, _>(&mut attributes, #attribute)?
        },
    }
}

/// Puts a field of `self`.
pub(super) fn put(field: &Field) -> TokenStream {
    let (attribute, ty, span, ident) = (&field.column, &field.ty, generated_at(&field.ty), member(field));
    let put = match &field.form {
        Form::Plain => {
            let put = if field.is_key() { quote!(key) } else { quote!(field) };
            return quote_spanned! {span=>
                ::ryw_dynamo::__private::#put::<#ty>(#attribute).put(&mut attributes, &self.#ident)?;
            };
        }
        Form::Part { .. } => {
            let part = field.twin();
            let value = quote_spanned!(generated_at(&field.ident)=> &self.#ident.#part);
            return quote_spanned!(span=> ::ryw_dynamo::__private::put(&mut attributes, #attribute, #value)?;);
        }
        Form::Json => quote!(put_json),
        Form::TryFrom(stored) if option(ty).is_some() => quote!(put_as_if_any::<#stored>),
        Form::TryFrom(stored) => quote!(put_as::<#stored>),
    };
    quote_spanned!(span=> ::ryw_dynamo::__private::#put(&mut attributes, #attribute, &self.#ident)?;)
}

/// Adds what becomes of a field in `patch`.
pub(super) fn changed(field: &Field) -> TokenStream {
    let (attribute, span, ident) = (&field.column, generated_at(&field.ty), member(field));
    let (kept, value) =
        (quote_spanned!(span=> patch.#ident.is_keep()), quote_spanned!(span=> patch.#ident.value()));
    let (change, value) = match &field.form {
        Form::Plain => {
            let ty = field.value_type();
            return quote_spanned! {span=>
                ::ryw_dynamo::__private::field::<#ty>(#attribute).change(changes, #kept, #value)?;
            };
        }
        Form::Json => (quote!(change_json), value),
        Form::Part { .. } => {
            let part = field.twin();
            let value = quote_spanned!(generated_at(&field.ident)=> #value.map(|whole| &whole.#part));
            (quote!(change), value)
        }
        Form::TryFrom(stored) => {
            let value =
                quote_spanned!(span=> #value.cloned().map(::core::convert::Into::<#stored>::into).as_ref());
            (quote!(change), value)
        }
    };
    quote_spanned!(span=> ::ryw_dynamo::__private::#change(changes, #attribute, #kept, #value)?;)
}

/// Sets a field to a value that a write makes by itself.
pub(super) fn stamped(field: &Field) -> TokenStream {
    let (attribute, ty, span) = (&field.column, &field.ty, generated_at(&field.ty));
    let made = quote_spanned!(span=> let now: #ty = ::ryw_core::__private::made!(#ty, by););
    let stored = match &field.form {
        Form::TryFrom(stored) if option(ty).is_some() => {
            quote_spanned!(span=> &now.map(::core::convert::Into::<#stored>::into))
        }
        Form::TryFrom(stored) => quote_spanned!(span=> &::core::convert::Into::<#stored>::into(now)),
        Form::Plain | Form::Json | Form::Part { .. } => quote_spanned!(span=> &now),
    };
    quote_spanned! {span=>
        #made
        changes.set(#attribute, #stored)?;
    }
}
