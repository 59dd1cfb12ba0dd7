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

    fn lines(text: &[u8]) -> Vec<String> {
        let source = Source::new("a".into(), text.into());
        let all: Vec<u32> = (1..=line_hashes(&source).len() as u32).collect();
        of_lines(&source, &all)
    }

    #[test]
    fn lines_hash_as_upload_sarif_hashes_them() {
        let windows = [99, 100, 101].map(|length| "x".repeat(length) + "\n").concat();
        let cases: [(&str, &[u8], &[&str]); 11] = [
            ("nothing", b"", &["c129715d7a2bc9a3:1"]),
            (
                "blanks do not count",
                b" a\nb\n  \t\tc\n d",
                &["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
            ),
            ("line breaks are alike", b"a\r\nb\r  c\n d", &["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]),
            ("a byte order mark is hashed", &b"\xef\xbb\xbfkind: Pod\nname: a\n"[..], &["1711e8383fff34a5:1", "a6b6ede492fce51:1", "c129715d7a2bc9a3:1"]),
            ("UTF-16 units count", &b"name: \xf0\x9d\x84\x9e\xf0\x9d\x84\x9e\nimage: gr\xc3\xbcn\n"[..], &["80b09fb1aecd9a2e:1", "4d2db7e328867dc1:1", "c129715d7a2bc9a3:1"]),
            ("what is no UTF-8 is replaced", &b"a: \xff\xfe\xc3(\nb: \xf0\x9d\x84\n"[..], &["32e0c7e70a698062:1", "461c4686dab8e5b2:1", "c129715d7a2bc9a3:1"]),
            ("a blank between CR and LF parts them", &b"a\r \nb\r\t\nc\r\nd"[..], &["c1f1ec6a7a2420ab:1", "1f209d929881a8d4:1", "8796a02a0b9cd43a:1", "dd3bb2ba23ce2936:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]),
            ("a lone CR ends a line", &b"a: 1\rb: 2\rc: 3"[..], &["3045138d27bfdbed:1", "349ef981f59bc777:1", "bfff6e8360a3577f:1"]),
            ("NUL and U+2028 are no line breaks", &b"a\0b\xe2\x80\xa8c\nd\n"[..], &["aefdfcc853061271:1", "c13b9b1f9cee4e29:1", "c129715d7a2bc9a3:1"]),
            ("a window of 99, 100 and 101", windows.as_bytes(), &["52b56201ffb585b2:1", "52b56201ffb58620:1", "52b56201ffb58620:2", "c129715d7a2bc9a3:1"]),
            ("a manifest", &b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n    - name: a\n      image: acme/a:1\n    - name: a\n      image: acme/a:1\n"[..], &["f4b1f2c499958424:1", "9b3e2bddde1c2c82:1", "c18bb9e446f5ef69:1", "357b8f4bf1094ab0:1", "aa1a0217f7f07d76:1", "3227e456aed3c26f:1", "fac43095302c638d:1", "d58b5d490599cd3a:1", "4071e6ff3d1348ca:1", "4f08013c12291d7:1", "c129715d7a2bc9a3:1"]),
        ];
        for (name, text, expected) in cases {
            assert_eq!(lines(text), expected, "{name}");
        }
    }

    #[test]
    fn lines_hash_as_they_are_defined() {
        let pieces = [
            "a",
            " ",
            "\t",
            "\n",
            "\r",
            "\r\n",
            "image: acme/api:1\n",
            "é",
            "\u{1D11E}",
            "\u{FEFF}",
            "\u{2028}",
        ];
        let mut state = 88_172_645_463_325_252_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        };
        for _ in 0..300 {
            let text: String = (0..random() % 150).map(|_| pieces[random() % pieces.len()]).collect();
            assert_eq!(lines(text.as_bytes()), defined(&text), "{text:?}");
        }
    }

    /// Line by line: the sum of the hundred units from its start on, each 37 times what the next counts.
    fn defined(text: &str) -> Vec<String> {
        let breaks = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
        let text: String = breaks(text).chars().filter(|letter| ![' ', '\t'].contains(letter)).collect();
        let mut seen = HashMap::new();
        let lines = text.split('\n').scan(0, |start, line| {
            let from = *start;
            *start += line.len() + 1;
            Some(&text[from..])
        });
        let fingerprint = |rest: &str| {
            let units = rest.encode_utf16().chain([0xFFFF]).chain(std::iter::repeat(0)).take(WINDOW);
            let hash = units.fold(0_u64, |hash, unit| hash.wrapping_mul(37).wrapping_add(u64::from(unit)));
            let count = seen.entry(hash).and_modify(|count| *count += 1).or_insert(1);
            format!("{hash:x}:{count}")
        };
        lines.map(fingerprint).collect()
    }

    /// `PLIMSOLL_LINE_HASH_VECTORS` names a file of vectors that others made: `[{"name", "input_base64", "hashes"}]`.
    #[test]
    fn vectors_of_others_agree() -> Result<(), Box<dyn std::error::Error>> {
        let Some(file) = std::env::var_os("PLIMSOLL_LINE_HASH_VECTORS") else {
            assert!(
                std::env::var_os("PLIMSOLL_EXPECT_TOOLS").is_none(),
                "PLIMSOLL_LINE_HASH_VECTORS names no vectors"
            );
            eprintln!("skipped: PLIMSOLL_LINE_HASH_VECTORS names no vectors of others");
            return Ok(());
        };
        let vectors: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(file)?)?;
        assert!(vectors.len() > 10);
        for vector in vectors {
            let text = base64(vector["input_base64"].as_str().ok_or("no input")?);
            let expected: Vec<String> = serde_json::from_value(vector["hashes"].clone())?;
            assert_eq!(lines(&text), expected, "{}", vector["name"]);
        }
        Ok(())
    }

    fn base64(text: &str) -> Vec<u8> {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let digits: Vec<u32> = text
            .bytes()
            .filter_map(|byte| alphabet.iter().position(|known| *known == byte))
            .map(|digit| digit as u32)
            .collect();
        let group = |digits: &[u32]| {
            let bits = digits.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - digits.len()));
            bits.to_be_bytes()[1..digits.len()].to_vec()
        };
        digits.chunks(4).flat_map(group).collect()
    }
}
