//! What a scalar is: YAML 1.1 as go-yaml v2 resolves it.

use std::borrow::Cow;

use plimsoll_tape::Value;

use super::node::{Fault, Kind, Node, Tag, Tree};
use super::number;

/// The value of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'t> {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Text(Cow<'t, str>),
}

impl Scalar<'_> {
    /// As it stands on the tape; none for a number that JSON does not have.
    pub(super) fn value(&self) -> Option<Value<'_>> {
        Some(match self {
            Scalar::Null => Value::Null,
            Scalar::Bool(value) => Value::Bool(*value),
            Scalar::Int(number) => Value::Int(*number),
            Scalar::UInt(number) => Value::UInt(*number),
            Scalar::Float(number) if number.is_finite() => Value::Float(*number),
            Scalar::Float(_) => return None,
            Scalar::Text(text) => Value::String(text),
        })
    }

    fn tag(&self) -> Tag {
        match self {
            Scalar::Null => Tag::Null,
            Scalar::Bool(_) => Tag::Bool,
            Scalar::Int(_) | Scalar::UInt(_) => Tag::Int,
            Scalar::Float(_) => Tag::Float,
            Scalar::Text(_) => Tag::Str,
        }
    }
}

/// The value of a node that is a scalar.
pub(super) fn scalar<'t>(tree: &'t Tree<'_>, node: &Node) -> Result<Scalar<'t>, Fault> {
    let text = tree.characters(node);
    match node.kind {
        Kind::Scalar { implicit: true, tag: Tag::None } => Ok(plain(text)),
        Kind::Scalar { implicit: false, tag: Tag::None } | Kind::Text => {
            Ok(Scalar::Text(Cow::Borrowed(text)))
        }
        Kind::Scalar { tag, .. } => {
            tagged(text, tag).map_err(|message| Fault::new(node.start as usize, node.end as usize, message))
        }
        Kind::Bool(value) => Ok(Scalar::Bool(value)),
        Kind::Number => Ok(json_number(text)),
        Kind::Null | Kind::Alias(_) | Kind::Mapping | Kind::Sequence => Ok(Scalar::Null),
    }
}

/// What a key is called once it is JSON.
pub(super) fn key<'t>(tree: &'t Tree<'_>, node: &Node) -> Result<Cow<'t, str>, Fault> {
    let refuse = |what: &str| {
        Err(Fault::new(
            node.start as usize,
            node.end as usize,
            format!("{what} cannot be a key; put it in quotes"),
        ))
    };
    match scalar(tree, node)? {
        Scalar::Text(text) => Ok(text),
        Scalar::Int(number) => Ok(Cow::Owned(number.to_string())),
        Scalar::Float(number) => Ok(Cow::Owned(number::float_key(number))),
        Scalar::Bool(value) => Ok(Cow::Borrowed(if value { "true" } else { "false" })),
        Scalar::Null if node.start == node.end => refuse("nothing"),
        Scalar::Null => refuse("null"),
        Scalar::UInt(_) => refuse("an integer of more than 63 bits"),
    }
}

/// What a scalar without quotes and tag is.
pub(super) fn plain(text: &str) -> Scalar<'_> {
    if is_word(text) {
        return Scalar::Text(Cow::Borrowed(text));
    }
    let found = match text.as_bytes().first() {
        None => Some(Scalar::Null),
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => word(text),
        Some(b'.') => special(text).or_else(|| number::of_point(text)),
        Some(b'+' | b'-') => special(text).or_else(|| number::of_plain(text)),
        Some(b'0'..=b'9') => number::of_plain(text),
        Some(_) => None,
    };
    found.unwrap_or(Scalar::Text(Cow::Borrowed(text)))
}

/// Whether a scalar without quotes is text for sure: it begins with a letter, and none of the words that mean something else begins like it
/// and is as long.
#[inline]
pub(super) fn is_word(text: &str) -> bool {
    let Some(first) = text.as_bytes().first() else { return false };
    first.is_ascii_alphabetic()
        && (text.len() > 5 || !matches!(first | 0x20, b'y' | b'n' | b't' | b'f' | b'o'))
}

fn word(text: &str) -> Option<Scalar<'static>> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Some(Scalar::Bool(true))
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Some(Scalar::Bool(false))
        }
        "~" | "null" | "Null" | "NULL" => Some(Scalar::Null),
        _ => None,
    }
}

fn special(text: &str) -> Option<Scalar<'static>> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(Scalar::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(Scalar::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => Some(Scalar::Float(f64::NEG_INFINITY)),
        _ => None,
    }
}

fn tagged(text: &str, tag: Tag) -> Result<Scalar<'_>, String> {
    let as_text = Scalar::Text(Cow::Borrowed(text));
    match tag {
        Tag::None | Tag::Str | Tag::Merge | Tag::Other => return Ok(as_text),
        Tag::Binary => {
            let bytes =
                base64(text).ok_or("the tag `!!binary` asks for base64, and this is none; remove the tag")?;
            return Ok(Scalar::Text(Cow::Owned(lossy(&bytes))));
        }
        Tag::Timestamp if is_timestamp(text) => return Ok(as_text),
        Tag::Timestamp | Tag::Bool | Tag::Int | Tag::Float | Tag::Null => {}
    }
    match plain(text) {
        Scalar::Int(number) if tag == Tag::Float => Ok(Scalar::Float(number as f64)),
        found if found.tag() == tag => Ok(found),
        _ => {
            let name = format!("{tag:?}").to_lowercase();
            Err(format!("the tag `!!{name}` does not fit this value; remove the tag, or write such a value"))
        }
    }
}

/// Any number of JSON is finite; the reader has refused others.
fn json_number(text: &str) -> Scalar<'static> {
    number::integer(text).or_else(|| number::float(text)).unwrap_or(Scalar::Null)
}

/// The bytes that base64 stands for; line breaks in it do not count.
fn base64(text: &str) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let padding = symbols.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    let sextets: Option<Vec<u8>> =
        symbols[..symbols.len() - padding].iter().map(|byte| sextet(*byte)).collect();
    let sextets = sextets.filter(|_| symbols.len().is_multiple_of(4))?;
    let mut bytes = Vec::with_capacity(sextets.len() * 3 / 4);
    for group in sextets.chunks(4) {
        let bits = group
            .iter()
            .enumerate()
            .fold(0u32, |bits, (place, sextet)| bits | u32::from(*sextet) << (18 - 6 * place));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Some(bytes)
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Text in which every byte that is no UTF-8 became U+FFFD, one by one.
pub(super) fn lossy(mut bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    loop {
        match std::str::from_utf8(bytes) {
            Ok(rest) => {
                text.push_str(rest);
                return text;
            }
            Err(error) => {
                let (valid, rest) = bytes.split_at(error.valid_up_to());
                text.push_str(std::str::from_utf8(valid).unwrap_or_default());
                text.push('\u{FFFD}');
                bytes = &rest[1..];
            }
        }
    }
}

/// `2001-12-14`, `2001-12-14 21:59:43.10`, `2001-12-14t21:59:43.10-05:00`, with short days, months, hours.
fn is_timestamp(text: &str) -> bool {
    date(text).is_some_and(|rest| match rest.as_bytes().first() {
        None => true,
        Some(b'T' | b't') => time(&rest[1..]).is_some_and(is_zone),
        // Go takes as many spaces as there are.
        Some(b' ') => time(rest.trim_start_matches(' ')).is_some_and(str::is_empty),
        Some(_) => false,
    })
}

/// What follows a date of the calendar.
fn date(text: &str) -> Option<&str> {
    let (year, rest) = text.split_at_checked(4)?;
    let year: u32 =
        if year.bytes().all(|byte| byte.is_ascii_digit()) { year.parse().ok()? } else { return None };
    let (month, rest) = one_or_two(rest.strip_prefix('-')?)?;
    let (day, rest) = one_or_two(rest.strip_prefix('-')?)?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days).contains(&day).then_some(rest)
}

/// What follows a time of the day.
fn time(text: &str) -> Option<&str> {
    let (hour, rest) = one_or_two(text)?;
    let (minute, rest) = one_or_two(rest.strip_prefix(':')?)?;
    let (second, rest) = one_or_two(rest.strip_prefix(':')?)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    match rest
        .strip_prefix(['.', ','])
        .map(|fraction| fraction.trim_start_matches(|digit: char| digit.is_ascii_digit()))
    {
        Some(after) if after.len() + 1 < rest.len() => Some(after),
        _ => Some(rest),
    }
}

/// `Z` or `+hh:mm`.
fn is_zone(text: &str) -> bool {
    let two = |at: usize| {
        text.get(at..at + 2)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse::<u32>().ok())
    };
    match text.as_bytes() {
        [b'Z'] => true,
        [b'+' | b'-', _, _, b':', _, _] => {
            two(1).is_some_and(|hour| hour <= 24) && two(4).is_some_and(|minute| minute <= 60)
        }
        _ => false,
    }
}

fn one_or_two(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    Some((text[..digits].parse().ok()?, &text[digits..]))
}
