//! Data directories: made by `initdb`, configured, copied cold.
//!
//! `pg_basebackup` would make a standby of a running primary, but some distributions do not carry it. A
//! copy of a directory whose server has never run is as good, and quicker.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::folder::Folder;
use super::locate::Programs;
use super::login::{Passwords, SUPERUSER};
use super::program::Program;
use crate::error::{Error, Result};

/// Who may connect: every role over loopback, by password, for queries and for replication.
///
/// The superuser's password travels as it is. SCRAM's thousands of hashes are done by the client, and in
/// an unoptimised build a tenth of a second goes by with them, each time this crate asks a server something.
const HBA: &str = "\
host all postgres 127.0.0.1/32 password
host all all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
";

/// Makes the data directory `primary` of a new system.
pub(super) async fn initialize(
    programs: &Programs,
    account: &Account,
    folder: &Folder,
    passwords: &Passwords,
) -> Result<PathBuf> {
    let data_dir = folder.join("primary");
    let password_file = folder.join("password");
    write(account, &password_file, &passwords.superuser)?;

    let mut command = account.command(&programs.initdb(), folder.path());
    command.arg("-D").arg(&data_dir).arg("--pwfile").arg(&password_file);
    command.args(["-U", SUPERUSER, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C"]);
    command.args(["--no-sync", "--no-instructions"]);
    let log = folder.join("initdb.log");
    let status = Program::start(command, account, folder.watchdog(), &log)?.end().await?;
    if !status.success() {
        let told = fs::read_to_string(&log).unwrap_or_default();
        return Err(Error::system(format!("initdb failed ({status}): {}", told.trim_end())));
    }
    remove(&password_file)?;
    write(account, &data_dir.join("pg_hba.conf"), HBA)?;
    Ok(data_dir)
}

/// Adds lines to a server's configuration; the last line about a setting counts.
pub(super) fn configure(data_dir: &Path, lines: &str) -> Result<()> {
    let path = data_dir.join("postgresql.conf");
    fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut file| file.write_all(lines.as_bytes()))
        .map_err(|cause| Error::io("write", &path, cause))
}

/// Copies the data directory of a server that does not run, for one that follows it.
///
/// Blocks, for about a tenth of a second.
pub(super) fn copy_for_standby(account: &Account, from: &Path, to: &Path) -> Result<()> {
    copy(account, from, to)?;
    write(account, &to.join("standby.signal"), "")
}

fn copy(account: &Account, from: &Path, to: &Path) -> Result<()> {
    let permissions = fs::metadata(from).map_err(|cause| Error::io("read", from, cause))?.permissions();
    // Not with its parents: when the cluster is dropped meanwhile, this has to fail.
    fs::create_dir(to).map_err(|cause| Error::io("make folder", to, cause))?;
    fs::set_permissions(to, permissions).map_err(|cause| Error::io("set the permissions of", to, cause))?;
    account.give(to)?;
    for entry in fs::read_dir(from).map_err(|cause| Error::io("read", from, cause))? {
        let entry = entry.map_err(|cause| Error::io("read", from, cause))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            copy(account, &source, &target)?;
        } else {
            fs::copy(&source, &target).map_err(|cause| Error::io("copy", &source, cause))?;
            account.give(&target)?;
        }
    }
    Ok(())
}

fn write(account: &Account, path: &Path, content: &str) -> Result<()> {
    fs::write(path, content).map_err(|cause| Error::io("write", path, cause))?;
    account.give(path)
}

fn remove(path: &Path) -> Result<()> {
    fs::remove_file(path).map_err(|cause| Error::io("remove", path, cause))
}
