//! The attributes that say in which form a field is stored: `json`, `try_from`, `flatten`.

use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Meta, Path, Token, Type};

use super::{Setting, duplicate, set_flag, set_string};
use crate::ctxt::Ctxt;

/// Their names.
pub(crate) const STORAGE: [&str; 3] = ["json", "try_from", "flatten"];

/// The form of a field; the paths are what to blame.
#[derive(Default)]
pub(crate) struct StorageAttrs {
    pub(crate) json: Option<Path>,
    pub(crate) try_from: Option<(Path, Setting<Type>)>,
    pub(crate) flatten: Option<(Path, Setting<Vec<PartAttr>>)>,
}

/// `street`, or `city = "home_city"`.
pub(crate) struct PartAttr {
    pub(crate) ident: Ident,
    pub(crate) column: Option<LitStr>,
}

impl StorageAttrs {
    /// Those that were given.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        let (try_from, flatten) = (&self.try_from, &self.flatten);
        let (try_from, flatten) =
            (try_from.as_ref().map(|(path, _)| path), flatten.as_ref().map(|(path, _)| path));
        [self.json.as_ref(), try_from, flatten].into_iter().flatten()
    }

    /// Takes `meta` in, if it is one of these.
    pub(crate) fn take(&mut self, ctxt: &Ctxt, meta: &Meta) -> bool {
        match meta.path() {
            path if path.is_ident("json") => set_flag(ctxt, &mut self.json, meta),
            path if path.is_ident("try_from") => self.take_try_from(ctxt, meta),
            path if path.is_ident("flatten") => self.take_flatten(ctxt, meta),
            _ => return false,
        }
        true
    }

    fn take_try_from(&mut self, ctxt: &Ctxt, meta: &Meta) {
        if self.try_from.is_some() {
            return ctxt.error(duplicate(meta.path()));
        }
        let mut literal = Setting::Absent;
        set_string(ctxt, &mut literal, meta);
        let ty = match literal {
            Setting::Set(literal) => literal.parse::<Type>().map_or_else(
                |_| {
                    ctxt.error_at(&literal, "this is no type: write `try_from = \"String\"`, for instance");
                    Setting::Faulty
                },
                Setting::Set,
            ),
            Setting::Absent | Setting::Faulty => Setting::Faulty,
        };
        self.try_from = Some((meta.path().clone(), ty));
    }

    fn take_flatten(&mut self, ctxt: &Ctxt, meta: &Meta) {
        if self.flatten.is_some() {
            return ctxt.error(duplicate(meta.path()));
        }
        let parts = match meta {
            Meta::List(list) => list.parse_args_with(Punctuated::<PartAttr, Token![,]>::parse_terminated),
            Meta::Path(_) | Meta::NameValue(_) => Ok(Punctuated::new()),
        };
        let parts = match parts {
            Ok(parts) if parts.is_empty() => {
                let message = "which fields? A derive does not see into another type: write \
                               `flatten(street, city = \"home_city\")`, with the fields that are stored";
                ctxt.error_at(meta.path(), message);
                Setting::Faulty
            }
            Ok(parts) => Setting::Set(parts.into_iter().collect()),
            Err(error) => {
                ctxt.error(error);
                Setting::Faulty
            }
        };
        self.flatten = Some((meta.path().clone(), parts));
    }
}

impl Parse for PartAttr {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ident =
            if input.peek(Ident::peek_any) { input.call(Ident::parse_any)? } else { input.parse()? };
        if !input.peek(Token![=]) {
            return Ok(Self { ident, column: None });
        }
        input.parse::<Token![=]>()?;
        let column = input.parse::<LitStr>().map_err(|error| {
            syn::Error::new(error.span(), "a column's name is a string: `city = \"home_city\"`")
        })?;
        Ok(Self { ident, column: Some(column) })
    }
}
