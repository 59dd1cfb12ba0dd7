//! Scalars: where they end, and what is left of their line breaks.

use super::cursor::leading_spaces;
use super::node::{Characters, Fault};
use super::scan::Scanner;

type Scalar = Result<(usize, Characters), Fault>;

/// The line breaks between two lines of a scalar.
#[derive(Debug, Default)]
struct Gap {
    first: &'static str,
    more: String,
}

impl Gap {
    /// A single line break becomes a space, several lose the first.
    fn fold_into(&mut self, text: &mut String) {
        match (self.first, self.more.is_empty()) {
            ("\n", true) => text.push(' '),
            ("\n", false) => text.push_str(&self.more),
            (first, _) => {
                text.push_str(first);
                text.push_str(&self.more);
            }
        }
        self.first = "";
        self.more.clear();
    }
}

/// What is kept of the line breaks at the end of a block scalar.
#[derive(Clone, Copy, PartialEq)]
enum Chomp {
    Strip,
    Clip,
    Keep,
}

/// Bytes at which a plain scalar may end.
const PLAIN: [bool; 256] = table(b" \t\n\r:\xC2\xE2,?[]{}");
/// Bytes in quotes that do not stand for themselves.
const QUOTED: [bool; 256] = table(b" \t\n\r\xC2\xE2'\"\\");

/// For every byte, whether it is one of these.
pub(super) const fn table(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
}

impl Scanner<'_> {
    /// A scalar without quotes. Returns where it ends and what it says.
    pub(super) fn plain(&mut self) -> Scalar {
        let start = self.at;
        let mut end = start;
        let mut cooked = None;
        let mut gap = Gap::default();
        let mut broke = false;
        loop {
            self.need(4);
            if self.at == self.line_start && (self.is_marker(b"---") || self.is_marker(b"..."))
                || self.byte(self.at) == b'#'
            {
                break;
            }
            let run = self.at;
            self.at = self.plain_run(run);
            if self.at > run {
                if broke {
                    if cooked.is_none() {
                        cooked = Some(self.cooked.len());
                        self.cooked.push_str(&self.text[start..end]);
                    }
                    gap.fold_into(&mut self.cooked);
                    self.cooked.push_str(&self.text[run..self.at]);
                    broke = false;
                } else if cooked.is_some() {
                    self.cooked.push_str(&self.text[end..self.at]);
                }
                end = self.at;
                self.need(2);
            }
            if !matches!(self.byte(self.at), b' ' | b'\t') && self.break_length(self.at) == 0 {
                break;
            }
            self.plain_gap(&mut gap, &mut broke)?;
            if self.flow == 0 && (self.column() as isize) < self.indent + 1 {
                break;
            }
        }
        if broke {
            self.key_allowed = true;
        }
        let characters = match cooked {
            Some(from) => Characters { start: from as u32, end: self.cooked.len() as u32, cooked: true },
            None => Characters { start: start as u32, end: end as u32, cooked: false },
        };
        Ok((end, characters))
    }

    /// The end of what goes on without a blank.
    fn plain_run(&self, from: usize) -> usize {
        let mut at = from;
        loop {
            at += self.bytes[at..].iter().take_while(|byte| !PLAIN[**byte as usize]).count();
            let ends = match self.byte(at) {
                b':' => self.is_blank_or_end(at + 1),
                b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.flow > 0,
                0xC2 | 0xE2 => self.break_length(at) > 0,
                _ => true,
            };
            if ends {
                return at;
            }
            at += 1;
        }
    }

    /// Blanks and line breaks within or after a plain scalar.
    fn plain_gap(&mut self, gap: &mut Gap, broke: &mut bool) -> Result<(), Fault> {
        loop {
            match self.byte(self.at) {
                b'\t' if *broke && (self.column() as isize) < self.indent + 1 => {
                    return Err(Fault::new(self.at, self.at + 1, "a tab cannot indent YAML; use spaces"));
                }
                b' ' | b'\t' => self.at += 1,
                _ => match self.take_break() {
                    Some(first) if !*broke => {
                        gap.first = first;
                        *broke = true;
                    }
                    Some(more) => gap.more.push_str(more),
                    None => return Ok(()),
                },
            }
        }
    }

    /// A scalar in quotes, from the opening one on.
    pub(super) fn quoted(&mut self, quote: u8) -> Scalar {
        let start = self.at;
        let first = start + 1;
        let rest = &self.bytes[first..];
        // Mostly it is one line without escapes.
        if let Some(length) = memchr::memchr3(quote, b'\n', b'\\', rest) {
            let end = first + length;
            let inside = &rest[..length];
            let closes = rest[length] == quote && (quote == b'"' || self.byte(end + 1) != quote);
            if closes && memchr::memchr3(b'\r', 0xC2, 0xE2, inside).is_none() {
                self.at = end + 1;
                return Ok((self.at, Characters { start: first as u32, end: end as u32, cooked: false }));
            }
        }
        self.at = first;
        self.quoted_lines(start, quote)
    }

    fn quoted_lines(&mut self, start: usize, quote: u8) -> Scalar {
        let from = self.cooked.len();
        let mut gap = Gap::default();
        loop {
            if self.at == self.line_start && (self.is_marker(b"---") || self.is_marker(b"...")) {
                return Err(Fault::new(
                    start,
                    self.at + 3,
                    "this quote is not closed before the document ends; close it",
                ));
            }
            if self.at >= self.bytes.len() {
                return Err(Fault::new(start, start + 1, "this quote is never closed; close it"));
            }
            let mut broke = self.quoted_run(quote)?;
            if self.byte(self.at) == quote {
                self.at += 1;
                let characters =
                    Characters { start: from as u32, end: self.cooked.len() as u32, cooked: true };
                return Ok((self.at, characters));
            }
            let blanks = self.at;
            let escaped = broke;
            loop {
                match self.byte(self.at) {
                    b' ' | b'\t' => self.at += 1,
                    _ => match self.take_break() {
                        Some(first) if !broke => {
                            gap.first = first;
                            broke = true;
                        }
                        Some(more) => gap.more.push_str(more),
                        None => break,
                    },
                }
            }
            match (broke, escaped) {
                (false, _) => self.cooked.push_str(&self.text[blanks..self.at]),
                (true, false) => gap.fold_into(&mut self.cooked),
                // The line break was escaped: it is gone, those after it stay.
                (true, true) => {
                    self.cooked.push_str(&gap.more);
                    gap.more.clear();
                }
            }
        }
    }

    /// Characters up to a blank, a line break or the closing quote. Says whether an escaped line break ended them.
    fn quoted_run(&mut self, quote: u8) -> Result<bool, Fault> {
        loop {
            let run = self.at;
            self.at += self.bytes[run..].iter().take_while(|byte| !QUOTED[**byte as usize]).count();
            self.cooked.push_str(&self.text[run..self.at]);
            match self.byte(self.at) {
                b'\'' if quote == b'\'' && self.byte(self.at + 1) == b'\'' => {
                    self.cooked.push('\'');
                    self.at += 2;
                }
                b'\\' if quote == b'"' && self.break_length(self.at + 1) > 0 => {
                    self.at += 1;
                    self.take_break();
                    return Ok(true);
                }
                b'\\' if quote == b'"' => {
                    let character = self.escape()?;
                    self.cooked.push(character);
                }
                byte if byte == quote || byte == 0 || self.is_blank_or_end(self.at) => return Ok(false),
                byte => {
                    // A character of several bytes is copied as a whole.
                    let width = if byte < 0x80 {
                        1
                    } else {
                        1 + usize::from(byte >= 0xC0) + usize::from(byte >= 0xE0)
                    };
                    self.cooked.push_str(&self.text[self.at..self.at + width]);
                    self.at += width;
                }
            }
        }
    }

    /// A character written after `\`.
    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at;
        let digits = match self.byte(start + 1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            simple => {
                self.at += 2;
                return match simple {
                    b'0' => Ok('\0'),
                    b'a' => Ok('\x07'),
                    b'b' => Ok('\x08'),
                    b't' | b'\t' => Ok('\t'),
                    b'n' => Ok('\n'),
                    b'v' => Ok('\x0B'),
                    b'f' => Ok('\x0C'),
                    b'r' => Ok('\r'),
                    b'e' => Ok('\x1B'),
                    b' ' | b'"' | b'\'' | b'\\' => Ok(char::from(simple)),
                    b'N' => Ok('\u{85}'),
                    b'_' => Ok('\u{A0}'),
                    b'L' => Ok('\u{2028}'),
                    b'P' => Ok('\u{2029}'),
                    _ => Err(Fault::new(
                        start,
                        start + 2,
                        "an unknown escape in double quotes; write `\\\\` for a backslash, or use single quotes",
                    )),
                };
            }
        };
        let from = start + 2;
        let written =
            self.bytes.get(from..from + digits).filter(|written| written.iter().all(u8::is_ascii_hexdigit));
        let character = written
            .and_then(|written| std::str::from_utf8(written).ok())
            .and_then(|written| u32::from_str_radix(written, 16).ok())
            .and_then(char::from_u32);
        self.at = from + digits;
        character.ok_or_else(|| {
            let message = format!(
                "`\\{}` must be followed by the {digits} hexadecimal digits of a character",
                self.byte(start + 1) as char
            );
            Fault::new(start, from, message)
        })
    }

    /// A block scalar, from its `|` or `>` on. Returns where its last line ends and what it says.
    pub(super) fn block_scalar(&mut self, literal: bool) -> Scalar {
        let start = self.at;
        self.at += 1;
        let (chomp, increment) = self.block_header()?;
        let mut end = self.at;
        self.skip_blanks();
        if self.byte(self.at) == b'#' {
            self.at = self.line_end(self.at);
        }
        if self.take_break().is_none() && self.at < self.bytes.len() {
            let message = "text cannot follow here: a block scalar begins on the next line";
            return Err(Fault::new(self.at, self.line_end(self.at), message));
        }
        let mut indent = if increment == 0 { 0 } else { self.indent.max(0) as usize + increment };
        let from = self.cooked.len();
        let mut gap = Gap::default();
        self.block_gap(&mut indent, &mut gap.more)?;
        let mut blank_before = false;
        while self.at < self.bytes.len() && self.at - self.line_start == indent {
            let blank = matches!(self.byte(self.at), b' ' | b'\t');
            if !literal && !blank_before && !blank && gap.first == "\n" {
                gap.fold_into(&mut self.cooked);
            } else {
                self.cooked.push_str(gap.first);
                self.cooked.push_str(&gap.more);
                gap.more.clear();
            }
            blank_before = blank;
            end = self.line_end(self.at);
            self.cooked.push_str(&self.text[self.at..end]);
            self.at = end;
            gap.first = self.take_break().unwrap_or("");
            self.block_gap(&mut indent, &mut gap.more)?;
        }
        if chomp != Chomp::Strip {
            self.cooked.push_str(gap.first);
        }
        if chomp == Chomp::Keep {
            self.cooked.push_str(&gap.more);
        }
        debug_assert!(end > start, "a block scalar has its `|` at least");
        Ok((end, Characters { start: from as u32, end: self.cooked.len() as u32, cooked: true }))
    }

    /// `+` or `-` and a digit, in any order.
    fn block_header(&mut self) -> Result<(Chomp, usize), Fault> {
        let mut chomp = None;
        let mut increment = None;
        loop {
            match self.byte(self.at) {
                b'+' if chomp.is_none() => chomp = Some(Chomp::Keep),
                b'-' if chomp.is_none() => chomp = Some(Chomp::Strip),
                b'0' if increment.is_none() => {
                    return Err(Fault::new(
                        self.at,
                        self.at + 1,
                        "a block scalar cannot be indented by 0; write 1 to 9, or nothing",
                    ));
                }
                digit @ b'1'..=b'9' if increment.is_none() => increment = Some(usize::from(digit - b'0')),
                _ => return Ok((chomp.unwrap_or(Chomp::Clip), increment.unwrap_or(0))),
            }
            self.at += 1;
        }
    }

    /// Empty lines and the indentation of the line after them. An indentation of 0 is not known yet, and found here.
    fn block_gap(&mut self, indent: &mut usize, breaks: &mut String) -> Result<(), Fault> {
        let mut deepest = 0;
        loop {
            let spaces = leading_spaces(&self.bytes[self.at..]);
            let wanted =
                if *indent == 0 { spaces } else { *indent - (self.at - self.line_start).min(*indent) };
            self.at += spaces.min(wanted);
            let column = self.at - self.line_start;
            deepest = deepest.max(column);
            if (*indent == 0 || column < *indent) && self.byte(self.at) == b'\t' {
                return Err(Fault::new(self.at, self.at + 1, "a tab cannot indent YAML; use spaces"));
            }
            match self.take_break() {
                Some(meaning) => breaks.push_str(meaning),
                None => break,
            }
        }
        if *indent == 0 {
            *indent = deepest.max((self.indent + 1).max(1) as usize);
        }
        Ok(())
    }
}
