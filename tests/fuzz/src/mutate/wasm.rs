//! Changes to components, section by section: the lengths around a change are made right again.

use std::ops::Range;

use crate::Dice;

const HEADER: usize = 8;
/// Sections of a component that hold a module or a component.
const NESTED: [u8; 2] = [1, 4];
const CUSTOM: u8 = 0;

/// What is put into descriptions.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "{", "}", "[", "]", ",", ":", "null", "true", "0", "1e999", "\"", "\\u0000", "\\u202e", "\\ud800",
    "\"name\"", "\"rules\"", "\"id\"", "\"kinds\"", "\"objects\":\"json\",", "\"looksAt\":\"set\",",
    "\"securitySeverity\":\"10.0\",", "\"level\":\"error\",", "\"profile\":\"strict\",",
    "\"parameters\":true,", "\"kinds\":[\"@pods\",\"a/B\"],", "{\"id\":\"a\",\"summary\":\"\"},", "-", "A",
];

/// Changes one to three sections.
pub(crate) fn component(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..1 + dice.below(3) {
        bytes = changed(&bytes, dice);
    }
    bytes
}

fn changed(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let sections = sections(bytes);
    if sections.is_empty() {
        return with_body_changed(bytes, dice);
    }
    let chosen = dice.below(sections.len());
    let mut parts: Vec<Vec<u8>> =
        sections.iter().map(|section| bytes[section.whole.clone()].to_vec()).collect();
    match dice.below(10) {
        0 => _ = parts.remove(chosen),
        1 => parts.insert(chosen, parts[chosen].clone()),
        2 => parts.swap(chosen, dice.below(sections.len())),
        3 => parts.truncate(chosen),
        4 => parts.push(section(4, bytes)),
        _ => {
            let Section { id, body, .. } = &sections[chosen];
            let body = &bytes[body.clone()];
            let inside = NESTED.contains(id) && is_component(bytes);
            let changed = match *id {
                CUSTOM => with_words(body, dice),
                _ if inside && dice.below(8) > 0 => changed(body, dice),
                _ => with_body_changed(body, dice),
            };
            parts[chosen] = section(*id, &changed);
        }
    }
    [bytes[..HEADER].to_vec(), parts.concat()].concat()
}

fn with_body_changed(body: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut body = body.to_vec();
    let at = dice.below(body.len());
    match dice.below(5) {
        0 => body.insert(at, dice.below(256) as u8),
        1 if !body.is_empty() => _ = body.remove(at),
        2 if !body.is_empty() => body[at] = dice.below(256) as u8,
        3 if !body.is_empty() => body[at] = body[at].wrapping_add(if dice.below(2) == 0 { 1 } else { 255 }),
        // Both a small opcode and a small index.
        _ if !body.is_empty() => body[at] = dice.below(16) as u8,
        _ => {}
    }
    body
}

fn with_words(body: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut body = body.to_vec();
    let at = dice.below(body.len() + 1);
    let end = (at + dice.below(12)).min(body.len());
    let word = if dice.below(4) == 0 { "" } else { dice.one_of(WORDS) };
    body.splice(at..if dice.below(2) == 0 { at } else { end }, word.bytes());
    body
}

struct Section {
    id: u8,
    whole: Range<usize>,
    body: Range<usize>,
}

/// The sections of a module or a component, as far as they can be made out.
fn sections(bytes: &[u8]) -> Vec<Section> {
    let mut found = Vec::new();
    let mut at = HEADER;
    while let Some((id, (length, digits))) = bytes.get(at).zip(bytes.get(at + 1..).and_then(number)) {
        let body = at + 1 + digits..at + 1 + digits + length;
        if body.end > bytes.len() {
            break;
        }
        found.push(Section { id: *id, whole: at..body.end, body: body.clone() });
        at = body.end;
    }
    found
}

fn is_component(bytes: &[u8]) -> bool {
    bytes.get(6) == Some(&1)
}

fn section(id: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![id];
    let mut left = body.len();
    while left > 0x7F {
        bytes.push(left as u8 | 0x80);
        left >>= 7;
    }
    bytes.push(left as u8);
    bytes.extend(body);
    bytes
}

/// A LEB128 number and how many bytes it takes.
fn number(bytes: &[u8]) -> Option<(usize, usize)> {
    let digits = bytes.iter().take(5).position(|byte| byte & 0x80 == 0)? + 1;
    let number = bytes[..digits].iter().rev().fold(0, |number, byte| number << 7 | usize::from(byte & 0x7F));
    Some((number, digits))
}
