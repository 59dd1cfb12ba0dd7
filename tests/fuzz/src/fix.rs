//! Any bytes as a manifest that is mended.

use plimsoll::edit::{Editor, changed, replaced};
use plimsoll::finding::{Action, Edit, Fix, Place};
use plimsoll::object::to_json;
use plimsoll::read::{Read, again, one};
use plimsoll::source::{BOM, Span};
use plimsoll_tape::Value as Tape;
use serde_json::Value;

use crate::Dice;

/// Fixes that are tried on every manifest.
const FIXES: u32 = 8;

/// What is written, as JSON.
const VALUES: &[&str] = &[
    "true",
    "0",
    "-1.5",
    "null",
    "\"\"",
    "\"text\"",
    "\"yes\"",
    "\"012\"",
    "\"a: b # c\"",
    "\"two\\nlines\\n\"",
    "\" '\\\"\\\\\\u0085\\u007f\"",
    "[]",
    "{}",
    "[\"ALL\"]",
    "[1,{\"a\":[],\"b\":[[2]]}]",
    "{\"a\":1}",
    "{\"on\":{\"b\":[\"c\"]},\"d e\":\"f\"}",
];

/// What is missing below a mapping, and below a sequence.
const MISSING_KEYS: &[&str] = &["", "/new", "/new/-", "/a b/on/c", "/a~1b"];
const MISSING_ITEMS: &[&str] = &["", "/-", "/-/new"];

/// What became of fixes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// They were written, and what was read again is what was meant.
    pub made: u32,
    /// They were refused.
    pub refused: u32,
}

/// # Panics
///
/// If a fix is written that does anything but what it says.
pub fn run(bytes: &[u8]) {
    tried(bytes, true);
}

/// What becomes of fixes that look like chance, and that nothing proves: these are to be right without.
///
/// # Panics
///
/// As [`run`].
pub fn outcomes(bytes: &[u8]) -> Outcomes {
    tried(bytes, false)
}

fn tried(bytes: &[u8], proven: bool) -> Outcomes {
    let mut outcomes = Outcomes::default();
    let read = one("a.yaml", bytes.to_vec());
    if read.objects.is_empty()
        || bytes.len() > 1 << 16
        || is_nearly_json(bytes)
        || may_break_behind_its_end(bytes, &read)
    {
        return outcomes;
    }
    let seed = bytes.iter().fold(0u32, |seed, byte| seed.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    let editor = Editor::new(&read.sources, &read.objects);
    let editor = if proven { editor.proving(again) } else { editor };
    for number in 0..FIXES {
        let mut dice = Dice::new(seed.wrapping_add(number));
        let edits = 1 + dice.below(6) / 3;
        let fix = Fix { description: "".into(), edits: (0..edits).map(|_| edit(&read, &mut dice)).collect() };
        match is_made(&read, &editor, &fix) {
            true => outcomes.made += 1,
            false => outcomes.refused += 1,
        }
    }
    outcomes
}

fn edit(read: &Read, dice: &mut Dice) -> Edit {
    let object = dice.below(read.objects.len());
    let chunk = read.objects[object].read();
    let drawn = dice.below(chunk.len() as usize) as u32;
    // With another kind, or with items in a list, it would be another object, or none.
    let is_kind = ["apiVersion", "kind", "items"].iter().any(|key| chunk.get(0, key) == Some(drawn));
    let node = if is_kind { 0 } else { drawn };
    let missing = match chunk.value(node) {
        Tape::Mapping(_) => MISSING_KEYS,
        Tape::Sequence(_) => MISSING_ITEMS,
        Tape::Null if dice.below(2) == 0 => MISSING_KEYS,
        Tape::Null => MISSING_ITEMS,
        _ => &[""],
    };
    // Nothing becomes of an object as a whole.
    let missing = if node == 0 { &missing[1..] } else { missing };
    let (action, missing) = match dice.below(8) {
        0..=2 if node > 0 => (Action::Remove, ""),
        3 if chunk.key(node).is_some() => {
            (Action::Rename((*dice.one_of(&["new", "on", "a b", "7"])).into()), "")
        }
        _ => (Action::Set((*dice.one_of(VALUES)).into()), *dice.one_of(missing)),
    };
    let (node, missing) = read.objects[object].descend(node, missing);
    let place =
        Place { source: 0, span: Span::default(), object: object as u32, node, missing: missing.into() };
    Edit { place, action }
}

/// Whether text begins like JSON and is none. By an edit it may become JSON, in which other things are faults; who writes files proves that none is.
fn is_nearly_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes).trim_ascii_start();
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    bytes.starts_with(b"{") && values.any(|value| value.is_err())
}

/// Whether something stands behind what Kubernetes takes for the end of a document, or something that is not allowed may stand behind `...`. Whether
/// it sees that, too, depends on how many bytes and lines stand before it, and then it refuses the whole; who writes files proves that it does not.
fn may_break_behind_its_end(bytes: &[u8], read: &Read) -> bool {
    let told = |what: &str| read.faults.iter().any(|fault| fault.message.starts_with(what));
    let is_odd = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    let ends = bytes.windows(4).any(|four| four == b"\n...");
    // Of a file that holds a template nothing else is told.
    told(IGNORED)
        || told(TEMPLATE)
        || ends && (bytes.iter().any(is_odd) || std::str::from_utf8(bytes).is_err())
}

/// How a fault begins that tells of what stands behind the end of a document.
const IGNORED: &str = "Kubernetes ignores everything";
/// As [`IGNORED`], of text that nobody rendered.
const TEMPLATE: &str = "this is a template";

/// Whether a fix was written, and not refused.
fn is_made(read: &Read, editor: &Editor<'_>, fix: &Fix) -> bool {
    let Ok(replacements) = editor.replacements(fix) else { return false };
    let source = &read.sources[0];
    let mut at = 0;
    for replacement in &replacements {
        let Span { start, end } = replacement.span;
        assert!(at <= start && start <= end && end as usize <= source.bytes.len(), "{replacements:?}");
        at = end;
    }
    let after = replaced(&source.bytes, &replacements);
    let story = || {
        let [before, after] = [&source.bytes, &after].map(|text| String::from_utf8_lossy(text).into_owned());
        format!("{:#?}\n{before}\n=== became\n{after}", fix.edits)
    };
    let again = one("a.yaml", after.clone());
    // Whether Kubernetes sees what stands behind `...` depends on how many bytes stand before it.
    let faults = |read: &Read| {
        let messages = read.faults.iter().map(|fault| fault.message.clone());
        messages.filter(|message| !message.starts_with(IGNORED)).collect::<Vec<_>>()
    };
    assert_eq!(faults(read), faults(&again), "{}", story());
    assert_eq!(read.objects.len(), again.objects.len(), "{}", story());
    for (number, (old, new)) in (0..).zip(read.objects.iter().zip(&again.objects)) {
        let meant = match changed(number, old, &fix.edits) {
            Ok(meant) => meant,
            // Deeper objects than serde_json reads are left alone.
            Err(why) if why.0.contains("cannot be compared") => return false,
            Err(why) => panic!("{why}: {}", story()),
        };
        // So are those that become deeper than it reads.
        let Ok(new) = serde_json::from_str::<Value>(&to_json(&new.read(), 0)) else { return false };
        assert_eq!(meant, new, "{}", story());
    }
    true
}
