//! Any bytes as a manifest with suppressions, with a finding on every node.

use plimsoll::finding::{Finding, Level, PluginInfo, RuleInfo};
use plimsoll::finding::{Origin, Place};
use plimsoll::read;
use plimsoll::triage::{self, Checked, Scene};
use plimsoll_tape::Value;

/// # Panics
///
/// If a suppression stands in a text, a comment is not the one of its place, or a finding is told of nowhere.
pub fn run(bytes: &[u8]) {
    let read = read::one("a.yaml", bytes.to_vec());
    let plugins = [plugin(), triage::own_rules()];
    let enabled = [vec![0, 1], (0..plugins[1].rules.len() as u32).collect()];
    let mut findings = Vec::new();
    for (object, number) in read.objects.iter().zip(0u32..) {
        for node in (0..object.spans.len() as u32).take(500) {
            let place = Place::of(number, node, &read.sources, &read.objects);
            findings.push(found(node % 2, place));
        }
    }
    let count = findings.len();
    triage::order(&mut findings, &read.sources, &plugins);
    let checked =
        Checked { sources: &read.sources, objects: &read.objects, plugins: &plugins, enabled: &enabled };
    let scene = Scene {
        checked,
        configured: &[],
        configuration: None,
        today: "2026-11-23",
        chosen: false,
        faults: &[],
    };
    let before = findings.len();
    assert!(before <= count);
    let (suppressions, warnings) = triage::suppress(&mut findings, &scene);
    assert!(warnings.is_empty() && findings[..before].iter().all(|finding| finding.plugin == 0));

    let own = findings[before..].iter().map(|finding| (finding.place.source, finding.place.span));
    let told = suppressions.iter().filter(|told| told.origin == Origin::Comment);
    for (source, span) in own.chain(told.map(|told| (told.source, told.span))) {
        let text = read.sources[source as usize].text(span);
        let is_comment = text.starts_with('#');
        assert!(
            !is_comment || text[1..].trim_start().to_ascii_lowercase().starts_with("plimsoll"),
            "{text:?}"
        );
        assert!(is_comment || text.contains("plimsoll.dev/"), "{text:?} is neither comment nor annotation");
        let texts = read.objects.iter().filter(|object| object.source == source);
        for object in texts.filter(|_| is_comment) {
            let chunk = object.read();
            for (spans, node) in object.spans.iter().zip(0u32..) {
                let scalar = !matches!(chunk.value(node), Value::Mapping(_) | Value::Sequence(_));
                let begin = bytes.get(spans.value.start as usize);
                let is_block = matches!(begin, Some(b'|' | b'>'));
                let inside = spans.value.start < span.start && span.end < spans.value.end;
                assert!(!(scalar && inside && !is_block), "{text:?} stands in a text");
            }
        }
    }
    for finding in &findings {
        let word = finding.suppressed.map(|position| &suppressions[position as usize]);
        assert!(word.is_none_or(|word| word.source == finding.place.source && !word.reason.is_empty()));
    }
}

fn found(rule: u32, place: Place) -> Finding {
    let (message, related) = ("there".into(), Box::default());
    Finding {
        plugin: 0,
        rule,
        level: Level::Warning,
        place,
        message,
        related,
        fix: None,
        suppressed: None,
        known: false,
    }
}

fn plugin() -> PluginInfo {
    let rule = |id: &str| RuleInfo { id: id.to_owned(), ..triage::own_rules().rules[0].clone() };
    PluginInfo { name: "a".to_owned(), rules: vec![rule("a/b"), rule("a/c")], ..triage::own_rules() }
}
