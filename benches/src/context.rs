//! What it costs that a context follows the user: the bytes of its token, and the time to read one.

mod token;

use crate::figure::Figure;

/// Measures, and prints tables. The figures are left to the caller.
pub(crate) fn measure() -> Vec<Figure> {
    let sizes = token::sizes();
    println!("## Bytes of a token, before its encoding\n\n{}\n", token::table_of_sizes(&sizes));
    let times = token::times();
    println!("## Time of a token\n\n{}\n", token::table_of_times(&times));
    token::figures(&sizes, &times).into()
}
