//! What shells and `man` show of the command line, made from the command line itself.

use std::fs;
use std::path::Path;

use clap_complete::Shell;

use crate::cli;

const NAME: &str = "plimsoll";

/// A script that completes the command line in a shell.
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli::command(), NAME, &mut script);
    script
}

/// The manual page of the whole.
///
/// # Errors
///
/// Never, as it is written to memory.
pub fn page() -> Result<Vec<u8>, String> {
    let mut page = Vec::new();
    let made = clap_mangen::Man::new(cli::command()).render(&mut page);
    made.map(|()| page).map_err(|error| error.to_string())
}

/// Writes the pages of every command to a folder: `plimsoll.1`, `plimsoll-scan.1` and so on.
///
/// # Errors
///
/// If the folder cannot be written to.
pub fn pages(folder: &Path) -> Result<(), String> {
    let made = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(cli::command(), folder));
    made.map_err(|error| format!("{} cannot be written to: {error}", folder.display()))
}
