//! Which plugins there are: those that the executable carries, and those that are named.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use rayon::prelude::*;

use crate::carried::Carried;
use crate::check::{Engine, Plugin};
use crate::cli;
use crate::config::Config;
use crate::finding::PluginInfo;
use crate::lock::{Lock, Pinned};
use crate::oci::Reference;
use crate::signature::Signature;
use crate::source::read_file;
use crate::terminal::{shown, visible};
use crate::triage::{OWN, own_rules};
use crate::trust;

/// The sandbox, with a cache beside it.
///
/// # Errors
///
/// If this machine cannot run WebAssembly.
pub fn engine(config: &Config, no_cache: bool) -> Result<Engine, String> {
    let engine = Engine::new(config.limits)?;
    Ok(match cache_folder().filter(|_| !no_cache) {
        Some(folder) => engine.cached(folder),
        None => engine,
    })
}

/// Where the code of plugins is kept; nowhere if the user has no home.
fn cache_folder() -> Option<PathBuf> {
    match std::env::var_os("PLIMSOLL_CACHE_DIR") {
        Some(folder) => Some(PathBuf::from(folder)).filter(|folder| !folder.as_os_str().is_empty()),
        None => Some(ProjectDirs::from("dev", "plimsoll", "plimsoll")?.cache_dir().join("code")),
    }
}

/// What the executable carries, and what the configuration and the command line name, in that order. Nothing is compiled yet.
///
/// # Errors
///
/// If one does not load, is not what the lock says, or is not signed as the configuration asks.
pub fn load(carried: &Carried, args: &cli::Plugins, config: &Config) -> Result<Vec<Plugin>, String> {
    let most = config.limits.component;
    let mut plugins = if args.no_embedded { Vec::new() } else { carried.plugins(most)? };
    let mut named = named(config, Lock::beside(config)?.as_ref(), &args.plugin)?;
    // Where a bundle was made, the very plugin lies beside it too.
    named.retain(|plugin| plugins.iter().all(|carried| carried.info.digest != plugin.info.digest));
    plugins.extend(named);
    names_differ(plugins.iter().map(|plugin| &plugin.info))?;
    Ok(plugins)
}

/// What the plugins say they are, and what the host says of its own rules.
pub fn inspect(args: &cli::Plugins) -> Result<Vec<PluginInfo>, String> {
    let carried = Carried::open()?;
    let config = Config::load(args.config.as_deref(), carried.configuration()?)?;
    let plugins = load(&carried, args, &config)?;
    Ok(plugins.into_iter().map(|plugin| plugin.info).chain([own_rules()]).collect())
}

/// The plugins that a configuration names, and further ones, of which no lock knows.
///
/// # Errors
///
/// As [`load`].
pub fn named(config: &Config, lock: Option<&Lock>, further: &[PathBuf]) -> Result<Vec<Plugin>, String> {
    let by_reference = config.plugins.iter().position(|plugin| plugin.reference.is_some());
    if let (None, Some(at)) = (lock, by_reference) {
        let by = config.line_of(&["plugins", &at.to_string()]).unwrap_or_default();
        let named = visible(&config.plugins[at].written);
        return Err(format!(
            "{by}: only a lock says which plugin {named} is, because a registry may come to say otherwise; run `plimsoll plugin \
             pull` and `plimsoll plugin lock`"
        ));
    }
    let pinned = lock.map(|lock| lock.pinned(config)).transpose()?.unwrap_or_default();
    every(config, pinned, further)
}

/// The plugins that a configuration names, whatever a lock says: to write one.
///
/// # Errors
///
/// As [`load`].
pub fn unlocked(config: &Config) -> Result<Vec<Plugin>, String> {
    every(config, Vec::new(), &[])
}

fn every(config: &Config, pinned: Vec<Pinned<'_>>, further: &[PathBuf]) -> Result<Vec<Plugin>, String> {
    let mut pinned = pinned.into_iter();
    let mut files: Vec<_> = config
        .plugins
        .iter()
        .map(|plugin| (&plugin.file, plugin.reference.as_ref(), pinned.next()))
        .collect();
    for file in further {
        is_local(file)?;
        files.push((file, None, None));
    }
    // The first that does not load is told of, whichever was tried first.
    let plugins = files.par_iter().map(|(file, reference, pinned)| {
        if let Some(reference) = reference.filter(|_| file.symlink_metadata().is_err()) {
            return Err(format!(
                "plugin {reference}: {} is not there; run `plimsoll plugin pull`",
                shown(file)
            ));
        }
        read(file, pinned.as_ref(), config)
    });
    plugins.collect::<Vec<_>>().into_iter().collect()
}

/// Refuses what is meant for a registry, where only files can be.
///
/// # Errors
///
/// If it is; the message says what to do instead.
pub fn is_local(file: &Path) -> Result<(), String> {
    let Some(reference) = file.to_str().filter(|file| Reference::is_meant(file)) else { return Ok(()) };
    let reference = Reference::read(reference)?;
    Err(format!(
        "plugin {reference}: this asks no registry; run `plimsoll plugin pull {reference}`, and name the file that it writes"
    ))
}

/// The plugin in a file. Nothing of it is looked at before its bytes are what they should be.
fn read(file: &Path, pinned: Option<&Pinned>, config: &Config) -> Result<Plugin, String> {
    let bytes = bytes_of(file)?;
    if let Some(pinned) = pinned {
        pinned.holds(file, &bytes)?;
    }
    let signature = signature(file, &bytes, config)?;
    let plugin = Plugin::load(bytes.into(), Some(&file.to_string_lossy()), config.limits.component)
        .map_err(|error| error.to_string())?;
    if let Some(pinned) = pinned {
        pinned.is(&plugin.info)?;
    }
    if let Some((signature, _)) = signature {
        trust::is(&plugin.info, &signature.comment)?;
    }
    Ok(plugin)
}

/// The signature that a configuration asks for, and its text; none if it asks for none.
///
/// # Errors
///
/// If there is none, or it does not hold for these bytes.
pub fn signature(file: &Path, bytes: &[u8], config: &Config) -> Result<Option<(Signature, String)>, String> {
    let rule = config.line_of(&["trust", "keys"]).unwrap_or_else(|| "`trust.keys`".to_owned());
    config.trust.prove(file, bytes, &rule)
}

/// The plugin in a file.
///
/// # Errors
///
/// If it cannot be read, or does not load.
pub fn one(file: &Path, most_bytes: usize) -> Result<Plugin, String> {
    is_local(file)?;
    let bytes = bytes_of(file)?;
    Plugin::load(bytes.into(), Some(&file.to_string_lossy()), most_bytes).map_err(|error| error.to_string())
}

fn bytes_of(file: &Path) -> Result<Vec<u8>, String> {
    let refuse = |why: &str| format!("plugin {}: it cannot be read: {why}", file.display());
    read_file(file).map_err(|error| match error.kind() {
        ErrorKind::InvalidInput => {
            refuse("it is no file; name the component that `plimsoll plugin build` wrote")
        }
        _ => refuse(&error.to_string()),
    })
}

/// No plugin may speak for another: a name belongs to one of them.
pub fn names_differ<'a>(infos: impl Iterator<Item = &'a PluginInfo>) -> Result<(), String> {
    let mut seen: Vec<&PluginInfo> = Vec::new();
    for info in infos {
        if info.name == OWN {
            let file = info.file.as_deref().unwrap_or_default();
            return Err(format!(
                "plugin {file}: the name `{OWN}` belongs to plimsoll itself; give the plugin another"
            ));
        }
        if let Some(other) = seen.iter().find(|other| other.name == info.name) {
            let place = |info: &PluginInfo| info.file.clone().unwrap_or_else(|| "the executable".to_owned());
            return Err(format!(
                "two plugins are called `{}`: one in {}, one in {}; rename one or leave one out",
                info.name,
                place(other),
                place(info)
            ));
        }
        seen.push(info);
    }
    Ok(())
}
