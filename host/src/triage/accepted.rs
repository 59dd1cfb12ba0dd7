//! What a configuration accepts, and which findings that is.

use std::collections::HashMap;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use plimsoll_tape::Value;

use crate::finding::Place;
use crate::object::Object;
use crate::source::Source;

/// What a configuration accepts. An empty list of patterns fits everything.
#[derive(Clone, Debug, Default)]
pub struct Accepted {
    /// Ids, packs and patterns.
    pub rules: Vec<String>,
    /// Patterns of paths.
    pub files: Vec<String>,
    /// Patterns by what they are about: `apiVersion`, `kind`, `namespace`, `name`.
    pub object: Vec<(&'static str, Vec<String>)>,
    /// Patterns of the values of labels.
    pub labels: Vec<(String, Vec<String>)>,
    /// Patterns of addresses in the object; what lies below fits too.
    pub pointers: Vec<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub until: Option<String>,
    /// Its node in the configuration.
    pub node: u32,
}

/// The patterns of an entry of the configuration, made ready.
pub(super) struct Filter<'a> {
    files: GlobSet,
    object: Vec<(&'static str, GlobSet)>,
    labels: Vec<(&'a str, GlobSet)>,
    pointers: GlobSet,
}

impl<'a> Filter<'a> {
    pub(super) fn new(accepted: &'a Accepted) -> Self {
        Self {
            files: globs(&accepted.files, true),
            object: accepted.object.iter().map(|(what, patterns)| (*what, globs(patterns, false))).collect(),
            labels: accepted
                .labels
                .iter()
                .map(|(label, patterns)| (label.as_str(), globs(patterns, false)))
                .collect(),
            pointers: globs(&accepted.pointers, true),
        }
    }

    /// Whether findings in a file may be meant.
    pub(super) fn fits_file(&self, file: &str) -> bool {
        fits(&self.files, file)
    }

    /// Whether a finding is meant, as far as its place can tell. `objects` remembers which objects fit.
    pub(super) fn fits(
        &self,
        place: &Place,
        sources: &[Source],
        all: &[Object],
        objects: &mut HashMap<u32, bool>,
    ) -> bool {
        let object = &all[place.object as usize];
        self.fits_file(&sources[place.source as usize].path)
            && *objects.entry(place.object).or_insert_with(|| self.fits_object(object))
            && (self.pointers.is_empty() || fits(&self.pointers, place.pointer(all)))
    }

    fn fits_object(&self, object: &Object) -> bool {
        let identity = object.identity();
        let chunk = object.read();
        let labels = chunk.get(0, "metadata").and_then(|metadata| chunk.get(metadata, "labels"));
        let label = |name: &str| match labels
            .and_then(|labels| chunk.get(labels, name))
            .map(|node| chunk.value(node))
        {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        self.object.iter().all(|(what, patterns)| {
            fits(
                patterns,
                match *what {
                    "apiVersion" => identity.api_version,
                    "kind" => identity.kind,
                    "namespace" => identity.namespace,
                    _ => identity.name,
                },
            )
        }) && self.labels.iter().all(|(name, patterns)| label(name).is_some_and(|text| fits(patterns, text)))
    }
}

fn fits(patterns: &GlobSet, text: impl AsRef<std::path::Path>) -> bool {
    patterns.is_empty() || patterns.is_match(text)
}

/// Patterns made ready; `below` lets each fit what lies below too. They were judged when the configuration was read.
fn globs(patterns: &[String], below: bool) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let deeper = format!("{}/**", pattern.trim_end_matches('/'));
        for pattern in [pattern.as_str(), &deeper].iter().take(1 + usize::from(below)) {
            if let Ok(glob) = glob(pattern) {
                set.add(glob);
            }
        }
    }
    set.build().unwrap_or_default()
}

/// A pattern: `*` stands for what lies between two `/`, `**` for any number of folders or steps.
///
/// # Errors
///
/// If it is none.
pub fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(true).build()
}
