//! Plugins that came from elsewhere become files: whole ones, and nowhere but where they were asked for.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Reference;
use super::artifact::leads;
use crate::outputs;
use crate::source::read_file;
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
    /// The manifest that led to it, which is kept where the configuration names a digest: that is the manifest's.
    pub manifest: Option<&'a [u8]>,
}

impl<'a> Target<'a> {
    /// A file that is called like the plugin, which is a plain name by law.
    pub fn named(plugin: &'a PluginFile, folder: &'a Path) -> Self {
        Self { plugin, folder, file: folder.join(format!("{}.wasm", plugin.info.name)), manifest: None }
    }
}

/// Writes plugins, each with its signature beside it, or none of them if one cannot be where it should; gives what else there is to say.
///
/// # Errors
///
/// If a file cannot be written, or would come to lie elsewhere.
pub fn unpack(targets: &[Target<'_>]) -> Result<String, String> {
    let cannot = |file: &Path, error: io::Error| format!("{} cannot be written: {error}", shown(file));
    for target in targets {
        prepare(target).map_err(|error| cannot(&target.file, error))?;
    }
    let mut told = String::new();
    for Target { plugin, file, manifest, .. } in targets {
        let signature = trust::beside(file);
        let written = match &plugin.signature {
            Some(text) => outputs::replace(&signature, |out| out.write_all(text.as_bytes())),
            // That of an older one would not be its own.
            None if signature.symlink_metadata().is_ok() => {
                let _ = writeln!(told, "removed {}: the plugin came without a signature", shown(&signature));
                fs::remove_file(&signature)
            }
            None => Ok(()),
        };
        let written = written.and_then(|()| match manifest {
            Some(bytes) => outputs::replace(&beside(file), |out| out.write_all(bytes)),
            None => Ok(()),
        });
        let written = written.and_then(|()| outputs::replace(file, |out| out.write_all(&plugin.wasm)));
        written.map_err(|error| cannot(file, error))?;
    }
    Ok(told)
}

/// Whether a file with a plugin of this SHA-256 is what a reference by digest names, by the manifest that was kept when it was pulled. No
/// other reference says what it should be.
///
/// # Errors
///
/// If not, or that cannot be told.
pub fn proven(reference: &Reference, file: &Path, wasm: &str) -> Result<(), String> {
    let Some(sha256) = &reference.sha256 else { return Ok(()) };
    let beside = beside(file);
    let title = shown(&beside);
    let proven = match read_file(&beside) {
        Ok(bytes) => leads(&title, &bytes, sha256, wasm),
        Err(error) => Err(format!("{title}, the manifest that leads to it, cannot be read: {error}")),
    };
    proven.map_err(|why| {
        format!(
            "plugin {reference}: that {} is what the digest names cannot be told: {why}; run `plimsoll plugin pull`",
            shown(file)
        )
    })
}

/// Where the manifest that leads to a file is kept.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".manifest.json");
    name.into()
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
    for file in [file.clone(), trust::beside(file), beside(file)] {
        if file.symlink_metadata().is_ok_and(|found| !found.is_file()) {
            return Err(refused(&file, "is no plain file"));
        }
    }
    Ok(())
}

fn refused(place: &Path, what: &str) -> io::Error {
    io::Error::other(format!("{} {what}; remove it first", shown(place)))
}
