//! A plugin as an artifact, the way `wkg` makes them: one layer that is its WebAssembly, a configuration that says what it exports, and a
//! manifest that leads to both. Its signature is an annotation of the manifest.

use std::collections::BTreeMap;

use plimsoll_build::INTERFACE;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::check::{Limits, Plugin};
use crate::finding::PluginInfo;
use crate::signature::Signature;
use crate::source::hex;
use crate::terminal::visible;
use crate::trust::PluginFile;

/// The kind of an index.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The kind of a manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Bytes of an index, a manifest or a configuration; registries take no more.
pub const MOST_BYTES: u64 = 4 << 20;
/// The kinds of configurations, with the kind of layer that goes with each: what is written, and what older tools wrote.
const KINDS: [(&str, &str); 2] = [
    ("application/vnd.wasm.config.v0+json", "application/wasm"),
    ("application/vnd.wasm.config.v1+json", "application/vnd.wasm.content.layer.v1+wasm"),
];
const TITLE: &str = "org.opencontainers.image.title";
const VERSION: &str = "org.opencontainers.image.version";
/// The signature of a plugin, as the text of its file.
const SIGNATURE: &str = "dev.plimsoll.minisig";

/// What leads to a blob, and proves it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// The kind of the blob.
    pub media_type: String,
    /// `sha256:` and its SHA-256.
    pub digest: String,
    /// Its bytes.
    pub size: u64,
    /// What else is said of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    #[serde(default)]
    layer_digests: Option<Vec<String>>,
}

/// A plugin in the pieces that are stored.
pub struct Artifact {
    /// Its configuration and its layer, with what leads to each.
    pub blobs: [(Descriptor, Vec<u8>); 2],
    /// Its manifest, with what leads to it.
    pub manifest: (Descriptor, Vec<u8>),
}

impl Artifact {
    /// Takes a plugin to pieces. The same plugin gives the same bytes.
    ///
    /// # Errors
    ///
    /// If it cannot be written as JSON.
    pub fn of(plugin: &PluginFile) -> Result<Self, serde_json::Error> {
        let PluginFile { wasm, info, signature } = plugin;
        let [(config_kind, layer_kind), _] = KINDS;
        let mut layer = Descriptor::of(layer_kind, wasm);
        layer.annotations.insert(TITLE.to_owned(), format!("{}.wasm", info.name));
        let config = json!({
            "created": "1970-01-01T00:00:00Z",
            "author": null,
            "architecture": "wasm",
            "os": "wasip2",
            "layerDigests": [layer.digest],
            "component": { "exports": interfaces(wasm), "imports": [], "target": null },
        });
        let config = config.to_string().into_bytes();
        let mut annotations = BTreeMap::from([(TITLE.to_owned(), info.name.clone())]);
        annotations.extend(
            Some((VERSION.to_owned(), info.version.clone())).filter(|(_, version)| !version.is_empty()),
        );
        annotations.extend(signature.iter().map(|text| (SIGNATURE.to_owned(), text.clone())));
        let manifest = serde_json::to_vec(&Manifest {
            schema_version: 2,
            media_type: Some(MANIFEST.to_owned()),
            config: Descriptor::of(config_kind, &config),
            layers: vec![layer.clone()],
            annotations,
        })?;
        Ok(Self {
            blobs: [(Descriptor::of(config_kind, &config), config), (layer, wasm.clone())],
            manifest: (Descriptor::of(MANIFEST, &manifest), manifest),
        })
    }
}

impl Descriptor {
    fn of(kind: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: kind.to_owned(),
            digest: format!("sha256:{}", hex(&Sha256::digest(bytes))),
            size: bytes.len() as u64,
            annotations: BTreeMap::new(),
        }
    }

    /// Its SHA-256, which may become a part of a path or an address.
    ///
    /// # Errors
    ///
    /// If its digest is another.
    pub fn sha256(&self) -> Result<&str, String> {
        let is_hex = |text: &&str| {
            text.len() == 64
                && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        };
        let digest = self.digest.strip_prefix("sha256:").filter(is_hex);
        digest.ok_or_else(|| format!("`{}` is no digest of SHA-256", visible(&self.digest)))
    }
}

/// The interfaces that a plugin exports, as WIT names them.
fn interfaces(wasm: &[u8]) -> Vec<String> {
    let versions = plimsoll_build::inspect(wasm).map(|component| component.interfaces).unwrap_or_default();
    versions.iter().map(|version| format!("{INTERFACE}@{version}")).collect()
}

/// What a reference that has no tag may take for one: a version, as far as tags may hold it; empty if there is none.
pub fn said(version: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_');
    let parts = version.split(|letter| !allowed(letter)).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-")
}

/// Where the blobs of an artifact lie.
pub trait Blobs {
    /// What messages call the blob with a SHA-256.
    fn title(&self, sha256: &str) -> String;
    /// Its bytes, which should be `size`; if there are more, only so many more as show it.
    ///
    /// # Errors
    ///
    /// If it cannot be had; the message has its title.
    fn read(&self, sha256: &str, size: u64) -> Result<Vec<u8>, String>;
    /// What to do about one that is not what it should be.
    fn cure(&self) -> &'static str;
}

/// Puts a plugin together from a manifest, which is what `title` is, and the blobs that it leads to, once every digest was compared.
///
/// # Errors
///
/// If anything is not what a plugin has; the message says where and what.
pub fn opened(blobs: &dyn Blobs, title: &str, bytes: &[u8]) -> Result<PluginFile, String> {
    let manifest: Manifest = parsed(title, bytes)?;
    is_of_kind(title, manifest.schema_version, manifest.media_type.as_deref(), MANIFEST)?;
    let Some((config_kind, layer_kind)) = KINDS.iter().find(|(kind, _)| *kind == manifest.config.media_type)
    else {
        let kind = visible(&manifest.config.media_type);
        return Err(format!("{title}: its config is `{kind}`; a plugin has `{}`", KINDS[0].0));
    };
    let [layer] = manifest.layers.as_slice() else {
        return Err(format!("{title}: it has {} layers; a plugin has one", manifest.layers.len()));
    };
    let (config, config_title) = blob(blobs, title, &manifest.config, config_kind, MOST_BYTES)?;
    let config: Configuration = parsed(&config_title, &config)?;
    if config.layer_digests.is_some_and(|digests| digests != [layer.digest.clone()]) {
        return Err(format!("{config_title}: it is of another layer than {}", visible(&layer.digest)));
    }
    let signature = manifest.annotations.get(SIGNATURE).cloned();
    if let Some(Err(why)) = signature.as_deref().map(Signature::read) {
        return Err(format!("{title}: its annotation {SIGNATURE} is no signature: {why}"));
    }
    let most = Limits::default().component;
    let (wasm, wasm_title) = blob(blobs, title, layer, layer_kind, most as u64)?;
    let info: PluginInfo =
        Plugin::inspect(&wasm, Some(&wasm_title), most).map_err(|error| error.to_string())?;
    Ok(PluginFile { wasm, info, signature })
}

/// Whether a manifest, which is what `title` is, has this SHA-256 and leads to a plugin of that one.
///
/// # Errors
///
/// If not.
pub fn leads(title: &str, bytes: &[u8], sha256: &str, wasm: &str) -> Result<(), String> {
    let has = hex(&Sha256::digest(bytes));
    if has != sha256 {
        return Err(format!("{title} has the sha256 {has}, and should have {sha256}"));
    }
    let manifest: Manifest = parsed(title, bytes)?;
    let leads = manifest.layers.first().map(Descriptor::sha256).transpose()?;
    if leads != Some(wasm) {
        let leads = leads.unwrap_or("nothing");
        return Err(format!("{title} leads to {leads}, and the file beside it has the sha256 {wasm}"));
    }
    Ok(())
}

/// Whether a document is of a kind and of the one version.
///
/// # Errors
///
/// If not.
pub fn is_of_kind(title: &str, version: u32, kind: Option<&str>, wanted: &str) -> Result<(), String> {
    if version == 2 && kind.is_none_or(|kind| kind == wanted) {
        return Ok(());
    }
    let kind = visible(kind.unwrap_or_default());
    Err(format!("{title}: it is `{kind}` of version {version}, and should be `{wanted}` of version 2"))
}

/// What a descriptor leads to, and what messages call that, once its size and digest are what they should be.
///
/// # Errors
///
/// If they are not, or it cannot be had.
pub fn blob(
    blobs: &dyn Blobs,
    from: &str,
    descriptor: &Descriptor,
    kind: &str,
    most: u64,
) -> Result<(Vec<u8>, String), String> {
    let Descriptor { media_type, size, .. } = descriptor;
    if media_type != kind {
        return Err(format!("{from}: it leads to `{}`, and `{kind}` should be there", visible(media_type)));
    }
    let wanted = descriptor.sha256().map_err(|why| format!("{from}: {why}"))?;
    let title = blobs.title(wanted);
    if *size > most {
        return Err(format!("{from}: {title} has {size} bytes, more than the {most} allowed"));
    }
    let bytes =
        blobs.read(wanted, *size).map_err(|error| format!("{from} leads to what is broken: {error}"))?;
    let has = hex(&Sha256::digest(&bytes));
    if bytes.len() as u64 != *size || has != wanted {
        let has = match bytes.len() as u64 {
            len if len > *size => format!("more than {size} bytes"),
            len => format!("{len} bytes and the sha256 {has}"),
        };
        return Err(format!(
            "{title}: it is not what {from} leads to: it has {has}, and should have {size} bytes and {wanted}; {}",
            blobs.cure()
        ));
    }
    Ok((bytes, title))
}

/// A document in JSON.
///
/// # Errors
///
/// If it is none, or another.
pub fn parsed<'a, T: Deserialize<'a>>(title: &str, bytes: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| {
        format!("{title}: this is not what an OCI artifact has here: {}", visible(&error.to_string()))
    })
}
