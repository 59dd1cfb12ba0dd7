//! Changes to YAML, line by line and token by token.

use std::ops::Range;

use crate::{Dice, odd};

/// What is put between the lines or into them.
#[rustfmt::skip]
const TOKENS: &[&str] = &[
    "-", "- ", "-\t", ":", ": ", ":\n", "?", "? ", ",", ", ", "[", "]", "[]", "{", "}", "{}", "#", " #",
    " # c", "&a", "&a ", "*a", "*a ", "!", "!!str ", "!!binary ", "!!int ", "!x ", "|", "|-\n", "|+\n",
    "|2\n", ">\n", ">-\n", ">+", "'", "''", "\"", "\"\"", "\\", "\\\n", "\\x41", "\\u00e9", "\\U0001F600",
    "\\d", "%", "%YAML 1.1\n", "%TAG ! x\n", "@", "`", "---", "--- ", "\n---\n", "--- # c\n", "--- a\n",
    "---\t\n", "----\n", "...", "\n...\n", "\n", "\n\n", "\n\n\n", "\r", "\r\n", "\r\r\n", "\t", " ", "  ",
    "    ", "\u{85}", "\u{2028}", "\u{2029}", "\u{feff}", "\u{a0}", "é", "𝄞", "<<", "<<: *a\n",
    "<<: {a: b}\n", "<<: [*a, *a]\n", "a: &a\n", "a: &a {b: c}\n", "b: *a\n", "- *a\n", "null", "~", "yes",
    "no", "on", "off", "y", "true", "True", "FALSE", "0", "-0", "00", "0o17", "017", "0x1F", "0b11", "0b+1",
    "1_000", "1e3", "1.", "1.5", ".5", ".", "-.inf", ".nan", "1:30", "1:30.5", "2001-01-01",
    "2001-01-01T00:00:00Z", "+1", "-1", "08", "9223372036854775808", "18446744073709551615",
    "99999999999999999999", "1e400", "a", "b", "a: b", "a: b\n", "a:\n", "a: \n", "a : b\n", "a:b", "- a\n",
    "-   a\n", "- - a\n", "- a: b\n", "- a:\n", "  a: b\n", "  - a\n", "\"a\": 1", "'a': 1\n", "\"a\":1",
    "[a, b]", "[a: b]", "{a: b, c: d}", "{a}", "{a: }", "{? a : b}", "{\"a\":1}", "? a\n: b\n", "? a\n",
    ": a\n", "{{ .Values.x }}", "{{- if a }}\n", "{% if a %}", "\0", "\u{1}", "\u{7f}", "=",
    "apiVersion: v1\n", "kind: Pod\n", "kind: List\n", "items:\n", "metadata:\n", "metadata: {name: a}\n",
    "spec:\n", "apiVersion: apps/v1\nkind: Deployment\n", "containers:\n- name: a\n",
    "template:\n  spec: {containers: [{a: b}]}\n",
];

/// What stands for a value.
#[rustfmt::skip]
const VALUES: &[&str] = &[
    "a", "a b", "a  b", "a#b", "a #b", "a:b", "a: b", "a:", "-a", "- a", "?a", "'a'", "'it''s'", "'a' # c",
    "\"a\"", "\"\\n\"", "\"a\" b", "'a\n  b'", "\"a\n\n  b\"", "a\n  b", "|\n  a\n  b", "|-\n  a",
    "|+\n  a\n\n", "|\n    a\n  b", ">\n  a\n  b", ">-\n  a\n\n  b", "|2\n   a", "|\n\ta", "# c", "", " ",
    "[]", "{}", "[a, 'b']", "{a: b}", "[a,\n  b]", "{a: b,\n}", "&a b", "*a", "!!str 1", "~", "null", "true",
    "yes", "0", "-1", "017", "0x1F", "1.5", "1e3", ".inf", "2001-01-01", "1:30", "<<", "=", "/a/b",
    "http://a/b:80", "a:1@sha256:0", "*.a", "%a", "@a", "`a`", "é", "a\u{a0}b", "a\tb", "a \t", "\\", "a\\",
    "a\"", "a'", "$(A)", "${A}", "{{ a }}", "--- a", "...", "a...", "-", "--", "?", ":", "::", "a,b", "[a",
    "a]", "}",
];

/// Changes a manifest in up to five places; at times it is another one.
pub(crate) fn yaml(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = if dice.below(8) == 0 { odd::manifest(dice) } else { bytes.to_vec() };
    for _ in 0..1 + dice.below(5) {
        change(&mut bytes, dice);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let line = line(bytes, dice);
    match dice.below(14) {
        0 => insert(bytes, line.start, dice.one_of(TOKENS).as_bytes()),
        1 => insert(bytes, line.start + indentation(&bytes[line.clone()]), dice.one_of(TOKENS).as_bytes()),
        2 => {
            let at = dice.below(bytes.len() + 1);
            insert(bytes, at, dice.one_of(TOKENS).as_bytes());
        }
        3 => insert(bytes, end_of_text(bytes, &line), dice.one_of(TOKENS).as_bytes()),
        4 | 5 => replace_value(bytes, line, dice),
        6 => indent(bytes, line, dice),
        7 => {
            let block = block(bytes, line);
            indent(bytes, block, dice);
        }
        8 => _ = bytes.drain(line),
        9 => _ = bytes.drain(block(bytes, line)),
        // A line, or a line with all below it, once more: in place, where it doubles a key, or elsewhere.
        10 => {
            let copy = bytes[line.clone()].to_vec();
            insert(bytes, line.start, &copy);
        }
        11 => {
            let copy = bytes[block(bytes, line)].to_vec();
            let at = self::line(bytes, dice).start;
            insert(bytes, at, &copy);
        }
        12 => {
            let end = end_of_text(bytes, &line);
            insert(bytes, end, [" ", "\t", " # c", "\r"][dice.below(4)].as_bytes());
        }
        _ => {
            let at = dice.below(bytes.len());
            if let Some(byte) = bytes.get_mut(at) {
                *byte = *dice.one_of(b" -:#[]{},'\"|>&*!%?\t\n\r\\ab01");
            }
        }
    }
}

/// A line with its break; nothing where there is none.
fn line(bytes: &[u8], dice: &mut Dice) -> Range<usize> {
    let at = dice.below(bytes.len());
    let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |before| before + 1);
    start..end_of_line(bytes, start)
}

fn end_of_line(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| from + length + 1)
}

fn end_of_text(bytes: &[u8], line: &Range<usize>) -> usize {
    line.start + bytes[line.clone()].trim_ascii_end().len()
}

/// A line and those after it that are indented deeper.
fn block(bytes: &[u8], line: Range<usize>) -> Range<usize> {
    let first = indentation(&bytes[line.clone()]);
    let mut end = line.end;
    while end < bytes.len() {
        let next = end..end_of_line(bytes, end);
        if indentation(&bytes[next.clone()]) <= first {
            break;
        }
        end = next.end;
    }
    line.start..end
}

fn indentation(line: &[u8]) -> usize {
    line.iter().take_while(|byte| **byte == b' ').count()
}

/// One to three spaces more or fewer before every line of a range, or a tab.
fn indent(bytes: &mut Vec<u8>, lines: Range<usize>, dice: &mut Dice) {
    let more: &[u8] = dice.one_of(&[" ", "  ", "   ", "\t", "", "", ""]).as_bytes();
    let fewer = 1 + dice.below(3);
    let changed: Vec<u8> = bytes[lines.clone()]
        .split_inclusive(|byte| *byte == b'\n')
        .flat_map(|line| match more {
            [] => [more, &line[indentation(line).min(fewer)..]],
            more => [more, line],
        })
        .flatten()
        .copied()
        .collect();
    bytes.splice(lines, changed);
}

/// Another value behind the first `: ` or `- ` of a line.
fn replace_value(bytes: &mut Vec<u8>, line: Range<usize>, dice: &mut Dice) {
    let text = &bytes[line.clone()];
    let behind = text.windows(2).position(|pair| matches!(pair, b": " | b":\n" | b"- "));
    let Some(behind) = behind else { return };
    let end = end_of_text(bytes, &line).max(line.start + behind + 1);
    let value = format!(" {}", dice.one_of(VALUES));
    bytes.splice(line.start + behind + 1..end, value.into_bytes());
}

fn insert(bytes: &mut Vec<u8>, at: usize, what: &[u8]) {
    bytes.splice(at..at, what.iter().copied());
}
