//! Which plugins there are: those that the executable carries, and those that are named.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use rayon::prelude::*;

use crate::carried::Carried;
use crate::check::{Engine, Plugin};
use crate::cli;
use crate::config::Config;
use crate::finding::PluginInfo;
use crate::triage::{OWN, own_rules};

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

/// What the executable carries, and what the command line and the configuration name, in that order. Nothing is compiled yet.
pub fn load(carried: &Carried, args: &cli::Plugins, config: &Config) -> Result<Vec<Plugin>, String> {
    let most = config.limits.component;
    let mut plugins = if args.no_embedded { Vec::new() } else { carried.plugins(most)? };
    plugins.extend(read(config.plugins.iter().chain(&args.plugin), most)?);
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

/// The plugins in some files.
pub fn read<'a>(files: impl Iterator<Item = &'a PathBuf>, most_bytes: usize) -> Result<Vec<Plugin>, String> {
    let files: Vec<&PathBuf> = files.collect();
    // The first that does not load is told of, whichever was tried first.
    let plugins: Vec<Result<Plugin, String>> = files.par_iter().map(|file| one(file, most_bytes)).collect();
    plugins.into_iter().collect()
}

/// The plugin in a file.
///
/// # Errors
///
/// If it cannot be read, or does not load.
pub fn one(file: &Path, most_bytes: usize) -> Result<Plugin, String> {
    let bytes = bytes_of(file)?;
    Plugin::load(bytes.into(), Some(&file.to_string_lossy()), most_bytes).map_err(|error| error.to_string())
}

fn bytes_of(file: &Path) -> Result<Vec<u8>, String> {
    let refuse = |why: &str| format!("plugin {}: it cannot be read: {why}", file.display());
    // A pipe or a device may never end.
    if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(refuse("it is no file; name the component that `plimsoll plugin build` wrote"));
    }
    std::fs::read(file).map_err(|error| refuse(&error.to_string()))
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
