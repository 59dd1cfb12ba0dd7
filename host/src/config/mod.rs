//! `plimsoll.yaml`: found upwards, read with places, so that every mistake in it can be shown.

mod reader;

use std::path::{Path, PathBuf};

use plimsoll_tape::Chunk;

use crate::check::Limits;
use crate::cli::{FailOn, Profile};
use crate::finding::Level;
use crate::object::{NodeSpan, Object};
use crate::oci::Reference;
use crate::read::yaml;
use crate::source::{Columns, Source, Span, is_deceptive};
use crate::triage::Accepted;
use crate::trust::Trust;

use reader::Reader;

/// What a configuration file says.
#[derive(Debug, Default)]
pub struct Config {
    /// The version of Kubernetes.
    pub kubernetes: Option<String>,
    /// The set of rules that is on.
    pub profile: Option<Profile>,
    /// From which level on findings make a scan fail.
    pub fail_on: Option<FailOn>,
    /// The file of known findings, as an absolute path.
    pub baseline: Option<PathBuf>,
    /// Whether suppressions hold.
    pub allow_suppressions: Option<bool>,
    /// Findings that are accepted.
    pub suppressions: Vec<Accepted>,
    /// Plugins to load.
    pub plugins: Vec<NamedPlugin>,
    /// Whose plugins are let in.
    pub trust: Trust,
    /// What is said of rules.
    pub rules: Vec<NamedRule>,
    /// How much plugins get.
    pub limits: Limits,
    /// Where the file lies, and its lock; none if there is no file, or the executable carries it.
    pub folder: Option<PathBuf>,
    file: Option<File>,
}

/// A plugin to load.
#[derive(Debug)]
pub struct NamedPlugin {
    /// The file or the reference as the configuration has it.
    pub written: String,
    /// The same file as an absolute path, or the one that `plimsoll plugin pull` writes.
    pub file: PathBuf,
    /// What leads to it in a registry, if it is not named by a file.
    pub reference: Option<Reference>,
}

/// What is said of a rule.
#[derive(Debug)]
pub struct NamedRule {
    /// `pack/rule`.
    pub id: String,
    /// Whether it is on, if that is said; otherwise a rule is on by being named, beside the profiles `default` and `strict`.
    pub enabled: Option<bool>,
    /// How bad its findings are, if not as bad as it says itself.
    pub level: Option<Level>,
    /// Its parameters, if any are given.
    pub parameters: Option<serde_json::Value>,
}

/// The file, kept to show places in it.
#[derive(Debug)]
struct File {
    source: Source,
    chunk: Box<[u8]>,
    spans: Vec<NodeSpan>,
}

/// What a configuration is called.
pub const NAME: &str = "plimsoll.yaml";
/// Where plugins that were pulled lie, beside a configuration.
pub const PULLED: &str = ".plimsoll/plugins";

impl Config {
    /// Reads the file that was named, or the nearest `plimsoll.yaml` in the working directory or above it; none is a configuration that
    /// says nothing. What the executable carries takes the place of none; the plugins that it names are carried too.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or holds anything that is not understood; every mistake is in the message with its place.
    pub fn load(named: Option<&Path>, carried: Option<Vec<u8>>) -> Result<Self, String> {
        let file = match named {
            Some(file) => Some(file.to_owned()),
            None => {
                let here = std::env::current_dir()
                    .map_err(|error| format!("the working directory cannot be found: {error}"))?;
                let short = here.join("plimsoll.yml");
                if short.is_file() {
                    return Err(format!("{}: a configuration is called {NAME}; rename it", short.display()));
                }
                above(&here)
            }
        };
        let Some(path) = file else {
            let Some(bytes) = carried else { return Ok(Self::default()) };
            let source = Source::new(format!("{NAME} in the executable"), bytes);
            return Ok(Self { plugins: Vec::new(), ..Self::read(source, Path::new(""))? });
        };
        let bytes = std::fs::read(&path)
            .map_err(|error| format!("the configuration {} cannot be read: {error}", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        let config = Self::read(Source::new(path.display().to_string(), bytes), &folder)?;
        Ok(Self { folder: Some(folder), ..config })
    }

    /// A configuration that says how much plugins get, and nothing else.
    pub fn limited(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Reads a configuration; the plugins in it are found from `folder`.
    ///
    /// # Errors
    ///
    /// If it holds anything that is not understood; every mistake is in the message with its place.
    pub fn read(source: Source, folder: &Path) -> Result<Self, String> {
        let mut documents = yaml::documents(&source.bytes);
        if let Some(second) = documents.get(1) {
            let span = second.as_ref().map_or_else(|problem| problem.span, |draft| draft.span);
            return Err(at(&source, span, "a configuration is a single document; remove the others"));
        }
        let draft = match documents.pop() {
            None => return Ok(Self::default()),
            Some(Ok(draft)) => draft,
            Some(Err(problem)) => return Err(at(&source, problem.span, &problem.message)),
        };
        let chunk =
            draft.builder.finish(&source.path, &[]).map_err(|error| format!("{}: {error}", source.path))?;
        let file = File { source, chunk, spans: draft.spans };
        let (config, mut wrong) = Reader::new(&file).config(folder);
        for span in yaml::doubled_keys(&file.source.bytes) {
            let key = file.source.text(span);
            wrong.push((
                span,
                format!("the key `{key}` stands here twice, and only one would count; keep one of the two"),
            ));
        }
        if !wrong.is_empty() {
            wrong.sort();
            let told: Vec<String> =
                wrong.iter().map(|(span, message)| at(&file.source, *span, message)).collect();
            return Err(told.join("\nerror: "));
        }
        Ok(Self { file: Some(file), ..config })
    }

    /// The file as a source and an object of a scan, so that findings can stand in it; none if it lies in the executable or outside of the
    /// root of the scan.
    pub fn as_object(&self, root: &Path) -> Option<(Source, Object)> {
        let file = self.file.as_ref()?;
        let absolute = Path::new(&file.source.path).canonicalize().ok()?;
        let below = absolute.strip_prefix(root).ok()?;
        let path = below.iter().map(|part| part.to_str()).collect::<Option<Vec<_>>>()?.join("/");
        let source = Source::new(path, file.source.bytes.clone());
        let (chunk, spans) = (file.chunk.clone(), file.spans.clone().into_boxed_slice());
        let document = Span::new(0, source.bytes.len());
        Some((source, Object { source: 0, document, chunk, spans }))
    }

    /// Where a key stands, as `plimsoll.yaml:3`; none if the file does not have it.
    pub fn line_of(&self, keys: &[&str]) -> Option<String> {
        let file = self.file.as_ref()?;
        let chunk = Chunk::new(&file.chunk).expect("chunks come from a builder");
        let node = keys
            .iter()
            .try_fold(0, |node, key| chunk.get(node, key).or_else(|| chunk.item(node, key.parse().ok()?)))?;
        let line = file.source.line_of(place(&file.spans[node as usize]).start);
        let name =
            Path::new(&file.source.path).file_name().map_or(NAME.into(), |name| name.to_string_lossy());
        Some(format!("{name}:{line}"))
    }

    /// What messages call the file.
    pub fn title(&self) -> String {
        let path = self.path().and_then(Path::file_name);
        path.map_or_else(|| NAME.to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// Every limit by its key.
    pub fn limits(&self) -> [(&'static str, u64); 11] {
        reader::entries(&self.limits)
    }

    /// The file that was read, if there was one.
    pub fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|file| Path::new(&file.source.path))
    }

    /// A problem with a parameter, with its place in the file. The pointer leads into the parameters of the rule.
    pub fn problem(&self, rule: &str, pointer: &str, message: &str) -> String {
        let message = format!("the parameters of {rule} are wrong: {message}");
        let Some(file) = &self.file else { return message };
        let chunk = Chunk::new(&file.chunk).expect("chunks come from a builder");
        let start = ["rules", rule, "parameters"].iter().try_fold(0, |node, key| chunk.get(node, key));
        let Some(mut node) = start else { return message };
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            match chunk.get(node, &step).or_else(|| chunk.item(node, step.parse().ok()?)) {
                Some(below) => node = below,
                None => break,
            }
        }
        // serde names the mapping that holds an unknown key; the key itself is what is wrong.
        let unknown = message.split('`').nth(1).filter(|_| message.contains("unknown field"));
        let node = unknown.and_then(|key| chunk.get(node, key)).unwrap_or(node);
        at(&file.source, place(&file.spans[node as usize]), &message)
    }

    /// A problem with the id of a rule that the file names, with its place.
    pub fn unknown_rule(&self, rule: &str, cure: &str) -> String {
        let message = format!("there is no rule `{rule}`; {cure}");
        let Some(file) = &self.file else { return message };
        let chunk = Chunk::new(&file.chunk).expect("chunks come from a builder");
        match chunk.get(0, "rules").and_then(|rules| chunk.get(rules, rule)) {
            Some(node) => at(&file.source, file.spans[node as usize].key, &message),
            None => message,
        }
    }
}

/// The nearest configuration in a folder or above it.
pub fn above(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().map(|folder| folder.join(NAME)).find(|file| file.is_file())
}

/// A mistake with its place. It may quote keys, and a key may hold what acts on a terminal.
fn at(source: &Source, span: Span, message: &str) -> String {
    let region = source.region(span, Columns::CodePoints);
    let visible = |letter: char| match letter {
        letter if is_deceptive(letter) => letter.escape_unicode().to_string(),
        letter => letter.to_string(),
    };
    let message: String = message.chars().map(visible).collect();
    format!("{}:{}:{}: {message}", source.path, region.start_line, region.start_column)
}

fn place(spans: &NodeSpan) -> Span {
    if spans.key.is_empty() { spans.value } else { spans.key }
}
