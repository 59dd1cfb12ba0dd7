//! The fingerprints of lines, as GitHub computes them.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use crate::source::Source;

/// The fingerprints of some lines of a source, as upload-sarif computes them: a hash over the hundred UTF-16 units without blanks that
/// begin with the line, and how many lines up to it have the same one. `wanted` are lines from 1, in order.
pub(super) fn of_lines(source: &Source, wanted: &[u32]) -> Vec<String> {
    let hashes = line_hashes(source);
    let hash = |line: &u32| hashes.get(*line as usize - 1).copied().unwrap_or_default();
    let mut seen: HashMap<u64, u32> = wanted.iter().map(|line| (hash(line), 0)).collect();
    let mut counted = 0;
    let fingerprints = wanted.iter().map(|line| {
        for passed in hashes.iter().take(*line as usize).skip(counted) {
            if let Some(count) = seen.get_mut(passed) {
                *count += 1;
            }
        }
        counted = *line as usize;
        format!("{:x}:{}", hash(line), seen[&hash(line)])
    });
    fingerprints.collect()
}

/// The hash of every line. A unit counts 37 times what the unit after it counts, so a window's hash is told from the sums at its ends.
fn line_hashes(source: &Source) -> Vec<u64> {
    const FACTOR: u64 = 37;
    let beyond = (0..WINDOW).fold(1u64, |power, _| power.wrapping_mul(FACTOR));
    let mut hashes = Vec::new();
    // The lines whose window is not over: the unit with which each begins, and the sum before it.
    let mut open: VecDeque<(usize, u64)> = VecDeque::new();
    let (mut sum, mut line_start) = (0u64, true);
    let mut take = |position: usize, unit: u16| {
        if let Some((_, before)) = open.pop_front_if(|(start, _)| *start + WINDOW == position) {
            hashes.push(sum.wrapping_sub(before.wrapping_mul(beyond)));
        }
        if line_start {
            open.push_back((position, sum));
        }
        line_start = unit == 0x0A;
        sum = sum.wrapping_mul(FACTOR).wrapping_add(u64::from(unit));
    };
    let mut position = 0;
    for unit in units(source) {
        take(position, unit);
        position += 1;
    }
    // Behind the end the window is filled with zeros; no line begins there.
    let open_at_end = std::mem::take(&mut open);
    for (start, before) in open_at_end {
        let missing = WINDOW - (position - start);
        let filled = (0..missing).fold(sum, |sum, _| sum.wrapping_mul(FACTOR));
        hashes.push(filled.wrapping_sub(before.wrapping_mul(beyond)));
    }
    hashes
}

/// UTF-16 units that a line's hash covers.
const WINDOW: usize = 100;

/// What the hashes go through: the text without blanks, every line break as a line feed, and an end of their own.
fn units(source: &Source) -> impl Iterator<Item = u16> + use<'_> {
    let (ascii, other) = match source.bytes.is_ascii() {
        true => (source.bytes.as_slice(), Cow::Borrowed("")),
        false => (&[][..], String::from_utf8_lossy(&source.bytes)),
    };
    let other: Vec<u16> = other.encode_utf16().collect();
    let mut after_cr = false;
    ascii
        .iter()
        .map(|byte| u16::from(*byte))
        .chain(other)
        .filter_map(move |unit| {
            if matches!(unit, 0x20 | 0x09) || after_cr && unit == 0x0A {
                after_cr = false;
                return None;
            }
            after_cr = unit == 0x0D;
            Some(if after_cr { 0x0A } else { unit })
        })
        .chain([0xFFFF])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_hash_as_upload_sarif_hashes_them() {
        let lines = |text: &str| {
            let source = Source::new("a".into(), text.into());
            let all: Vec<u32> = (1..=line_hashes(&source).len() as u32).collect();
            of_lines(&source, &all)
        };
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
