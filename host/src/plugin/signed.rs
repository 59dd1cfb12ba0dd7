//! What `plimsoll plugin inspect` tells of a signature.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::config::Config;
use crate::finding::PluginInfo;
use crate::terminal::{shown, visible};
use crate::trust;

const KEY: &str = "--key";

/// The signature beside a plugin.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Signed {
    /// The number of the key that it says made it.
    key: String,
    /// What the signer said of the plugin.
    comment: String,
    /// What names the key, by which the signature holds, such as `plimsoll.yaml:3`; none if nothing here does, and then nothing is proved.
    trusted_by: Option<String>,
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, comment, trusted_by } = self;
        match trusted_by {
            Some(by) if by == KEY => write!(f, "of the key {key}, as {KEY} asks: {comment}"),
            Some(by) => write!(f, "of the key {key}, which {by} trusts: {comment}"),
            None => write!(f, "of the key {key}, which nothing here names, so it proves nothing: {comment}"),
        }
    }
}

/// The signature beside the file of a plugin, held against the keys of the configuration, and against one that was named; none if there is none,
/// or no file.
///
/// # Errors
///
/// If it cannot be read, or does not hold under a key that is known; or if a key was named and it is of another.
pub(super) fn signed(
    info: &PluginInfo,
    bytes: &[u8],
    key: Option<&str>,
    config: &Config,
) -> Result<Option<Signed>, String> {
    let named = key.map(trust::named_key).transpose()?;
    let Some(file) = info.file.as_deref().map(Path::new) else {
        let why = "it lies in the executable, and no signature beside it; `plimsoll bundle --inspect` tells of those in a bundle";
        return named.map_or(Ok(None), |_| Err(format!("plugin {}: {why}", info.name)));
    };
    let beside = trust::beside(file);
    if named.is_none() && beside.symlink_metadata().is_err() {
        return Ok(None);
    }
    let (title, beside_title) = (shown(file), shown(&beside));
    let (signature, _) = trust::read(&beside).map_err(|why| format!("plugin {title}: {why}"))?;
    if let Some(key) = named.as_ref().filter(|key| !signature.names(key)) {
        let (has, wanted) = (signature.id(), key.id());
        return Err(format!("plugin {title}: {beside_title} is of the key {has}, not of {wanted}"));
    }
    let rule = config.line_of(&["trust", "keys"]).unwrap_or_else(|| "`trust.keys`".to_owned());
    let configured = config.trust.keys.iter().map(|key| (key, rule.clone()));
    let mut known = named.iter().map(|key| (key, KEY.to_owned())).chain(configured);
    let known = known.find(|(key, _)| signature.names(key));
    if let Some((key, _)) = &known {
        signature
            .holds(key, bytes)
            .map_err(|why| trust::does_not_hold(&title, &beside_title, &signature, &why))?;
        trust::is(info, &signature.comment)?;
    }
    Ok(Some(Signed {
        key: signature.id(),
        comment: visible(&signature.comment),
        trusted_by: known.map(|(_, by)| by),
    }))
}
