//! Plugins that came from elsewhere become files: whole ones, and nowhere but where they were asked for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::outputs;
use crate::terminal::shown;
use crate::trust::{self, PluginFile};

/// A plugin, and the file that it is to become.
pub struct Target<'a> {
    /// The plugin.
    pub plugin: &'a PluginFile,
    /// The folder that was named; nothing outside of it is written.
    pub folder: &'a Path,
    /// The file in it or below it.
    pub file: PathBuf,
}

impl<'a> Target<'a> {
    /// A file that is called like the plugin, which is a plain name by law.
    pub fn named(plugin: &'a PluginFile, folder: &'a Path) -> Self {
        Self { plugin, folder, file: folder.join(format!("{}.wasm", plugin.info.name)) }
    }
}

/// Writes plugins, each with its signature beside it, or none of them if one cannot be where it should.
///
/// # Errors
///
/// If a file cannot be written, or would come to lie elsewhere.
pub fn unpack(targets: &[Target<'_>]) -> Result<(), String> {
    let cannot = |file: &Path, error: io::Error| format!("{} cannot be written: {error}", shown(file));
    for target in targets {
        prepare(target).map_err(|error| cannot(&target.file, error))?;
    }
    for Target { plugin, file, .. } in targets {
        let beside = trust::beside(file);
        let written = match &plugin.signature {
            Some(text) => outputs::replace(&beside, |out| out.write_all(text.as_bytes())),
            // That of an older one would not be its own.
            None if beside.symlink_metadata().is_ok() => fs::remove_file(&beside),
            None => Ok(()),
        };
        let written = written.and_then(|()| outputs::replace(file, |out| out.write_all(&plugin.wasm)));
        written.map_err(|error| cannot(file, error))?;
    }
    Ok(())
}

/// Makes the folders of a file, and sees to it that what is written comes to lie in them. A link on the way would lead it elsewhere, and a
/// repository that is checked out may hold any.
fn prepare(target: &Target<'_>) -> io::Result<()> {
    let Target { folder, file, .. } = target;
    fs::create_dir_all(folder)?;
    let below = file.strip_prefix(folder).map_err(io::Error::other)?;
    let mut place = folder.to_path_buf();
    for part in below.parent().into_iter().flat_map(Path::components) {
        place.push(part);
        match place.symlink_metadata() {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(refused(&place, "is no folder")),
            Err(_) => fs::create_dir(&place)?,
        }
    }
    for file in [file.clone(), trust::beside(file)] {
        if file.symlink_metadata().is_ok_and(|found| !found.is_file()) {
            return Err(refused(&file, "is no plain file"));
        }
    }
    Ok(())
}

fn refused(place: &Path, what: &str) -> io::Error {
    io::Error::other(format!("{} {what}; remove it first", shown(place)))
}
