//! One source becomes pieces: the chunks between `---` lines, or the values of a JSON stream.

use super::json;
use super::node::Tree;
use crate::source::Span;

/// How far into a source Kubernetes looks for the `{` of JSON.
const GUESS: usize = 4096;

/// A part of a source that is read on its own.
#[derive(Debug)]
pub(super) enum Piece<'s> {
    /// A chunk that may hold a document of YAML.
    Yaml(Span),
    /// A value of JSON.
    Json(Tree<'s>, Span),
    /// What cannot be read at all, and why.
    Broken(Span, String),
}

/// Hands every piece of the source to `each`, in order.
pub(super) fn pieces<'s>(bytes: &'s [u8], mut each: impl FnMut(Piece<'s>)) {
    if !is_json(bytes) {
        return chunks(bytes, 0, each);
    }
    if let Some(rest) = values(bytes, &mut each) {
        chunks(bytes, rest, each);
    }
}

fn is_json(bytes: &[u8]) -> bool {
    let beginning = bytes[..bytes.len().min(GUESS)].trim_ascii_start();
    match beginning.first() {
        Some(0x80.. | 0x0B) => String::from_utf8_lossy(beginning).trim_start().starts_with('{'),
        first => first == Some(&b'{'),
    }
}

/// Reads values of JSON. Where they turn out to be YAML, which Kubernetes believes of the first two only, returns where that begins.
fn values<'s>(bytes: &'s [u8], each: &mut impl FnMut(Piece<'s>)) -> Option<usize> {
    let text = std::str::from_utf8(bytes).ok();
    let mut at = 0;
    for count in 0.. {
        match json::value(bytes, text, at) {
            Ok(None) => break,
            Ok(Some((tree, end))) => {
                let start = tree.nodes.first().map_or(at, |root| root.start as usize);
                each(Piece::Json(tree, Span::new(start, end)));
                at = end;
            }
            Err(json::Refusal::Value { fault, end }) => {
                each(Piece::Broken(Span::new(fault.start, fault.end), fault.message.into_owned()));
                at = end;
            }
            Err(json::Refusal::Syntax(fault)) => {
                let rest = if count > 1 { None } else { yaml_after(bytes, at) };
                if rest.is_none() {
                    let end = fault.end.min(bytes.len());
                    each(Piece::Broken(Span::new(fault.start.min(end), end), fault.message.into_owned()));
                }
                return rest;
            }
        }
    }
    None
}

/// Where Kubernetes begins to read YAML after JSON: behind spaces and at most one line break. The last three bytes are never enough for it.
fn yaml_after(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let next = bytes.get(at..at + 4)?;
        let character =
            next.utf8_chunks().next()?.valid().chars().next().filter(|character| *character != '\u{FFFD}')?;
        if !character.is_whitespace() {
            return Some(at);
        }
        at += character.len_utf8();
        if character == '\n' {
            return Some(at);
        }
    }
}

/// Cuts at the lines that begin with `---`.
fn chunks<'s>(bytes: &'s [u8], from: usize, mut each: impl FnMut(Piece<'s>)) {
    let separators = memchr::memmem::Finder::new(b"\n---");
    let mut begin = from;
    let mut line = from;
    loop {
        let separator = if bytes[line..].starts_with(b"---") {
            Some(line)
        } else {
            separators.find(&bytes[line..]).map(|at| line + at + 1)
        };
        let Some(start) = separator else { break };
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length + 1);
        let behind = String::from_utf8_lossy(&bytes[start + 3..end]);
        let behind = behind.trim();
        if !behind.is_empty() && !behind.starts_with('#') {
            let line_end = start + bytes[start..end].trim_ascii_end().len();
            each(Piece::Broken(Span::new(start, line_end), not_alone(behind, start > begin)));
            begin = end;
        } else if start > begin {
            each(Piece::Yaml(Span::new(begin, start)));
            begin = end;
        }
        // A separator with nothing before it belongs to the chunk that it begins.
        line = end;
        if line >= bytes.len() {
            break;
        }
    }
    if begin < bytes.len() {
        each(Piece::Yaml(Span::new(begin, bytes.len())));
    }
}

fn not_alone(behind: &str, loses: bool) -> String {
    let cure = if behind.starts_with('-') { "write exactly three dashes" } else { "put it on the next line" };
    let lost = if loses { ", and for it Kubernetes drops the document above" } else { "" };
    format!("nothing but a comment may follow `---` on its line{lost}; {cure}")
}
