//! Which plugins there are: those that the executable carries, and those that are named.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::check::{Engine, Plugin};
use crate::cli;
use crate::config::Config;
use crate::finding::PluginInfo;

include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// What the executable carries, and what the command line and the configuration name, in that order.
pub fn load(engine: &Engine, args: &cli::Plugins, config: &Config) -> Result<Vec<Plugin>, String> {
    let embedded = if args.no_embedded { &[] } else { PACKS };
    let carried =
        embedded.par_iter().map(|bytes| Plugin::load(engine, bytes, None).map_err(|error| error.to_string()));
    let named = named(args, config).into_par_iter().map(|file| {
        Plugin::load(engine, &bytes_of(&file)?, Some(&file.to_string_lossy()))
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
