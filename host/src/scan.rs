//! The journey of a scan: read → check → triage → report.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::check::{self, Engine, Plugin, Request, Wanted};
use crate::cli::{self, Format, Profile};
use crate::config::Config;
use crate::finding::{PluginInfo, RuleInfo};
use crate::progress::Progress;
use crate::report::{self, Report};
use crate::triage::Verdict;
use crate::{read, suggest, triage};

/// The newest version of Kubernetes that the packs know.
const NEWEST: &str = "1.37";

include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// Scans, and writes what was found to `out` and to the files that were asked for.
///
/// # Errors
///
/// If the request was wrong: nothing was scanned then.
pub fn scan(args: &cli::Scan, out: &mut dyn io::Write) -> Result<Verdict, String> {
    let config = Config::load(args.plugins.config.as_deref())?;
    let engine = Engine::new(config.limits)?;
    let plugins = load(&engine, &args.plugins, &config)?;
    let infos: Vec<PluginInfo> = plugins.iter().map(|plugin| plugin.info.clone()).collect();
    let wanted = choose(&infos, args, &config)?;
    let kubernetes = args.kubernetes_version.as_deref().or(config.kubernetes.as_deref()).unwrap_or(NEWEST);

    let found = read::discover(&args.paths)?;
    let progress = Progress::new(found.files.len());
    let read = read::read(&found, &|| progress.tick());
    let request = Request {
        sources: &read.sources,
        objects: &read.objects,
        sets: &read.sets,
        kubernetes,
        wanted: &wanted,
    };
    let (mut findings, plugin_faults) = check::check(&engine, &plugins, &request).map_err(|problems| {
        let told = problems
            .iter()
            .map(|(plugin, pointer, message)| refused(&config, &infos[*plugin as usize], pointer, message));
        told.collect::<Vec<_>>().join("\n")
    })?;
    triage::order(&mut findings, &read.sources, &infos);
    let mut faults = read.faults;
    faults.extend(plugin_faults);
    faults.sort();
    faults.dedup();
    let verdict = triage::verdict(&findings, &faults, args.fail_on.level());
    drop(progress);

    let report = Report {
        sources: &read.sources,
        objects: &read.objects,
        plugins: &infos,
        enabled: &wanted.iter().map(|wanted| wanted.rules.clone()).collect::<Vec<_>>(),
        findings: &findings,
        faults: &faults,
        source_count: read.count,
        bytes: read.bytes,
        kubernetes,
        exit_code: verdict.exit_code(),
        category: args.category.as_deref(),
    };
    for (format, file) in &args.output {
        let mut bytes = Vec::new();
        let written = match format {
            Format::Pretty => write(*format, &report, &mut report::Plain::new(&mut bytes)),
            Format::Json | Format::Sarif => write(*format, &report, &mut bytes),
        };
        written
            .and_then(|()| replace(file, &bytes))
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    }
    crate::written(write(args.format, &report, out))?;
    Ok(verdict)
}

fn write(format: Format, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Pretty => report::pretty(report, out),
        Format::Json => report::json(report, out),
        Format::Sarif => report::sarif(report, out),
    }
}

/// Writes a file at once: who reads it sees the old one or the new one, never a part.
fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = file.file_name().ok_or_else(|| io::Error::other("this is no name of a file"))?.to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let half = file.with_file_name(name);
    std::fs::write(&half, bytes).and_then(|()| std::fs::rename(&half, file)).inspect_err(|_| {
        let _ = std::fs::remove_file(&half);
    })
}

/// What the executable carries, and what the command line and the configuration name, in that order.
fn load(engine: &Engine, args: &cli::Plugins, config: &Config) -> Result<Vec<Plugin>, String> {
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

/// Which rules are on, and with what parameters.
fn choose(infos: &[PluginInfo], args: &cli::Scan, config: &Config) -> Result<Vec<Wanted>, String> {
    let all = || infos.iter().flat_map(|info| &info.rules);
    let known = |asked: &str| {
        let met = all().any(|rule| matches(rule, asked));
        let ids = || all().map(|rule| rule.id.clone());
        if met { Ok(()) } else { Err(cure(asked, ids().collect())) }
    };
    for asked in args.rule.iter().chain(&args.skip_rule) {
        known(asked).map_err(|cure| format!("there is no rule `{asked}`; {cure}"))?;
    }
    for (rule, _) in &config.rules {
        known(rule).map_err(|cure| config.unknown_rule(rule, &cure))?;
    }
    let is_on = |rule: &RuleInfo| {
        let asked = if args.rule.is_empty() {
            in_profile(rule, args.profile)
        } else {
            args.rule.iter().any(|asked| matches(rule, asked))
        };
        asked && !args.skip_rule.iter().any(|asked| matches(rule, asked))
    };
    if !all().any(is_on) {
        return Err(
            "no rule is on; ask for fewer with --skip-rule or for more with --rule or --profile".to_owned()
        );
    }
    let wanted = |info: &PluginInfo| {
        let mut wanted = Wanted::default();
        for (position, rule) in info.rules.iter().enumerate().filter(|(_, rule)| is_on(rule)) {
            wanted.rules.push(position as u32);
            if let Some((_, Some(parameters))) = config.rules.iter().find(|(id, _)| *id == rule.id) {
                wanted.parameters.insert(rule.short_id().to_owned(), parameters.clone());
            }
        }
        wanted
    };
    Ok(infos.iter().map(wanted).collect())
}

fn matches(rule: &RuleInfo, asked: &str) -> bool {
    match asked.strip_suffix("/*") {
        Some(plugin) => rule.id.split_once('/').is_some_and(|(name, _)| name == plugin),
        None => rule.id == asked,
    }
}

fn in_profile(rule: &RuleInfo, profile: Profile) -> bool {
    match profile {
        Profile::Default => rule.profile == "default",
        Profile::Strict => matches!(rule.profile.as_str(), "default" | "strict"),
        named => rule.profiles.iter().any(|profile| profile == named.name()),
    }
}

fn refused(config: &Config, info: &PluginInfo, pointer: &str, message: &str) -> String {
    let (rule, rest) =
        pointer.trim_start_matches('/').split_once('/').unwrap_or((pointer.trim_start_matches('/'), ""));
    config.problem(&format!("{}/{rule}", info.name), &format!("/{rest}"), message)
}

/// What to do about a rule that does not exist.
pub fn cure(asked: &str, ids: BTreeSet<String>) -> String {
    let ids: Vec<String> = ids.into_iter().collect();
    match suggest::closest(asked, &ids) {
        Some(id) => format!("did you mean `{id}`?"),
        None => "`plimsoll rules` lists them all".to_owned(),
    }
}
