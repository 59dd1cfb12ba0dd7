//! `plimsoll.yaml`: found upwards, read with places, so that every mistake in it can be shown.

use std::path::{Path, PathBuf};

use plimsoll_tape::{Chunk, Value};

use crate::check::Limits;
use crate::object::{NodeSpan, to_json};
use crate::read::yaml;
use crate::source::{Columns, Source, Span, is_deceptive};
use crate::suggest;

/// What a configuration file says.
#[derive(Debug, Default)]
pub struct Config {
    /// The version of Kubernetes.
    pub kubernetes: Option<String>,
    /// Plugins to load, as absolute paths.
    pub plugins: Vec<PathBuf>,
    /// What is said of rules.
    pub rules: Vec<NamedRule>,
    /// How much plugins get.
    pub limits: Limits,
    file: Option<File>,
}

/// What is said of a rule.
#[derive(Debug)]
pub struct NamedRule {
    /// `pack/rule`.
    pub id: String,
    /// Whether it is on; a rule is switched on by being named.
    pub enabled: bool,
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

const NAME: &str = "plimsoll.yaml";
const KEYS: [&str; 4] = ["kubernetesVersion", "plugins", "rules", "limits"];
const RULE_KEYS: [&str; 2] = ["enabled", "parameters"];

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
                here.ancestors().map(|folder| folder.join(NAME)).find(|file| file.is_file())
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
        Self::read(Source::new(path.display().to_string(), bytes), &folder)
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
        let mut reader = Reader {
            chunk: Chunk::new(&file.chunk).expect("chunks come from a builder"),
            file: &file,
            wrong: Vec::new(),
        };
        let config = reader.config(folder);
        let Reader { mut wrong, .. } = reader;
        if !wrong.is_empty() {
            wrong.sort();
            let told: Vec<String> =
                wrong.iter().map(|(span, message)| at(&file.source, *span, message)).collect();
            return Err(told.join("\nerror: "));
        }
        Ok(Self { file: Some(file), ..config })
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

struct Reader<'a> {
    chunk: Chunk<'a>,
    file: &'a File,
    wrong: Vec<(Span, String)>,
}

impl<'a> Reader<'a> {
    fn config(&mut self, folder: &Path) -> Config {
        let mut config = Config::default();
        for (key, node) in self.mapping(0, &KEYS) {
            match key {
                "kubernetesVersion" => config.kubernetes = self.kubernetes(node),
                "plugins" => {
                    config.plugins = self.strings(node).into_iter().map(|file| folder.join(file)).collect()
                }
                "rules" => config.rules = self.rules(node),
                _ => self.limits(node, &mut config.limits),
            }
        }
        config
    }

    fn kubernetes(&mut self, node: u32) -> Option<String> {
        // `1.30` without quotes is the number 1.3: only text is understood.
        let text = match self.chunk.value(node) {
            Value::String(text) => text,
            _ => "",
        };
        let minor = text.trim_start_matches('v').strip_prefix("1.").and_then(|rest| rest.split('.').next());
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
            let mut rule = NamedRule { id: id.to_owned(), enabled: true, parameters: None };
            for (key, node) in self.mapping(node, &RULE_KEYS) {
                match (key, self.chunk.value(node)) {
                    ("enabled", Value::Bool(enabled)) => rule.enabled = enabled,
                    ("enabled", _) => self.complain(node, "`enabled` is true or false"),
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
        let Value::Sequence(_) = self.chunk.value(node) else {
            let what = self.chunk.key(node).unwrap_or_default();
            self.complain(node, &format!("`{what}` is a list"));
            return Vec::new();
        };
        let mut strings = Vec::new();
        for item in self.chunk.children(node) {
            match self.chunk.value(item) {
                Value::String(text) => strings.push(text),
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
                self.complain(node, &format!("{what} holds keys with values"));
                Vec::new()
            }
        }
    }

    fn complain(&mut self, node: u32, message: &str) {
        self.wrong.push((place(&self.file.spans[node as usize]), message.to_owned()));
    }
}
