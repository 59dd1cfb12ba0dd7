//! A source: one text with a path, and where its lines start.

use std::borrow::Cow;
use std::sync::OnceLock;

/// Reads a file, and nothing that may never end: no pipe, no device.
///
/// # Errors
///
/// If it cannot be read, or is something else.
pub fn read_file(file: &std::path::Path) -> std::io::Result<Vec<u8>> {
    if file.metadata()?.is_file() {
        std::fs::read(file)
    } else {
        Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is no file"))
    }
}

/// A range of bytes in a source; the end is exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The bytes from `start` up to `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// Whether it holds nothing.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// The state of the repository that sources stand in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its URL, without credentials.
    pub repository: String,
    /// The commit, in hexadecimal.
    pub commit: Option<String>,
    /// The branch; none if the commit was checked out by itself.
    pub branch: Option<String>,
}

/// Lines and columns, counted from 1; the end is exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    /// Line of the first character.
    pub start_line: u32,
    /// Column of the first character.
    pub start_column: u32,
    /// Line of the character after the last.
    pub end_line: u32,
    /// Column of the character after the last.
    pub end_column: u32,
}

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// Unicode code points.
    CodePoints,
    /// UTF-16 code units.
    Utf16,
}

/// What some editors write before the first character of a file in UTF-8.
pub const BOM: &[u8] = "\u{FEFF}".as_bytes();

/// One text with a path. The text may hold bytes that are no UTF-8.
#[derive(Debug)]
pub struct Source {
    /// Relative to the root of the repository, with `/`. It is for people; what leads to the file is `file`.
    pub path: String,
    /// Position of the file among those that were found; none if it is none of them.
    pub file: Option<u32>,
    /// What stands in it.
    pub bytes: Vec<u8>,
    /// Counted when a line is first asked for.
    line_starts: OnceLock<Vec<u32>>,
    counts: OnceLock<Option<Vec<(u32, u32)>>>,
}

impl Source {
    /// A source of less than 4 GiB.
    pub fn new(path: String, bytes: Vec<u8>) -> Self {
        Self { path, file: None, bytes, line_starts: OnceLock::new(), counts: OnceLock::new() }
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let bytes = &self.bytes;
            let mut line_starts = vec![0];
            let mut at = 0;
            // A line ends with LF, CR LF, or a CR that stands alone, as upload-sarif and YAML 1.2 count them.
            while let Some(step) = memchr::memchr2(b'\n', b'\r', &bytes[at..]) {
                at += step + 1;
                if bytes[at - 1] == b'\r' && bytes.get(at) == Some(&b'\n') {
                    at += 1;
                }
                line_starts.push(at as u32);
            }
            line_starts.shrink_to_fit();
            line_starts
        })
    }

    /// The line on which a byte stands, from 1.
    pub fn line_of(&self, byte: u32) -> u32 {
        self.line_starts().partition_point(|start| *start <= byte) as u32
    }

    /// Where a line stands, from 1, without its line break.
    pub fn line_span(&self, line: u32) -> Span {
        let start = self.line_starts()[line as usize - 1] as usize;
        let end = self.line_starts().get(line as usize).map_or(self.bytes.len(), |end| *end as usize);
        let text = &self.bytes[start..end];
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        Span::new(start, start + text.strip_suffix(b"\r").unwrap_or(text).len())
    }

    /// The first place at or after a byte where a character may begin.
    pub fn boundary(&self, byte: u32) -> u32 {
        let rest = &self.bytes[(byte as usize).min(self.bytes.len())..];
        byte + rest.iter().take(3).take_while(|byte| **byte & 0xC0 == 0x80).count() as u32
    }

    /// Lines and columns of a span.
    pub fn region(&self, span: Span, columns: Columns) -> Region {
        let (start_line, start_column) = self.position(span.start, columns);
        let (end_line, end_column) = self.position(span.end, columns);
        Region { start_line, start_column, end_line, end_column }
    }

    /// The text of a span.
    pub fn text(&self, span: Span) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes[span.start as usize..span.end as usize])
    }

    /// Code points and UTF-16 units before every `STEP` bytes, for columns in lines so long that counting from their start would be
    /// quadratic; none if the text is no UTF-8.
    fn counts(&self) -> Option<&[(u32, u32)]> {
        let counted = self.counts.get_or_init(|| {
            std::str::from_utf8(&self.bytes).ok()?;
            let mut sum = (0, 0);
            let steps = self.bytes.chunks(STEP).map(|chunk| {
                let (points, units) = count(chunk);
                let more = (sum.0 + points, sum.1 + units);
                std::mem::replace(&mut sum, more)
            });
            Some(steps.collect::<Vec<_>>())
        });
        counted.as_deref()
    }

    /// How many there are before a byte.
    fn count(&self, byte: u32, columns: Columns) -> u32 {
        let counts = self.counts().unwrap_or_default();
        let step = (byte as usize / STEP).min(counts.len().saturating_sub(1));
        let before = counts.get(step).copied().unwrap_or_default();
        let (points, units) = count(&self.bytes[step * STEP..byte as usize]);
        match columns {
            Columns::CodePoints => before.0 + points,
            Columns::Utf16 => before.1 + units,
        }
    }

    fn position(&self, byte: u32, columns: Columns) -> (u32, u32) {
        let line = self.line_of(byte);
        let start = self.line_starts()[line as usize - 1] as usize;
        let before = &self.bytes[start..(byte as usize).min(self.bytes.len())];
        // A byte order mark is no character of the text.
        let before = if line == 1 { before.strip_prefix(BOM).unwrap_or(before) } else { before };
        let column = match columns {
            _ if before.len() > STEP && self.counts().is_some() => {
                let skipped = byte - before.len() as u32;
                self.count(byte, columns) - self.count(skipped, columns)
            }
            _ if before.is_ascii() => before.len() as u32,
            Columns::CodePoints => String::from_utf8_lossy(before).chars().count() as u32,
            Columns::Utf16 => String::from_utf8_lossy(before).encode_utf16().count() as u32,
        };
        (line, column + 1)
    }
}

/// Bytes between two counts.
const STEP: usize = 4096;

/// Code points and UTF-16 units that begin in a piece of UTF-8, wherever it is cut.
fn count(bytes: &[u8]) -> (u32, u32) {
    let points = bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
    let astral = bytes.iter().filter(|byte| **byte >= 0xF0).count();
    (points as u32, (points + astral) as u32)
}

/// Whether a character acts on who reads it instead of being read: control characters, bidirectional controls, and those that nobody sees.
pub fn is_deceptive(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' | '\u{61C}' | '\u{E0000}'..='\u{E007F}')
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_what_is_asked_for() {
        let source = Source::new("a.yaml".into(), "a: 1\r\n𝄞: x\rc".into());
        let span = Span::new(10, 13);
        assert_eq!(source.text(span), ": x");
        assert_eq!(source.region(span, Columns::CodePoints), region(2, 2, 2, 5));
        assert_eq!(source.region(span, Columns::Utf16), region(2, 3, 2, 6));
        let line = |line| source.text(source.line_span(line)).into_owned();
        assert_eq!((line(2), line(3)), ("𝄞: x".into(), "c".into()));
    }

    #[test]
    fn columns_of_long_lines_are_those_of_short_ones() {
        let text = "aé𝄞 ".repeat(5_000);
        let source = Source::new("a.yaml".into(), format!("x\n{text}").into());
        for (at, _) in text.char_indices().step_by(37).chain([(text.len(), ' ')]) {
            let before = &text[..at];
            let byte = 2 + at as u32;
            let column =
                |columns| source.region(Span { start: byte, end: byte }, columns).start_column as usize - 1;
            assert_eq!(column(Columns::CodePoints), before.chars().count());
            assert_eq!(column(Columns::Utf16), before.encode_utf16().count());
        }
    }

    fn region(start_line: u32, start_column: u32, end_line: u32, end_column: u32) -> Region {
        Region { start_line, start_column, end_line, end_column }
    }
}
