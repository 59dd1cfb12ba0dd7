//! An example: a block on the page of a rule that says what the rule finds, or what it does not. The SDK for Rust reads pages in the same way.
//!
//! ```` ```yaml fails ```` begins one in which the rule finds something, ```` ```yaml passes ```` one in which it finds nothing. Further words set
//! the scene: `kubernetes=1.24`, and `parameters={"max":3}` without a blank.

use serde_json::Value;

use crate::cli;
use crate::look::NEWEST;

/// A block of manifests on a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Example {
    /// Whether the rule is to find something.
    pub(super) fails: bool,
    /// The version of Kubernetes that the manifests are meant for.
    pub(super) kubernetes: String,
    pub(super) parameters: Option<Value>,
    pub(super) yaml: String,
    /// The line of the page on which the block begins, from 1.
    pub(super) line: u32,
}

/// The examples on a page, in order.
///
/// # Errors
///
/// If a block begins with a word that means nothing, or nearly as an example does: its line, and why.
pub(super) fn examples(page: &str) -> Result<Vec<Example>, (u32, String)> {
    let mut examples = Vec::new();
    let mut lines = page.lines().zip(1..);
    while let Some((text, line)) = lines.next() {
        let Some(words) = text.trim_end().strip_prefix("```yaml ") else {
            if is_nearly_one(text) {
                return Err((line, NEARLY.to_owned()));
            }
            continue;
        };
        let scene = scene(words).map_err(|why| (line, why))?;
        let block = lines.by_ref().take_while(|(text, _)| text.trim_end() != "```");
        let yaml: String = block.map(|(text, _)| format!("{text}\n")).collect();
        if scene.fails.is_some() && yaml.trim().is_empty() {
            return Err((line, "the example is empty".to_owned()));
        }
        let Scene { fails, kubernetes, parameters } = scene;
        examples.extend(fails.map(|fails| Example { fails, kubernetes, parameters, yaml, line }));
    }
    Ok(examples)
}

const NEARLY: &str = "this looks like an example and is none; begin it with ```yaml fails or ```yaml passes, with nothing before it";

/// Whether a line begins a block that its author may take for an example.
fn is_nearly_one(line: &str) -> bool {
    let line = line.trim_start();
    let words = line.trim_start_matches(['`', '~']);
    let mut words = words.split_whitespace();
    let is_yaml = |word: &str| ["yaml", "yml"].iter().any(|name| word.eq_ignore_ascii_case(name));
    (line.starts_with("```") || line.starts_with("~~~"))
        && words.next().is_some_and(is_yaml)
        && words.any(|word| matches!(word, "fails" | "passes"))
}

struct Scene {
    /// None where it is no example, but shown for another reason.
    fails: Option<bool>,
    kubernetes: String,
    parameters: Option<Value>,
}

fn scene(words: &str) -> Result<Scene, String> {
    let mut scene = Scene { fails: None, kubernetes: NEWEST.to_owned(), parameters: None };
    for word in words.split_whitespace() {
        match word.split_once('=') {
            None if matches!(word, "fails" | "passes") => {
                if scene.fails.replace(word == "fails").is_some() {
                    return Err("an example either fails or passes; say one of them".to_owned());
                }
            }
            Some(("kubernetes", version)) => {
                scene.kubernetes = cli::kubernetes(version).map_err(|cure| format!("`{word}`: {cure}"))?;
            }
            Some(("parameters", json)) => {
                let read = serde_json::from_str(json);
                let cure = "write them as JSON without a blank";
                scene.parameters = Some(read.map_err(|error| format!("`{word}`: {error}; {cure}"))?);
            }
            _ => {
                return Err(format!(
                    "`{word}` is not a word that an example may begin with; use fails, passes, kubernetes=1.NN and parameters={{…}}"
                ));
            }
        }
    }
    Ok(scene)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_has_examples_with_their_scenes_and_lines() {
        let page = "Text.\n\n```yaml fails\r\na: 1\n\nb: 2\n```\n```yaml\nc: 3\n```\n```yaml kubernetes=v1.24.3 passes parameters={\"max\":3}  \nd: 4";
        let example = |fails, kubernetes: &str, parameters, yaml: &str, line| Example {
            fails,
            kubernetes: kubernetes.to_owned(),
            parameters,
            yaml: yaml.to_owned(),
            line,
        };
        let expected = [
            example(true, NEWEST, None, "a: 1\n\nb: 2\n", 3),
            example(false, "1.24", Some(json!({ "max": 3 })), "d: 4\n", 11),
        ];
        assert_eq!(examples(page), Ok(expected.into()));
        assert_eq!(examples("```yml\na: 1\n```\n```text fails\n```\n"), Ok(Vec::new()));
    }

    #[test]
    fn what_looks_like_an_example_is_one_or_is_told() {
        for fence in [
            "```yml fails",
            " ```yaml passes",
            "~~~yaml passes",
            "```YAML fails",
            "````yaml passes",
            "```yaml\tfails",
        ] {
            assert_eq!(examples(&format!("Text.\n{fence}\na: 1\n")), Err((2, NEARLY.to_owned())), "{fence}");
        }
        assert_eq!(examples("```yaml passes\n\n```"), Err((1, "the example is empty".to_owned())));
        let both = examples("```yaml fails passes\na: 1\n```");
        assert_eq!(both, Err((1, "an example either fails or passes; say one of them".to_owned())));
    }

    #[test]
    fn a_word_that_means_nothing_is_told_with_its_line() {
        let wrong =
            |words: &str| examples(&format!("Text.\n```yaml {words}\n```\n")).expect_err("it is wrong");
        let (line, why) = wrong("fail");
        assert_eq!(line, 2);
        assert!(why.starts_with("`fail` is not a word that an example may begin with; use fails,"), "{why}");
        assert_eq!(wrong("fails kubernetes=24").1, "`kubernetes=24`: give it as 1.NN, such as 1.34");
        assert!(wrong("passes parameters={\"max\": 3}").1.starts_with("`parameters={\"max\":`: EOF"));
    }
}
