//! `plugin.json`: what a plugin in any language but Rust says it is. It is judged when the plugin is built, where its author still sees it.

use std::path::Path;

use serde_json::Value;

use crate::check::described;
use crate::source::read_file;
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
    known(&text).map_err(|why| refuse(&why))?;
    Ok((name, text))
}

/// Whether all keys of a description that can be read are ones that mean something.
fn known(text: &str) -> Result<(), String> {
    let read = |text| serde_json::from_str::<Value>(text).map_err(|error| error.to_string());
    let (description, schema) = (read(text)?, read(SCHEMA)?);
    all(&description, &schema["properties"], "a description")?;
    let rules = description["rules"].as_array().into_iter().flatten();
    rules.into_iter().try_for_each(|rule| all(rule, &schema["$defs"]["rule"]["properties"], "a rule"))
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
