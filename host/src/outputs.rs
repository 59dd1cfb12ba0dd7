//! The files that a scan writes beside standard output.

use std::io;
use std::path::{Path, PathBuf};

use crate::cli::Format;
use crate::read::Found;

/// Whether every output has a file of its own that can be written: two to one file would leave only the second.
pub fn judge(outputs: &[(Format, PathBuf)]) -> Result<(), String> {
    let mut seen: Vec<PathBuf> = Vec::new();
    for (_, named) in outputs {
        let file = std::path::absolute(named).map_err(|error| format!("{}: {error}", named.display()))?;
        if seen.contains(&file) {
            return Err(format!("two outputs go to {}; give each a file of its own", file.display()));
        }
        writable(&file).map_err(|error| format!("{} cannot be written: {error}", named.display()))?;
        seen.push(file);
    }
    Ok(())
}

/// Whether a file could be written, tried with the half that will be renamed, so that a scan is not in vain.
fn writable(file: &Path) -> io::Result<()> {
    if file.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Ok(());
    }
    let half = half(&file.canonicalize().unwrap_or_else(|_| file.to_owned()))?;
    std::fs::write(&half, b"").and_then(|()| std::fs::remove_file(&half))
}

/// Where a file is written until it is whole.
fn half(file: &Path) -> io::Result<PathBuf> {
    let mut name = file.file_name().ok_or_else(|| io::Error::other("this is no name of a file"))?.to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    Ok(file.with_file_name(name))
}

/// No output may take the place of a manifest.
pub fn spare(outputs: &[(Format, PathBuf)], found: &Found) -> Result<(), String> {
    let written = |(_, file): &(Format, PathBuf)| file.canonicalize().ok();
    let named = |written: &PathBuf| found.files.iter().any(|file| file.named && file.absolute == *written);
    match outputs.iter().filter_map(written).find(named) {
        Some(file) => {
            Err(format!("{} is to be scanned and to be written; write the output elsewhere", file.display()))
        }
        None => Ok(()),
    }
}

/// Writes a file at once: who reads it sees the old one or the new one, never a part. What is no file, such as a pipe, is written to.
pub fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return std::fs::write(file, bytes);
    }
    // What a symbolic link leads to is written, not the link.
    let file = &file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let half = half(file)?;
    std::fs::write(&half, bytes).and_then(|()| std::fs::rename(&half, file)).inspect_err(|_| {
        let _ = std::fs::remove_file(&half);
    })
}
