//! A copy of the SDK's source, which this executable carries: a crate with it builds on any machine, with what crates.io has and no more.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

/// Where the copy stands in a crate.
pub(super) const FOLDER: &str = "vendor/plimsoll";

/// Writes the copy into a crate that is not there yet; gives the number of files.
///
/// # Errors
///
/// If a file cannot be written.
pub(super) fn write(crate_folder: &Path) -> Result<usize, String> {
    for (path, text) in FILES {
        let file = crate_folder.join(FOLDER).join(path);
        let folder = file.parent().unwrap_or(crate_folder);
        let made =
            fs::create_dir_all(folder).and_then(|()| File::create_new(&file)?.write_all(text.as_bytes()));
        made.map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    }
    Ok(FILES.len())
}
