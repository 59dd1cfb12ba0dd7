//! Components that are snapshots of an interpreter which has read the plugin. A snapshot holds what the interpreter was told of the clock and of
//! randomness when it was made, so no two are the same to the byte: one is taken again only where something has changed since.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use super::{Made, Project, run};
use crate::source::hex;

/// What the tool writes.
pub(super) const COMPONENT: &str = "plugin.wasm";
/// A digest of what it was made of.
const MADE_OF: &str = "made-of";
/// Folders of no interest: what is made, and what an interpreter notes for itself.
const PASSED_OVER: [&str; 3] = ["target", ".git", "__pycache__"];

/// Lets a tool, which is started in the plugin's folder, make `COMPONENT` in a folder below `target/plimsoll` that holds these files.
pub(super) fn take(
    project: &Project,
    folder: &str,
    files: &[(&str, &str)],
    command: &mut Command,
    cure: &str,
) -> Result<Made, String> {
    let folder = project.out.join(folder);
    let component = folder.join(COMPONENT);
    let unread = |error: io::Error| format!("{} cannot be read: {error}", project.folder.display());
    let of = digest(project, files, Path::new(command.get_program())).map_err(unread)?;
    if fs::read_to_string(folder.join(MADE_OF)).is_ok_and(|made_of| made_of == of)
        && let Ok(component) = fs::read(&component)
    {
        return Ok(Made::Component(component));
    }
    let empty = match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => fs::create_dir(&folder),
    };
    empty.map_err(|error| format!("{} cannot be made anew: {error}", folder.display()))?;
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        fs::write(&file, text).map_err(|error| format!("{} cannot be written: {error}", file.display()))
    };
    for (name, text) in files {
        write(name, text)?;
    }
    run(command.current_dir(&project.folder), cure)?;
    let made =
        fs::read(&component).map_err(|error| format!("{} cannot be read: {error}", component.display()))?;
    write(MADE_OF, &of)?;
    Ok(Made::Component(made))
}

/// Where a program is: in the first of these folders that holds it, else wherever the system looks.
pub(super) fn program(name: &str, folders: impl Iterator<Item = PathBuf>) -> PathBuf {
    let endings: &[&str] = if cfg!(windows) { &["exe", "cmd"] } else { &[""] };
    let mut programs =
        folders.flat_map(|folder| endings.iter().map(move |ending| folder.join(name).with_extension(ending)));
    programs.find(|program| program.is_file()).unwrap_or_else(|| name.into())
}

/// Of the files, and of when everything in the plugin's folder and the tool were last changed: packages that the plugin imports lie there too.
fn digest(project: &Project, files: &[(&str, &str)], tool: &Path) -> io::Result<String> {
    let mut digest = Sha256::new();
    for (name, text) in files {
        digest.update(format!("{name} {}\n{text}", text.len()));
    }
    let mut paths = Vec::new();
    walk(&project.folder, &mut paths)?;
    paths.sort();
    paths.push(tool.to_owned());
    for path in paths {
        // The tool may be one that the system looks for, and a link may lead nowhere.
        let changed = fs::metadata(&path).and_then(|metadata| Ok((metadata.len(), metadata.modified()?)));
        let (len, time) = changed.unwrap_or((0, UNIX_EPOCH));
        let nanoseconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        digest.update(format!("{} {len} {nanoseconds}\n", path.display()));
    }
    Ok(hex(&digest.finalize()))
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            paths.push(entry.path());
        } else if !PASSED_OVER.iter().any(|name| entry.file_name() == *name) {
            walk(&entry.path(), paths)?;
        }
    }
    Ok(())
}
