//! `plimsoll plugin save` and `load`: plugins in a folder that tools for OCI registries read, an image layout, so that they cross a gap
//! without a network. Every digest is compared before anything is written.
//!
//! A plugin is an artifact as `wkg` makes them: one layer that is its WebAssembly, and a configuration that says what it exports.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use plimsoll_build::INTERFACE;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::check::{Limits, Plugin};
use crate::finding::PluginInfo;
use crate::signature::Signature;
use crate::source::hex;
use crate::terminal::{shown, visible};
use crate::trust::{self, PluginFile};
use crate::{outputs, plugins};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The kinds of configurations, with the kind of layer that goes with each: what is written, and what older tools wrote.
const KINDS: [(&str, &str); 2] = [
    ("application/vnd.wasm.config.v0+json", "application/wasm"),
    ("application/vnd.wasm.config.v1+json", "application/vnd.wasm.content.layer.v1+wasm"),
];
const LAYOUT: &str = "oci-layout";
const TITLE: &str = "org.opencontainers.image.title";
const VERSION: &str = "org.opencontainers.image.version";
const REFERENCE: &str = "org.opencontainers.image.ref.name";
/// The signature of a plugin, as the text of its file.
const SIGNATURE: &str = "dev.plimsoll.minisig";
/// Bytes of an index or a manifest; registries take no more.
const MOST_BYTES: u64 = 4 << 20;
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

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    schema_version: u32,
    #[serde(default)]
    media_type: Option<String>,
    config: Descriptor,
    layers: Vec<Descriptor>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// What leads to a blob, and proves it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    #[serde(default)]
    layer_digests: Option<Vec<String>>,
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
    fs::create_dir_all(folder.join("blobs/sha256"))?;
    let blob = |kind: &str, bytes: &[u8]| -> io::Result<Descriptor> {
        let digest = hex(&Sha256::digest(bytes));
        fs::write(folder.join("blobs/sha256").join(&digest), bytes)?;
        Ok(Descriptor {
            media_type: kind.to_owned(),
            digest: format!("sha256:{digest}"),
            size: bytes.len() as u64,
            annotations: BTreeMap::new(),
        })
    };
    let [(config_kind, layer_kind), _] = KINDS;
    let mut manifests = Vec::new();
    for PluginFile { wasm, info, signature } in plugins {
        let mut layer = blob(layer_kind, wasm)?;
        layer.annotations.insert(TITLE.to_owned(), format!("{}.wasm", info.name));
        let config = json!({
            // Whoever saves the same plugin gets the same bytes.
            "created": "1970-01-01T00:00:00Z",
            "author": null,
            "architecture": "wasm",
            "os": "wasip2",
            "layerDigests": [layer.digest],
            "component": { "exports": interfaces(wasm), "imports": [], "target": null },
        });
        let mut annotations = BTreeMap::from([(TITLE.to_owned(), info.name.clone())]);
        annotations.extend(
            Some((VERSION.to_owned(), info.version.clone())).filter(|(_, version)| !version.is_empty()),
        );
        annotations.extend(signature.iter().map(|text| (SIGNATURE.to_owned(), text.clone())));
        let manifest = Manifest {
            schema_version: 2,
            media_type: Some(MANIFEST.to_owned()),
            config: blob(config_kind, config.to_string().as_bytes())?,
            layers: vec![layer],
            annotations,
        };
        let mut manifest = blob(MANIFEST, &serde_json::to_vec(&manifest)?)?;
        manifest.annotations.insert(REFERENCE.to_owned(), reference(info));
        manifests.push(manifest);
    }
    let index = Index { schema_version: 2, media_type: Some(INDEX.to_owned()), manifests };
    fs::write(folder.join("index.json"), serde_json::to_vec(&index)?)?;
    let layout = Layout { image_layout_version: "1.0.0".to_owned() };
    fs::write(folder.join(LAYOUT), serde_json::to_vec(&layout)?)
}

/// The interfaces that a plugin exports, as WIT names them.
fn interfaces(wasm: &[u8]) -> Vec<String> {
    let versions = plimsoll_build::inspect(wasm).map(|component| component.interfaces).unwrap_or_default();
    versions.iter().map(|version| format!("{INTERFACE}@{version}")).collect()
}

/// What tools know a plugin of a layout by: its name and version, as far as a reference may hold them.
fn reference(info: &PluginInfo) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_');
    let mut name = info.name.clone();
    for part in info.version.split(|letter| !allowed(letter)).filter(|part| !part.is_empty()) {
        name = format!("{name}-{part}");
    }
    name
}

/// Writes the plugins of a layout, each to a file that is called like it, with its signature; gives what there is to say.
///
/// # Errors
///
/// If the layout is broken anywhere, in which case nothing is written, or a file cannot be written.
pub fn load(layout: &Path, output: &Path) -> Result<String, String> {
    let found = read(layout)?;
    plugins::names_differ(found.iter().map(|plugin| &plugin.info))?;
    let mut lines = String::new();
    for plugin in &found {
        let PluginFile { wasm, info, signature } = plugin;
        let file = output.join(format!("{}.wasm", info.name));
        let beside = trust::beside(&file);
        let written = fs::create_dir_all(output).and_then(|()| {
            outputs::replace(&file, |out| out.write_all(wasm))?;
            match signature {
                Some(text) => outputs::replace(&beside, |out| out.write_all(text.as_bytes())),
                // That of an older one would not be its own.
                None if beside.symlink_metadata().is_ok() => fs::remove_file(&beside),
                None => Ok(()),
            }
        });
        written.map_err(|error| format!("{} cannot be written: {error}", shown(&file)))?;
        lines += &format!("wrote {}:\n{}", shown(&file), told(plugin));
    }
    Ok(lines)
}

/// Every plugin of a layout: its WebAssembly, what it says it is, and its signature.
fn read(layout: &Path) -> Result<Vec<PluginFile>, String> {
    let file = layout.join(LAYOUT);
    let version: Layout = parsed(&file, &bytes_of(&file, MOST_BYTES)?)?;
    if version.image_layout_version != "1.0.0" {
        let version = visible(&version.image_layout_version);
        return Err(format!(
            "{}: the version of the layout is `{version}`, and 1.0.0 is known",
            shown(&file)
        ));
    }
    let file = layout.join("index.json");
    let index: Index = parsed(&file, &bytes_of(&file, MOST_BYTES)?)?;
    let at = |what: String| format!("{}: {what}", shown(&file));
    is_of_kind(&file, index.schema_version, index.media_type.as_deref(), INDEX)?;
    if index.manifests.is_empty() || index.manifests.len() > MOST_PLUGINS {
        let (has, most) = (index.manifests.len(), MOST_PLUGINS);
        return Err(at(format!("it leads to {has} plugins; a layout has 1 to {most}")));
    }
    index.manifests.iter().map(|descriptor| plugin(layout, &file, descriptor)).collect()
}

fn plugin(layout: &Path, index: &Path, descriptor: &Descriptor) -> Result<PluginFile, String> {
    let (bytes, file) = blob(layout, index, descriptor, &[MANIFEST], MOST_BYTES)?;
    let manifest: Manifest = parsed(&file, &bytes)?;
    is_of_kind(&file, manifest.schema_version, manifest.media_type.as_deref(), MANIFEST)?;
    let Some((config_kind, layer_kind)) = KINDS.iter().find(|(kind, _)| *kind == manifest.config.media_type)
    else {
        let kind = visible(&manifest.config.media_type);
        return Err(format!("{}: its config is `{kind}`; a plugin has `{}`", shown(&file), KINDS[0].0));
    };
    let [layer] = manifest.layers.as_slice() else {
        return Err(format!("{}: it has {} layers; a plugin has one", shown(&file), manifest.layers.len()));
    };
    let (config, config_file) = blob(layout, &file, &manifest.config, &[*config_kind], MOST_BYTES)?;
    let config: Configuration = parsed(&config_file, &config)?;
    if config.layer_digests.is_some_and(|digests| digests != [layer.digest.clone()]) {
        return Err(format!(
            "{}: it is of another layer than {}",
            shown(&config_file),
            visible(&layer.digest)
        ));
    }
    let most = Limits::default().component;
    let (wasm, wasm_file) = blob(layout, &file, layer, &[*layer_kind], most as u64)?;
    let info = Plugin::inspect(&wasm, Some(&shown(&wasm_file)), most).map_err(|error| error.to_string())?;
    let signature = manifest.annotations.get(SIGNATURE).cloned();
    if let Some(Err(why)) = signature.as_deref().map(Signature::read) {
        return Err(format!("{}: its annotation {SIGNATURE} is no signature: {why}", shown(&file)));
    }
    Ok(PluginFile { wasm, info, signature })
}

fn is_of_kind(file: &Path, version: u32, kind: Option<&str>, wanted: &str) -> Result<(), String> {
    if version == 2 && kind.is_none_or(|kind| kind == wanted) {
        return Ok(());
    }
    let kind = visible(kind.unwrap_or_default());
    Err(format!(
        "{}: it is `{kind}` of version {version}, and should be `{wanted}` of version 2",
        shown(file)
    ))
}

/// What a descriptor leads to, and the file that it is, once its size and digest are what they should be.
fn blob(
    layout: &Path,
    from: &Path,
    descriptor: &Descriptor,
    kinds: &[&str],
    most: u64,
) -> Result<(Vec<u8>, std::path::PathBuf), String> {
    let from = shown(from);
    let Descriptor { media_type, digest, size, .. } = descriptor;
    if !kinds.contains(&media_type.as_str()) {
        return Err(format!(
            "{from}: it leads to `{}`, and `{}` should be there",
            visible(media_type),
            kinds[0]
        ));
    }
    // It becomes a part of a path.
    let is_hex = |text: &&str| {
        text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let wanted = digest.strip_prefix("sha256:").filter(is_hex);
    let wanted = wanted.ok_or_else(|| format!("{from}: `{}` is no digest of SHA-256", visible(digest)))?;
    let file = layout.join("blobs/sha256").join(wanted);
    if *size > most {
        return Err(format!("{from}: {} has {size} bytes, more than the {most} allowed", shown(&file)));
    }
    let bytes = bytes_of(&file, *size).map_err(|error| format!("{from} leads to what is broken: {error}"))?;
    let has = hex(&Sha256::digest(&bytes));
    if bytes.len() as u64 != *size || has != wanted {
        let len = bytes.len();
        return Err(format!(
            "{}: it is not what {from} leads to: it has {len} bytes and the sha256 {has}, and should have {size} bytes and {wanted}; \
             get the layout anew",
            shown(&file)
        ));
    }
    Ok((bytes, file))
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

fn parsed<'a, T: Deserialize<'a>>(file: &Path, bytes: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| {
        format!(
            "{}: this is not what an OCI image layout has here: {}",
            shown(file),
            visible(&error.to_string())
        )
    })
}

fn told(PluginFile { info, signature, .. }: &PluginFile) -> String {
    let signature = if signature.is_some() { ", with a signature" } else { "" };
    format!("  {} {} sha256:{}{signature}\n", info.name, info.version, info.digest)
}
