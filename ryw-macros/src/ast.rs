//! The struct as the user wrote it: borrowed, with its attributes parsed, and judged by nobody yet.

use syn::{Attribute, Data, DeriveInput, Fields};

use crate::attr::{ContainerAttrs, FieldAttrs};
use crate::ctxt::Ctxt;

/// The item under the derive.
pub(crate) struct Input<'a> {
    pub(crate) original: &'a DeriveInput,
    pub(crate) attrs: ContainerAttrs,
    pub(crate) shape: Shape<'a>,
}

/// What kind of item it is. Only one kind has a table row's shape.
pub(crate) enum Shape<'a> {
    Named(Vec<Field<'a>>),
    Tuple,
    Unit,
    Enum,
    Union,
}

/// One named field.
pub(crate) struct Field<'a> {
    pub(crate) original: &'a syn::Field,
    pub(crate) ident: &'a syn::Ident,
    pub(crate) attrs: FieldAttrs,
}

impl<'a> Input<'a> {
    pub(crate) fn new(ctxt: &Ctxt, original: &'a DeriveInput) -> Self {
        let attrs = ContainerAttrs::parse(ctxt, &original.attrs);
        Self { original, attrs, shape: Shape::new(ctxt, &original.data) }
    }

    /// The fields, if the item has any that a column can be named after.
    pub(crate) fn fields(&self) -> &[Field<'a>] {
        match &self.shape {
            Shape::Named(fields) => fields,
            Shape::Tuple | Shape::Unit | Shape::Enum | Shape::Union => &[],
        }
    }
}

impl<'a> Shape<'a> {
    fn new(ctxt: &Ctxt, data: &'a Data) -> Self {
        match data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(fields) => {
                    Self::Named(fields.named.iter().filter_map(|field| Field::new(ctxt, field)).collect())
                }
                Fields::Unnamed(_) => Self::Tuple,
                Fields::Unit => Self::Unit,
            },
            Data::Enum(_) => Self::Enum,
            Data::Union(_) => Self::Union,
        }
    }
}

impl<'a> Field<'a> {
    fn new(ctxt: &Ctxt, original: &'a syn::Field) -> Option<Self> {
        let ident = original.ident.as_ref()?;
        Some(Self { original, ident, attrs: FieldAttrs::parse(ctxt, &original.attrs) })
    }

    /// The documentation.
    pub(crate) fn docs(&self) -> Vec<Attribute> {
        self.original.attrs.iter().filter(|attr| attr.path().is_ident("doc")).cloned().collect()
    }
}
