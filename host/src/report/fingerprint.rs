//! What makes a finding the same finding tomorrow.

use std::collections::HashMap;
use std::fmt::Write as _;

use plimsoll_tape::Value;
use sha2::{Digest, Sha256};

use crate::finding::Place;
use crate::object::{Object, Step};
use crate::source::{Source, hex};

/// A fingerprint of rule, object and address, as 32 hexadecimal digits. It survives moved lines, renamed files, bumped images and, where
/// items of a list have names, other items before them.
pub(super) fn of_object(rule: &str, place: &Place, object: &Object) -> String {
    let identity = object.identity();
    let group = identity.api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let text = [rule, group, identity.kind, identity.namespace, identity.name, &named_pointer(place, object)]
        .join("\0");
    hex(&Sha256::digest(text.as_bytes())[..16])
}

/// The pointer with the names of items in place of their positions: `/spec/containers/[api]/image`.
fn named_pointer(place: &Place, object: &Object) -> String {
    let chunk = object.read();
    let (node, _) = object.descend(0, &place.pointer);
    let steps = object.steps(node);
    let mut named = String::new();
    for step in &steps {
        let _ = match step {
            Step::Key(key) => write!(named, "/{key}"),
            Step::Item { position, node } => match chunk.get(*node, "name").map(|name| chunk.value(name)) {
                Some(Value::String(name)) => write!(named, "/[{name}]"),
                _ => write!(named, "/{position}"),
            },
        };
    }
    // What follows is missing in the object.
    for step in place.pointer.split('/').skip(1 + steps.len()) {
        let _ = write!(named, "/{step}");
    }
    named
}

/// The line fingerprints of a source, from line 1, as upload-sarif computes them: a rolling hash over a hundred UTF-16 units without
/// blanks, and how many lines above have the same one.
pub(super) fn of_lines(source: &Source) -> Vec<String> {
    const WINDOW: usize = 100;
    const FACTOR: u64 = 37;
    let first = (0..WINDOW).fold(1u64, |power, _| power.wrapping_mul(FACTOR));
    let mut hashes: Vec<u64> = Vec::new();
    let mut window = [0u16; WINDOW];
    let mut lines: [Option<usize>; WINDOW] = [None; WINDOW];
    let (mut hash, mut index, mut line, mut line_start, mut after_cr) = (0u64, 0usize, 0usize, true, false);
    let mut give = |line: Option<usize>, hash: u64| {
        if let Some(line) = line {
            if hashes.len() <= line {
                hashes.resize(line + 1, 0);
            }
            hashes[line] = hash;
        }
    };
    let text = String::from_utf8_lossy(&source.bytes);
    for unit in text.encode_utf16().chain([0xFFFF]) {
        if matches!(unit, 0x20 | 0x09) || after_cr && unit == 0x0A {
            after_cr = false;
            continue;
        }
        after_cr = unit == 0x0D;
        let unit = if after_cr { 0x0A } else { unit };
        give(lines[index].take(), hash);
        if line_start {
            line_start = false;
            lines[index] = Some(line);
            line += 1;
        }
        line_start |= unit == 0x0A;
        let gone = std::mem::replace(&mut window[index], unit);
        hash = hash
            .wrapping_mul(FACTOR)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(first.wrapping_mul(u64::from(gone)));
        index = (index + 1) % WINDOW;
    }
    for _ in 0..WINDOW {
        give(lines[index].take(), hash);
        let gone = std::mem::take(&mut window[index]);
        hash = hash.wrapping_mul(FACTOR).wrapping_sub(first.wrapping_mul(u64::from(gone)));
        index = (index + 1) % WINDOW;
    }
    let mut seen: HashMap<u64, u32> = HashMap::new();
    let counted = hashes.iter().map(|hash| {
        let count = seen.entry(*hash).or_default();
        *count += 1;
        format!("{hash:x}:{count}")
    });
    counted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_hash_as_upload_sarif_hashes_them() {
        let lines = |text: &str| of_lines(&Source::new("a".into(), text.into()));
        assert_eq!(lines(""), ["c129715d7a2bc9a3:1"]);
        assert_eq!(
            lines(" a\nb\n  \t\tc\n d"),
            ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]
        );
        let ten = lines(&"Lorem ipsum dolor sit amet.\n".repeat(10));
        assert_eq!((ten[0].as_str(), ten[5].as_str()), ("a7f2ff13bc495cf2:1", "a7f2ff13bc495cf2:6"));
        assert_eq!(ten[10], "c129715d7a2bc9a3:1");
    }
}
