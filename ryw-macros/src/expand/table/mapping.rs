//! The two mappings between the struct and a row, by the fields' forms.
//!
//! A flattened field is put together from its parts in one struct expression, so that rustc says which of its fields were
//! forgotten. Its type is named by an alias, which can stand where a path with arguments could not.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Ident, Type};

use crate::check::option;
use crate::expand::generated_at;
use crate::model::{Entity, Field, Form};

/// Reads by index: every statement gives the columns in the fields' order.
pub(super) fn from_row(entity: &Entity) -> TokenStream {
    let fields: Vec<_> = entity.fields().enumerate().collect();
    let members = fields
        .chunk_by(|(_, one), (_, next)| is_of_the_same(one, next))
        .map(|columns| from_columns(entity, columns));
    let skipped = entity.skipped();
    quote! {
        ::core::result::Result::Ok(Self {
            #(#members,)*
            #(#skipped: ::core::default::Default::default(),)*
        })
    }
}

pub(crate) fn is_of_the_same(one: &Field, next: &Field) -> bool {
    match (&one.form, &next.form) {
        (Form::Part { whole: one }, Form::Part { whole: next }) => one == next,
        _ => false,
    }
}

/// One field of the struct, from its columns.
fn from_columns(entity: &Entity, columns: &[(usize, &Field)]) -> TokenStream {
    let (index, field) = columns[0];
    let Form::Part { whole } = &field.form else {
        let (ident, value) = (&field.ident, value(entity, index, field));
        return quote!(#ident: #value);
    };
    let parts = columns.iter().map(|(index, field)| {
        let (ident, value) = (&field.ident, value(entity, *index, field));
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

fn value(entity: &Entity, index: usize, field: &Field) -> TokenStream {
    let index = Literal::usize_unsuffixed(index);
    let (ty, nullable) = (&field.ty, option(&field.ty).is_some());
    let span = match &field.form {
        Form::Part { .. } => generated_at(&field.ident),
        Form::Plain | Form::Json | Form::TryFrom(_) => generated_at(ty),
    };
    let json = quote!(::ryw_postgres::__private::sqlx::types::Json<_>);
    match &field.form {
        Form::Plain => {
            let (held, in_column) = (held(field), entity.in_column(field));
            let read = if nullable { quote!(read_if_any) } else { quote!(read) };
            quote_spanned!(span=> <#held as ::ryw_postgres::__private::#in_column>::#read(row, #index)?)
        }
        Form::Part { .. } => quote_spanned!(span=> row.try_get(#index)?),
        Form::Json if nullable => {
            quote_spanned!(span=> row.try_get::<::core::option::Option<#json>, _>(#index)?.map(|json| json.0))
        }
        Form::Json => quote_spanned!(span=> row.try_get::<#json, _>(#index)?.0),
        Form::TryFrom(stored) if nullable => {
            quote_spanned!(span=> ::ryw_postgres::__private::converted_if_any::<#stored, _>(row, #index)?)
        }
        Form::TryFrom(stored) => {
            quote_spanned!(span=> ::ryw_postgres::__private::converted::<#stored, _>(row, #index)?)
        }
    }
}

/// What a column holds where it is not NULL. All its places say the same of it, which makes one message of a type that cannot.
pub(crate) fn held(field: &Field) -> &Type {
    option(&field.ty).unwrap_or(&field.ty)
}

/// Adds a field of `new` to `args`.
pub(crate) fn added(field: &Field) -> TokenStream {
    let span = generated_at(&field.ty);
    if !matches!(field.form, Form::Plain) {
        let value = argument(field);
        return quote_spanned!(span=> args.add(#value)?;);
    }
    let (held, ident) = (held(field), member(field));
    let in_column = quote_spanned!(span=> <#held as ::ryw_postgres::__private::InColumn>);
    match option(&field.ty) {
        Some(_) => quote_spanned!(span=> #in_column::add_if_any(new.#ident.as_ref(), args)?;),
        None => quote_spanned!(span=> #in_column::add(&new.#ident, args)?;),
    }
}

/// What a field of `new` is sent as.
pub(crate) fn argument(field: &Field) -> TokenStream {
    let (ident, nullable) = (member(field), option(&field.ty).is_some());
    let span = generated_at(&field.ty);
    let json = quote!(::ryw_postgres::__private::sqlx::types::Json);
    match &field.form {
        Form::Plain => quote_spanned!(span=> &new.#ident),
        Form::Part { .. } => {
            let part = field.twin();
            quote_spanned!(generated_at(&field.ident)=> &new.#ident.#part)
        }
        Form::Json if nullable => quote_spanned!(span=> new.#ident.as_ref().map(#json)),
        Form::Json => quote_spanned!(span=> #json(&new.#ident)),
        Form::TryFrom(ty) if nullable => {
            quote_spanned!(span=> ::core::clone::Clone::clone(&new.#ident).map(::core::convert::Into::<#ty>::into))
        }
        Form::TryFrom(ty) => {
            quote_spanned!(span=> ::core::convert::Into::<#ty>::into(::core::clone::Clone::clone(&new.#ident)))
        }
    }
}

/// What a field of `patch` sets its column to, if anything.
pub(crate) fn changed(field: &Field) -> TokenStream {
    let ident = member(field);
    let span = generated_at(&field.ty);
    let value = quote_spanned!(span=> patch.#ident.value());
    match &field.form {
        Form::Plain => value,
        Form::Part { .. } => {
            let part = field.twin();
            quote_spanned!(generated_at(&field.ident)=> #value.map(|whole| &whole.#part))
        }
        Form::Json => quote_spanned!(span=> #value.map(::ryw_postgres::__private::sqlx::types::Json)),
        Form::TryFrom(ty) => quote_spanned!(span=> #value.cloned().map(::core::convert::Into::<#ty>::into)),
    }
}

/// The field of `new` and `patch` that has the value.
pub(crate) fn member(field: &Field) -> Ident {
    match &field.form {
        Form::Part { whole } => Ident::new(&whole.to_string(), generated_at(whole)),
        Form::Plain | Form::Json | Form::TryFrom(_) => field.twin(),
    }
}
