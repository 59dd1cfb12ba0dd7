//! `plimsoll plugin inspect`: what a plugin says it is, and what can be told of it without running it.

use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::Value;

use super::signed::{Signed, signed};
use crate::carried::Carried;
use crate::check::Plugin;
use crate::cli::{self, InspectFormat};
use crate::config::Config;
use crate::finding::RuleInfo;
use crate::parameters::{parameters, schema};
use crate::terminal::{visible, written};
use crate::{plugins, suggest};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// `--format json`; docs/schema/plugin-v1.schema.json is its promise.
#[derive(Serialize)]
struct Inspected<'a> {
    version: u32,
    plugin: Told<'a>,
}

#[derive(Serialize)]
struct Told<'a> {
    name: &'a str,
    version: &'a str,
    summary: &'a str,
    /// None if it lies in the executable.
    file: Option<&'a str>,
    sha256: &'a str,
    /// None if there is none, and for what lies in the executable.
    signature: Option<Signed>,
    bytes: usize,
    interfaces: Vec<String>,
    /// Whether it also gives its findings in bytes.
    packed: bool,
    /// Always none: what imports anything does not load.
    imports: Vec<String>,
    rules: Vec<ToldRule<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToldRule<'a> {
    id: &'a str,
    summary: &'a str,
    level: &'static str,
    profile: &'a str,
    profiles: &'a [String],
    looks_at: &'static str,
    kinds: &'a [String],
    parameters: bool,
    parameters_schema: Option<Value>,
}

/// Writes what there is to say of the plugin in a file, or of the one of that name which a scan here would load.
///
/// # Errors
///
/// If it does not load, nothing is called so, or its signature is not one that holds.
pub fn inspect(args: &cli::Inspect, out: &mut dyn Write) -> Result<(), String> {
    let carried = Carried::open()?;
    let config = Config::load(None, carried.configuration()?)?;
    let plugin = find(&args.plugin, &carried, &config)?;
    let wasm = plugin.wasm().map_err(|error| error.to_string())?;
    let component = plimsoll_build::inspect(&wasm).map_err(|error| error.to_string())?;
    let package = plimsoll_build::INTERFACE.split('/').next().unwrap_or_default();
    let info = &plugin.info;
    let told = Told {
        name: &info.name,
        version: &info.version,
        summary: &info.summary,
        file: info.file.as_deref(),
        sha256: &info.digest,
        signature: signed(info, &wasm, args.key.as_deref(), &config)?,
        bytes: wasm.len(),
        interfaces: component.interfaces.iter().map(|version| format!("{package}@{version}")).collect(),
        packed: component.packs,
        imports: component.imports.into_iter().map(|import| import.name).collect(),
        rules: info.rules.iter().map(rule).collect(),
    };
    written(match args.format {
        InspectFormat::Pretty => pretty(&told, &info.rules, out),
        InspectFormat::Json => json(told, out),
    })
}

/// A file if there is one, else a name. What looks like a file is one, so that a mistyped path is told as such.
fn find(asked: &Path, carried: &Carried, config: &Config) -> Result<Plugin, String> {
    let most = config.limits.component;
    let name = asked.to_str().filter(|name| !name.contains(['/', '\\', '.']));
    let Some(name) = name.filter(|_| !asked.is_file()) else {
        return plugins::one(asked, most);
    };
    let mut loaded = plugins::load(carried, &cli::Plugins::default(), config)?;
    match loaded.iter().position(|plugin| plugin.info.name == name) {
        Some(position) => Ok(loaded.swap_remove(position)),
        None => {
            let known: Vec<String> = loaded.into_iter().map(|plugin| plugin.info.name).collect();
            let cure = suggest::among(name, known.into_iter());
            Err(format!("there is no plugin `{name}`, and no file of that name; {cure}"))
        }
    }
}

fn rule(rule: &RuleInfo) -> ToldRule<'_> {
    ToldRule {
        id: &rule.id,
        summary: &rule.summary,
        level: rule.level.name(),
        profile: &rule.profile,
        profiles: &rule.profiles,
        looks_at: if rule.set { "set" } else { "object" },
        kinds: &rule.kinds,
        parameters: rule.parameters,
        parameters_schema: schema(rule),
    }
}

fn json(plugin: Told<'_>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Inspected { version: 1, plugin })?;
    writeln!(out)
}

fn pretty(told: &Told<'_>, rules: &[RuleInfo], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#} {}  {DIM}{}{DIM:#}", told.name, told.version, told.summary)?;
    let imports = if told.imports.is_empty() { "none".to_owned() } else { told.imports.join(", ") };
    let signature = match (&told.signature, told.file) {
        (Some(signed), _) => signed.to_string(),
        (None, Some(_)) => "none".to_owned(),
        (None, None) => "none beside it".to_owned(),
    };
    let file = visible(told.file.unwrap_or("in the executable"));
    let facts = [
        ("file", file.as_str()),
        ("sha256", told.sha256),
        ("signature", &signature),
        ("size", &format!("{} bytes", told.bytes)),
        ("interface", &told.interfaces.join(", ")),
        ("findings", if told.packed { "as records, or packed into bytes" } else { "as records" }),
        ("imports", &imports),
        ("rules", &told.rules.len().to_string()),
    ];
    for (name, value) in facts {
        writeln!(out, "  {name:9}  {value}")?;
    }
    let width = told.rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for (info, rule) in rules.iter().zip(&told.rules) {
        let ToldRule { id, level, looks_at, profile, .. } = rule;
        let configurable = if rule.parameters { "parameters" } else { "" };
        let kinds = rule.kinds.join(", ");
        let line = format!(
            "    {CYAN}{id:width$}{CYAN:#}  {level:7}  {looks_at:6}  {profile:7}  {configurable:10}  {kinds}"
        );
        writeln!(out, "{line}")?;
        let parameters = parameters(info);
        let width = parameters.iter().map(|parameter| parameter.name.chars().count()).max().unwrap_or(0);
        for parameter in parameters {
            writeln!(out, "        {:width$}  {}", parameter.name, parameter.is)?;
        }
    }
    Ok(())
}
