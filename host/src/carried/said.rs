//! What plugins say of themselves, as a bundle keeps it: judged once, when it was made, and long texts apart, which are mapped and cut, not parsed.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::check::Objects;
use crate::finding::{Level, PluginInfo, RuleInfo};

/// What a plugin says it is, for a bundle.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    /// All but long texts, as JSON.
    pub brief: Vec<u8>,
    /// The long texts, one behind the other.
    pub texts: String,
}

/// What stands in the JSON. Who changes it changes the version of the bundle.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Brief<'a> {
    name: Cow<'a, str>,
    version: Cow<'a, str>,
    summary: Cow<'a, str>,
    objects: Objects,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule<'a> {
    id: Cow<'a, str>,
    summary: Cow<'a, str>,
    level: Cow<'a, str>,
    profile: Cow<'a, str>,
    profiles: Cow<'a, [String]>,
    kinds: Cow<'a, [String]>,
    set: bool,
    severity: Option<Cow<'a, str>>,
    cwe: Cow<'a, [u16]>,
    parameters: bool,
    equivalents: Cow<'a, [String]>,
    /// Bytes of its long texts: its page, the schema of its parameters, its help in SARIF. Those that it lacks are empty.
    lengths: [usize; 3],
}

impl Said {
    /// Of a plugin whose rules have all that is to be kept.
    pub fn of(plugin: &PluginInfo, objects: Objects) -> Self {
        // What else there is of a plugin the index tells.
        let PluginInfo { name, version, summary, digest: _, file: _, is_pack: _, rules } = plugin;
        let (rules, texts): (Vec<Rule<'_>>, Vec<[&str; 3]>) = rules.iter().map(kept).unzip();
        let brief =
            Brief { name: name.into(), version: version.into(), summary: summary.into(), objects, rules };
        Self {
            brief: serde_json::to_vec(&brief).expect("names and numbers can be written as JSON"),
            texts: texts.into_iter().flatten().collect(),
        }
    }

    /// The plugin that it is of, without a digest, and how it wants its objects.
    ///
    /// # Errors
    ///
    /// If it is of none: what is wrong with it.
    pub fn told(brief: &[u8], texts: &'static [u8]) -> Result<(PluginInfo, Objects), String> {
        let Brief { name, version, summary, objects, rules } = serde_json::from_slice(brief)
            .map_err(|error| format!("a description cannot be read: {error}"))?;
        let mut left = std::str::from_utf8(texts).map_err(|_| "the texts of a plugin are none")?;
        let rules = rules.into_iter().map(|rule| told(rule, &mut left)).collect::<Option<Vec<RuleInfo>>>();
        let rules =
            rules.filter(|_| left.is_empty()).ok_or("the texts of a plugin are not those of its rules")?;
        let (name, version, summary) = (name.into_owned(), version.into_owned(), summary.into_owned());
        Ok((
            PluginInfo { name, version, summary, digest: String::new(), file: None, is_pack: false, rules },
            objects,
        ))
    }
}

/// A rule as it is kept, and its long texts.
fn kept(rule: &RuleInfo) -> (Rule<'_>, [&str; 3]) {
    let RuleInfo {
        id,
        summary,
        level,
        profile,
        profiles,
        kinds,
        set,
        security_severity,
        cwe,
        parameters,
        parameters_schema,
        equivalents,
        docs,
        help,
    } = rule;
    let texts = [docs, parameters_schema.as_deref().unwrap_or_default(), help.as_deref().unwrap_or_default()];
    let rule = Rule {
        id: id.into(),
        summary: summary.into(),
        level: level.name().into(),
        profile: profile.into(),
        profiles: profiles.into(),
        kinds: kinds.into(),
        set: *set,
        severity: security_severity.as_ref().map(Into::into),
        cwe: cwe.into(),
        parameters: *parameters,
        equivalents: equivalents.into(),
        lengths: texts.map(str::len),
    };
    (rule, texts)
}

/// The rule that was kept so, with the first of the texts that are left; none if they are not its own.
fn told(rule: Rule<'_>, left: &mut &'static str) -> Option<RuleInfo> {
    let mut next = |len: usize| {
        let (text, rest) = left.split_at_checked(len)?;
        *left = rest;
        Some(text)
    };
    let [docs, schema, help] = rule.lengths;
    let [docs, schema, help] = [next(docs)?, next(schema)?, next(help)?];
    let unless_empty = |text: &'static str| Some(Cow::Borrowed(text)).filter(|text| !text.is_empty());
    Some(RuleInfo {
        id: rule.id.into_owned(),
        summary: rule.summary.into_owned(),
        level: [Level::Note, Level::Warning, Level::Error]
            .into_iter()
            .find(|level| level.name() == rule.level)?,
        profile: rule.profile.into_owned(),
        profiles: rule.profiles.into_owned(),
        kinds: rule.kinds.into_owned(),
        set: rule.set,
        security_severity: rule.severity.map(Cow::into_owned),
        cwe: rule.cwe.into_owned(),
        parameters: rule.parameters,
        parameters_schema: unless_empty(schema),
        equivalents: rule.equivalents.into_owned(),
        docs: docs.into(),
        help: unless_empty(help),
    })
}
