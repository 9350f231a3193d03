//! The version of a Postgres server.

use std::fmt;

/// A server's version, such as 15.18. Ordered by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The major version, which decides about features.
    pub major: u32,
    /// The minor version; 0 for a development or beta version.
    pub minor: u32,
}

impl Version {
    pub(super) const OLDEST: Self = Self { major: 15, minor: 0 };

    /// Reads what `postgres --version` prints: `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
    pub(super) fn parse(printed: &str) -> Option<Self> {
        let (_, version) = printed.split_once("(PostgreSQL) ")?;
        let mut numbers = version.split(|c: char| !c.is_ascii_digit());
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next().and_then(|minor| minor.parse().ok());
        // In `18beta1` the next number counts betas, not minor versions.
        let released = version[major_width(version)..].starts_with('.');
        Some(Self { major, minor: minor.filter(|_| released).unwrap_or(0) })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

fn major_width(version: &str) -> usize {
    version.bytes().take_while(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgres_prints() {
        for (printed, expected) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some((15, 18))),
            ("postgres (PostgreSQL) 18.4\n", Some((18, 4))),
            ("postgres (PostgreSQL) 18beta1\n", Some((18, 0))),
            ("postgres (PostgreSQL) 19devel\n", Some((19, 0))),
            ("postgres (PostgreSQL) 9.6.24\n", Some((9, 6))),
            ("postgres (PostgreSQL) \n", None),
            ("mysqld 8.0\n", None),
            ("", None),
        ] {
            let found = Version::parse(printed).map(|version| (version.major, version.minor));
            assert_eq!(found, expected, "{printed:?}");
        }
    }
}
