//! What plugins say of themselves, as a bundle keeps it: judged once, when it was made, and long texts apart, so that a scan takes up only what it
//! shows of them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::check::Objects;
use crate::finding::{PluginInfo, RuleInfo};

/// What a plugin says it is, for a bundle.
#[derive(Debug)]
pub struct Said {
    /// All but long texts, as JSON.
    pub brief: Vec<u8>,
    /// The long texts, one behind the other.
    pub texts: String,
}

/// What stands in the JSON.
#[derive(Serialize, Deserialize)]
struct Brief<P> {
    plugin: P,
    objects: Objects,
    /// Bytes of the long texts of each rule, in the order of [`texts`].
    lengths: Vec<[usize; TEXTS]>,
}

/// How many long texts a rule may have.
const TEXTS: usize = 3;

/// The long texts of a rule; those that it lacks are empty.
fn texts(rule: &RuleInfo) -> [&str; TEXTS] {
    [
        &rule.docs,
        rule.parameters_schema.as_deref().unwrap_or_default(),
        rule.help.as_deref().unwrap_or_default(),
    ]
}

impl Said {
    /// Of a plugin whose rules have all that is to be kept.
    pub fn of(plugin: &PluginInfo, objects: Objects) -> Self {
        let lengths = plugin.rules.iter().map(|rule| texts(rule).map(str::len)).collect();
        let brief = serde_json::to_vec(&Brief { plugin, objects, lengths });
        Self {
            brief: brief.expect("names and numbers can be written as JSON"),
            texts: plugin.rules.iter().flat_map(texts).collect(),
        }
    }

    /// The plugin that it is of, and how it wants its objects.
    ///
    /// # Errors
    ///
    /// If it is of none: what is wrong with it.
    pub fn told(brief: &[u8], texts: &'static [u8]) -> Result<(PluginInfo, Objects), String> {
        let Brief::<PluginInfo> { mut plugin, objects, lengths } = serde_json::from_slice(brief)
            .map_err(|error| format!("a description cannot be read: {error}"))?;
        let mut left = std::str::from_utf8(texts).map_err(|_| "the texts of a plugin are none")?;
        let mut next = |len: usize| {
            let (text, rest) = left.split_at_checked(len)?;
            left = rest;
            Some(Some(Cow::Borrowed(text)).filter(|text| !text.is_empty()))
        };
        let other = "the texts of a plugin are not those of its rules";
        if lengths.len() != plugin.rules.len() {
            return Err(other.to_owned());
        }
        for (rule, [docs, schema, help]) in plugin.rules.iter_mut().zip(lengths) {
            rule.docs = next(docs).ok_or(other)?.unwrap_or_default();
            rule.parameters_schema = next(schema).ok_or(other)?;
            rule.help = next(help).ok_or(other)?;
        }
        if left.is_empty() { Ok((plugin, objects)) } else { Err(other.to_owned()) }
    }
}
