//! `plimsoll rules`: the list of rules, and one page on one.

use std::io::{self, Write};
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::Value;

use super::view::{counted, named};
use crate::finding::{PluginInfo, RuleInfo};
use crate::parameters::{parameters, schema};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const CYAN: Style = AnsiColor::Cyan.on_default();
const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonRule<'a> {
    id: &'a str,
    summary: &'a str,
    level: &'static str,
    profile: &'a str,
    profiles: &'a [String],
    kinds: &'a [String],
    looks_at: &'static str,
    security_severity: Option<&'a str>,
    cwe: &'a [u16],
    parameters: bool,
    parameters_schema: Option<Value>,
    equivalents: &'a [String],
    plugin: &'a str,
    plugin_version: &'a str,
    docs: &'a str,
}

/// Writes every rule as JSON, or one.
pub fn rules_json(plugins: &[PluginInfo], only: Option<&RuleInfo>, out: &mut dyn Write) -> io::Result<()> {
    let wire = |plugin: &'_ PluginInfo, rule: &'_ RuleInfo| {
        serde_json::to_value(JsonRule {
            id: &rule.id,
            summary: &rule.summary,
            level: rule.level.name(),
            profile: &rule.profile,
            profiles: &rule.profiles,
            kinds: &rule.kinds,
            looks_at: if rule.set { "set" } else { "object" },
            security_severity: rule.security_severity.as_deref(),
            cwe: &rule.cwe,
            parameters: rule.parameters,
            parameters_schema: schema(rule),
            equivalents: &rule.equivalents,
            plugin: &plugin.name,
            plugin_version: &plugin.version,
            docs: &rule.docs,
        })
    };
    let mut rules = Vec::new();
    for plugin in plugins {
        for rule in plugin.rules.iter().filter(|rule| only.is_none_or(|only| only.id == rule.id)) {
            rules.push(wire(plugin, rule)?);
        }
    }
    match rules.as_slice() {
        [rule] if only.is_some() => serde_json::to_writer_pretty(&mut *out, rule)?,
        rules => serde_json::to_writer_pretty(&mut *out, rules)?,
    }
    writeln!(out)
}

/// Writes every rule in a line of its own. The command line names the plugins in these files.
pub fn list(plugins: &[PluginInfo], files: &[PathBuf], out: &mut dyn Write) -> io::Result<()> {
    let rules = || plugins.iter().flat_map(|plugin| &plugin.rules);
    let width = rules().map(|rule| rule.id.len()).max().unwrap_or(0);
    for plugin in plugins {
        writeln!(out, "{BOLD}{}{BOLD:#} {}  {DIM}{}{DIM:#}", plugin.name, plugin.version, plugin.summary)?;
        for rule in &plugin.rules {
            let level = rule.level.name();
            writeln!(
                out,
                "  {CYAN}{:width$}{CYAN:#}  {level:7}  {:7}  {}",
                rule.id, rule.profile, rule.summary
            )?;
        }
        writeln!(out)?;
    }
    let files: String = files.iter().map(|file| named(&file.to_string_lossy())).collect();
    writeln!(
        out,
        "{} in {}; `plimsoll rules ID{files}` shows the page of one",
        counted(rules().count(), "rule"),
        counted(plugins.len(), "plugin")
    )
}

/// Writes the page of one rule.
pub fn page(plugin: &PluginInfo, rule: &RuleInfo, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#}: {}", rule.id, rule.summary)?;
    let mut facts = vec![format!("level {}", rule.level.name()), format!("profile {}", rule.profile)];
    facts.extend(rule.profiles.iter().map(|profile| format!("also in {profile}")));
    facts.extend(rule.security_severity.iter().map(|severity| format!("security severity {severity}")));
    if rule.parameters {
        facts.push("has parameters".to_owned());
    }
    facts.push(format!("plugin {} {}", plugin.name, plugin.version));
    writeln!(out, "{DIM}{}{DIM:#}\n", facts.join(" · "))?;
    let mut block = None;
    for line in rule.docs.lines() {
        match (block, line.strip_prefix("```")) {
            (None, Some(words)) => {
                let mut words = words.split_whitespace().skip(1);
                let heading = match words.next() {
                    Some("fails") => Some((RED, "fails")),
                    Some("passes") => Some((GREEN, "passes")),
                    _ => None,
                };
                if let Some((style, heading)) = heading {
                    let scene: Vec<&str> = words.collect();
                    let scene =
                        if scene.is_empty() { String::new() } else { format!(" ({})", scene.join(", ")) };
                    writeln!(out, "    {style}{heading}{scene}:{style:#}")?;
                }
                block = Some(heading.map_or(Style::new(), |(style, _)| style));
            }
            (Some(_), Some(_)) => block = None,
            (Some(style), None) => writeln!(out, "    {style}|{style:#} {line}")?,
            (None, None) => writeln!(out, "{}", inline(line))?,
        }
    }
    let parameters = parameters(rule);
    if !parameters.is_empty() {
        writeln!(out, "\n{BOLD}Parameters{BOLD:#}")?;
        let width = parameters.iter().map(|parameter| parameter.name.chars().count()).max().unwrap_or(0);
        for parameter in &parameters {
            writeln!(out, "  {CYAN}{:width$}{CYAN:#}  {}", parameter.name, parameter.is)?;
        }
    }
    if !rule.equivalents.is_empty() {
        writeln!(out, "\n{BOLD}Elsewhere{BOLD:#}")?;
        for name in &rule.equivalents {
            writeln!(out, "  {}", equivalent(name))?;
        }
    }
    Ok(())
}

/// The page of a rule in Markdown, and its parameters.
pub fn markdown_page(rule: &RuleInfo) -> String {
    let mut page = markdown(rule);
    let parameters = parameters(rule);
    if !parameters.is_empty() {
        page.push_str("\nParameters:\n\n");
    }
    for parameter in parameters {
        page.push_str(&format!("- `{}`: {}\n", parameter.name, parameter.is));
    }
    page
}

/// The page of a rule in Markdown, with headings in place of the words behind the fences of its examples.
pub fn markdown(rule: &RuleInfo) -> String {
    let mut page =
        format!("# {}\n\n`{}` · {} · {}\n\n", rule.summary, rule.id, rule.level.name(), rule.profile);
    for line in rule.docs.lines() {
        let words: Vec<&str> = line.strip_prefix("```yaml ").unwrap_or_default().split_whitespace().collect();
        let scene = || words.iter().skip(1).map(|word| format!(" ({word})")).collect::<String>();
        match words.first() {
            Some(&"fails") => page.push_str(&format!("Fails{}:\n\n```yaml", scene())),
            Some(&"passes") => page.push_str(&format!("Passes{}:\n\n```yaml", scene())),
            _ => page.push_str(line),
        }
        page.push('\n');
    }
    if !rule.equivalents.is_empty() {
        let names: Vec<String> = rule.equivalents.iter().map(|name| equivalent(name)).collect();
        page.push_str(&format!("\nElsewhere: {}\n", names.join("; ")));
    }
    page
}

/// Headings and code of a line of Markdown, styled.
fn inline(line: &str) -> String {
    if let Some(heading) = line.strip_prefix('#') {
        return format!("{BOLD}{}{BOLD:#}", heading.trim_start_matches('#').trim());
    }
    let mut out = String::new();
    for (position, part) in line.split('`').enumerate() {
        if position % 2 == 1 {
            out.push_str(&format!("{CYAN}`{part}`{CYAN:#}"));
        } else {
            out.push_str(&part.replace("**", ""));
        }
    }
    out
}

/// `KL:host-pid` as `kube-linter: host-pid`.
fn equivalent(name: &str) -> String {
    const SCANNERS: [(&str, &str); 16] = [
        ("KL", "kube-linter"),
        ("KLT", "kube-linter (template)"),
        ("KS", "kube-score"),
        ("PO", "Polaris"),
        ("POC", "Polaris (custom)"),
        ("TR", "Trivy"),
        ("CK", "Checkov"),
        ("CKX", "Checkov (framework)"),
        ("KU", "Kubescape"),
        ("KY", "Kyverno"),
        ("PL", "Pluto"),
        ("KC", "kubeconform"),
        ("DT", "Datree"),
        ("POP", "Popeye"),
        ("MO", "Monokle"),
        ("PSA", "Pod Security admission"),
    ];
    let Some((short, id)) = name.split_once(':') else { return name.to_owned() };
    let scanner = SCANNERS.iter().find(|(known, _)| *known == short).map_or(short, |(_, scanner)| scanner);
    format!("{scanner}: {}", id.replace(',', ", "))
}
