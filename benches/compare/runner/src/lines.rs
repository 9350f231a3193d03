//! How long each service is.

use anyhow::Result;

use crate::program::Program;

/// Prints how many lines of its `service.rs` are neither blank nor a comment.
pub fn print(program: Program) -> Result<()> {
    let service = std::fs::read_to_string(program.folder().join("src/service.rs"))?;
    let lines: Vec<_> = service.lines().map(str::trim).filter(|line| counts(line)).collect();
    let characters: usize = lines.iter().map(|line| line.chars().count()).sum();
    println!("{:<10} {:>4} lines {:>6} characters", program.name, lines.len(), characters);
    Ok(())
}

fn counts(line: &str) -> bool {
    !line.is_empty() && !line.starts_with("//")
}
