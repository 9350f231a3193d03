//! The programs that are compared.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// One of them.
#[derive(Clone, Copy)]
pub struct Program {
    /// Also its folder.
    pub name: &'static str,
    schema: &'static str,
    seed: &'static str,
}

const PROGRAMS: [Program; 5] = [
    Program { name: "sqlx", schema: "schema.sql", seed: "seed.sql" },
    Program { name: "sea-orm", schema: "schema.sql", seed: "seed.sql" },
    Program { name: "toasty", schema: "schema.sql", seed: "seed.sql" },
    Program { name: "es-entity", schema: "es-entity/migrations/1_articles.sql", seed: "es-entity/seed.sql" },
    Program { name: "ryw", schema: "schema.sql", seed: "seed.sql" },
];

impl Program {
    /// Those with these names, or all if there are none.
    pub fn named(names: &[String]) -> Result<Vec<Self>> {
        for name in names {
            if !PROGRAMS.iter().any(|program| program.name == name) {
                bail!("there is no program `{name}`");
            }
        }
        let wanted = |program: &Self| names.is_empty() || names.iter().any(|name| program.name == name);
        Ok(PROGRAMS.into_iter().filter(wanted).collect())
    }

    pub fn folder(self) -> PathBuf {
        root().join(self.name)
    }

    pub fn schema(self) -> Result<String> {
        Ok(std::fs::read_to_string(root().join(self.schema))?)
    }

    /// The row in whose reading the mistakes are made.
    pub fn seed(self) -> Result<String> {
        Ok(std::fs::read_to_string(root().join(self.seed))?)
    }
}

/// The folder of the comparison.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the runner lies beside the programs")
}

/// The folder of all of ryw.
pub fn repository() -> &'static Path {
    root().ancestors().nth(2).expect("the comparison lies in the benches of ryw")
}
