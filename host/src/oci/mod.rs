//! Plugins as tools for OCI registries have them: what an artifact is, a folder of artifacts, and how one in a registry is named. No network
//! here; that is `registry`.

mod artifact;
mod layout;
mod reference;
mod unpack;

pub use artifact::{Artifact, Blobs, INDEX, MANIFEST, MOST_BYTES, opened, said};
pub use layout::{load, save};
pub use reference::Reference;
pub use unpack::{Target, proven, unpack};

use crate::trust::PluginFile;

/// What there is to say of a plugin that came or went.
pub fn told(PluginFile { info, signature, .. }: &PluginFile) -> String {
    let signature = if signature.is_some() { ", with a signature" } else { "" };
    format!("  {} {} sha256:{}{signature}\n", info.name, info.version, info.digest)
}
