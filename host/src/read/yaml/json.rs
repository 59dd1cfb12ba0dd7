//! JSON, as Go's `encoding/json` reads it, with the place of every key and value.

use super::node::{Characters, Fault, Kind, Tree};
use super::resolve::lossy;
use super::scan::DEPTH;

/// Why a value of JSON cannot be read.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It is no JSON.
    Syntax(Fault),
    /// It is JSON up to `end`, but no value for Kubernetes.
    Value { fault: Fault, end: usize },
}

/// The next value at or after `from` and where it ends; none at the end. `text` is the bytes if all of them are UTF-8.
pub(super) fn value<'t>(
    bytes: &'t [u8],
    text: Option<&'t str>,
    from: usize,
) -> Result<Option<(Tree<'t>, usize)>, Refusal> {
    let mut reader = Reader {
        bytes,
        is_text: text.is_some(),
        at: from,
        tree: Tree::new(text.unwrap_or_default()),
        too_large: None,
    };
    reader.skip_space();
    if reader.at == bytes.len() {
        return Ok(None);
    }
    reader.value().map_err(Refusal::Syntax)?;
    match reader.too_large {
        Some(fault) => Err(Refusal::Value { fault, end: reader.at }),
        None => Ok(Some((reader.tree, reader.at))),
    }
}

struct Reader<'t> {
    bytes: &'t [u8],
    is_text: bool,
    at: usize,
    tree: Tree<'t>,
    too_large: Option<Fault>,
}

/// What may come next.
enum Expected {
    Value,
    /// After a value, or after `[` or `{`.
    More {
        collection: u32,
        first: bool,
    },
}

impl Reader<'_> {
    fn value(&mut self) -> Result<(), Fault> {
        let mut expected = vec![Expected::Value];
        while let Some(next) = expected.pop() {
            self.skip_space();
            match next {
                Expected::Value => self.begin(&mut expected)?,
                Expected::More { collection, first } => self.more(collection, first, &mut expected)?,
            }
        }
        Ok(())
    }

    fn begin(&mut self, expected: &mut Vec<Expected>) -> Result<(), Fault> {
        let start = self.at;
        match self.byte() {
            b'{' | b'[' => {
                let kind = if self.byte() == b'{' { Kind::Mapping } else { Kind::Sequence };
                if expected.len() >= DEPTH {
                    return Err(self.fault("brackets are nested more than 10000 deep"));
                }
                self.at += 1;
                let collection = self.tree.open(kind, start);
                expected.push(Expected::More { collection, first: true });
            }
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => {
                let literals =
                    [("null", Kind::Null), ("true", Kind::Bool(true)), ("false", Kind::Bool(false))];
                let Some((word, kind)) =
                    literals.into_iter().find(|(word, _)| self.bytes[start..].starts_with(word.as_bytes()))
                else {
                    return Err(self.fault("a JSON value is expected here"));
                };
                self.at += word.len();
                self.tree.leaf(kind, start, self.at, Characters::default());
            }
        }
        Ok(())
    }

    fn more(&mut self, collection: u32, first: bool, expected: &mut Vec<Expected>) -> Result<(), Fault> {
        let is_mapping = self.tree.node(collection).kind == Kind::Mapping;
        let close = if is_mapping { b'}' } else { b']' };
        match self.byte() {
            byte if byte == close => {
                self.at += 1;
                self.tree.close(collection, self.at);
                return Ok(());
            }
            b',' if !first => {
                self.at += 1;
                self.skip_space();
            }
            _ if first => {}
            _ => return Err(self.fault(format!("`,` or `{}` is expected here", close as char))),
        }
        if is_mapping {
            if self.byte() != b'"' {
                return Err(self.fault("a key in double quotes is expected here"));
            }
            self.string()?;
            self.skip_space();
            if self.byte() != b':' {
                return Err(self.fault("`:` is expected after the key"));
            }
            self.at += 1;
        }
        expected.push(Expected::More { collection, first: false });
        expected.push(Expected::Value);
        Ok(())
    }

    fn number(&mut self) -> Result<(), Fault> {
        let start = self.at;
        if self.byte() == b'-' {
            self.at += 1;
        }
        match self.byte() {
            b'0' => self.at += 1,
            _ => self.digits()?,
        }
        if self.byte() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.byte(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        let written = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        if written.parse().is_ok_and(f64::is_infinite) {
            self.too_large.get_or_insert(Fault::new(
                start,
                self.at,
                "this number is too large; put it in quotes if it is text",
            ));
        }
        let characters = if self.is_text {
            Characters { start: start as u32, end: self.at as u32, cooked: false }
        } else {
            let from = self.tree.cooked.len();
            self.tree.cooked.push_str(written);
            Characters { start: from as u32, end: self.tree.cooked.len() as u32, cooked: true }
        };
        self.tree.leaf(Kind::Number, start, self.at, characters);
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let first = self.at;
        while self.byte().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == first { Err(self.fault("a digit is expected here")) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at += 1;
        let from = self.tree.cooked.len();
        let mut cooked = !self.is_text;
        loop {
            let run = self.at;
            self.at += self.bytes[run..]
                .iter()
                .take_while(|byte| **byte >= b' ' && **byte != b'"' && **byte != b'\\')
                .count();
            let byte = self.byte();
            cooked |= byte != b'"';
            if cooked {
                self.tree.cooked.push_str(&lossy(&self.bytes[run..self.at]));
            }
            match byte {
                b'"' => break,
                b'\\' => self.escape()?,
                _ if self.at >= self.bytes.len() => {
                    return Err(Fault::new(start, start + 1, "this quote is never closed; close it"));
                }
                _ => {
                    return Err(self
                        .fault("a control character must be escaped in JSON; write a line break as `\\n`"));
                }
            }
        }
        self.at += 1;
        let characters = if cooked {
            Characters { start: from as u32, end: self.tree.cooked.len() as u32, cooked }
        } else {
            Characters { start: start as u32 + 1, end: self.at as u32 - 1, cooked }
        };
        self.tree.leaf(Kind::Text, start, self.at, characters);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Fault> {
        let character = match self.bytes.get(self.at + 1) {
            Some(b'u') => {
                let Some(unit) = self.unit(self.at) else {
                    return Err(self.fault("`\\u` must be followed by four hexadecimal digits"));
                };
                self.at += 6;
                let second = self.unit(self.at).filter(|_| (0xD800..0xDC00).contains(&unit));
                let pair = second.and_then(|second| char::decode_utf16([unit, second]).next()?.ok());
                self.at += if pair.is_some() { 6 } else { 0 };
                pair.or(char::from_u32(u32::from(unit))).unwrap_or('\u{FFFD}')
            }
            Some(simple) => {
                let character = match simple {
                    b'"' | b'\\' | b'/' => char::from(*simple),
                    b'b' => '\x08',
                    b'f' => '\x0C',
                    b'n' => '\n',
                    b'r' => '\r',
                    b't' => '\t',
                    _ => return Err(self.fault("JSON has no such escape; write `\\\\` for a backslash")),
                };
                self.at += 2;
                character
            }
            None => return Err(self.fault("an escape is cut off here")),
        };
        self.tree.cooked.push(character);
        Ok(())
    }

    /// The number in `\uXXXX`.
    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self
            .bytes
            .get(at..at + 6)?
            .strip_prefix(b"\\u")
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    /// The next byte, 0 at the end.
    fn byte(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn fault(&self, message: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
        Fault::new(self.at, self.at + 1, message)
    }
}
