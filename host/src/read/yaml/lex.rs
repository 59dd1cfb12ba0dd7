//! The small tokens: names of anchors and aliases, tags, directives.

use super::node::{Characters, Fault};
use super::scan::{Handle, Scanner, Word};

impl Scanner<'_> {
    /// `&name` or `*name`.
    pub(super) fn name(&mut self, word: Word) -> Result<(), Fault> {
        let candidate = self.save_candidate()?;
        self.key_allowed = false;
        let start = self.at;
        self.at += 1;
        self.skip_word();
        let follows = self.byte(self.at);
        let ends = self.is_blank_or_end(self.at)
            || matches!(follows, b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if self.at == start + 1 || !ends {
            let what = if word == Word::Alias {
                "`*` begins the name of an alias"
            } else {
                "`&` begins the name of an anchor"
            };
            let message = format!(
                "{what}, which is made of letters, digits, `-` and `_`; put the value in quotes if it is text"
            );
            return Err(Fault::new(start, self.at + 1, message));
        }
        let characters = Characters { start: start as u32 + 1, end: self.at as u32, cooked: false };
        self.push(word, start, self.at, characters, candidate);
        Ok(())
    }

    /// `!name`, `!handle!name`, `!<name>` or `!`.
    pub(super) fn tag(&mut self) -> Result<(), Fault> {
        let candidate = self.save_candidate()?;
        self.key_allowed = false;
        let start = self.at;
        let tag = if self.byte(start + 1) == b'<' {
            self.at += 2;
            let rest = self.uri(start, Vec::new(), false)?;
            if self.byte(self.at) != b'>' {
                return Err(self.bad_tag(start));
            }
            self.at += 1;
            Handle { handle: Vec::new(), rest }
        } else {
            self.at += 1;
            self.skip_word();
            if self.byte(self.at) == b'!' {
                self.at += 1;
                let handle = self.bytes[start..self.at].to_vec();
                Handle { handle, rest: self.uri(start, Vec::new(), false)? }
            } else {
                let head = self.bytes[start + 1..self.at].to_vec();
                match self.uri(start, head, true)? {
                    rest if rest.is_empty() => Handle { handle: Vec::new(), rest: b"!".to_vec() },
                    rest => Handle { handle: b"!".to_vec(), rest },
                }
            }
        };
        if !self.is_blank_or_end(self.at) {
            return Err(self.bad_tag(start));
        }
        let characters = Characters { start: self.handles.len() as u32, ..Characters::default() };
        self.handles.push(tag);
        self.push(Word::Tag, start, self.at, characters, candidate);
        Ok(())
    }

    /// A line that begins with `%`.
    pub(super) fn directive_line(&mut self) -> Result<(Word, Characters), Fault> {
        let start = self.at;
        self.at += 1;
        self.skip_word();
        if !self.is_blank_or_end(self.at) {
            return Err(self.bad_directive(start));
        }
        let name = &self.bytes[start + 1..self.at];
        let (word, handle) = match name {
            b"YAML" => (Word::Version, self.version(start)?),
            b"TAG" => (Word::Handle, self.tag_definition(start)?),
            _ => return Err(self.bad_directive(start)),
        };
        self.skip_blanks();
        if self.byte(self.at) == b'#' {
            self.at = self.line_end(self.at);
        }
        if self.take_break().is_none() && self.at < self.bytes.len() {
            return Err(self.bad_directive(start));
        }
        let characters = Characters { start: self.handles.len() as u32, ..Characters::default() };
        self.handles.push(handle);
        Ok((word, characters))
    }

    fn version(&mut self, start: usize) -> Result<Handle, Fault> {
        self.skip_blanks();
        let major = self.digits(start)?;
        if self.byte(self.at) != b'.' {
            return Err(self.bad_directive(start));
        }
        self.at += 1;
        let minor = self.digits(start)?;
        Ok(Handle { handle: vec![major], rest: vec![minor] })
    }

    /// At most two digits.
    fn digits(&mut self, start: usize) -> Result<u8, Fault> {
        let first = self.at;
        while self.byte(self.at).is_ascii_digit() {
            self.at += 1;
        }
        match self.text[first..self.at].parse() {
            Ok(number) if self.at - first <= 2 => Ok(number),
            _ => Err(self.bad_directive(start)),
        }
    }

    fn tag_definition(&mut self, start: usize) -> Result<Handle, Fault> {
        self.skip_blanks();
        let first = self.at;
        if self.byte(self.at) != b'!' {
            return Err(self.bad_directive(start));
        }
        self.at += 1;
        self.skip_word();
        if self.byte(self.at) == b'!' {
            self.at += 1;
        } else if self.at > first + 1 {
            return Err(self.bad_directive(start));
        }
        let handle = self.bytes[first..self.at].to_vec();
        let gap = self.at;
        self.skip_blanks();
        if self.at == gap {
            return Err(self.bad_directive(start));
        }
        let rest = self.uri(start, Vec::new(), false)?;
        if !self.is_blank_or_end(self.at) {
            return Err(self.bad_directive(start));
        }
        Ok(Handle { handle, rest })
    }

    /// The characters of a tag, after those that were read already.
    fn uri(&mut self, start: usize, mut uri: Vec<u8>, may_be_empty: bool) -> Result<Vec<u8>, Fault> {
        let first = self.at;
        loop {
            match self.byte(self.at) {
                b'%' => self.uri_escape(start, &mut uri)?,
                byte if byte.is_ascii_alphanumeric() || b"_-;/?:@&=+$,.!~*'()[]".contains(&byte) => {
                    uri.push(byte);
                    self.at += 1;
                }
                _ => break,
            }
        }
        if self.at == first && !may_be_empty {
            return Err(self.bad_tag(start));
        }
        Ok(uri)
    }

    /// One character written as `%XX`, as often as it has bytes.
    fn uri_escape(&mut self, start: usize, uri: &mut Vec<u8>) -> Result<(), Fault> {
        let mut width = 1;
        let mut read = 0;
        while read < width {
            let digits = self
                .bytes
                .get(self.at + 1..self.at + 3)
                .filter(|digits| self.byte(self.at) == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
            let Some(octet) = digits
                .and_then(|digits| std::str::from_utf8(digits).ok())
                .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            else {
                return Err(self.bad_tag(start));
            };
            if read == 0 {
                width = match octet {
                    0..=0x7F => 1,
                    0xC0..=0xDF => 2,
                    0xE0..=0xEF => 3,
                    0xF0..=0xF7 => 4,
                    _ => return Err(self.bad_tag(start)),
                };
            } else if octet & 0xC0 != 0x80 {
                return Err(self.bad_tag(start));
            }
            uri.push(octet);
            self.at += 3;
            read += 1;
        }
        Ok(())
    }

    /// Letters, digits, `-` and `_`.
    fn skip_word(&mut self) {
        while matches!(self.byte(self.at), b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'-') {
            self.at += 1;
        }
    }

    pub(super) fn skip_blanks(&mut self) {
        while matches!(self.byte(self.at), b' ' | b'\t') {
            self.at += 1;
        }
    }

    fn bad_tag(&self, start: usize) -> Fault {
        Fault::new(
            start,
            self.at.max(start + 1),
            "`!` begins a tag, and this is none; put the value in quotes if it is text",
        )
    }

    fn bad_directive(&self, start: usize) -> Fault {
        Fault::new(
            start,
            self.line_end(start),
            "a line that begins with `%` is a directive, and this one is unknown; remove it, or put the value in quotes",
        )
    }
}
