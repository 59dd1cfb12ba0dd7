//! What `scan` and `fix` share: read → check → triage, as often as is wanted.

use crate::carried::Carried;
use crate::check::{self, Engine, Plugin, Request, Wanted, Wrong};
use crate::cli;
use crate::config::Config;
use crate::finding::{Fault, Finding, PluginInfo};
use crate::read::Read;
use crate::selection::{choose, refused};
use crate::{plugins, triage};

/// The newest version of Kubernetes that the packs know.
pub const NEWEST: &str = "1.37";

/// Plugins that are ready, and the rules of them that are on.
#[derive(Debug)]
pub struct Inspector<'a> {
    config: &'a Config,
    engine: Engine,
    plugins: Vec<Plugin>,
    infos: Vec<PluginInfo>,
    wanted: Vec<Wanted>,
    kubernetes: String,
}

/// What was found.
#[derive(Debug)]
pub struct Inspected {
    /// In the order in which they are reported.
    pub findings: Vec<Finding>,
    /// Of the reader and of the plugins.
    pub faults: Vec<Fault>,
}

impl<'a> Inspector<'a> {
    /// Loads the plugins and chooses the rules. Nothing is compiled yet.
    ///
    /// # Errors
    ///
    /// If the request is wrong.
    pub fn new(
        choice: &cli::Choice,
        plugins: &cli::Plugins,
        no_cache: bool,
        carried: &Carried,
        config: &'a Config,
    ) -> Result<Self, String> {
        let engine = plugins::engine(config, no_cache)?;
        let plugins = plugins::load(carried, plugins, config)?;
        let infos: Vec<PluginInfo> = plugins.iter().map(|plugin| plugin.info.clone()).collect();
        let wanted = choose(&infos, choice, config)?;
        let kubernetes = choice.kubernetes_version.as_deref().or(config.kubernetes.as_deref());
        let kubernetes = kubernetes.unwrap_or(NEWEST).to_owned();
        Ok(Self { config, engine, plugins, infos, wanted, kubernetes })
    }

    /// Lets the rules look at what was read.
    ///
    /// # Errors
    ///
    /// If a plugin cannot be run, or refuses its parameters.
    pub fn inspect(&self, read: &Read) -> Result<Inspected, String> {
        let request = Request {
            sources: &read.sources,
            objects: &read.objects,
            sets: &read.sets,
            kubernetes: &self.kubernetes,
            wanted: &self.wanted,
        };
        let (mut findings, plugin_faults) =
            check::check(&self.engine, &self.plugins, &request).map_err(|wrong| match wrong {
                Wrong::Plugin(message) => message,
                Wrong::Parameters(problems) => {
                    let told = problems.iter().map(|(plugin, pointer, message)| {
                        refused(self.config, &self.infos[*plugin as usize], pointer, message)
                    });
                    told.collect::<Vec<_>>().join("\n")
                }
            })?;
        triage::order(&mut findings, &read.sources, &self.infos);
        let mut faults = read.faults.clone();
        faults.extend(plugin_faults);
        faults.sort();
        faults.dedup();
        Ok(Inspected { findings, faults })
    }

    /// What the plugins say they are.
    pub fn plugins(&self) -> &[PluginInfo] {
        &self.infos
    }

    /// The rules that are on, plugin by plugin.
    pub fn enabled(&self) -> Vec<Vec<u32>> {
        self.wanted.iter().map(|wanted| wanted.rules.clone()).collect()
    }

    /// The version of Kubernetes that the manifests are meant for.
    pub fn kubernetes(&self) -> &str {
        &self.kubernetes
    }
}
