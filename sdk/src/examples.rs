//! Runs the examples of rules as tests, natively.

use plimsoll_tape::packed::{self, Action, Writer, read};
use plimsoll_tape::{Builder, Chunk, Value, find_pods, tape};
use serde::Deserialize;

use crate::mend::mend;
use crate::node::Batch;
use crate::rule::Entry;
use crate::run::Plugin;

/// What a rule said about a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The rule's id without the plugin's name.
    pub rule: &'static str,
    /// Where.
    pub at: Place,
    /// What is wrong and what to do.
    pub message: String,
    /// Other places, each with what is there.
    pub related: Vec<(Place, String)>,
    /// How to mend it.
    pub fix: Option<Fix>,
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Position of the object among the documents.
    pub object: u32,
    /// Node of that object.
    pub node: u32,
    /// RFC 6901 pointer of what is missing below the node; empty for the node itself.
    pub path: String,
}

/// Edits that mend a finding together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the edits do.
    pub description: String,
    /// The edits.
    pub edits: Vec<Edit>,
}

/// One change to a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Where.
    pub at: Place,
    /// What.
    pub action: Action,
    /// JSON for a value that is set, the new name of a key, else nothing.
    pub value: String,
}

/// An example in the documentation of a rule.
#[derive(Debug)]
struct Example {
    fails: bool,
    kubernetes: String,
    parameters: Option<serde_json::Value>,
    yaml: String,
    /// Line of the documentation on which the block begins, from 1.
    line: usize,
}

/// Runs every example of every rule.
///
/// # Panics
///
/// If an example does not hold, or a rule lacks an example that fails or one that passes, with a list of all that is wrong.
pub fn check(plugin: &Plugin) {
    // A type of parameters that panics when it is asked what it reads ends here, and not in the build.
    let described = serde_json::from_str::<serde::de::IgnoredAny>(&plugin.describe());
    assert!(described.is_ok(), "the description is no JSON: {described:?}");
    let problems: Vec<String> = plugin.rules.iter().flat_map(|rule| check_rule(plugin, rule)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

/// What one rule of the plugin finds in manifests; for tests of a rule that examples cannot tell. `parameters` is JSON.
///
/// # Panics
///
/// If the manifests are not YAML or the parameters are wrong.
pub fn findings(
    plugin: &Plugin,
    rule: &str,
    kubernetes: &str,
    parameters: Option<&str>,
    yaml: &str,
) -> Vec<Found> {
    let parameters = parameters.map(|text| serde_json::from_str(text).expect("parameters are JSON"));
    run(plugin, rule, kubernetes, parameters.as_ref(), yaml).expect("the test can be run")
}

fn check_rule(plugin: &Plugin, rule: &Entry) -> Vec<String> {
    let mut problems = Vec::new();
    let examples = match examples(rule.docs) {
        Ok(examples) => examples,
        Err(problem) => return vec![format!("{}: {problem}", rule.id)],
    };
    for (fails, word) in [(true, "fails"), (false, "passes")] {
        if !examples.iter().any(|example| example.fails == fails) {
            problems.push(format!(
                "{}: the documentation has no example that begins with ```yaml {word}",
                rule.id
            ));
        }
    }
    for example in examples {
        let at = format!("{}: the example on line {} of the documentation", rule.id, example.line);
        match run(plugin, rule.id, &example.kubernetes, example.parameters.as_ref(), &example.yaml) {
            Err(problem) => problems.push(format!("{at}: {problem}")),
            Ok(findings) if example.fails && findings.is_empty() => {
                problems.push(format!("{at} should fail, and nothing was found in:\n{}", example.yaml));
            }
            Ok(findings) if !example.fails && !findings.is_empty() => {
                problems.push(format!("{at} should pass, and this was found: {findings:#?}"));
            }
            Ok(findings) => {
                problems.extend(
                    mended(plugin, rule.id, &example, &findings)
                        .err()
                        .map(|problem| format!("{at}: {problem}")),
                );
            }
        }
    }
    problems
}

/// A fix must do what it says: where it is applied, the finding is gone.
fn mended(plugin: &Plugin, rule: &str, example: &Example, findings: &[Found]) -> Result<(), String> {
    let documents = documents(&example.yaml)?;
    for finding in findings {
        let Some(fix) = &finding.fix else { continue };
        let mut mended = documents.clone();
        for (number, document) in mended.iter_mut().enumerate() {
            let edits = fix.edits.iter().filter(|edit| edit.at.object as usize == number);
            let addressed = edits
                .map(|edit| Ok((pointer(&documents[number], &edit.at)?, edit)))
                .collect::<Result<_, String>>()?;
            mend(document, addressed)?;
        }
        let left = ask(plugin, rule, &example.kubernetes, example.parameters.as_ref(), &mended)?;
        let place = |documents: &[serde_json::Value], at: &Place| {
            Ok::<_, String>((at.object, pointer(&documents[at.object as usize], at)?))
        };
        let was = place(&documents, &finding.at)?;
        for after in left {
            if place(&mended, &after.at)? == was && after.message == finding.message {
                return Err(format!("the fix of `{}` leaves it as it was, in: {mended:?}", finding.message));
            }
        }
    }
    Ok(())
}

fn pointer(document: &serde_json::Value, at: &Place) -> Result<String, String> {
    let chunk = chunk(document)?;
    let chunks = vec![Chunk::new(&chunk).map_err(|error| error.to_string())?];
    let batch = Batch::new(chunks);
    let pointer = batch.node(0, at.node).pointer() + &at.path;
    Ok(pointer)
}

fn run(
    plugin: &Plugin,
    rule: &str,
    kubernetes: &str,
    parameters: Option<&serde_json::Value>,
    yaml: &str,
) -> Result<Vec<Found>, String> {
    ask(plugin, rule, kubernetes, parameters, &documents(yaml)?)
}

fn ask(
    plugin: &Plugin,
    rule: &str,
    kubernetes: &str,
    parameters: Option<&serde_json::Value>,
    documents: &[serde_json::Value],
) -> Result<Vec<Found>, String> {
    let parameters: serde_json::Map<_, _> =
        parameters.map(|value| (rule.to_owned(), value.clone())).into_iter().collect();
    let config = serde_json::json!({ "kubernetes": kubernetes, "rules": [rule], "parameters": parameters });
    let chunks = documents.iter().map(chunk).collect::<Result<Vec<_>, String>>()?;
    let tape = tape(chunks.iter().map(AsRef::as_ref));
    // One example at a time: the configuration is the plugin's, as it is in a component.
    static RUNNING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _running = RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    plugin
        .configure(&config.to_string())
        .map_err(|problems| format!("the parameters are wrong: {problems:?}"))?;
    let mut found = told(plugin, plugin.check(&tape)?)?;
    found.extend(told(plugin, plugin.check_set(&tape)?)?);
    Ok(found)
}

/// What a plugin said, with texts of their own.
///
/// # Errors
///
/// If it cannot be read, which would be a fault of this crate.
pub fn told(plugin: &Plugin, said: Writer) -> Result<Vec<Found>, String> {
    let bytes = said.finish();
    let place = |at: packed::Place<'_>| Place { object: at.object, node: at.node, path: at.path.to_owned() };
    let edit = |edit: packed::Edit<'_>| Edit {
        at: place(edit.at),
        action: edit.action,
        value: edit.value.to_owned(),
    };
    let findings = read(&bytes).map_err(|error| error.to_string())?;
    let found = findings.map(|finding| Found {
        rule: plugin.id(finding.rule),
        at: place(finding.at),
        message: finding.message.to_owned(),
        related: finding.related().map(|(at, message)| (place(at), message.to_owned())).collect(),
        fix: finding.fix().map(|fix| Fix {
            description: fix.description.unwrap_or(finding.message).to_owned(),
            edits: fix.edits().map(edit).collect(),
        }),
    });
    Ok(found.collect())
}

fn examples(docs: &str) -> Result<Vec<Example>, String> {
    let mut examples = Vec::new();
    let mut lines = docs.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(words) = line.trim_end().strip_prefix("```yaml ") else { continue };
        let mut example = Example {
            fails: false,
            kubernetes: "1.37".to_owned(),
            parameters: None,
            yaml: String::new(),
            line: number + 1,
        };
        let mut told = false;
        for word in words.split_whitespace() {
            match word.split_once('=') {
                None if matches!(word, "fails" | "passes") => (told, example.fails) = (true, word == "fails"),
                Some(("kubernetes", version)) => example.kubernetes = version.to_owned(),
                Some(("parameters", json)) => {
                    example.parameters = Some(
                        serde_json::from_str(json)
                            .map_err(|error| format!("line {}: {error}", number + 1))?,
                    );
                }
                _ => {
                    return Err(format!(
                        "line {}: `{word}` is not a word that an example may begin with",
                        number + 1
                    ));
                }
            }
        }
        for (_, line) in lines.by_ref().take_while(|(_, line)| line.trim_end() != "```") {
            example.yaml.push_str(line);
            example.yaml.push('\n');
        }
        if told {
            examples.push(example);
        }
    }
    Ok(examples)
}

fn documents(yaml: &str) -> Result<Vec<serde_json::Value>, String> {
    yaml_serde::Deserializer::from_str(yaml)
        .map(|document| serde_json::Value::deserialize(document).map_err(|error| error.to_string()))
        .collect()
}

fn chunk(document: &serde_json::Value) -> Result<Box<[u8]>, String> {
    let mut builder = Builder::new();
    write(&mut builder, None, document).map_err(|error| error.to_string())?;
    let pods = find_pods(&builder.view());
    builder.finish("example.yaml", &pods).map_err(|error| error.to_string())
}

fn write(
    builder: &mut Builder,
    key: Option<&str>,
    value: &serde_json::Value,
) -> Result<(), plimsoll_tape::Overflow> {
    use serde_json::Value as Json;
    let scalar = match value {
        Json::Array(items) => {
            builder.open_sequence(key)?;
            items.iter().try_for_each(|item| write(builder, None, item))?;
            builder.close();
            return Ok(());
        }
        Json::Object(entries) => {
            builder.open_mapping(key)?;
            entries.iter().try_for_each(|(key, value)| write(builder, Some(key), value))?;
            builder.close();
            return Ok(());
        }
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::String(text) => Value::String(text),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::Int(number),
            (None, Some(number)) => Value::UInt(number),
            (None, None) => Value::Float(number.as_f64().unwrap_or_default()),
        },
    };
    builder.scalar(key, scalar).map(drop)
}
