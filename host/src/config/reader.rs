//! The keys of `plimsoll.yaml`, one by one.

use std::path::Path;

use plimsoll_tape::{Chunk, Value};

use super::{Config, File, NamedPlugin, NamedRule, PULLED, place};
use crate::check::Limits;
use crate::cli::{FailOn, Profile};
use crate::finding::Level;
use crate::object::to_json;
use crate::oci::Reference;
use crate::signature::Key;
use crate::source::Span;
use crate::suggest;
use crate::triage::{Accepted, glob, is_day};
use crate::trust::Trust;

const KEYS: [&str; 10] = [
    "kubernetesVersion",
    "profile",
    "failOn",
    "baseline",
    "plugins",
    "trust",
    "rules",
    "suppressions",
    "allowSuppressions",
    "limits",
];
const SUPPRESSION_KEYS: [&str; 6] = ["rules", "files", "object", "pointers", "reason", "until"];
const OBJECT_KEYS: [&str; 5] = ["apiVersion", "kind", "namespace", "name", "labels"];
const LEVELS: [Level; 3] = [Level::Note, Level::Warning, Level::Error];
const TRUST_KEYS: [&str; 2] = ["keys", "required"];
const RULE_KEYS: [&str; 3] = ["enabled", "level", "parameters"];

/// The limits: the key, the least and the most that is understood, and what is counted.
const LIMITS: [(&str, i64, i64, &str); 11] = [
    ("fuel", 1, i64::MAX, "units of fuel"),
    ("fuelPerByte", 1, i64::MAX, "units of fuel"),
    ("time", 1, 86_400, "seconds"),
    ("memory", 1, i64::MAX, "bytes"),
    ("tableEntries", 1, i64::MAX, "entries"),
    // Every thread that calls plugins has as much, beside its own.
    ("stack", 64 << 10, 128 << 20, "bytes"),
    ("findings", 1, i64::MAX, "findings"),
    ("output", 1, i64::MAX, "bytes"),
    ("kept", 1, i64::MAX, "bytes"),
    ("component", 1, i64::MAX, "bytes"),
    ("compile", 1, i64::MAX, "bytes of plain code"),
];

/// Every limit by its key.
pub(super) fn entries(limits: &Limits) -> [(&'static str, u64); 11] {
    LIMITS.map(|(key, ..)| {
        let size = |size: usize| size as u64;
        let value = match key {
            "fuel" => limits.fuel,
            "fuelPerByte" => limits.fuel_per_byte,
            "time" => limits.time,
            "memory" => size(limits.memory),
            "tableEntries" => size(limits.table_entries),
            "stack" => size(limits.stack),
            "findings" => size(limits.findings),
            "output" => size(limits.output),
            "kept" => size(limits.kept),
            "component" => size(limits.component),
            _ => limits.compile,
        };
        (key, value)
    })
}

/// Reads a file key by key, and notes every mistake.
pub(super) struct Reader<'a> {
    chunk: Chunk<'a>,
    file: &'a File,
    wrong: Vec<(Span, String)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a File) -> Self {
        let chunk = Chunk::new(&file.chunk).expect("chunks come from a builder");
        Self { chunk, file, wrong: Vec::new() }
    }

    /// What the file says, and every mistake in it with its place.
    pub(super) fn config(mut self, folder: &Path) -> (Config, Vec<(Span, String)>) {
        let mut config = Config::default();
        for (key, node) in self.mapping(0, &KEYS) {
            match key {
                "kubernetesVersion" => config.kubernetes = self.kubernetes(node),
                "plugins" => config.plugins = self.plugins(node, folder),
                "trust" => config.trust = self.trust(node),
                "profile" => config.profile = self.one_of(node, &Profile::ALL, |profile| profile.name()),
                "failOn" => config.fail_on = self.one_of(node, &FailOn::ALL, |level| level.name()),
                "baseline" => config.baseline = self.text(node).map(|file| folder.join(file)),
                "allowSuppressions" => config.allow_suppressions = self.bool(node),
                "suppressions" => config.suppressions = self.suppressions(node),
                "rules" => config.rules = self.rules(node),
                _ => self.limits(node, &mut config.limits),
            }
        }
        (config, self.wrong)
    }

    fn plugins(&mut self, node: u32, folder: &Path) -> Vec<NamedPlugin> {
        let mut plugins = Vec::new();
        for (item, written) in self.texts(node) {
            let mut plugin =
                NamedPlugin { written: written.to_owned(), file: folder.join(written), reference: None };
            if Reference::is_meant(written) {
                match Reference::read(written) {
                    Ok(found) if found.is_whole() => {
                        plugin.file = folder.join(PULLED).join(found.place());
                        plugin.reference = Some(found);
                    }
                    Ok(_) => {
                        let cure = format!("name one, as in {written}:1.0.0");
                        self.complain(item, &format!("`{written}` names no tag and no digest; {cure}"));
                    }
                    Err(why) => self.complain(item, &why),
                }
            }
            plugins.push(plugin);
        }
        plugins
    }

    fn trust(&mut self, node: u32) -> Trust {
        let mut trust = Trust { keys: Vec::new(), required: true };
        let mut keys = 0;
        for (key, node) in self.mapping(node, &TRUST_KEYS) {
            match key {
                "required" => trust.required = self.bool(node).unwrap_or(true),
                _ => {
                    for item in self.items(node) {
                        keys += 1;
                        match self.chunk.value(item) {
                            Value::String(line) => match Key::read(line) {
                                Ok(key) => trust.keys.push(key),
                                Err(why) => self.complain(item, &why),
                            },
                            _ => self.complain(item, "an item of this list is text"),
                        }
                    }
                }
            }
        }
        if keys == 0 {
            self.complain(node, "`trust` names in `keys` whose signatures hold, at least one");
        }
        trust
    }

    fn suppressions(&mut self, node: u32) -> Vec<Accepted> {
        let mut all = Vec::new();
        for node in self.items(node) {
            let mut accepted = Accepted { node, ..Accepted::default() };
            let mut has_reason = false;
            for (key, node) in self.mapping(node, &SUPPRESSION_KEYS) {
                match key {
                    "rules" => accepted.rules = self.patterns(node),
                    "files" => {
                        accepted.files = self.globs(node);
                        let is_below = |file: &str| !file.starts_with('/') && !file.starts_with("./");
                        self.fit(
                            node,
                            &accepted.files,
                            is_below,
                            "name files as reports do, from the root of the repository on: deploy/**",
                        );
                    }
                    "pointers" => {
                        accepted.pointers = self.globs(node);
                        let leads =
                            |to: &str| to.starts_with(['/', '*', '[', '{', '?']) && !to.ends_with('/');
                        self.fit(
                            node,
                            &accepted.pointers,
                            leads,
                            "write pointers as reports do: /spec/template/spec/containers/*/image",
                        );
                    }
                    "object" => self.object(node, &mut accepted),
                    "reason" => {
                        has_reason = true;
                        match self.text(node).map(str::trim) {
                            Some("") => self.complain(node, "`reason` says nothing"),
                            reason => accepted.reason = reason.unwrap_or_default().to_owned(),
                        }
                    }
                    _ => accepted.until = self.day(node),
                }
            }
            if accepted.rules.is_empty() {
                self.complain(node, "a suppression names the `rules` that it is about");
            }
            if !has_reason {
                self.complain(node, "a suppression gives a `reason`");
            }
            all.push(accepted);
        }
        all
    }

    fn object(&mut self, node: u32, accepted: &mut Accepted) {
        for (key, node) in self.mapping(node, &OBJECT_KEYS) {
            match OBJECT_KEYS.iter().find(|known| **known == key) {
                Some(&"labels") => {
                    for (label, node) in self.entries(node) {
                        accepted.labels.push((label.to_owned(), self.globs(node)));
                    }
                }
                Some(known) => accepted.object.push((known, self.globs(node))),
                None => {}
            }
        }
    }

    fn day(&mut self, node: u32) -> Option<String> {
        // A day without quotes is text here, as it is in Kubernetes.
        let day = self.text(node)?;
        if !is_day(day) {
            self.complain(node, "give a day such as 2027-01-31");
            return None;
        }
        Some(day.to_owned())
    }

    /// A text or a list of texts, each a pattern.
    fn globs(&mut self, node: u32) -> Vec<String> {
        let patterns = self.patterns(node);
        for pattern in &patterns {
            if let Err(error) = glob(pattern) {
                self.complain(node, &format!("`{pattern}` is no pattern: {}", error.kind()));
            }
        }
        patterns
    }

    /// Complains of patterns that nothing can ever fit.
    fn fit(&mut self, node: u32, patterns: &[String], fits: impl Fn(&str) -> bool, cure: &str) {
        for pattern in patterns.iter().filter(|pattern| !pattern.is_empty() && !fits(pattern)) {
            self.complain(node, &format!("nothing is called `{pattern}`; {cure}"));
        }
    }

    fn patterns(&mut self, node: u32) -> Vec<String> {
        let texts = match self.chunk.value(node) {
            Value::String(text) => vec![text],
            _ => self.strings(node),
        };
        if texts.is_empty() || texts.contains(&"") {
            let what = self.chunk.key(node).unwrap_or_default();
            self.complain(node, &format!("`{what}` is a text or a list of texts, and none of them is empty"));
        }
        texts.into_iter().map(str::to_owned).collect()
    }

    fn items(&mut self, node: u32) -> Vec<u32> {
        match self.chunk.value(node) {
            Value::Sequence(_) => self.chunk.children(node).collect(),
            Value::Null => Vec::new(),
            _ => {
                let what = self.chunk.key(node).unwrap_or_default();
                self.complain(node, &format!("`{what}` is a list"));
                Vec::new()
            }
        }
    }

    fn text(&mut self, node: u32) -> Option<&'a str> {
        match self.chunk.value(node) {
            Value::String(text) if !text.is_empty() => Some(text),
            value => {
                let what = self.chunk.key(node).unwrap_or_default();
                let quotes = match value {
                    Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_) => "; put it in quotes",
                    _ => "",
                };
                self.complain(node, &format!("`{what}` is text{quotes}"));
                None
            }
        }
    }

    fn bool(&mut self, node: u32) -> Option<bool> {
        match self.chunk.value(node) {
            Value::Bool(value) => Some(value),
            _ => {
                let what = self.chunk.key(node).unwrap_or_default();
                self.complain(node, &format!("`{what}` is true or false"));
                None
            }
        }
    }

    fn one_of<T: Copy>(&mut self, node: u32, known: &[T], name: impl Fn(T) -> &'static str) -> Option<T> {
        let given = match self.chunk.value(node) {
            Value::String(text) => text,
            _ => "",
        };
        let found = known.iter().copied().find(|known| name(*known) == given);
        if found.is_none() {
            let what = self.chunk.key(node).unwrap_or_default();
            let names = || known.iter().map(|known| name(*known).to_owned());
            let message = match (given, what) {
                ("", _) => format!("`{what}` is one of {}", names().collect::<Vec<_>>().join(", ")),
                _ => format!("`{what}` does not know `{given}`; {}", suggest::among(given, names())),
            };
            let off = matches!(self.chunk.value(node), Value::Bool(false)) && what == "level";
            let cure = if off { "; `enabled: false` switches a rule off" } else { "" };
            self.complain(node, &format!("{message}{cure}"));
        }
        found
    }

    fn kubernetes(&mut self, node: u32) -> Option<String> {
        // `1.30` without quotes is the number 1.3: only text is understood.
        let text = match self.chunk.value(node) {
            Value::String(text) => text,
            _ => "",
        };
        let minor =
            text.strip_prefix('v').unwrap_or(text).strip_prefix("1.").and_then(|rest| rest.split('.').next());
        match minor.and_then(|minor| minor.parse::<u16>().ok()) {
            Some(minor) => Some(format!("1.{minor}")),
            None => {
                self.complain(node, "give a version of Kubernetes in quotes, such as \"1.34\"");
                None
            }
        }
    }

    fn rules(&mut self, node: u32) -> Vec<NamedRule> {
        let mut rules = Vec::new();
        for (id, node) in self.entries(node) {
            let mut rule = NamedRule { id: id.to_owned(), enabled: None, level: None, parameters: None };
            for (key, node) in self.mapping(node, &RULE_KEYS) {
                match key {
                    "enabled" => rule.enabled = self.bool(node),
                    "level" => rule.level = self.one_of(node, &LEVELS, Level::name),
                    _ => match serde_json::from_str(&to_json(&self.chunk, node)) {
                        Ok(value) => rule.parameters = Some(value),
                        Err(error) => self.complain(node, &format!("the parameters cannot be read: {error}")),
                    },
                }
            }
            rules.push(rule);
        }
        rules
    }

    fn limits(&mut self, node: u32, limits: &mut Limits) {
        for (key, node) in self.mapping(node, &LIMITS.map(|(key, ..)| key)) {
            let known = LIMITS.iter().find(|(known, ..)| *known == key);
            let (_, least, most, what) = known.expect("only known keys are given");
            let number = match self.chunk.value(node) {
                Value::Int(number) if (*least..=*most).contains(&number) => number,
                _ => {
                    let range = match *most {
                        i64::MAX => format!(", at least {least}"),
                        most => format!(", from {least} to {most}"),
                    };
                    self.complain(node, &format!("`{key}` is a whole number of {what}{range}"));
                    continue;
                }
            };
            let size = usize::try_from(number).unwrap_or(usize::MAX);
            match key {
                "fuel" => limits.fuel = number.unsigned_abs(),
                "fuelPerByte" => limits.fuel_per_byte = number.unsigned_abs(),
                "time" => limits.time = number.unsigned_abs(),
                "memory" => limits.memory = size,
                "tableEntries" => limits.table_entries = size,
                "stack" => limits.stack = size,
                "findings" => limits.findings = size,
                "output" => limits.output = size,
                "kept" => limits.kept = size,
                "component" => limits.component = size,
                _ => limits.compile = number.unsigned_abs(),
            }
        }
    }

    fn strings(&mut self, node: u32) -> Vec<&'a str> {
        self.texts(node).into_iter().map(|(_, text)| text).collect()
    }

    /// The texts of a list, each with its node.
    fn texts(&mut self, node: u32) -> Vec<(u32, &'a str)> {
        let Value::Sequence(_) = self.chunk.value(node) else {
            let what = self.chunk.key(node).unwrap_or_default();
            self.complain(node, &format!("`{what}` is a list"));
            return Vec::new();
        };
        let mut strings = Vec::new();
        for item in self.chunk.children(node) {
            match self.chunk.value(item) {
                Value::String(text) => strings.push((item, text)),
                _ => self.complain(item, "an item of this list is text"),
            }
        }
        strings
    }

    /// The entries of a mapping that may hold only some keys.
    fn mapping(&mut self, node: u32, known: &[&str]) -> Vec<(&'a str, u32)> {
        let entries = self.entries(node);
        for (key, node) in entries.iter().filter(|(key, _)| !known.contains(key)) {
            let cure = suggest::among(key, known.iter().map(|known| (*known).to_owned()));
            self.complain(*node, &format!("the key `{key}` is not known; {cure}"));
        }
        entries.into_iter().filter(|(key, _)| known.contains(key)).collect()
    }

    fn entries(&mut self, node: u32) -> Vec<(&'a str, u32)> {
        match self.chunk.value(node) {
            Value::Mapping(_) => self
                .chunk
                .children(node)
                .map(|child| (self.chunk.key(child).unwrap_or_default(), child))
                .collect(),
            Value::Null => Vec::new(),
            _ => {
                let what =
                    self.chunk.key(node).map_or("a configuration".to_owned(), |key| format!("`{key}`"));
                // A rule, as other tools write it.
                let rule = self.chunk.key(node).is_some_and(|key| key.contains('/'));
                let cure = if rule { ": `enabled`, `level` and `parameters`" } else { "" };
                self.complain(node, &format!("{what} holds keys with values{cure}"));
                Vec::new()
            }
        }
    }

    fn complain(&mut self, node: u32, message: &str) {
        self.wrong.push((place(&self.file.spans[node as usize]), message.to_owned()));
    }
}
