//! The rules of `indexed`, `not_null` and `read_only`.

use syn::Path;

use super::option;
use crate::ast::Field;
use crate::attr::{ContainerAttrs, name};
use crate::ctxt::Ctxt;
use crate::model::{self, Access};

/// Whether the repository writes.
pub(super) const fn access(attrs: &ContainerAttrs) -> Access {
    match attrs.read_only {
        None => Access::ReadWrite,
        Some(_) => Access::ReadOnly,
    }
}

/// Rows are listed by a field where that says something new.
pub(super) fn lookups(ctxt: &Ctxt, fields: &[&Field<'_>], checked: &mut [Option<Vec<model::Field>>]) {
    let keys = fields.iter().filter(|field| field.attrs.key.is_some()).count();
    for (field, checked) in fields.iter().zip(checked) {
        let Some(path) = &field.attrs.indexed else { continue };
        let message = if field.attrs.unique.is_some() {
            "`unique` and `indexed` exclude each other: of a unique value there is one row, which `find_by_...` finds; \
             remove `indexed`"
        } else if field.attrs.key.is_some() && keys == 1 {
            "the key alone names a row, and `find` finds it by its key: remove `indexed`"
        } else {
            continue;
        };
        ctxt.error_at(path, message);
        *checked = None;
    }
}

/// A promise is made where there is something to promise.
pub(super) fn promise(ctxt: &Ctxt, field: &Field<'_>) -> Option<bool> {
    let Some(path) = &field.attrs.not_null else { return Some(false) };
    if option(&field.original.ty).is_none() {
        return Some(true);
    }
    let message =
        "`not_null` promises that the column is never NULL, and the type is an `Option`: remove one of them";
    ctxt.error_at(path, message);
    None
}

/// A repository that only reads has nothing to do with who gives a column its value, but for the mark of the deleted,
/// which reads look at.
pub(super) fn only_reads(
    ctxt: &Ctxt,
    read_only: &Path,
    fields: &[&Field<'_>],
    checked: &mut [Option<Vec<model::Field>>],
) {
    for field in fields {
        let attrs = &field.attrs;
        for path in
            [&attrs.generated, &attrs.version, &attrs.created_at, &attrs.updated_at].into_iter().flatten()
        {
            let (role, read_only) = (name(path), name(read_only));
            let message = format!(
                "`{role}` says how a column is written, and a `{read_only}` repository writes none: remove `{role}`"
            );
            ctxt.error_at(path, message);
        }
    }
    // A view cannot say so of its columns.
    for key in checked.iter_mut().flatten().flatten().filter(|field| field.is_key()) {
        key.promised = true;
    }
}
