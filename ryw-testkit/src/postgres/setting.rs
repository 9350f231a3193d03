//! Server settings: checked names, quoted values.

use crate::error::{Error, Result};

/// What every server of a cluster is started with, before the user's own settings.
pub(super) const DEFAULTS: [(&str, &str); 10] = [
    ("listen_addresses", "127.0.0.1"),
    ("unix_socket_directories", ""),
    ("max_connections", "200"),
    ("shared_buffers", "16MB"),
    // The operating system survives the tests' crashes, and keeps what the servers wrote.
    ("fsync", "off"),
    ("hot_standby", "on"),
    ("wal_keep_size", "64MB"),
    // A replica whose primary comes back should not sit out the usual five seconds.
    ("wal_retrieve_retry_interval", "100ms"),
    // Within the data directory: a killed server leaves nothing behind in /dev/shm.
    ("dynamic_shared_memory_type", "mmap"),
    ("logging_collector", "off"),
];

/// A line of `postgresql.conf`.
pub(super) fn line(name: &str, value: &str) -> Result<String> {
    check_name(name)?;
    if value.contains(['\n', '\r', '\0']) {
        return Err(Error::setting(format!("the value of setting {name} spans lines")));
    }
    Ok(format!("{name} = '{}'\n", value.replace('\\', "\\\\").replace('\'', "''")))
}

/// The statement that sets `name` in a running server.
pub(super) fn alter(name: &str, value: &str) -> Result<String> {
    check_name(name)?;
    Ok(format!("ALTER SYSTEM SET {name} = {}", literal(value)))
}

/// A string literal that means the same whatever `standard_conforming_strings` says.
pub(super) fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

fn check_name(name: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    if name.is_empty() || !name.chars().all(allowed) {
        return Err(Error::setting(format!("{name:?} is no name of a setting")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted() {
        for (value, expected) in [
            ("64MB", "x = '64MB'\n"),
            ("", "x = ''\n"),
            ("it's", "x = 'it''s'\n"),
            (r"a\b", "x = 'a\\\\b'\n"),
        ] {
            assert_eq!(line("x", value).unwrap(), expected);
        }
    }

    #[test]
    fn what_could_break_out_of_the_file_is_refused() {
        for (name, value) in [("", "1"), ("x = 1 #", "1"), ("x", "1'\nfsync = 'on")] {
            assert!(line(name, value).is_err(), "{name:?} {value:?}");
        }
        assert!(alter("fsync; DROP TABLE t", "on").is_err());
    }
}
