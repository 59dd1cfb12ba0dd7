//! Findings, faults, and the rules that findings speak for: what the floors above hand to each other.

use std::borrow::Cow;
use std::sync::Arc;

use crate::object::Object;
use crate::source::{Source, Span};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Should be mended.
    Warning,
    /// Must not be deployed.
    Error,
}

impl Level {
    /// The word that people and formats use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A plugin, as its description tells.
#[derive(Clone, Debug)]
pub struct PluginInfo {
    /// The name that every id of its rules begins with.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// What it is for, in a line.
    pub summary: String,
    /// SHA-256 of its WebAssembly, in hexadecimal.
    pub digest: String,
    /// The file it came from; none if it lies in the executable.
    pub file: Option<String>,
    /// Whether it comes with plimsoll, so that the pages of its rules stand online.
    pub is_pack: bool,
    /// Its rules, by id.
    pub rules: Vec<RuleInfo>,
}

/// A rule, as the description of its plugin tells.
#[derive(Clone, Debug)]
pub struct RuleInfo {
    /// `plugin/rule`.
    pub id: String,
    /// What it finds, in a line.
    pub summary: String,
    /// How bad a finding is.
    pub level: Level,
    /// When it is on: `default`, `strict` or `opt-in`.
    pub profile: String,
    /// Further profiles that include it.
    pub profiles: Vec<String>,
    /// The kinds it looks at: `Kind`, `group/Kind`, `@pods` or `*`.
    pub kinds: Vec<String>,
    /// Whether it needs the whole set.
    pub set: bool,
    /// How dangerous a finding is, such as `5.5`.
    pub security_severity: Option<String>,
    /// Numbers of the weaknesses, as the CWE lists them, that its findings are cases of.
    pub cwe: Vec<u16>,
    /// Whether it has parameters.
    pub parameters: bool,
    /// What they look like: the text of a JSON Schema that nobody has read yet.
    pub parameters_schema: Option<Cow<'static, str>>,
    /// The same rule in other scanners.
    pub equivalents: Vec<String>,
    /// Its page, in Markdown.
    pub docs: Cow<'static, str>,
    /// Its page as the value of `help` in SARIF, where that was worked out before.
    pub help: Option<Cow<'static, str>>,
}

impl RuleInfo {
    /// The id without the plugin's name.
    pub fn short_id(&self) -> &str {
        self.id.split_once('/').map_or(&self.id, |(_, rule)| rule)
    }

    /// Whether it is the rule that is meant, or of the pack, or fits the pattern: `images/mutable-tag`, `images` or `images/*`.
    pub fn is_named(&self, asked: &str) -> bool {
        Named::new(asked).is(self)
    }
}

/// Rules that are meant by an id, a pack or a pattern.
#[derive(Debug)]
pub struct Named<'a> {
    asked: &'a str,
    pattern: Option<globset::GlobMatcher>,
}

impl<'a> Named<'a> {
    /// Whoever asks of many rules asks faster so than by [`RuleInfo::is_named`].
    pub fn new(asked: &'a str) -> Self {
        let pattern = asked.contains('*').then(|| globset::Glob::new(asked).ok()).flatten();
        Self { asked, pattern: pattern.map(|pattern| pattern.compile_matcher()) }
    }

    /// Whether a rule is meant.
    pub fn is(&self, rule: &RuleInfo) -> bool {
        let pack = rule.id.split_once('/').is_some_and(|(pack, _)| pack == self.asked);
        rule.id == self.asked
            || pack
            || self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(&rule.id))
    }
}

/// Where a finding, or a part of one, stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Position of the source in the scan.
    pub source: u32,
    /// What to show: the field, or the nearest ancestor that exists.
    pub span: Span,
    /// Position of the object in the scan.
    pub object: u32,
    /// The node of that object, or the nearest ancestor that exists.
    pub node: u32,
    /// What is missing below the node, as an RFC 6901 pointer; empty if nothing is.
    pub missing: Arc<str>,
}

impl Place {
    /// The place of a node that is there.
    pub fn of(number: u32, node: u32, sources: &[Source], objects: &[Object]) -> Self {
        let object = &objects[number as usize];
        let span = object.highlight(&sources[object.source as usize], node);
        Self { source: object.source, span, object: number, node, missing: "".into() }
    }

    /// The address in the object, of the field itself even where it is missing.
    pub fn pointer(&self, objects: &[Object]) -> String {
        objects[self.object as usize].pointer(self.node) + &self.missing
    }
}

/// What a rule says about a place. There may be millions: equal texts are shared, and addresses are put together when they are told.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Position of the plugin in the scan.
    pub plugin: u32,
    /// Position of the rule in the plugin.
    pub rule: u32,
    /// How bad it is.
    pub level: Level,
    /// Where it is.
    pub place: Place,
    /// What is wrong and what to do.
    pub message: Arc<str>,
    /// Other places that help to understand it.
    pub related: Box<[(Place, Arc<str>)]>,
    /// How to mend it.
    pub fix: Option<Box<Fix>>,
    /// The suppression that covers it, by its position in the scan.
    pub suppressed: Option<u32>,
    /// Whether it stands in the baseline.
    pub known: bool,
}

impl Finding {
    /// Whether it is for somebody to decide on: neither suppressed nor known.
    pub fn counts(&self) -> bool {
        self.suppressed.is_none() && !self.known
    }
}

/// Somebody's word that findings of some rules are accepted at some place.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// Where it is written down.
    pub origin: Origin,
    /// Position of the source that holds it.
    pub source: u32,
    /// Where it stands there.
    pub span: Span,
    /// Why they are accepted.
    pub reason: String,
    /// The last day on which it holds, as `2027-01-31`.
    pub until: Option<String>,
}

/// Where a suppression is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In a comment of the manifest.
    Comment,
    /// In an annotation of the object.
    Annotation,
    /// In the configuration.
    Configuration,
}

impl Origin {
    /// The word in the formats; stable.
    pub fn name(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Annotation => "annotation",
            Self::Configuration => "configuration",
        }
    }
}

/// A finding of the baseline that is no longer there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Absent {
    /// The path of the source that it was in.
    pub file: String,
    /// `plugin/rule`.
    pub rule: String,
    /// The object, as people call it; empty where only its fingerprint is known.
    pub object: String,
    /// The address in the object.
    pub pointer: String,
    /// What was found.
    pub message: String,
    /// What made it the same finding.
    pub fingerprint: String,
}

/// Edits that mend a finding together.
#[derive(Clone, Debug)]
pub struct Fix {
    /// What they do.
    pub description: Arc<str>,
    /// The edits.
    pub edits: Box<[Edit]>,
}

/// One change to a manifest, not yet turned into text.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Where.
    pub place: Place,
    /// What.
    pub action: Action,
}

/// What an edit does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Writes a value, given as JSON text, with what is missing on the way.
    Set(Arc<str>),
    /// Removes the key with its value, or the item.
    Remove,
    /// Gives the key another name.
    Rename(Arc<str>),
}

/// Why we could not look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The path of the source, where one is concerned.
    pub file: Option<Arc<str>>,
    /// Where in the source; its position in the scan and the place.
    pub at: Option<(u32, Span)>,
    /// The name of the plugin, where one is concerned.
    pub plugin: Option<Arc<str>>,
    /// What kind of fault.
    pub kind: FaultKind,
    /// What happened and what to do.
    pub message: String,
}

/// What kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// The file could not be opened or read.
    Unreadable,
    /// The text is no YAML or JSON that Kubernetes would read.
    Syntax,
    /// The text is a template that nobody rendered.
    Template,
    /// The document is readable, and no object though it looks meant to be one.
    Object,
    /// A plugin used up its fuel.
    Fuel,
    /// A plugin took longer than this machine lets it.
    Time,
    /// A plugin used up its memory.
    Memory,
    /// A plugin's stack overflowed.
    Stack,
    /// A plugin gave more than may be given.
    Output,
    /// A plugin stopped with an error.
    Trap,
    /// A plugin answered what makes no sense.
    Nonsense,
}

impl FaultKind {
    /// The word in the formats; stable.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Syntax => "syntax",
            Self::Template => "template",
            Self::Object => "object",
            Self::Fuel => "plugin-fuel",
            Self::Time => "plugin-time",
            Self::Memory => "plugin-memory",
            Self::Stack => "plugin-stack",
            Self::Output => "plugin-output",
            Self::Trap => "plugin-trap",
            Self::Nonsense => "plugin-nonsense",
        }
    }
}
