//! What a plugin says it is. Everything in it is untrusted text.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::limits::size;
use crate::finding::{Level, RuleInfo};
use crate::source::is_deceptive;

/// The sealed description of a plugin, as JSON. Keys that are not known are left alone.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Description {
    pub(super) name: String,
    #[serde(default)]
    pub(super) version: String,
    #[serde(default)]
    pub(super) summary: String,
    #[serde(default)]
    pub(super) objects: Objects,
    pub(super) rules: Vec<Rule>,
}

/// How a plugin wants its objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Objects {
    /// On the tape.
    #[default]
    Tape,
    /// As JSON.
    Json,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    id: String,
    summary: String,
    #[serde(default)]
    level: Option<String>,
    #[serde(default)]
    profile: Option<String>,
    #[serde(default)]
    profiles: Vec<String>,
    #[serde(default = "every_kind")]
    kinds: Vec<String>,
    #[serde(default)]
    looks_at: Option<String>,
    #[serde(default)]
    security_severity: Option<String>,
    #[serde(default)]
    cwe: Vec<u16>,
    #[serde(default)]
    parameters: bool,
    /// Read where it is shown, so that a scan does not pay for it.
    #[serde(default)]
    parameters_schema: Option<Box<RawValue>>,
    #[serde(default)]
    equivalents: Vec<String>,
    #[serde(default)]
    docs: String,
}

fn every_kind() -> Vec<String> {
    vec!["*".to_owned()]
}

/// Bytes of a description: eighty times what our largest pack says of itself.
const MOST_BYTES: usize = 8 << 20;
const MOST_RULES: usize = 5_000;
/// Kinds of one rule.
const MOST_KINDS: usize = 1_000;
/// Profiles of one rule, and equivalents.
const MOST_NAMES: usize = 100;
/// Bytes of the name of a kind with its group. What is longer is no kind; cut, it would be another.
const KIND: usize = 320;
/// Bytes of the name of a profile.
const PROFILE: usize = 64;
/// Bytes of a plugin's version.
pub const VERSION: usize = 64;
/// Bytes of a page, and of the schema of a rule's parameters.
const PAGE: usize = 64 << 10;

impl Description {
    /// Reads and judges a description.
    pub(super) fn read(text: &str) -> Result<(Self, Vec<RuleInfo>), String> {
        if text.len() > MOST_BYTES {
            let (has, most) = (size(text.len()), size(MOST_BYTES));
            return Err(format!("its description has {has}, more than the {most} that one may have"));
        }
        let mut described: Self = serde_json::from_str(text)
            .map_err(|error| format!("its description cannot be read: {}", plain(&error.to_string(), 300)))?;
        if !is_name(&described.name) {
            return Err(format!(
                "its name `{}` is not one of lower-case letters, digits and `-`",
                plain(&described.name, 60)
            ));
        }
        if described.rules.is_empty() {
            return Err("it has no rules".to_owned());
        }
        if described.rules.len() > MOST_RULES {
            return Err(format!(
                "it has {} rules, more than the {MOST_RULES} that a plugin may have",
                described.rules.len()
            ));
        }
        let mut rules = Vec::with_capacity(described.rules.len());
        for rule in std::mem::take(&mut described.rules) {
            rules.push(judge(rule, &described.name)?);
        }
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(twice) = rules.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(format!("it has two rules of the name `{}`", twice[0].id));
        }
        described.version = kept(described.version, VERSION, false);
        described.summary = kept(described.summary, 1000, false);
        Ok((described, rules))
    }
}

/// The name of the plugin that a description is of.
///
/// # Errors
///
/// If no plugin that describes itself so would load.
pub fn described(text: &str) -> Result<String, String> {
    Description::read(text).map(|(described, _)| described.name)
}

fn judge(rule: Rule, plugin: &str) -> Result<RuleInfo, String> {
    if !is_name(&rule.id) {
        let id = plain(&rule.id, 60);
        return Err(format!(
            "its rule `{id}` has a name that is not one of lower-case letters, digits and `-`; the plugin's name comes before it by itself"
        ));
    }
    // An SDK would take an empty list for nothing, and nobody could tell such a rule from one that found nothing.
    if rule.kinds.is_empty() {
        let id = &rule.id;
        return Err(format!(
            "its rule `{id}` looks at no kind; name some in `kinds`, or leave the key out for all"
        ));
    }
    let lists = [
        ("kinds", &rule.kinds, MOST_KINDS, KIND),
        ("profiles", &rule.profiles, MOST_NAMES, PROFILE),
        ("equivalents", &rule.equivalents, MOST_NAMES, usize::MAX),
    ];
    for (what, names, most, longest) in lists {
        if names.len() > most {
            let (id, has) = (&rule.id, names.len());
            return Err(format!(
                "its rule `{id}` has {has} {what}, more than the {most} that a rule may have"
            ));
        }
        if let Some(long) = names.iter().find(|name| name.len() > longest) {
            let (id, long) = (&rule.id, plain(long, 40));
            return Err(format!(
                "its rule `{id}` has among its {what} `{long}`, which is longer than {longest} bytes"
            ));
        }
    }
    if rule.cwe.len() > MOST_NAMES {
        let (id, has) = (&rule.id, rule.cwe.len());
        return Err(format!(
            "its rule `{id}` has {has} weaknesses, more than the {MOST_NAMES} that a rule may have"
        ));
    }
    if let Some(schema) = rule.parameters_schema.as_deref().map(RawValue::get) {
        let (id, has, most) = (&rule.id, size(schema.len()), size(PAGE));
        if schema.len() > PAGE {
            return Err(format!(
                "its rule `{id}` has a `parametersSchema` of {has}, more than the {most} that one may have"
            ));
        }
        if !schema.starts_with('{') {
            return Err(format!("its rule `{id}` has a `parametersSchema` that is no schema of an object"));
        }
    }
    let level = match rule.level.as_deref() {
        Some("note") => Level::Note,
        None | Some("warning") => Level::Warning,
        Some("error") => Level::Error,
        Some(other) => {
            return Err(format!(
                "its rule `{}` has the level `{}`; use note, warning or error",
                rule.id,
                plain(other, 20)
            ));
        }
    };
    if let Some(severity) = &rule.security_severity
        && !(severity.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && severity.parse::<f64>().is_ok_and(|number| (0.1..=10.0).contains(&number)))
    {
        return Err(format!(
            "its rule `{}` has the security severity `{}`; use a number from 0.1 to 10.0",
            rule.id,
            plain(severity, 20)
        ));
    }
    let profile = rule.profile.unwrap_or_else(|| "default".to_owned());
    if !["default", "strict", "opt-in"].contains(&profile.as_str()) {
        let profile = plain(&profile, 20);
        return Err(format!(
            "its rule `{}` has the profile `{profile}`; use default, strict or opt-in",
            rule.id
        ));
    }
    let set = match rule.looks_at.as_deref() {
        None | Some("object") => false,
        Some("set") => true,
        Some(other) => {
            return Err(format!("its rule `{}` looks at `{}`; use object or set", rule.id, plain(other, 20)));
        }
    };
    Ok(RuleInfo {
        id: format!("{plugin}/{}", rule.id),
        summary: kept(rule.summary, 250, false),
        level,
        profile,
        profiles: rule.profiles.into_iter().map(|name| kept(name, PROFILE, false)).collect(),
        kinds: rule.kinds.into_iter().map(|kind| kept(kind, KIND, false)).collect(),
        set,
        security_severity: rule.security_severity,
        cwe: rule.cwe,
        parameters: rule.parameters || rule.parameters_schema.is_some(),
        parameters_schema: rule.parameters_schema.map(|schema| schema.get().to_owned().into()),
        equivalents: rule.equivalents.into_iter().map(|name| kept(name, 100, false)).collect(),
        docs: kept(rule.docs, PAGE, true).into(),
        help: None,
    })
}

/// Whether a plugin or a rule may be called so: lower-case letters, digits and `-`, at most 64.
pub fn is_name(name: &str) -> bool {
    let letters = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    letters && !name.is_empty() && name.len() <= 64 && !name.starts_with('-') && !name.ends_with('-')
}

/// One line of text from outside: control and bidirectional characters are shown as escapes, and what is too long is cut.
pub(super) fn plain(text: &str, most: usize) -> String {
    clean(text, most, false).into_owned()
}

/// As [`clean`], the text itself if nothing has to change.
fn kept(text: String, most: usize, lines: bool) -> String {
    match clean(&text, most, lines) {
        Cow::Borrowed(_) => text,
        Cow::Owned(cleaned) => cleaned,
    }
}

/// As [`plain`], and copied only if something has to change. `lines` says that there may be several.
pub(super) fn clean(text: &str, most: usize, lines: bool) -> Cow<'_, str> {
    // Nearly every text is plain ASCII, and the pages on rules are long.
    let stays = |byte: u8| byte.wrapping_sub(b' ') <= b'~' - b' ' || lines && matches!(byte, b'\n' | b'\t');
    // To the end in any case, which goes many bytes at a time.
    let all_stay = || text.bytes().fold(true, |all, byte| all & stays(byte));
    if text.len() <= most && all_stay() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().min(most));
    for letter in text.chars() {
        if out.len() >= most {
            out.push('…');
            break;
        }
        match letter {
            '\n' | '\t' if lines => out.push(letter),
            '\n' => out.push(' '),
            _ if is_deceptive(letter) => out.extend(letter.escape_unicode()),
            _ => out.push(letter),
        }
    }
    Cow::Owned(out)
}
