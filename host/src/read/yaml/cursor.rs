//! Where the scanner stands: bytes, columns, line breaks.

use super::block::others_than_spaces;
use super::scan::Scanner;

impl Scanner<'_> {
    /// Skips spaces, comments and line breaks.
    pub(super) fn skip_to_token(&mut self) {
        loop {
            if self.at < self.mark_until && self.column() == 0 && self.at < self.bytes.len() {
                self.at += self.text[self.at..].chars().next().map_or(0, char::len_utf8);
            }
            let tabs = self.flow > 0 || !self.key_allowed;
            while self.byte(self.at) == b' ' || (tabs && self.byte(self.at) == b'\t') {
                self.at += 1;
            }
            if self.byte(self.at) == b'#' {
                self.at = self.line_end(self.at);
            }
            if self.take_break().is_none() {
                return;
            }
            if self.flow == 0 {
                self.key_allowed = true;
            }
        }
    }

    /// The byte there, 0 behind the end.
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// How many characters stand before this one on its line.
    pub(super) fn column(&mut self) -> usize {
        if self.ascii {
            return self.at - self.line_start;
        }
        let (at, column) = self.column_known;
        let column = if at >= self.line_start {
            column + characters(&self.bytes[at..self.at])
        } else {
            characters(&self.bytes[self.line_start..self.at])
        };
        self.column_known = (self.at, column);
        column
    }

    /// How many bytes the line break there has; none is 0.
    pub(super) fn break_length(&self, at: usize) -> usize {
        match self.byte(at) {
            b'\n' => 1,
            // Kubernetes takes the CR of a CR LF away before it reads: CR CR LF is one break to it.
            b'\r' => match (self.byte(at + 1), self.byte(at + 2)) {
                (b'\n', _) => 2,
                (b'\r', b'\n') => 3,
                _ => 1,
            },
            0xC2 if self.byte(at + 1) == 0x85 => 2,
            0xE2 if self.byte(at + 1) == 0x80 && matches!(self.byte(at + 2), 0xA8 | 0xA9) => 3,
            _ => 0,
        }
    }

    pub(super) fn is_blank_or_end(&self, at: usize) -> bool {
        match self.byte(at) {
            b' ' | b'\t' | b'\n' | b'\r' | 0 => true,
            0xC2 | 0xE2 => self.break_length(at) > 0,
            _ => false,
        }
    }

    /// Goes past a line break and returns what it stands for in a text.
    pub(super) fn take_break(&mut self) -> Option<&'static str> {
        let length = self.break_length(self.at);
        if length == 0 {
            return None;
        }
        let meaning = match self.bytes[self.at..self.at + length] {
            [0xE2, _, 0xA8] => "\u{2028}",
            [0xE2, _, 0xA9] => "\u{2029}",
            _ => "\n",
        };
        self.at += length;
        self.line += 1;
        self.line_start = self.at;
        Some(meaning)
    }

    /// The end of the line on which `from` stands, without its break.
    pub(super) fn line_end(&self, from: usize) -> usize {
        let rest = &self.bytes[from..];
        let end = memchr::memchr2(b'\n', b'\r', rest).map_or(self.bytes.len(), |step| from + step);
        if self.ascii {
            return end;
        }
        memchr::memchr2_iter(0xC2, 0xE2, &self.bytes[from..end])
            .map(|step| from + step)
            .find(|at| self.break_length(*at) > 0)
            .unwrap_or(end)
    }

    /// Whether `---` or `...` stands here, alone.
    pub(super) fn is_marker(&self, marker: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(marker) && self.is_blank_or_end(self.at + 3)
    }
}

/// How many characters begin in these bytes of UTF-8.
pub(super) fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// How many spaces stand at the start of these bytes.
#[inline]
pub(super) fn leading_spaces(bytes: &[u8]) -> usize {
    let (blocks, rest) = bytes.as_chunks();
    for (position, block) in blocks.iter().enumerate() {
        let others = others_than_spaces(block);
        if others != 0 {
            return 16 * position + others.trailing_zeros() as usize;
        }
    }
    16 * blocks.len() + rest.iter().take_while(|byte| **byte == b' ').count()
}
