//! `plimsoll plugin save` and `load`: plugins in a folder that tools for OCI registries read, an image layout, so that they cross a gap
//! without a network. Every digest is compared before anything is written.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::artifact::{
    Artifact, Blobs, Descriptor, INDEX, MANIFEST, MOST_BYTES, blob, is_of_kind, opened, parsed, said,
};
use super::{Target, told, unpack};
use crate::finding::PluginInfo;
use crate::terminal::{shown, visible};
use crate::trust::{self, PluginFile};
use crate::{outputs, plugins};

const LAYOUT: &str = "oci-layout";
const REFERENCE: &str = "org.opencontainers.image.ref.name";
/// Plugins in a layout.
const MOST_PLUGINS: usize = 1_000;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layout {
    image_layout_version: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    schema_version: u32,
    #[serde(default)]
    media_type: Option<String>,
    manifests: Vec<Descriptor>,
}

/// Writes plugins, with the signatures beside them, to a folder that is not there yet; gives what there is to say.
///
/// # Errors
///
/// If a file is no plugin, two have the same name, or the folder cannot be written; nothing is written then.
pub fn save(files: &[impl AsRef<Path>], output: &Path) -> Result<String, String> {
    let title = shown(output);
    if output.symlink_metadata().is_ok() {
        return Err(format!("{title} exists; name a folder that is not there yet, or remove it first"));
    }
    let mut read = Vec::new();
    for file in files {
        read.push(trust::with_signature(file.as_ref())?);
    }
    plugins::names_differ(read.iter().map(|plugin| &plugin.info))?;
    let cannot = |error: io::Error| format!("{title} cannot be written: {error}");
    let half = outputs::half(output).map_err(cannot)?;
    let written = write(&half, &read).and_then(|()| fs::rename(&half, output));
    written.map_err(cannot).inspect_err(|_| {
        let _ = fs::remove_dir_all(&half);
    })?;
    let lines = read.iter().map(told);
    Ok([format!("wrote {title}:\n")].into_iter().chain(lines).collect())
}

fn write(folder: &Path, plugins: &[PluginFile]) -> io::Result<()> {
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs)?;
    let write = |(descriptor, bytes): &(Descriptor, Vec<u8>)| {
        let name = descriptor.sha256().map_err(io::Error::other)?;
        fs::write(blobs.join(name), bytes)
    };
    let mut manifests = Vec::new();
    for plugin in plugins {
        let mut artifact = Artifact::of(plugin)?;
        artifact.blobs.iter().try_for_each(write)?;
        write(&artifact.manifest)?;
        artifact.manifest.0.annotations.insert(REFERENCE.to_owned(), reference(&plugin.info));
        manifests.push(artifact.manifest.0);
    }
    let index = Index { schema_version: 2, media_type: Some(INDEX.to_owned()), manifests };
    fs::write(folder.join("index.json"), serde_json::to_vec(&index)?)?;
    let layout = Layout { image_layout_version: "1.0.0".to_owned() };
    fs::write(folder.join(LAYOUT), serde_json::to_vec(&layout)?)
}

/// What tools know a plugin of a layout by: its name and version, as far as a reference may hold them.
fn reference(info: &PluginInfo) -> String {
    match said(&info.version).as_str() {
        "" => info.name.clone(),
        version => format!("{}-{version}", info.name),
    }
}

/// Writes the plugins of a layout, each to a file that is called like it, with its signature; gives what there is to say.
///
/// # Errors
///
/// If the layout is broken anywhere, in which case nothing is written, or a file cannot be written.
pub fn load(layout: &Path, output: &Path) -> Result<String, String> {
    let found = read(layout)?;
    plugins::names_differ(found.iter().map(|plugin| &plugin.info))?;
    let targets: Vec<Target<'_>> = found.iter().map(|plugin| Target::named(plugin, output)).collect();
    let further = unpack(&targets)?;
    let lines =
        targets.iter().map(|target| format!("wrote {}:\n{}", shown(&target.file), told(target.plugin)));
    Ok(lines.chain([further]).collect())
}

/// Every plugin of a layout.
fn read(layout: &Path) -> Result<Vec<PluginFile>, String> {
    if layout.is_file() {
        let title = shown(layout);
        return Err(format!(
            "{title} is a file, and a layout is a folder; unpack it first, as with `mkdir layout && tar -xf {title} -C layout`"
        ));
    }
    let file = layout.join(LAYOUT);
    let version: Layout = parsed(&shown(&file), &bytes_of(&file, MOST_BYTES)?)?;
    if version.image_layout_version != "1.0.0" {
        let version = visible(&version.image_layout_version);
        return Err(format!(
            "{}: the version of the layout is `{version}`, and 1.0.0 is known",
            shown(&file)
        ));
    }
    let file = layout.join("index.json");
    let title = shown(&file);
    let index: Index = parsed(&title, &bytes_of(&file, MOST_BYTES)?)?;
    is_of_kind(&title, index.schema_version, index.media_type.as_deref(), INDEX)?;
    if index.manifests.is_empty() || index.manifests.len() > MOST_PLUGINS {
        let (has, most) = (index.manifests.len(), MOST_PLUGINS);
        return Err(format!("{title}: it leads to {has} plugins; a layout has 1 to {most}"));
    }
    let blobs = Folder(layout);
    let plugin = |descriptor: &Descriptor| {
        let (manifest, title) = blob(&blobs, &title, descriptor, MANIFEST, MOST_BYTES)?;
        opened(&blobs, &title, &manifest)
    };
    index.manifests.iter().map(plugin).collect()
}

struct Folder<'a>(&'a Path);

impl Blobs for Folder<'_> {
    fn title(&self, sha256: &str) -> String {
        shown(&self.0.join("blobs/sha256").join(sha256))
    }

    fn read(&self, sha256: &str, size: u64) -> Result<Vec<u8>, String> {
        bytes_of(&self.0.join("blobs/sha256").join(sha256), size)
    }

    fn cure(&self) -> &'static str {
        "get the layout anew"
    }
}

/// The bytes of a file, which should be no more than `most`.
fn bytes_of(file: &Path, most: u64) -> Result<Vec<u8>, String> {
    let refuse = |why: &str| format!("{} cannot be read: {why}", shown(file));
    // A pipe or a device may never end.
    if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(refuse("it is no file"));
    }
    let mut bytes = Vec::new();
    // One byte more tells that there are too many.
    let read = File::open(file).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    read.map_err(|error| refuse(&error.to_string()))?;
    Ok(bytes)
}
