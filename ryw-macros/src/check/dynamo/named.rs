//! The fields that an attribute names.

use syn::Ident;
use syn::ext::IdentExt as _;

use crate::ast::Field;
use crate::attr::{FieldAttrs, Setting, name};
use crate::check::blame;
use crate::ctxt::Ctxt;
use crate::model;
use crate::suggest::nearest;

/// All fields, by name.
pub(super) struct Named<'a> {
    pub(super) ctxt: &'a Ctxt,
    fields: Vec<Found<'a>>,
}

/// A field, and what became of it.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) field: &'a Field<'a>,
    /// `None` if it is not stored, or has a mistake of its own.
    checked: Option<&'a [model::Field]>,
}

impl<'a> Named<'a> {
    /// `checked` is what became of the fields that are stored, in their order.
    pub(super) fn new(
        ctxt: &'a Ctxt,
        fields: &'a [Field<'a>],
        checked: &'a [Option<Vec<model::Field>>],
    ) -> Self {
        let mut checked = checked.iter();
        let fields = fields.iter().map(|field| {
            let checked = field.attrs.skip.is_none().then(|| checked.next()).flatten();
            Found { field, checked: checked.and_then(Option::as_deref) }
        });
        Self { ctxt, fields: fields.collect() }
    }

    pub(super) fn blame<T>(&self, ident: &Ident, message: &str) -> Option<T> {
        blame(self.ctxt, ident, message)
    }

    /// Those that are marked as keys, in the fields' order.
    pub(super) fn keys(&self) -> Vec<Found<'a>> {
        self.fields.iter().copied().filter(|found| found.attrs().key.is_some()).collect()
    }

    /// Those that are stored, in their order.
    pub(super) fn stored(&self) -> impl Iterator<Item = Found<'a>> {
        self.fields.iter().copied().filter(|found| found.attrs().skip.is_none())
    }

    /// The field of this name, if it is stored.
    pub(super) fn find(&self, ident: &Ident) -> Option<Found<'a>> {
        let wanted = ident.unraw().to_string();
        let Some(found) = self.fields.iter().find(|found| found.name() == wanted) else {
            return self.blame(ident, &format!("no field `{wanted}`: {}", self.hint(&wanted)));
        };
        if found.attrs().skip.is_some() {
            return self.blame(
                ident,
                &format!("the field `{wanted}` is not stored: remove its `skip`, or name another"),
            );
        }
        Some(*found)
    }

    /// What was meant, most likely.
    fn hint(&self, wanted: &str) -> String {
        if let Some(field) =
            self.stored().find(|found| found.renamed().is_some_and(|column| column == wanted))
        {
            return format!("this is the attribute's name, and the field is `{}`", field.name());
        }
        if let Some(field) = self.stored().find(|found| found.has_part(wanted)) {
            return format!(
                "it is a part of the field `{}`; take it out, for keys are fields of the struct",
                field.name()
            );
        }
        let names: Vec<_> = self.stored().map(|found| found.name()).collect();
        let known: Vec<_> = names.iter().map(String::as_str).collect();
        nearest(wanted, &known).map_or_else(
            || {
                format!(
                    "the fields are {}",
                    known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                )
            },
            |near| format!("did you mean `{near}`?"),
        )
    }
}

impl<'a> Found<'a> {
    pub(super) fn name(&self) -> String {
        self.field.ident.unraw().to_string()
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.field.ident == other.field.ident
    }

    pub(super) const fn attrs(&self) -> &'a FieldAttrs {
        &self.field.attrs
    }

    /// The attribute by which it is stored in another form than its own, if there is one.
    pub(super) fn form(&self) -> Option<String> {
        self.attrs().storage.paths().next().map(name)
    }

    /// The field, if it has no mistake and is no more than one attribute.
    pub(super) fn model(&self) -> Option<model::Field> {
        match self.checked? {
            [field] => Some(field.clone()),
            _ => None,
        }
    }

    /// The attributes that it is stored in; none, if it has a mistake.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &'a str> {
        self.checked.unwrap_or_default().iter().map(|field| field.column.as_str())
    }

    fn renamed(&self) -> Option<String> {
        match &self.attrs().rename {
            Setting::Set(literal) => Some(literal.value()),
            Setting::Absent | Setting::Faulty => None,
        }
    }

    fn has_part(&self, name: &str) -> bool {
        match &self.attrs().storage.flatten {
            Some((_, Setting::Set(parts))) => parts.iter().any(|part| part.ident.unraw() == name),
            _ => false,
        }
    }
}
