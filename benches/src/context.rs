//! What it costs that a context follows the user: the bytes of its token, the time to read one, what the layer adds to a
//! route, and what whoever forges tokens can do.

mod forged;
mod route;
mod token;

use anyhow::Result;
use tokio::runtime::Builder;

use crate::figure::Figure;
use crate::options::Context;

/// Measures, and prints tables. The figures are left to the caller.
pub(crate) fn measure(options: &Context) -> Result<Vec<Figure>> {
    let sizes = token::sizes();
    println!("## Bytes of a token, before its encoding\n\n{}\n", token::table_of_sizes(&sizes));
    let times = token::times();
    println!("## Time of a token\n\n{}\n", token::table_of_times(&times));
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let forged = runtime.block_on(forged::measure(options))?;
    println!("## Forged tokens\n\n{}\n\n{}\n", forged.table(), forged.users());
    let routes = runtime.block_on(route::measure(options))?;
    for (handler, measured) in &routes {
        println!("## {}\n\n{}\n", handler.name(), route::table(measured)?);
    }
    let mut figures = Vec::from(token::figures(&sizes, &times));
    figures.push(route::figure(&routes)?);
    figures.extend(forged.figures());
    Ok(figures)
}
