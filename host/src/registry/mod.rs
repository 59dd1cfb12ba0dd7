//! `plimsoll plugin push` and `pull`: the only verbs that open a connection. What comes is proven before it is written, and a scan finds it
//! without asking anybody.

mod address;
mod authorities;
mod busy;
mod client;
mod login;

use std::path::Path;

use client::Client;
use login::Login;

use crate::check::Limits;
use crate::config::{self, Config};
use crate::lock::Lock;
use crate::oci::{Artifact, Reference, Target, opened, proven, said, told, unpack};
use crate::terminal::{shown, visible};
use crate::trust::{self, PluginFile};
use crate::{cli, plugins};

/// Brings a plugin and the signature beside it to a registry; gives what there is to say.
///
/// # Errors
///
/// If the file is no plugin, or the registry does not take it.
pub fn push(args: &cli::Push) -> Result<String, String> {
    let plugin = trust::with_signature(&args.file)?;
    let mut reference = Reference::read(&args.reference)?;
    if reference.sha256.is_some() {
        return Err(format!(
            "{reference} names a digest, which is told once the plugin is there; name a tag"
        ));
    }
    if reference.tag.is_none() {
        let version = said(&plugin.info.version);
        reference.tag = Some(version).filter(|version| !version.is_empty());
    }
    let Some(tag) = &reference.tag else {
        return Err(format!(
            "{reference} names no tag, and the plugin has no version to take for one; name a tag"
        ));
    };
    let artifact =
        Artifact::of(&plugin).map_err(|error| format!("{} cannot be pushed: {error}", shown(&args.file)))?;
    let given = Login::given(&args.registry)?;
    let client = Client::new(&reference, &args.registry, given.as_ref())?;
    for (descriptor, bytes) in &artifact.blobs {
        client.bring(&descriptor.digest, bytes)?;
    }
    let (descriptor, bytes) = &artifact.manifest;
    client.bring_manifest(tag, &descriptor.digest, bytes)?;
    Ok(format!("pushed {reference}@{}:\n{}", descriptor.digest, told(&plugin)))
}

/// Gets the plugin that is named, or all that the configuration names; gives what there is to say.
///
/// # Errors
///
/// If one cannot be had or is not what it should be; nothing is written then.
pub fn pull(args: &cli::Pull) -> Result<String, String> {
    match &args.reference {
        Some(reference) => one(&Reference::read(reference)?, args),
        None => all(args),
    }
}

fn one(reference: &Reference, args: &cli::Pull) -> Result<String, String> {
    if !reference.is_whole() {
        return Err(format!("{reference} names no tag and no digest; name one"));
    }
    let given = Login::given(&args.registry)?;
    let (came, plugin, _) = got(reference, &Client::new(reference, &args.registry, given.as_ref())?)?;
    let folder = args.output.as_deref().unwrap_or(Path::new("."));
    let target = Target::named(&plugin, folder);
    let further = unpack(std::slice::from_ref(&target))?;
    Ok(format!(
        "pulled {came}\nwrote {}:\n{}{further}next: name the file or {reference} under `plugins` in {}, and run `plimsoll plugin lock`\n",
        shown(&target.file),
        told(&plugin),
        config::NAME
    ))
}

fn all(args: &cli::Pull) -> Result<String, String> {
    let config = Config::load(args.config.as_deref(), None)?;
    let Some(folder) = config.folder.as_deref() else {
        return Err(format!(
            "there is no {} in this folder or above it; name what to pull, such as oci://ghcr.io/acme/policies:1.0.0",
            config::NAME
        ));
    };
    let mut hosts: Vec<&str> =
        config.plugins.iter().filter_map(|plugin| Some(plugin.reference.as_ref()?.host.as_str())).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let title = visible(&config.title());
    if hosts.is_empty() {
        return Err(format!(
            "{title} names no plugin in a registry, such as oci://ghcr.io/acme/policies:1.0.0"
        ));
    }
    if args.registry.username.is_some() && hosts.len() > 1 {
        return Err(format!(
            "{title} names plugins in several registries, {}, and one login is for one; run `docker login` for each",
            hosts.join(", ")
        ));
    }
    let given = Login::given(&args.registry)?;
    let lock = if args.update { None } else { Lock::beside(&config)? };
    let rule = config.line_of(&["trust", "keys"]).unwrap_or_else(|| "`trust.keys`".to_owned());
    let (mut lines, mut pulled, mut loose) = (String::new(), Vec::new(), false);
    for named in &config.plugins {
        let Some(reference) = &named.reference else { continue };
        let pinned = lock.as_ref().and_then(|lock| lock.line(&named.written));
        loose |= pinned.is_none();
        if let Some(pinned) = &pinned
            && let Ok(old) = plugins::one(&named.file, Limits::default().component)
            && pinned.came(&named.written, &old.info).is_ok()
            && plugins::signature(&named.file, &old.wasm().map_err(|error| error.to_string())?, &config)
                .is_ok()
            && proven(reference, &named.file, &old.info.digest).is_ok()
        {
            lines += &format!("{reference} is there already\n");
            continue;
        }
        let (came, plugin, manifest) =
            got(reference, &Client::new(reference, &args.registry, given.as_ref())?)?;
        if let Some(pinned) = &pinned {
            pinned.came(&named.written, &plugin.info)?;
        }
        config.trust.prove_unpacked(&came.to_string(), &plugin, &rule)?;
        lines += &format!("pulled {came}:\n{}", told(&plugin));
        pulled.push((named, plugin, manifest));
    }
    let mut targets = Vec::new();
    for (named, plugin, manifest) in &pulled {
        let by_digest = named.reference.as_ref().is_some_and(|reference| reference.sha256.is_some());
        let manifest = by_digest.then_some(manifest.as_slice());
        targets.push(Target { plugin, folder, file: named.file.clone(), manifest });
    }
    lines += &unpack(&targets)?;
    if loose {
        lines += "next: run `plimsoll plugin lock`, so that scans know them again\n";
    }
    Ok(lines)
}

/// What a registry has under a reference, proven, with what leads to exactly that and its manifest.
fn got(reference: &Reference, client: &Client) -> Result<(Reference, PluginFile, Vec<u8>), String> {
    let (sha256, manifest) = client.manifest()?;
    let came = reference.by_sha256(&sha256);
    let plugin = opened(client, &came.to_string(), &manifest)?;
    Ok((came, plugin, manifest))
}
