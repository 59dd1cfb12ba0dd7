//! `plugin.json`: what a plugin in any language but Rust says it is. It is judged when the plugin is built, where its author still sees it.

use std::path::Path;

use serde_json::Value;

use crate::check::{VERSION, described, serves};
use crate::plugin::name::is_free;
use crate::source::{is_deceptive, read_file};
use crate::suggest;

/// The name of the file.
pub(super) const NAME: &str = "plugin.json";

/// What it may hold. Hosts leave alone what they do not know; to an author it is a mistake.
const SCHEMA: &str = include_str!("../../../../wit/1.0.0/description.schema.json");

/// The plugin's name, and the whole text.
pub(super) fn read(file: &Path) -> Result<(String, String), String> {
    let refuse = |why: &str| format!("{}: {why}", file.display());
    let text = read_file(file).map_err(|error| {
        refuse(&format!("{error}; it says what the plugin is, and `plimsoll plugin new` writes one"))
    })?;
    let text = String::from_utf8(text).map_err(|_| refuse("it is not UTF-8"))?;
    let name = described(&text).map_err(|why| refuse(&why))?;
    judge(&text).map_err(|why| refuse(&why))?;
    Ok((name, text))
}

/// Whether a plugin may be called so, and be of this version, if it says one.
pub(super) fn identity(name: &str, version: Option<&str>) -> Result<(), String> {
    // What an organisation's own bundle carries is built with it again.
    is_free(name, |carried| carried.is_pack)?;
    let Some(version) = version else { return Ok(()) };
    if version.len() > VERSION {
        let has = version.len();
        return Err(format!(
            "its version has {has} bytes, more than the {VERSION} that one may have; shorten it"
        ));
    }
    if !is_semver(version) {
        let shown = version.replace(is_deceptive, "?");
        return Err(format!("its version `{shown}` is none of semver; write one such as `1.2.0`"));
    }
    Ok(())
}

/// Whether a text is a version as semver.org has it: three numbers, then perhaps `-` and words, then perhaps `+` and words.
fn is_semver(text: &str) -> bool {
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    let (core, before) = text.split_once('-').map_or((text, None), |(core, before)| (core, Some(before)));
    let is_number = |word: &str| {
        let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        digits && (word == "0" || !word.starts_with('0')) && word.parse::<u64>().is_ok()
    };
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let all_digits = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    core.split('.').count() == 3
        && core.split('.').all(is_number)
        && before.is_none_or(|words| {
            words.split('.').all(|word| is_word(word) && (!all_digits(word) || is_number(word)))
        })
        && build.is_none_or(|words| words.split('.').all(is_word))
}

/// Judges a description that a host would take: whether its keys mean something, and what no host reads.
fn judge(text: &str) -> Result<(), String> {
    let read = |text| serde_json::from_str::<Value>(text).map_err(|error| error.to_string());
    let (description, schema) = (read(text)?, read(SCHEMA)?);
    all(&description, &schema["properties"], "a description")?;
    identity(
        description["name"].as_str().unwrap_or_default(),
        description.get("version").and_then(Value::as_str),
    )?;
    if let Some(interface) = description.get("interface") {
        let version = interface.as_str().filter(|version| is_semver(version));
        let version = version.ok_or_else(|| {
            format!(
                "its interface {interface} is no version; write the one that it is for, such as \"1.0.0\""
            )
        })?;
        serves(version).map_err(|why| format!("by `interface`, {why}"))?;
    }
    for rule in description["rules"].as_array().into_iter().flatten() {
        all(rule, &schema["$defs"]["rule"]["properties"], "a rule")?;
        let kinds = rule["kinds"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if let Some(odd) = kinds.into_iter().find(|kind| !is_kind(kind)) {
            let (id, odd) = (rule["id"].as_str().unwrap_or_default(), odd.replace(is_deceptive, "?"));
            return Err(format!(
                "its rule `{id}` looks at `{odd}`, which nothing is; name a kind such as Deployment or apps/Deployment, `@pods` or `*`"
            ));
        }
    }
    Ok(())
}

/// Whether anything could be of this kind: `Kind` or `group/Kind`, without a version, or one of the words for several.
fn is_kind(text: &str) -> bool {
    let (group, kind) = text.split_once('/').unwrap_or(("", text));
    let is_group =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    matches!(text, "*" | "@pods")
        || group.bytes().all(is_group)
            && kind.starts_with(|first: char| first.is_ascii_uppercase())
            && kind.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn all(object: &Value, properties: &Value, what: &str) -> Result<(), String> {
    let keys = |value: &Value| value.as_object().cloned().unwrap_or_default().into_iter();
    let names: Vec<String> = keys(properties).map(|(name, _)| name).collect();
    let odd = keys(object).map(|(key, _)| key).find(|key| !names.contains(key) && key != "$schema");
    odd.map_or(Ok(()), |key| {
        let cure = suggest::among(&key, names.into_iter());
        Err(format!("the key `{key}` means nothing in {what}; {cure}"))
    })
}
