//! `plimsoll config`: what is in force, and where each value comes from, as a `plimsoll.yaml` that says all of it.

use crate::carried::Carried;
use crate::cli::{self, FailOn, Profile};
use crate::config::Config;
use crate::finding::PluginInfo;
use crate::look::Inspector;
use crate::source;
use crate::triage::{self, Accepted};
use crate::trust::Trust;

/// Lines of YAML, each with where its value comes from.
#[derive(Default)]
struct Lines(Vec<(String, String)>);

impl Lines {
    fn add(&mut self, line: impl Into<String>, from: impl Into<String>) {
        self.0.push((line.into(), from.into()));
    }

    fn text(&self) -> String {
        let widest = self.0.iter().filter(|(_, from)| !from.is_empty()).map(|(line, _)| line.chars().count());
        let width = widest.filter(|width| *width < 72).max().unwrap_or(0);
        let line = |(line, from): &(String, String)| match from.as_str() {
            "" => format!("{line}\n"),
            from => format!("{line:width$}  # {from}\n"),
        };
        self.0.iter().map(line).collect()
    }
}

/// What is in force.
///
/// # Errors
///
/// As a scan's: if the request is wrong.
pub fn told(args: &cli::Config, carried: &Carried, config: &Config) -> Result<String, String> {
    let look = &args.look;
    let Inspector { infos, wanted, kubernetes, .. } = Inspector::new(look, carried, config)?;
    let mut lines = Lines::default();
    lines.add(
        match config.path() {
            Some(path) => format!("# {}", path.display()),
            None => "# There is no plimsoll.yaml in this folder or above it.".to_owned(),
        },
        "",
    );

    let from = |given: bool, option: &str, key: &str| match (given, config.line_of(&[key])) {
        (true, _) => option.to_owned(),
        (false, Some(line)) => line,
        (false, None) => "default".to_owned(),
    };
    lines.add(
        format!("kubernetesVersion: \"{kubernetes}\""),
        from(look.kubernetes_version.is_some(), "--kubernetes-version", "kubernetesVersion"),
    );
    let profile = look.profile.or(config.profile).unwrap_or(Profile::Default);
    lines.add(format!("profile: {}", profile.name()), from(look.profile.is_some(), "--profile", "profile"));
    let fail_on = args.fail_on.or(config.fail_on).unwrap_or(FailOn::Error);
    lines.add(format!("failOn: {}", fail_on.name()), from(args.fail_on.is_some(), "--fail-on", "failOn"));
    match args.baseline.as_ref().or(config.baseline.as_ref()) {
        Some(file) => lines.add(
            format!("baseline: {}", quoted(&file.display().to_string())),
            from(args.baseline.is_some(), "--baseline", "baseline"),
        ),
        None => lines.add("# baseline: none", ""),
    }
    lines.add(
        format!("allowSuppressions: {}", !look.no_suppressions && config.allow_suppressions != Some(false)),
        from(look.no_suppressions, "--no-suppressions", "allowSuppressions"),
    );
    add_suppressions(&mut lines, config);
    add_plugins(&mut lines, look, config, &infos);
    add_trust(&mut lines, config);
    lines.add("rules:", "");
    for (info, wanted) in infos.iter().zip(&wanted) {
        for (rule, position) in info.rules.iter().zip(0..) {
            add_rule(&mut lines, look, config, rule, wanted.rules.contains(&position));
        }
    }
    lines.add("limits:", "");
    for (key, value) in config.limits() {
        lines.add(
            format!("  {key}: {value}"),
            config.line_of(&["limits", key]).unwrap_or_else(|| "default".to_owned()),
        );
    }
    Ok(lines.text())
}

fn add_suppressions(lines: &mut Lines, config: &Config) {
    if config.suppressions.is_empty() {
        return lines.add("# suppressions: none but those in manifests", "");
    }
    lines.add("suppressions:", "");
    for (position, accepted) in config.suppressions.iter().enumerate() {
        let Accepted { rules, files, object, labels, pointers, reason, until, .. } = accepted;
        let line = config.line_of(&["suppressions", &position.to_string()]).unwrap_or_default();
        lines.add(format!("  - rules: {}", list(rules)), line);
        for (key, patterns) in [("files", files), ("pointers", pointers)] {
            if !patterns.is_empty() {
                lines.add(format!("    {key}: {}", list(patterns)), "");
            }
        }
        if !object.is_empty() || !labels.is_empty() {
            lines.add("    object:", "");
        }
        for (key, patterns) in object {
            lines.add(format!("      {key}: {}", list(patterns)), "");
        }
        if !labels.is_empty() {
            lines.add("      labels:", "");
        }
        for (label, patterns) in labels {
            lines.add(format!("        {}: {}", quoted(label), list(patterns)), "");
        }
        lines.add(format!("    reason: {}", quoted(reason)), "");
        if let Some(until) = until {
            lines.add(format!("    until: {until}"), "");
        }
    }
}

fn add_plugins(lines: &mut Lines, look: &cli::Look, config: &Config, infos: &[PluginInfo]) {
    let embedded = infos.iter().filter(|info| info.file.is_none() && info.name != triage::OWN);
    for info in embedded {
        lines.add(format!("# plugin {} {}", info.name, info.version), "embedded");
    }
    let files = config.plugins.iter().enumerate().map(|(position, plugin)| {
        let name = match plugin.reference {
            Some(_) => plugin.written.clone(),
            None => plugin.file.display().to_string(),
        };
        (name, config.line_of(&["plugins", &position.to_string()]).unwrap_or_default())
    });
    let further = look.plugins.plugin.iter().map(|file| (file.display().to_string(), "--plugin".to_owned()));
    let files: Vec<_> = files.chain(further).collect();
    if !files.is_empty() {
        lines.add("plugins:", "");
    }
    for (file, from) in files {
        lines.add(format!("  - {}", quoted(&file)), from);
    }
}

fn add_trust(lines: &mut Lines, config: &Config) {
    let Trust { keys, required } = &config.trust;
    if keys.is_empty() {
        return lines.add("# trust: no signatures are asked for", "");
    }
    let from = |keys: &[&str]| config.line_of(keys).unwrap_or_else(|| "default".to_owned());
    lines.add("trust:", "");
    lines.add("  keys:", "");
    for (position, key) in keys.iter().enumerate() {
        lines.add(format!("    - {}", key.line()), from(&["trust", "keys", &position.to_string()]));
    }
    lines.add(format!("  required: {required}"), from(&["trust", "required"]));
}

fn add_rule(
    lines: &mut Lines,
    look: &cli::Look,
    config: &Config,
    rule: &crate::finding::RuleInfo,
    is_on: bool,
) {
    let named = config.rules.iter().find(|named| named.id == rule.id);
    if !is_on && named.is_none() {
        return;
    }
    let mut says = Vec::new();
    if !is_on {
        says.push("enabled: false".to_owned());
    } else if named.and_then(|named| named.enabled).is_some() {
        says.push("enabled: true".to_owned());
    }
    says.push(format!("level: {}", named.and_then(|named| named.level).unwrap_or(rule.level).name()));
    if let Some(parameters) = named.and_then(|named| named.parameters.as_ref()) {
        says.push(format!("parameters: {parameters}"));
    }
    let asked = |patterns: &[String]| patterns.iter().any(|pattern| rule.is_named(pattern));
    let from = if asked(&look.skip_rule) {
        "--skip-rule".to_owned()
    } else if !look.rule.is_empty() {
        "--rule".to_owned()
    } else {
        // That it is off is not said there, but by a profile that it does not belong to.
        let said = named.filter(|named| is_on || named.enabled.is_some());
        said.and_then(|_| config.line_of(&["rules", &rule.id])).unwrap_or_else(|| "profile".to_owned())
    };
    lines.add(format!("  {}: {{ {} }}", rule.id, says.join(", ")), from);
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

/// Text as YAML reads it back, whatever it is, and as nothing that acts on a terminal.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for letter in serde_json::Value::from(text).to_string().chars() {
        match letter {
            letter if source::is_deceptive(letter) && letter <= '\u{FFFF}' => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter if source::is_deceptive(letter) => {
                quoted.push_str(&format!("\\U{:08x}", u32::from(letter)))
            }
            letter => quoted.push(letter),
        }
    }
    quoted
}
