//! Which plugins there are: those that the executable carries, and those that are named.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use rayon::prelude::*;

use crate::check::{Engine, Plugin};
use crate::cli;
use crate::config::Config;
use crate::finding::PluginInfo;

include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// The sandbox, with a cache beside it.
///
/// # Errors
///
/// If this machine cannot run WebAssembly.
pub fn engine(config: &Config, no_cache: bool) -> Result<Engine, String> {
    let engine = Engine::new(config.limits)?;
    Ok(match cache_folder().filter(|_| !no_cache) {
        Some(folder) => engine.cached(&folder),
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

/// What the executable carries, and what the command line and the configuration name, in that order. Nothing is compiled yet.
pub fn load(args: &cli::Plugins, config: &Config) -> Result<Vec<Plugin>, String> {
    let embedded = if args.no_embedded { &[] } else { PACKS };
    let most = config.limits.component;
    let carried = embedded
        .par_iter()
        .map(|bytes| Plugin::load(Cow::Borrowed(bytes), None, most).map_err(|error| error.to_string()));
    let named = named(args, config).into_par_iter().map(|file| {
        Plugin::load(Cow::Owned(bytes_of(&file)?), Some(&file.to_string_lossy()), most)
            .map_err(|error| error.to_string())
    });
    let plugins = carried.chain(named).collect::<Result<Vec<_>, String>>()?;
    names_differ(plugins.iter().map(|plugin| &plugin.info))?;
    Ok(plugins)
}

/// What the plugins say they are, without compiling them.
pub fn inspect(args: &cli::Plugins) -> Result<Vec<PluginInfo>, String> {
    let config = Config::load(args.config.as_deref())?;
    let most = config.limits.component;
    let mut infos = Vec::new();
    for bytes in if args.no_embedded { &[] } else { PACKS } {
        infos.push(Plugin::inspect(bytes, None, most).map_err(|error| error.to_string())?);
    }
    for file in named(args, &config) {
        let info = Plugin::inspect(&bytes_of(&file)?, Some(&file.to_string_lossy()), most);
        infos.push(info.map_err(|error| error.to_string())?);
    }
    names_differ(infos.iter())?;
    Ok(infos)
}

fn named(args: &cli::Plugins, config: &Config) -> Vec<PathBuf> {
    config.plugins.iter().chain(&args.plugin).cloned().collect()
}

fn bytes_of(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|error| format!("plugin {}: it cannot be read: {error}", file.display()))
}

/// No plugin may speak for another: a name belongs to one of them.
fn names_differ<'a>(infos: impl Iterator<Item = &'a PluginInfo>) -> Result<(), String> {
    let mut seen: Vec<&PluginInfo> = Vec::new();
    for info in infos {
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
