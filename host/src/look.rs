//! What every command that checks manifests begins with: read → check → what is suppressed.

use std::collections::{HashMap, HashSet};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::carried::Carried;
use crate::check::{self, Cost, Engine, Plugin, Request, Wanted, Wrong};
use crate::cli;
use crate::config::Config;
use crate::finding::{Absent, Fault, Finding, Level, PluginInfo, Suppression};
use crate::object::Object;
use crate::progress::Progress;
use crate::read::{self, Found, Read};
use crate::report::counted;
use crate::selection::{self, choose, refused};
use crate::shard::{self, Shard};
use crate::triage::{self, Accepted, Baseline, Checked, Moves, Scene};
use crate::{memory, plugins, terminal};

/// The newest version of Kubernetes that the packs know.
pub const NEWEST: &str = "1.37";

/// So many files, if they are small, are read sooner than a large page is cleared for them.
const FEW: usize = 8;
/// Bytes of which the same holds.
const LITTLE: u64 = 256 << 10;

fn is_much(found: &Found) -> bool {
    let lens = found.files.iter().filter_map(|file| file.absolute.metadata().ok()).map(|file| file.len());
    found.files.len() > FEW || lens.sum::<u64>() > LITTLE
}

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
    pub infos: Arc<[PluginInfo]>,
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

/// Plugins that are ready, the rules of them that are on, and what suppressions are judged by.
#[derive(Debug)]
pub struct Inspector<'a> {
    config: &'a Config,
    engine: Engine,
    plugins: Vec<Plugin>,
    /// What the plugins say they are; the last is the host with its own rules.
    pub infos: Arc<[PluginInfo]>,
    /// What is wanted of each.
    pub wanted: Vec<Wanted>,
    /// The version of Kubernetes that the manifests are meant for.
    pub kubernetes: String,
    /// Today, if suppressions hold at all.
    today: Option<String>,
    /// Whether rules were chosen by name.
    chosen: bool,
}

/// Reads and checks; tells of doubts on standard error. What plugins run on stays until the process ends, which it does soon.
///
/// # Errors
///
/// If the request was wrong: nothing was scanned then.
pub fn look(
    args: &cli::Look,
    shard: Option<Shard>,
    carried: &Carried,
    config: &Config,
) -> Result<Looked, String> {
    let inspector = ManuallyDrop::new(Inspector::new(args, carried, config)?);
    let found = read::discover(&args.paths)?;
    if is_much(&found) {
        memory::in_large_pages();
    }
    let progress = Progress::new(found.files.len());
    let read = read::read(&found, &|| progress.tick());
    let looked = inspector.inspect(found, read, shard)?;
    drop(progress);
    looked.doubts().iter().for_each(|doubt| terminal::warn(doubt));
    Ok(looked)
}

impl<'a> Inspector<'a> {
    /// Loads the plugins and chooses the rules. Nothing is compiled yet.
    ///
    /// # Errors
    ///
    /// If the request is wrong.
    pub fn new(args: &cli::Look, carried: &Carried, config: &'a Config) -> Result<Self, String> {
        let engine = plugins::engine(config, args.no_cache)?;
        let plugins = plugins::load(carried, &args.plugins, config)?;
        let of_plugins = plugins.iter().map(|plugin| plugin.info.clone());
        let infos: Arc<[PluginInfo]> = of_plugins.chain([triage::own_rules()]).collect();
        let wanted = choose(&infos, args, config)?;
        let kubernetes = args.kubernetes_version.as_deref().or(config.kubernetes.as_deref());
        let kubernetes = kubernetes.unwrap_or(NEWEST).to_owned();
        let hold = !args.no_suppressions && config.allow_suppressions != Some(false);
        let today = hold.then(|| args.today.clone().unwrap_or_else(today));
        let chosen = !args.rule.is_empty() || !args.skip_rule.is_empty();
        Ok(Self { config, engine, plugins, infos, wanted, kubernetes, today, chosen })
    }

    /// Lets the rules look at what was read, or at a shard's part of it.
    ///
    /// # Errors
    ///
    /// If a plugin cannot be run, or refuses its parameters.
    pub fn inspect(&self, found: Found, mut read: Read, shard: Option<Shard>) -> Result<Looked, String> {
        let config = self.config;
        let own = if config.suppressions.is_empty() { None } else { config.as_object(&found.root) };
        let own = own.map(|(source, object)| Object { source: read.insert(source), ..object });
        let share = shard.map(|shard| shard.share(&read.sources, &read.objects));
        let request = self.request(&read, share.as_deref());
        let checked = check::check(&self.engine, &self.plugins, &request);
        let (mut findings, plugin_faults) = checked.map_err(|wrong| self.told(wrong))?;
        let mut faults = std::mem::take(&mut read.faults);
        faults.extend(plugin_faults);
        if let Some(share) = &share {
            shard::keep_findings(share, &mut findings);
            shard::keep_faults(share, &read.sources, &mut faults);
        }
        triage::order(&mut findings, &read.sources, &self.infos);
        faults.sort();
        faults.dedup();

        let objects = read.objects.len();
        read.objects.extend(own);
        let mut looked = Looked {
            found,
            read,
            objects,
            infos: self.infos.clone(),
            enabled: self.wanted.iter().map(|wanted| wanted.rules.clone()).collect(),
            levels: selection::levels(&self.infos, config),
            kubernetes: self.kubernetes.clone(),
            findings,
            suppressions: Vec::new(),
            faults,
        };
        if let Some(today) = &self.today {
            looked.suppress(&config.suppressions, today, self.chosen);
        }
        if let Some(share) = &share {
            looked.keep(share);
        }
        triage::levels(&mut looked.findings, &looked.levels);
        Ok(looked)
    }
}

impl Inspector<'_> {
    /// What the plugins cost that have something to look at: their names, those that were named last, and their costs.
    ///
    /// # Errors
    ///
    /// As [`Inspector::inspect`], or if a plugin ends in a fault.
    pub fn measure(&self, read: &Read) -> Result<Vec<(&str, Cost)>, String> {
        let costs = check::measure(&self.engine, &self.plugins, &self.request(read, None));
        let costs = costs.map_err(|wrong| self.told(wrong))?;
        let named = self.plugins.iter().zip(costs);
        Ok(named.filter_map(|(plugin, cost)| Some((plugin.info.name.as_str(), cost?))).collect())
    }

    fn request<'a>(&'a self, read: &'a Read, share: Option<&'a [bool]>) -> Request<'a> {
        Request {
            sources: &read.sources,
            objects: &read.objects,
            sets: &read.sets,
            kubernetes: &self.kubernetes,
            wanted: &self.wanted[..self.plugins.len()],
            share,
        }
    }

    fn told(&self, wrong: Wrong) -> String {
        match wrong {
            Wrong::Plugin(message) => message,
            Wrong::Parameters(problems) => {
                let told = problems.iter().map(|(plugin, pointer, message)| {
                    refused(self.config, &self.infos[*plugin as usize], pointer, message)
                });
                told.collect::<Vec<_>>().join("\n")
            }
        }
    }
}

/// The baseline that findings are compared with, if one is named.
///
/// # Errors
///
/// If it cannot be read.
pub fn known(named: Option<&Path>, config: &Config) -> Result<Option<Baseline>, String> {
    named.or(config.baseline.as_deref()).map(baseline).transpose()
}

/// The baseline in a file.
///
/// # Errors
///
/// If it cannot be read.
pub fn baseline(file: &Path) -> Result<Baseline, String> {
    let told = |why: &str| format!("the baseline {}: {why}", file.display());
    let bytes = std::fs::read(file).map_err(|error| {
        let file = file.display();
        told(&format!("it cannot be read: {error}; write it with `plimsoll scan --write-baseline {file}`"))
    })?;
    Baseline::read(&bytes).map_err(|why| told(&why))
}

impl Looked {
    /// What was looked at, for those who judge what was found.
    fn checked(&self) -> Checked<'_> {
        Checked {
            sources: &self.read.sources,
            objects: &self.read.objects,
            plugins: &self.infos,
            enabled: &self.enabled,
        }
    }

    /// What of an old baseline a new one has to keep, because nobody looked at it.
    pub fn kept(&self, baseline: Baseline) -> Vec<Absent> {
        baseline.kept(&self.findings, self.checked(), self.was_looked_at())
    }

    /// Tells of an entry whether all of its file was looked at, or is no longer there. What a plugin with a fault did not look at nobody knows.
    fn was_looked_at(&self) -> impl Fn(&Absent) -> bool {
        let (of_plugins, of_files): (Vec<&Fault>, Vec<&Fault>) =
            self.faults.iter().partition(|fault| fault.plugin.is_some());
        let faulty: HashSet<&str> = of_files.iter().filter_map(|fault| fault.file.as_deref()).collect();
        let blind: HashSet<&str> = of_plugins.iter().filter_map(|fault| fault.plugin.as_deref()).collect();
        let read = self.found.files.iter().map(|file| file.path.as_str());
        let paths: HashSet<&str> = read.filter(|path| !faulty.contains(path)).collect();
        move |entry| {
            let plugin = entry.rule.split('/').next().unwrap_or_default();
            let is_there =
                || paths.contains(entry.file.as_str()) || !self.found.root.join(&entry.file).exists();
            !blind.contains(plugin) && is_there()
        }
    }

    /// Keeps what a shard answers for. What is said about the configuration can only be judged over all shards; `plimsoll merge` does.
    fn keep(&mut self, share: &[bool]) {
        let objects = self.objects;
        let (mut own, shared): (Vec<Finding>, Vec<Finding>) = std::mem::take(&mut self.findings)
            .into_iter()
            .partition(|finding| (finding.place.object as usize) < objects);
        shard::keep_findings(share, &mut own);
        self.findings = own;
        self.findings.extend(shared);
        triage::order(&mut self.findings, &self.read.sources, &self.infos);
    }

    /// Marks what is known, and gives what is gone: what stood in a file that was read, or that is no longer there. A shard does not know what
    /// moved to another.
    pub fn compare(&mut self, baseline: Baseline, is_shard: bool) -> Vec<Absent> {
        let mut findings = std::mem::take(&mut self.findings);
        let was_looked_at = self.was_looked_at();
        let moves = if is_shard { Moves::Left } else { Moves::Followed };
        let absent = baseline.compare(&mut findings, self.checked(), moves, &was_looked_at);
        drop(was_looked_at);
        self.findings = findings;
        absent
    }

    fn suppress(&mut self, configured: &[Accepted], today: &str, chosen: bool) {
        let mut findings = std::mem::take(&mut self.findings);
        let found = findings.len();
        let configuration = (self.read.objects.len() > self.objects).then_some(self.objects as u32);
        let (checked, faults) = (self.checked(), self.faults.as_slice());
        let scene = Scene { checked, configured, configuration, today, chosen, faults };
        let (suppressions, warnings) = triage::suppress(&mut findings, &scene);
        warnings.iter().for_each(|warning| terminal::warn(warning));
        if findings.len() > found {
            triage::order(&mut findings, &self.read.sources, &self.infos);
        }
        (self.findings, self.suppressions) = (findings, suppressions);
    }

    /// What a user should know who may take the result for more than it is.
    fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        if self.objects == 0 && self.faults.is_empty() {
            doubts.push(format!(
                "no Kubernetes objects were found in {}, so nothing was checked",
                counted(self.read.count, "file")
            ));
        }
        let minor = |version: &str| version.strip_prefix("1.").and_then(|minor| minor.parse::<u16>().ok());
        if minor(&self.kubernetes) > minor(NEWEST) {
            doubts.push(format!(
                "Kubernetes {} is newer than what is known here; it is taken for what {NEWEST} is",
                self.kubernetes
            ));
        }
        doubts
    }
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
