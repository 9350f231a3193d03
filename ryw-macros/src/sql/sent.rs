//! What the program sends: the statements with ryw's own columns, behind the user's.
//!
//! A write returns its *witness* with each row. A read is wrapped, so that its one round trip also brings the *facts* about
//! the very snapshot that it read in:
//!
//! ```text
//! SELECT "__ryw_q".*, "__ryw_facts".*
//! FROM facts AS "__ryw_facts" LEFT JOIN (SELECT …, true AS "__ryw_row" FROM …) AS "__ryw_q" ON true
//! ```
//!
//! The join is an outer one, because the facts are needed most where there is no row: then every column of the user's
//! comes back as NULL, and so does `__ryw_row`, which tells it from a row of NULLs. SQL does not promise that a
//! subquery's order survives a join, so a list is put in order once more, of at most one page. A stream may be large, and is
//! sent as it is: there the proof comes before the statement.
//!
//! Nothing of the user's can be taken for a name of ours: fields and columns called `__ryw…` are refused
//! ([`RESERVED`]), tables and columns are out of sight outside the subquery, and the columns outside are told by their
//! numbers, as the program tells them. Names were rejected there: PostgreSQL cuts them at 63 bytes, and what is left of two
//! fields' names may be the same.
//!
//! The check at compile time describes the plain statements; all that is added here is known beforehand.

use super::{Kind, ORDER, Statement, list, statement};
use crate::model::Entity;

/// How the names of ryw's own columns begin.
pub(crate) const RESERVED: &str = "__ryw";

/// A piece of a statement's text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    Text(String),
    /// A subselect of one row, by the backend. It has one parameter: the tickets to look up.
    Facts {
        tickets: usize,
    },
    /// Some columns of a select list, by the backend.
    Witness,
}

/// The statement of a kind, as the program sends it.
pub(crate) fn pieces(entity: &Entity, kind: Kind) -> Vec<Piece> {
    match statement(entity, kind) {
        Statement::Select { columns, rows } => {
            let number = if kind == Kind::FindMany { format!(", {ORDER}") } else { String::new() };
            let rows = format!(r#"{columns}{number}, true AS "__ryw_row" {rows}"#);
            vec![
                Piece::Text(r#"SELECT "__ryw_q".*, "__ryw_facts".* FROM "#.to_owned()),
                Piece::Facts { tickets: 1 + kind.parameters(entity) },
                Piece::Text(format!(
                    r#" AS "__ryw_facts" LEFT JOIN ({rows}) AS "__ryw_q" ON true{}"#,
                    order(entity, kind)
                )),
            ]
        }
        Statement::Plain(text) => vec![Piece::Text(text)],
        Statement::Write(text) => vec![Piece::Text(format!("{text}, ")), Piece::Witness],
    }
}

/// The order of a list, by the numbers of the key's columns. Forwards in any case: of a page that is looked for from the end
/// the subquery has taken the right rows.
fn order(entity: &Entity, kind: Kind) -> String {
    match kind {
        Kind::List(_) | Kind::ListBy(..) => {
            let keys = entity.fields().zip(1..).filter(|(field, _)| field.is_key());
            format!(" ORDER BY {}", list(keys.map(|(_, number): (_, usize)| number.to_string())))
        }
        Kind::FindMany => format!(r#" ORDER BY "__ryw_q".{ORDER}"#),
        // One row.
        Kind::Find | Kind::FindBy(_) | Kind::FindWithDeleted => String::new(),
        Kind::Exists | Kind::Count => String::new(),
        // Not wrapped.
        Kind::Stream | Kind::StreamBy(_) => String::new(),
        Kind::FindIn | Kind::FindForUpdate => String::new(),
        Kind::Insert | Kind::InsertMany | Kind::Update | Kind::UpdateIf => String::new(),
        Kind::Upsert | Kind::UpsertBy(_) | Kind::Delete | Kind::Restore | Kind::Purge => String::new(),
    }
}
