//! The return type: what it says of the rows, and whether it says that the query writes.

use syn::{GenericArgument, PathArguments, ReturnType, Signature, Type};

use super::model::{Row, Shape};
use crate::builtin::is_builtin;
use crate::check::{option, wrapped};
use crate::ctxt::Ctxt;

/// The return type, taken apart.
pub(crate) struct Returned {
    pub(crate) shape: Shape,
    /// The `Written<…>`, if it says so.
    pub(crate) written: Option<Type>,
    /// What is in it.
    pub(crate) inner: Type,
}

/// Reads `Result<…, Error>`. `None` only where `ctxt` holds a mistake.
pub(crate) fn returned(ctxt: &Ctxt, sig: &Signature) -> Option<Returned> {
    let ReturnType::Type(_, ty) = &sig.output else {
        ctxt.error_at(&sig.ident, "what does it return? Write `-> Result<Vec<…>, Error>`");
        return None;
    };
    let Some(result) = wrapped(ty, "Result").filter(|_| has_an_error(ty)) else {
        ctxt.error_at(ty, "a query can fail: it returns `Result<…, Error>`, with the `Error` of `ryw_core`");
        return None;
    };
    let written = wrapped(result, "Written");
    let inner = written.unwrap_or(result);
    let shape = shape(ctxt, inner)?;
    Some(Returned { shape, written: written.map(|_| result.clone()), inner: inner.clone() })
}

/// `Result<T, E>`; an alias that names no error is not told from one of another error.
fn has_an_error(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
    arguments.args.len() == 2
}

fn shape(ctxt: &Ctxt, ty: &Type) -> Option<Shape> {
    if is_u64(ty) {
        return Some(Shape::Affected);
    }
    // Bytes are one value.
    let all =
        wrapped(ty, "Vec").filter(|element| !matches!(element, Type::Path(path) if path.path.is_ident("u8")));
    if let Some(element) = all {
        return row(ctxt, element).map(Shape::All);
    }
    match option(ty) {
        Some(inner) => row(ctxt, inner).map(Shape::Optional),
        None => row(ctxt, ty).map(Shape::One),
    }
}

fn is_u64(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("u64"))
}

fn row(ctxt: &Ctxt, ty: &Type) -> Option<Row> {
    let mistake = match ty {
        Type::Tuple(tuple) if tuple.elems.is_empty() => {
            "`()` holds no row: a write that gives none back returns `Written<u64>`, the number of rows it changed"
        }
        Type::Tuple(tuple) => return Some(Row::Tuple(ty.clone(), tuple.elems.iter().cloned().collect())),
        Type::Reference(_) => "rows are returned by value: write `String` for `&str`",
        Type::ImplTrait(_) | Type::TraitObject(_) | Type::Infer(_) => {
            "a row becomes a concrete type: an entity, a scalar, a tuple, or a struct with `#[derive(Row)]`"
        }
        Type::Path(path) if has_infer(path) => {
            "a row becomes a concrete type: an entity, a scalar, a tuple, or a struct with `#[derive(Row)]`"
        }
        _ if is_u64(ty) => "PostgreSQL has no unsigned numbers: read a count as `i64`",
        _ if is_builtin(ty) || option(ty).is_some() => return Some(Row::Scalar(ty.clone())),
        _ => return Some(Row::Named(ty.clone())),
    };
    ctxt.error_at(ty, mistake);
    None
}

fn has_infer(path: &syn::TypePath) -> bool {
    path.path.segments.iter().any(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => {
            arguments.args.iter().any(|argument| matches!(argument, GenericArgument::Type(Type::Infer(_))))
        }
        PathArguments::None | PathArguments::Parenthesized(_) => false,
    })
}
