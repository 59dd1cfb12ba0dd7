//! What every command that checks manifests begins with: read → check → what is suppressed.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::carried::Carried;
use crate::check::{self, Request, Wrong};
use crate::cli;
use crate::config::Config;
use crate::finding::{Fault, Finding, Level, PluginInfo, Suppression};
use crate::progress::Progress;
use crate::read::{self, Found, Read};
use crate::selection::{self, choose, refused};
use crate::triage::{self, Checked, Scene};
use crate::{plugins, terminal};

/// The newest version of Kubernetes that the packs know.
pub const NEWEST: &str = "1.37";

/// What was looked at, and what was found.
#[derive(Debug)]
pub struct Looked {
    /// The files.
    pub found: Found,
    /// What stands in them; the configuration is the last object, if findings can stand in it.
    pub read: Read,
    /// How many objects were looked at, the configuration not among them.
    pub objects: usize,
    /// The plugins; the last is the host with its own rules.
    pub infos: Vec<PluginInfo>,
    /// The rules that were on: for every plugin their positions.
    pub enabled: Vec<Vec<u32>>,
    /// The levels that the configuration gives.
    pub levels: HashMap<(u32, u32), Level>,
    /// The version of Kubernetes.
    pub kubernetes: String,
    /// The findings, in order.
    pub findings: Vec<Finding>,
    /// The suppressions, as findings name them.
    pub suppressions: Vec<Suppression>,
    /// The faults, in order.
    pub faults: Vec<Fault>,
}

/// Reads and checks; tells of doubts on standard error.
///
/// # Errors
///
/// If the request was wrong: nothing was scanned then.
pub fn look(args: &cli::Look, carried: &Carried, config: &Config) -> Result<Looked, String> {
    let engine = plugins::engine(config, args.no_cache)?;
    let plugins = plugins::load(carried, &args.plugins, config)?;
    let of_plugins = plugins.iter().map(|plugin| plugin.info.clone());
    let infos: Vec<PluginInfo> = of_plugins.chain([triage::own_rules()]).collect();
    let wanted = choose(&infos, args, config)?;
    let kubernetes = args.kubernetes_version.as_deref().or(config.kubernetes.as_deref()).unwrap_or(NEWEST);

    let found = read::discover(&args.paths)?;
    let progress = Progress::new(found.files.len());
    let mut read = read::read(&found, &|| progress.tick());
    let own = if config.suppressions.is_empty() { None } else { config.as_object(&found.root) };
    let own = own.map(|(source, object)| crate::object::Object { source: read.insert(source), ..object });
    let request = Request {
        sources: &read.sources,
        objects: &read.objects,
        sets: &read.sets,
        kubernetes,
        wanted: &wanted[..plugins.len()],
    };
    let (mut findings, plugin_faults) =
        check::check(&engine, &plugins, &request).map_err(|wrong| match wrong {
            Wrong::Plugin(message) => message,
            Wrong::Parameters(problems) => {
                let told = problems.iter().map(|(plugin, pointer, message)| {
                    refused(config, &infos[*plugin as usize], pointer, message)
                });
                told.collect::<Vec<_>>().join("\n")
            }
        })?;
    triage::order(&mut findings, &read.sources, &infos);
    let mut faults = std::mem::take(&mut read.faults);
    faults.extend(plugin_faults);
    faults.sort();
    faults.dedup();
    drop(progress);
    doubts(&read, &faults, kubernetes).iter().for_each(|doubt| terminal::warn(doubt));

    let objects = read.objects.len();
    read.objects.extend(own);
    let enabled = wanted.into_iter().map(|wanted| wanted.rules).collect();
    let levels = selection::levels(&infos, config);
    let kubernetes = kubernetes.to_owned();
    let suppressions = Vec::new();
    let mut looked =
        Looked { found, read, objects, infos, enabled, levels, kubernetes, findings, suppressions, faults };
    looked.suppress(args, config);
    triage::levels(&mut looked.findings, &looked.levels);
    Ok(looked)
}

impl Looked {
    fn suppress(&mut self, args: &cli::Look, config: &Config) {
        if args.no_suppressions || config.allow_suppressions == Some(false) {
            return;
        }
        let today = args.today.clone().unwrap_or_else(today);
        let checked = Checked {
            sources: &self.read.sources,
            objects: &self.read.objects,
            plugins: &self.infos,
            enabled: &self.enabled,
        };
        let scene = Scene {
            checked,
            configured: &config.suppressions,
            configuration: (self.read.objects.len() > self.objects).then_some(self.objects as u32),
            today: &today,
        };
        let found = self.findings.len();
        let (suppressions, warnings) = triage::suppress(&mut self.findings, &scene);
        warnings.iter().for_each(|warning| terminal::warn(warning));
        if self.findings.len() > found {
            triage::order(&mut self.findings, &self.read.sources, &self.infos);
        }
        self.suppressions = suppressions;
    }
}

/// What a user should know who may take the result for more than it is.
fn doubts(read: &Read, faults: &[Fault], kubernetes: &str) -> Vec<String> {
    let mut doubts = Vec::new();
    if read.objects.is_empty() && faults.is_empty() {
        doubts.push(format!(
            "no Kubernetes objects were found in {} files, so nothing was checked",
            read.count
        ));
    }
    let minor = |version: &str| version.strip_prefix("1.").and_then(|minor| minor.parse::<u16>().ok());
    if minor(kubernetes) > minor(NEWEST) {
        doubts.push(format!(
            "Kubernetes {kubernetes} is newer than what is known here; it is taken for what {NEWEST} is"
        ));
    }
    doubts
}

/// Today in UTC, as `2027-01-31`. Years are counted from March, so that the day that leap years have more is the last of one.
fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    day(seconds / 86_400)
}

/// The day that begins so many days after 1970-01-01.
fn day(days: u64) -> String {
    // From 0000-03-01, in cycles of 400 years.
    let (cycle, day) = ((days + 719_468) / 146_097, (days + 719_468) % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (year, day) = (cycle * 400 + year + u64::from(month >= 10), day - (153 * month + 2) / 5 + 1);
    format!("{year:04}-{:02}-{day:02}", if month < 10 { month + 3 } else { month - 9 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        // date -u -d @$((DAYS * 86400)) +%F
        let known = [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_780, "2026-11-23"),
            (47_541, "2100-03-01"),
        ];
        for (days, expected) in known {
            assert_eq!(day(days), expected);
        }
        // Every day is the day after the one before, and one of the calendar.
        let all: Vec<String> = (0..60_000).map(day).collect();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]) && all.iter().all(|day| triage::is_day(day)));
    }
}
