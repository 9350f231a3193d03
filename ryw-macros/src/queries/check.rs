//! Every rule about a query but the database's. All mistakes are reported, each at the tokens to blame.

use syn::{FnArg, GenericParam, Pat, Signature, Type};

use super::ast::Function;
use super::model::{Argument, Place, Query, Shape};
use super::nature::{Command, Nature};
use super::position;
use super::shape::{self, Returned};
use super::template::{Mistake, Template};
use crate::check::option;
use crate::ctxt::Ctxt;

/// The argument that says where a query runs.
enum Given {
    Context(syn::Ident),
    Transaction(syn::Ident),
}

/// Turns what the user wrote into a model. `None` only where `ctxt` holds a mistake.
pub(crate) fn check(ctxt: &Ctxt, function: Function) -> Option<Query> {
    let Function { attrs, vis, sig, sql } = function;
    signature(ctxt, &sig);
    let given = given(ctxt, &sig);
    let arguments = arguments(ctxt, &sig);
    let returned = shape::returned(ctxt, &sig);
    let literal = sql?;
    let text = literal.value();
    let names: Vec<_> = arguments.iter().map(|argument| name(&argument.ident)).collect();
    let show = |mistake: Mistake| ctxt.error(position::error(&literal, mistake.at, mistake.message));
    let template =
        Template::parse(&text, &names).map_err(|mistakes| mistakes.into_iter().for_each(show)).ok()?;
    used(ctxt, &template, &arguments);
    groups(&template, &arguments).into_iter().for_each(show);
    let nature = Nature::of(&text);
    let Returned { shape, written, inner } = returned?;
    let place = match (given?, &written) {
        (Given::Context(ctx), None) => {
            reads(ctxt, &nature, &shape, &inner).into_iter().for_each(show);
            Place::Read(ctx)
        }
        (Given::Context(ctx), Some(_)) => Place::Write(ctx),
        (Given::Transaction(tx), None) => Place::Transaction(tx),
        (Given::Transaction(tx), Some(written)) => {
            let message = "inside a transaction there is no position yet: return what is in the `Written<…>`; `commit` gives \
                           the position";
            ctxt.error_at(written, message);
            Place::Transaction(tx)
        }
    };
    Some(Query { attrs, vis, sig, literal, template, nature, place, arguments, shape })
}

/// What a parameter of this name is called in SQL.
fn name(ident: &syn::Ident) -> String {
    syn::ext::IdentExt::unraw(ident).to_string()
}

fn signature(ctxt: &Ctxt, sig: &Signature) {
    if sig.asyncness.is_none() {
        ctxt.error_at(sig.fn_token, "a query is `async`: write `async fn`");
    }
    for (token, given) in
        [(sig.constness.map(|token| token.span), "const"), (sig.unsafety.map(|token| token.span), "unsafe")]
    {
        if let Some(span) = token {
            ctxt.error(syn::Error::new(span, format_args!("a query is not `{given}`")));
        }
    }
    for parameter in &sig.generics.params {
        match parameter {
            GenericParam::Lifetime(_) => {}
            GenericParam::Type(_) | GenericParam::Const(_) => {
                let message = "a query takes no generics: what it sends and reads is checked against the database, type by type";
                ctxt.error_at(parameter, message);
            }
        }
    }
}

/// The first two arguments: `&self`, and where it runs.
fn given(ctxt: &Ctxt, sig: &Signature) -> Option<Given> {
    let mut inputs = sig.inputs.iter();
    let message = "a query is run by its repository: its first argument is `&self`";
    match inputs.next() {
        Some(FnArg::Receiver(receiver)) => {
            if receiver.reference.is_none() || receiver.mutability.is_some() {
                ctxt.error_at(receiver, message);
            }
        }
        Some(FnArg::Typed(_)) => {
            ctxt.error_at(&sig.inputs[0], message);
            return None;
        }
        None => {
            ctxt.error_at(&sig.ident, message);
            return None;
        }
    }
    let message =
        "the argument after `&self` says where the query runs: `ctx: &Context`, or `tx: &mut Transaction`";
    let Some(FnArg::Typed(second)) = inputs.next() else {
        ctxt.error_at(&sig.ident, message);
        return None;
    };
    let Some(ident) = plain(&second.pat) else {
        ctxt.error_at(&second.pat, "an argument of a query is a plain name");
        return None;
    };
    match place(&second.ty) {
        Some(("Context", false)) => Some(Given::Context(ident)),
        Some(("Transaction", true)) => Some(Given::Transaction(ident)),
        _ => {
            ctxt.error_at(second, message);
            None
        }
    }
}

/// `&Context` or `&mut Transaction`, and whether there is a `mut`.
fn place(ty: &Type) -> Option<(&'static str, bool)> {
    let Type::Reference(reference) = ty else { return None };
    let Type::Path(path) = &*reference.elem else { return None };
    let last = path.path.segments.last()?;
    let name = ["Context", "Transaction"].into_iter().find(|name| last.ident == name)?;
    Some((name, reference.mutability.is_some()))
}

fn arguments(ctxt: &Ctxt, sig: &Signature) -> Vec<Argument> {
    let arguments = sig.inputs.iter().skip(2).filter_map(|input| {
        let FnArg::Typed(input) = input else { return None };
        let Some(ident) = plain(&input.pat) else {
            ctxt.error_at(&input.pat, "an argument of a query is a plain name, which its SQL calls `:name`");
            return None;
        };
        if let Type::ImplTrait(ty) = &*input.ty {
            ctxt.error_at(
                ty,
                "an argument's type is checked against the database, so it has to be concrete: `&str`, say",
            );
        }
        Some(Argument { ident, is_option: option(&input.ty).is_some(), ty: (*input.ty).clone() })
    });
    arguments.collect()
}

fn plain(pat: &Pat) -> Option<syn::Ident> {
    match pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.mutability.is_none() && pat.subpat.is_none() => {
            Some(pat.ident.clone())
        }
        _ => None,
    }
}

fn used(ctxt: &Ctxt, template: &Template, arguments: &[Argument]) {
    for (at, argument) in arguments.iter().enumerate() {
        let (groups, outside) = template.uses(at);
        if groups.is_empty() && !outside {
            let name = name(&argument.ident);
            ctxt.error_at(
                &argument.ident,
                format_args!(
                    "the SQL does not use `{name}`: write `:{name}` where it belongs, or remove the argument"
                ),
            );
        }
    }
}

/// Each group is left out sometimes.
fn groups(template: &Template, arguments: &[Argument]) -> Vec<Mistake> {
    let never_out = template.groups.iter().enumerate().filter(|(group, _)| {
        !template.arguments_of(*group).into_iter().any(|argument| arguments[argument].is_option)
    });
    never_out
        .map(|(_, at)| Mistake {
            message: "this group is never left out: it is when an `Option` argument that it names is `None`, and it names \
                      none; make one an `Option`, or remove the braces"
                .to_owned(),
            at: at.clone(),
        })
        .collect()
}

/// What runs on a replica cannot write.
fn reads(ctxt: &Ctxt, nature: &Nature, shape: &Shape, inner: &Type) -> Option<Mistake> {
    if let Some((word, at)) = &nature.changes {
        let message = format!(
            "`{word}` writes, and this function says that it reads: return `Result<Written<_>, Error>`, or take \
             `tx: &mut Transaction` for `ctx`"
        );
        return Some(Mistake { message, at: at.clone() });
    }
    if let Some(at) = &nature.locks {
        let message =
            "a lock holds to the end of its transaction: take `tx: &mut Transaction` for `ctx`".to_owned();
        return Some(Mistake { message, at: at.clone() });
    }
    if nature.command == Command::Other {
        let message = "a read begins with `SELECT`, `WITH`, `VALUES` or `TABLE`; what writes returns `Written<_>`, or takes \
                       `tx: &mut Transaction`"
            .to_owned();
        return Some(Mistake { message, at: nature.begins.clone() });
    }
    if matches!(shape, Shape::Affected) {
        ctxt.error_at(
            inner,
            "`u64` is the number of rows that a write changed, and this is a read: read a count as `i64`",
        );
    }
    None
}
