//! What the database says of a query, while the user's crate compiles.
//!
//! Described are the text with all groups, that with none, and that with each group alone: a group that leans on another
//! fails alone, two that exclude each other fail together. What is told of the columns holds for all of them.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use sqlx_postgres::{PgDatabaseError, PgErrorPosition};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{AngleBracketedGenericArguments, GenericArgument, Type};

use super::argument;
use super::fits::{Checked, Column, Holds};
use super::lex::{self, Kind};
use super::model::{Query, Row};
use super::position;
use super::template::{Combination, Rendered};
use crate::check::option;
use crate::expand::query_check::columns::{self, mentions};
use crate::expand::query_check::describe::{self, Parameter};
use crate::expand::query_check::unmapped;

/// What sqlx expands a statement without a result to has no such call.
const MAPS_ROWS: &str = "try_map";
/// sqlx says so when it cannot tell which crate a date is of: then only NULL is checked.
const AMBIGUOUS: &str = "warn_on_ambiguous_inferred_date_time_crate";

/// Describes the query, or says what is wrong with it.
pub(crate) fn describe(query: &Query) -> syn::Result<Checked> {
    let groups = query.template.groups.len();
    let mut checked = one(query, Combination::all(groups))?;
    let others = [Combination::NONE].into_iter().chain((0..groups).map(Combination::only));
    for combination in others.filter(|other| *other != Combination::all(groups)) {
        // Of one group: that alone and all are the same.
        let other = one(query, combination)?;
        unite(query, &mut checked, other.columns)?;
    }
    Ok(checked)
}

/// Takes in that some other text may give NULL where the first does not.
fn unite(query: &Query, checked: &mut Checked, others: Vec<Column>) -> syn::Result<()> {
    let same = checked.columns.len() == others.len()
        && checked.columns.iter().zip(&others).all(|(column, other)| {
            column.name == other.name && format!("{:?}", column.holds) == format!("{:?}", other.holds)
        });
    if !same {
        let group = query.template.groups.first().cloned().unwrap_or_default();
        let message = "the columns must be the same with every group and without it";
        return Err(position::error(&query.literal, group, message));
    }
    for (column, other) in checked.columns.iter_mut().zip(others) {
        column.maybe_null |= other.maybe_null;
    }
    Ok(())
}

/// Describes one text. Arguments that sqlx has no type for are reported all together.
fn one(query: &Query, combination: Combination) -> syn::Result<Checked> {
    let rendered = query.template.render(combination);
    let mut parameters: Vec<_> =
        rendered.arguments.iter().map(|at| parameter(&query.arguments[*at].ty)).collect();
    let mut mistakes: Option<syn::Error> = None;
    let expansion = loop {
        let error = match describe::expand(&rendered.text, parameters.iter().copied()) {
            Ok(expansion) => break expansion,
            Err(error) => error,
        };
        let unmapped = unmapped_parameter(&error.to_string());
        let Some((reason, number)) = unmapped.filter(|(_, number)| *number <= parameters.len()) else {
            return Err(blame(query, &rendered, combination, &*error));
        };
        // Known to be in order, or the loop would not end.
        if std::mem::replace(&mut parameters[number - 1], Parameter::Unchecked) == Parameter::Unchecked {
            return Err(syn::Error::new_spanned(&query.literal, reason));
        }
        let argument = &query.arguments[rendered.arguments[number - 1]];
        let mistake = syn::Error::new_spanned(&argument.ty, reason);
        match &mut mistakes {
            Some(mistakes) => mistakes.combine(mistake),
            None => mistakes = Some(mistake),
        }
    };
    match mistakes {
        Some(mistakes) => Err(mistakes),
        None => read(query, &rendered, &parameters, expansion),
    }
}

fn parameter(ty: &Type) -> Parameter {
    if argument::judged(ty).is_some() { Parameter::Checked } else { Parameter::Unchecked }
}

/// Reads columns and parameters out of sqlx's expansion.
fn read(
    query: &Query,
    rendered: &Rendered,
    parameters: &[Parameter],
    expansion: TokenStream,
) -> syn::Result<Checked> {
    let surprise = |message: String| syn::Error::new_spanned(&query.literal, message);
    let ambiguous = mentions(&expansion, AMBIGUOUS);
    let mut types = parameter_types(expansion.clone()).into_iter();
    let mut held: Vec<Option<Type>> = query.arguments.iter().map(|_| None).collect();
    for (at, parameter) in rendered.arguments.iter().zip(parameters) {
        if *parameter == Parameter::Checked {
            let ty = types.next().ok_or_else(|| {
                surprise(
                    "sqlx expands arguments in a way this version of ryw-macros does not know".to_owned(),
                )
            })?;
            if lacks_json(&ty) {
                return Err(syn::Error::new_spanned(&query.arguments[*at].ty, json("the parameter")));
            }
            held[*at] = Some(ty).filter(|ty| !(ambiguous && is_of_a_date_crate(ty)));
        }
    }
    let columns = if mentions(&expansion, MAPS_ROWS) {
        columns::columns(expansion).map_err(surprise)?.into_iter().map(column).collect()
    } else {
        Vec::new()
    };
    Ok(Checked { columns, parameters: held })
}

fn column(column: columns::Column) -> Column {
    let (holds, maybe_null) = match column.holds {
        columns::Holds::Exactly(ty) => {
            let inner = option(&ty).cloned();
            let maybe_null = inner.is_some();
            let ty = inner.unwrap_or(ty);
            let holds =
                if lacks_json(&ty) { Holds::Unmapped(json("the column")) } else { Holds::Exactly(ty) };
            (holds, maybe_null)
        }
        columns::Holds::MaybeNull => (Holds::Anything, true),
        columns::Holds::Anything => (Holds::Anything, false),
        columns::Holds::Unmapped { reason, maybe_null } => (Holds::Unmapped(unmapped(&reason)), maybe_null),
    };
    Column { name: column.name, holds, maybe_null }
}

/// sqlx's macros always know JSON, for they speak it themselves; what they print is there with the feature only.
fn lacks_json(ty: &Type) -> bool {
    !cfg!(feature = "json") && mentions(&quote!(#ty), "JsonValue")
}

fn json(of: &str) -> String {
    format!(
        "{of} holds JSON: switch on the feature `json` of `ryw-postgres`, or use a type of your own that implements sqlx's \
         `Type`, `Encode` and `Decode`"
    )
}

fn is_of_a_date_crate(ty: &Type) -> bool {
    ["time", "chrono"].iter().any(|name| mentions(&quote!(#ty), name))
}

/// The types in `WrapSame::<TYPE, _>`, in order: those of the parameters that are checked.
fn parameter_types(tokens: TokenStream) -> Vec<Type> {
    let mut found = Vec::new();
    let mut rest = tokens.into_iter();
    while let Some(token) = rest.next() {
        match token {
            TokenTree::Group(group) => found.extend(parameter_types(group.stream())),
            TokenTree::Ident(ident) if ident == "WrapSame" => {
                let first = |input: ParseStream<'_>| {
                    let arguments: AngleBracketedGenericArguments = input.parse()?;
                    input.parse::<TokenStream>()?;
                    Ok(arguments.args.into_iter().next())
                };
                if let Ok(Some(GenericArgument::Type(ty))) = first.parse2(rest.clone().collect()) {
                    found.push(ty);
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}

/// Why sqlx has no Rust type for a parameter, in the words of this crate, and its number.
fn unmapped_parameter(message: &str) -> Option<(String, usize)> {
    let (reason, rest) = message.split_once(" of param #").or_else(|| message.split_once(" for param #"))?;
    let number = rest.split(|next: char| !next.is_ascii_digit()).next()?.parse().ok()?;
    let reason = reason.trim_start_matches("optional sqlx feature ").trim_start_matches("SQLx feature ");
    let words = match reason
        .strip_prefix("no built-in mapping for type ")
        .or_else(|| reason.strip_prefix("no built-in mapping found for type "))
    {
        Some(ty) => format!(
            "the parameter is of the type {ty}, which no built-in type fits: give the argument a type of your own that \
             implements sqlx's `Type` and `Encode`"
        ),
        None => {
            // sqlx names the other crate for decimals, which ryw does not use.
            let needed =
                reason.replacen(" required", " is required", 1).replace("bigdecimal", "rust_decimal");
            format!("{needed} of the parameter: switch on that feature of `ryw-postgres`")
        }
    };
    (number > 0).then_some((words, number))
}

/// A text that the database, or sqlx, will not have.
fn blame(
    query: &Query,
    rendered: &Rendered,
    combination: Combination,
    error: &(dyn std::error::Error + 'static),
) -> syn::Error {
    let message = error.to_string();
    if message.contains("cargo sqlx prepare") {
        return syn::Error::new_spanned(&query.literal, not_cached(&query.sig.ident));
    }
    if message.starts_with("error communicating with database") {
        return syn::Error::new_spanned(
            &query.literal,
            format!(
                "{message}\n`DATABASE_URL` names no server that answers: with `SQLX_OFFLINE=true` the cache is used instead"
            ),
        );
    }
    if message.contains("is not a valid Rust identifier") {
        return syn::Error::new_spanned(&query.literal, unnamed(&message));
    }
    if let Some(error) = untyped(query, rendered, &message) {
        return error;
    }
    let (mut words, at) = match describe::server(error) {
        Some(error) => (describe::words(error), place(query, rendered, error)),
        None => (message, 0..0),
    };
    let groups = query.template.groups.len();
    if groups > 0 && combination != Combination::all(groups) {
        words.push_str(&without(query, combination));
    }
    position::error(&query.literal, at, words)
}

fn not_cached(name: &syn::Ident) -> String {
    format!(
        "`{name}` is not in the cache `.sqlx`, or not as it is now, and no database is asked: set `DATABASE_URL` (and not \
         `SQLX_OFFLINE=true`) to check it against one, or write the cache with `cargo sqlx prepare`"
    )
}

fn unnamed(message: &str) -> String {
    let name = message.split('"').nth(1).unwrap_or_default();
    if name == "?column?" {
        "a column has no name: give it one, `… AS total`, or `… AS \"total!\"` if it is never NULL".to_owned()
    } else {
        format!("a column is called \"{name}\", which is no name in Rust: give it another, `… AS total`")
    }
}

/// A parameter that stands where any type would do.
fn untyped(query: &Query, rendered: &Rendered, message: &str) -> Option<syn::Error> {
    let (_, rest) = message.split_once("could not determine data type of parameter $")?;
    let number: usize = rest.split(|next: char| !next.is_ascii_digit()).next()?.parse().ok()?;
    let argument = &query.arguments[*rendered.arguments.get(number.checked_sub(1)?)?];
    let name = argument.ident.unraw();
    let message = format!(
        "any type would do where `:{name}` stands: give it one in the SQL, `:{name}::text` for instance"
    );
    Some(syn::Error::new_spanned(&argument.ident, message))
}

/// The word of the template that the server means: where it says, else the one it quotes.
fn place(query: &Query, rendered: &Rendered, error: &PgDatabaseError) -> Range<usize> {
    let text = &rendered.text;
    let at = match error.position() {
        Some(PgErrorPosition::Original(number)) => {
            text.char_indices().nth(number.saturating_sub(1)).map(|(at, _)| at)
        }
        Some(PgErrorPosition::Internal { .. }) | None => quoted_word(text, error.message()),
    };
    let Some(at) = at else { return 0..0 };
    let origin = rendered.origin(at);
    let template = query.literal.value();
    origin..origin + name_length(&template[origin..])
}

/// Where the word stands that a message quotes, if it stands there once.
fn quoted_word(text: &str, message: &str) -> Option<usize> {
    let word = message.split('"').nth(1)?;
    let tokens = lex::tokens(text).ok()?;
    let mut found = tokens.iter().filter(|token| token.text == word).map(|token| token.start);
    found.next().filter(|_| found.next().is_none())
}

/// How long the token at the beginning of `rest` is: all of a name with dots, the colon of an argument and its name.
fn name_length(rest: &str) -> usize {
    let tokens = lex::tokens(rest).unwrap_or_default();
    let is_name = |kind| matches!(kind, Kind::Word | Kind::Quoted);
    let mut length = 0;
    for (at, token) in tokens.iter().enumerate() {
        let goes_on = match at {
            0 => true,
            1 if tokens[0].is_symbol(":") => is_name(token.kind),
            _ if tokens[at - 1].is_symbol(".") => is_name(token.kind),
            _ => is_name(tokens[at - 1].kind) && token.is_symbol("."),
        };
        if !goes_on {
            break;
        }
        length = token.end();
    }
    length.max(1)
}

/// Which groups the failing text had.
fn without(query: &Query, combination: Combination) -> String {
    let text = query.literal.value();
    let only = query.template.groups.iter().enumerate().find(|(group, _)| combination.has(*group));
    match only {
        Some((_, at)) => format!("\nwith only the group `{}`", &text[at.clone()]),
        None => "\nwith all groups left out".to_owned(),
    }
}

/// Whether the rows have the number of columns that the return type asks for.
pub(crate) fn counted(query: &Query, checked: &Checked) -> syn::Result<()> {
    let Some(row) = query.shape.row() else { return Ok(()) };
    let given = checked.columns.len();
    let message = match row {
        _ if given == 0 => {
            "the query gives no columns: add `RETURNING …`, or return `Written<u64>`, the number of rows it changed"
                .to_owned()
        }
        Row::Tuple(_, elements) if elements.len() != given => {
            format!("the query gives {}, and the tuple has {}", columns_in_words(given), elements.len())
        }
        Row::Scalar(_) if given != 1 => format!(
            "the query gives {}: make a row a tuple, an entity, or a struct with `#[derive(Row)]`",
            columns_in_words(given)
        ),
        Row::Tuple(..) | Row::Scalar(_) => return Ok(()),
        Row::Named(_) => return distinct(query, checked),
    };
    Err(syn::Error::new_spanned(row.ty(), message))
}

fn columns_in_words(count: usize) -> String {
    if count == 1 { "1 column".to_owned() } else { format!("{count} columns") }
}

/// A struct takes its columns by their names.
fn distinct(query: &Query, checked: &Checked) -> syn::Result<()> {
    let twice = checked
        .columns
        .iter()
        .enumerate()
        .find(|(at, column)| checked.columns[..*at].iter().any(|other| other.name == column.name));
    match twice {
        Some((_, column)) => {
            let message = format!(
                "two columns are called `{}`: a struct takes its columns by their names, so give one another",
                column.name
            );
            Err(syn::Error::new_spanned(&query.literal, message))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_without_a_type_is_told_by_its_number() {
        let cases = [
            (
                "optional sqlx feature `uuid` required for type UUID of param #2",
                "`uuid` is required for type UUID of the parameter: switch on that feature of `ryw-postgres`",
                2,
            ),
            (
                "no built-in mapping for type ui.mood of param #1; a type override may be required, see documentation",
                "the parameter is of the type ui.mood, which no built-in type fits: give the argument a type of your own \
                 that implements sqlx's `Type` and `Encode`",
                1,
            ),
        ];
        for (message, words, number) in cases {
            assert_eq!(unmapped_parameter(message), Some((words.to_owned(), number)));
        }
        assert_eq!(unmapped_parameter("column \"a\" does not exist"), None);
    }

    #[test]
    fn a_mark_is_as_long_as_the_name() {
        let cases = [
            ("ui.favorites WHERE", 12),
            ("a, b", 1),
            ("\"A\".b.c = 1", 7),
            (":user = 1", 5),
            ("|| 'a'", 1),
            ("'a b' c", 5),
            ("", 1),
        ];
        for (rest, length) in cases {
            assert_eq!(name_length(rest), length, "{rest}");
        }
        let message = "column \"b\" can only be updated to DEFAULT";
        assert_eq!(quoted_word("UPDATE a SET b = 1", message), Some(13));
        assert_eq!(quoted_word("UPDATE b SET b = 1", message), None);
    }

    /// The canary: fails first when sqlx changes how it checks arguments. Described in `.sqlx` of this crate.
    #[test]
    fn sqlx_tells_the_types_of_parameters_in_the_shape_relied_on() {
        const KNOWN: &str =
            "SELECT 1::int8 AS \"a!\" WHERE $1::text = $2::text AND $3::int4 = ANY($4::int4[])";
        let parameters = [Parameter::Checked, Parameter::Unchecked, Parameter::Checked, Parameter::Checked];
        let expansion = describe::expand(KNOWN, parameters.into_iter()).unwrap();
        let types: Vec<_> =
            parameter_types(expansion).into_iter().map(|ty| quote!(#ty).to_string()).collect();
        assert_eq!(types, ["& str", "i32", "& [i32]"]);
    }
}
