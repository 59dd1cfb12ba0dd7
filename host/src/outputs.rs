//! The files that a scan writes beside standard output.

use std::collections::hash_map::RandomState;
use std::fs::{File, Metadata};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::cli;
use crate::read::{Found, Read};

/// Whether every output has a file of its own that can be written: two to one file would leave only the second.
pub fn judge(args: &cli::Scan) -> Result<(), String> {
    can_be_written(files(args))
}

/// Whether files can be written, each a file of its own.
pub fn can_be_written<'a>(files: impl Iterator<Item = &'a Path>) -> Result<(), String> {
    let mut seen: Vec<PathBuf> = Vec::new();
    for named in files {
        let file =
            resolved(named).map_err(|error| format!("{} cannot be written: {error}", named.display()))?;
        if seen.contains(&file) {
            return Err(format!("two outputs go to {}; give each a file of its own", file.display()));
        }
        writable(&file).map_err(|error| format!("{} cannot be written: {error}", named.display()))?;
        seen.push(file);
    }
    Ok(())
}

/// The files that a scan writes.
fn files(args: &cli::Scan) -> impl Iterator<Item = &Path> {
    args.output.iter().map(|(_, file)| file).chain(&args.write_baseline).map(PathBuf::as_path)
}

/// Whether a file could be written, tried with the half that will be renamed, so that a scan is not in vain.
fn writable(file: &Path) -> io::Result<()> {
    if file.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Ok(());
    }
    let half = half(file)?;
    let tried = File::create_new(&half).and_then(|_| std::fs::remove_file(&half));
    // In a folder that takes no new file, an old one may still be written to.
    tried.or_else(|error| std::fs::OpenOptions::new().write(true).open(file).map(drop).map_err(|_| error))
}

/// Where a file is, through links and `..`; it need not exist yet.
pub fn resolved(file: &Path) -> io::Result<PathBuf> {
    if let Ok(file) = file.canonicalize() {
        return Ok(file);
    }
    let name = file.file_name().ok_or_else(|| io::Error::other("this is no name of a file"))?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(folder.canonicalize()?.join(name))
}

/// Where a file is written until it is whole: a name that nobody has prepared.
pub fn half(file: &Path) -> io::Result<PathBuf> {
    let mut name = file.file_name().ok_or_else(|| io::Error::other("this is no name of a file"))?.to_owned();
    name.push(format!(".{:016x}.tmp", RandomState::new().build_hasher().finish()));
    Ok(file.with_file_name(name))
}

/// No output may take the place of a manifest or of the configuration. An earlier report is neither.
pub fn spare(args: &cli::Scan, found: &Found, read: &Read, config: Option<&Path>) -> Result<(), String> {
    let config = config.and_then(|config| config.canonicalize().ok());
    let is_source = |file: &Path| {
        let known = found.files.iter().find(|found| found.absolute == file);
        known.is_some_and(|known| known.named || read.sources.iter().any(|source| source.path == known.path))
    };
    let mut written = files(args).filter_map(|file| file.canonicalize().ok());
    match written.find(|file| config.as_ref() == Some(file) || is_source(file)) {
        Some(file) => {
            Err(format!("{} is to be read and to be written; write the output elsewhere", file.display()))
        }
        None => Ok(()),
    }
}

/// Writes a file at once, as it is made: who reads it sees the old one or the new one, never a part. What is no file, such as a pipe, is
/// written to.
///
/// # Errors
///
/// If the file cannot be written; an old one is there still.
pub fn replace(file: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let to = |file: File| {
        let mut out = io::BufWriter::with_capacity(1 << 16, file);
        write(&mut out).and_then(|()| out.flush())
    };
    if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return to(File::options().write(true).open(file)?);
    }
    // What a symbolic link leads to is written, not the link.
    let file = &resolved(file)?;
    let half = half(file)?;
    match File::create_new(&half) {
        // In a folder that takes no new file, an old one may still be written to; that is the one case in which a part can be seen.
        Err(_) if file.is_file() => to(File::create(file)?),
        made => rename_over(file, &half, made.and_then(to)),
    }
}

/// Writes a file that is there already at once, or not at all; it keeps its mode, and its owner and group where the system lets it.
///
/// # Errors
///
/// If the file cannot be written; the old one is there still.
pub fn exchange(file: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A folder may take new files where nobody may write to this one.
    let old = File::options().write(true).open(file)?.metadata()?;
    let half = half(file)?;
    let made = File::create_new(&half).and_then(|mut made| {
        // Before anything stands in it that not everybody may read.
        own(&made, &old)?;
        made.set_permissions(old.permissions())?;
        write(&mut made)
    });
    rename_over(file, &half, made)
}

/// Gives a file that was made the owner and the group of the one whose place it takes. Only root may give files away: for others the file
/// stays theirs, in its group if they are of it.
#[cfg(unix)]
fn own(made: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let new = made.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        let _ =
            fchown(made, Some(old.uid()), Some(old.gid())).or_else(|_| fchown(made, None, Some(old.gid())));
    }
    Ok(())
}

#[cfg(not(unix))]
fn own(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// A half that was written takes the place of a file, with its mode.
fn rename_over(file: &Path, half: &Path, written: io::Result<()>) -> io::Result<()> {
    let whole = written.and_then(|()| match file.metadata() {
        Ok(old) => std::fs::set_permissions(half, old.permissions()),
        Err(_) => Ok(()),
    });
    whole.and_then(|()| std::fs::rename(half, file)).inspect_err(|_| {
        let _ = std::fs::remove_file(half);
    })
}
