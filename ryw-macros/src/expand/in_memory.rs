//! `impl InMemory`: what the database does, for tests that have none.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{Bodies, generated_at};
use crate::check::option;
use crate::model::{Entity, Field, Maker, Names, Role};

pub(super) fn expand(entity: &Entity, bodies: Bodies) -> TokenStream {
    let Names { entity: name, new, patch, .. } = &entity.names;
    let (create, change) = (bodies.of(|| create(entity)), bodies.of(|| change(entity)));
    let keys = entity.keys().map(Field::variant);
    let column = &entity.names.column;
    let optional = (bodies == Bodies::Real).then(|| [unique(entity), version(entity), deleted(entity)]);
    let optional = optional.into_iter().flatten().flatten();
    quote! {
        impl ::ryw_core::InMemory for #name {
            const KEY: &'static [#column] = &[#(#column::#keys),*];

            fn create(
                new: #new,
                by: &mut ::ryw_core::Generator,
            ) -> ::core::result::Result<Self, ::ryw_core::Error> {
                #create
            }

            fn change(
                &mut self,
                patch: #patch,
                by: &mut ::ryw_core::Generator,
            ) -> ::core::result::Result<(), ::ryw_core::Error> {
                #change
            }

            #(#optional)*
        }
    }
}

fn create(entity: &Entity) -> TokenStream {
    let members = entity.members();
    let fields = members.iter().map(|field| {
        let ident = &field.ident;
        let value = match field.role {
            Role::Key(Maker::Application) | Role::Plain => {
                let twin = field.twin();
                quote!(new.#twin)
            }
            Role::Key(Maker::Database) | Role::Generated | Role::CreatedAt | Role::UpdatedAt => made(field),
            Role::Version => quote!(1),
            Role::DeletedAt => quote!(::core::option::Option::None),
        };
        quote!(#ident: #value)
    });
    let skipped = entity.skipped();
    quote! {
        ::core::result::Result::Ok(Self {
            #(#fields,)*
            #(#skipped: ::core::default::Default::default(),)*
        })
    }
}

fn change(entity: &Entity) -> TokenStream {
    let members = entity.members();
    let changes = members.iter().filter_map(|field| {
        let ident = &field.ident;
        match field.role {
            Role::Plain => {
                let twin = field.twin();
                Some(quote!(patch.#twin.apply(&mut self.#ident);))
            }
            Role::Version => Some(quote!(self.#ident += 1;)),
            Role::UpdatedAt => {
                let now = made(field);
                Some(quote!(self.#ident = #now;))
            }
            Role::Key(_) | Role::Generated | Role::CreatedAt | Role::DeletedAt => None,
        }
    });
    quote! {
        #(#changes)*
        ::core::result::Result::Ok(())
    }
}

/// A value that the database makes.
fn made(field: &Field) -> TokenStream {
    let ty = &field.ty;
    quote_spanned!(generated_at(ty)=> ::ryw_core::__private::made!(#ty, by))
}

fn unique(entity: &Entity) -> Option<TokenStream> {
    let column = &entity.names.column;
    let unique: Vec<_> = entity.unique().collect();
    if unique.is_empty() {
        return None;
    }
    let variants = unique.iter().map(|field| field.variant());
    let arms = unique.iter().map(|field| {
        let (variant, ident) = (field.variant(), &field.ident);
        let is_some = option(&field.ty).map(|_| quote!(self.#ident.is_some() &&));
        quote!(#column::#variant => #is_some self.#ident == other.#ident)
    });
    Some(quote! {
        const UNIQUE: &'static [#column] = &[#(#column::#variants),*];

        fn shares(&self, other: &Self, column: #column) -> bool {
            match column {
                #(#arms,)*
                _ => false,
            }
        }
    })
}

fn version(entity: &Entity) -> Option<TokenStream> {
    let ident = &entity.version()?.ident;
    Some(quote! {
        fn is_version_of(&self, current: &Self) -> bool {
            self.#ident == current.#ident
        }
    })
}

fn deleted(entity: &Entity) -> Option<TokenStream> {
    let field = entity.deleted_at()?;
    let (ident, now) = (&field.ident, made(field));
    Some(quote! {
        fn mark_deleted(
            &mut self,
            by: &mut ::ryw_core::Generator,
        ) -> ::core::result::Result<bool, ::ryw_core::Error> {
            self.#ident = #now;
            ::core::result::Result::Ok(true)
        }

        fn unmark_deleted(&mut self) {
            self.#ident = ::core::option::Option::None;
        }
    })
}
