//! Characters become tokens. The indentation decides where block collections begin and end; a `:` decides, after the fact, that what
//! stood before it is a key.
//!
//! Where a collection or a key begins is a mark on the token that begins it, never a token that is slipped in before it.

use super::cursor::characters;
use super::node::{Characters, Fault};

/// How deep collections may be nested.
pub(super) const DEPTH: usize = 10_000;
/// How many characters may stand between the start of a key and its `:`.
const KEY_LENGTH: usize = 1024;
/// How many tokens that were taken may stand before those that were not.
const TAKEN_KEPT: usize = 4096;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// A block sequence begins.
    Sequence,
    /// A block mapping begins.
    Mapping,
    /// A block collection ends.
    Dedent,
    /// `-`
    Item,
    /// A key begins, with `?` or without.
    Key,
    /// `:`
    Value,
    /// `[`
    OpenSequence,
    /// `]`
    CloseSequence,
    /// `{`
    OpenMapping,
    /// `}`
    CloseMapping,
    /// `,`
    Comma,
    /// A scalar; `plain` without quotes and not in a block.
    Scalar {
        plain: bool,
    },
    Alias,
    Anchor,
    Tag,
    /// `---`
    Start,
    /// `...`
    Stop,
    /// `%YAML`
    Version,
    /// `%TAG`
    Handle,
    /// The text ends.
    End,
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) word: Word,
    /// A block collection begins with this token.
    opens: bool,
    /// This token begins a key without `?`.
    key: bool,
    /// The level of the candidate for a key that this token may turn out to be.
    candidate: Level,
    start: u32,
    end: u32,
    /// What a scalar says, the name of an alias or anchor; for tags and directives the position in a list.
    pub(super) characters: Characters,
}

/// How many brackets are open around a candidate, plus one; none if there is no candidate.
type Level = Option<std::num::NonZeroU32>;

impl Token {
    pub(super) fn start(&self) -> usize {
        self.start as usize
    }

    pub(super) fn end(&self) -> usize {
        self.end as usize
    }
}

/// A place at which a key may have begun.
#[derive(Clone, Copy, Debug, Default)]
struct Candidate {
    possible: bool,
    /// It must be a key, for it stands where the keys of a mapping stand.
    required: bool,
    token: usize,
    at: usize,
    line: u32,
    column: usize,
}

/// A tag as it is written, or what a `%TAG` line defines.
#[derive(Debug, Default)]
pub(super) struct Handle {
    pub(super) handle: Vec<u8>,
    pub(super) rest: Vec<u8>,
}

/// The scanner of one chunk.
#[derive(Debug)]
pub(super) struct Scanner<'t> {
    pub(super) text: &'t str,
    pub(super) bytes: &'t [u8],
    pub(super) at: usize,
    /// Scalars that had to be unescaped or folded.
    pub(super) cooked: String,
    /// Tags and the definitions of handles.
    pub(super) handles: Vec<Handle>,
    /// How many brackets are open.
    pub(super) flow: usize,
    /// Whether a key may begin here.
    pub(super) key_allowed: bool,
    /// Column of the innermost block collection; -1 outside of all.
    pub(super) indent: isize,
    indents: Vec<isize>,
    candidates: Vec<Candidate>,
    /// Tokens from number `dropped` on; those before `head` were taken.
    queue: Vec<Token>,
    head: usize,
    dropped: usize,
    pub(super) line: u32,
    pub(super) line_start: usize,
    pub(super) ascii: bool,
    pub(super) column_known: (usize, usize),
    pub(super) mark_until: usize,
    /// Whether it matters how far Kubernetes looks.
    watched: bool,
    /// How many bytes Kubernetes has asked its decoder for.
    pub(super) reach: usize,
    ended: bool,
}

type Step = Result<(), Fault>;

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str, watched: bool) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            cooked: String::new(),
            handles: Vec::new(),
            flow: 0,
            key_allowed: true,
            indent: -1,
            indents: Vec::with_capacity(16),
            candidates: vec![Candidate::default()],
            queue: Vec::with_capacity(16),
            head: 0,
            dropped: 0,
            line: 0,
            line_start: 0,
            ascii: text.is_ascii(),
            column_known: (0, 0),
            // A second byte order mark makes Kubernetes skip the first character of every line in its first window.
            mark_until: if text.starts_with('\u{FEFF}') { 509 } else { 0 },
            watched,
            reach: 0,
            ended: false,
        }
    }

    /// Goes to a scalar that stands in the block collection at `column`, for who reads nothing else with it.
    pub(super) fn place(&mut self, at: usize, line_start: usize, column: usize) {
        self.at = at;
        self.line_start = line_start;
        self.column_known = (line_start, 0);
        self.indent = column as isize;
        self.cooked.clear();
    }

    /// What the next token is; it stays.
    pub(super) fn peek(&mut self) -> Result<Word, Fault> {
        self.look_ahead()?;
        Ok(match self.queue.get(self.head) {
            Some(Token { opens: false, key: false, word, .. }) => *word,
            Some(Token { opens: true, word: Word::Item, .. }) => Word::Sequence,
            Some(Token { opens: true, .. }) => Word::Mapping,
            Some(_) => Word::Key,
            None => Word::End,
        })
    }

    /// The next token with its place; it stays.
    pub(super) fn peek_token(&mut self) -> Result<Token, Fault> {
        let word = self.peek()?;
        Ok(match self.queue.get(self.head) {
            Some(token) if token.opens || token.key => Token { word, end: token.start, ..*token },
            Some(token) => *token,
            None => {
                let end = self.bytes.len() as u32;
                Token {
                    word,
                    opens: false,
                    key: false,
                    candidate: None,
                    start: end,
                    end,
                    characters: Characters::default(),
                }
            }
        })
    }

    /// Takes the token that was peeked.
    pub(super) fn take(&mut self) {
        match self.queue.get_mut(self.head) {
            Some(token) if token.opens => token.opens = false,
            Some(token) if token.key => token.key = false,
            Some(_) => self.drop_taken(1),
            None => {}
        }
    }

    /// Takes a key without `?`, anchor or tag, and its `:`, if they are next. Returns the key and where the `:` ends.
    pub(super) fn take_simple_key(&mut self) -> Result<Option<(Token, usize)>, Fault> {
        self.look_ahead()?;
        match self.queue[self.head.min(self.queue.len())..] {
            [
                token @ Token { opens: false, key: true, word: Word::Scalar { .. }, .. },
                Token { word: Word::Value, end, .. },
                ..,
            ] => {
                self.drop_taken(2);
                Ok(Some((token, end as usize)))
            }
            _ => Ok(None),
        }
    }

    fn drop_taken(&mut self, count: usize) {
        self.head += count;
        if self.head == self.queue.len() || self.head >= TAKEN_KEPT {
            self.dropped += self.head;
            self.queue.drain(..self.head);
            self.head = 0;
        }
    }

    /// Scans until the first token can no longer turn out to be a key.
    fn look_ahead(&mut self) -> Step {
        loop {
            match self.queue.get(self.head).map(|head| head.candidate) {
                Some(None) => return Ok(()),
                Some(Some(level)) if !self.may_be_key(level.get() as usize - 1)? => return Ok(()),
                _ => {}
            }
            if self.ended {
                return Ok(());
            }
            self.fetch()?;
        }
    }

    fn fetch(&mut self) -> Step {
        self.skip_to_token();
        self.need(4);
        let column = self.column();
        self.dedent(column as isize);
        let byte = self.byte(self.at);
        let alone = matches!(byte, b'-' | b'?' | b':') && self.is_blank_or_end(self.at + 1);
        let (block, at) = (self.flow == 0, self.at);
        match byte {
            0 => self.end(),
            b'%' if column == 0 => self.directive(),
            b'-' if column == 0 && self.is_marker(b"---") => self.marker(Word::Start),
            b'.' if column == 0 && self.is_marker(b"...") => self.marker(Word::Stop),
            b'[' => self.open(Word::OpenSequence),
            b'{' => self.open(Word::OpenMapping),
            b']' => self.close(Word::CloseSequence),
            b'}' => self.close(Word::CloseMapping),
            b',' => {
                self.drop_candidate()?;
                self.key_allowed = true;
                self.push_indicator(Word::Comma, false);
                Ok(())
            }
            b'-' if alone => self.item(column),
            b'?' if !block || alone => self.key(column),
            b':' if !block || alone => self.value(column),
            b'*' => self.name(Word::Alias),
            b'&' => self.name(Word::Anchor),
            b'!' => self.tag(),
            b'|' | b'>' if block => {
                self.drop_candidate()?;
                self.key_allowed = true;
                let (end, characters) = self.block_scalar(byte == b'|')?;
                self.push(Word::Scalar { plain: false }, at, end, characters, None);
                Ok(())
            }
            b'\'' | b'"' => self.scalar(false, column, |scanner| scanner.quoted(byte)),
            b'\t' | b'?' | b':' | b'#' | b'|' | b'>' | b'%' | b'@' | b'`' if !self.begins_plain(byte) => {
                Err(self.no_token(byte))
            }
            _ => self.scalar(true, column, Scanner::plain),
        }
    }

    /// A scalar in quotes or without, which is a key if a `:` follows at once.
    fn scalar(
        &mut self,
        plain: bool,
        column: usize,
        scan: impl FnOnce(&mut Self) -> Result<(usize, Characters), Fault>,
    ) -> Step {
        let (start, line, token) = (self.at, self.line, self.next_token());
        let candidate = self.save_candidate()?;
        self.key_allowed = false;
        let (end, characters) = scan(self)?;
        let is_key = candidate.is_some()
            && self.byte(self.at) == b':'
            && (self.flow > 0 || self.is_blank_or_end(self.at + 1))
            && self.line == line
            && !self.is_far_from(start);
        if !is_key {
            self.push(Word::Scalar { plain }, start, end, characters, candidate);
            return Ok(());
        }
        // As `value` would have it, without looking again.
        self.need(4);
        let opens = self.indent_to(column)?;
        if let Some(candidate) = self.candidates.last_mut() {
            *candidate = Candidate { possible: false, token, ..*candidate };
        }
        let (start, end) = (start as u32, end as u32);
        self.queue.push(Token {
            word: Word::Scalar { plain },
            opens,
            key: true,
            candidate: None,
            start,
            end,
            characters,
        });
        self.key_allowed = false;
        self.push_indicator(Word::Value, false);
        Ok(())
    }

    fn begins_plain(&self, byte: u8) -> bool {
        matches!(byte, b'?' | b':') && self.flow == 0 && !self.is_blank_or_end(self.at + 1)
    }

    fn no_token(&self, byte: u8) -> Fault {
        let message = match byte {
            b'\t' => "a tab cannot indent YAML; use spaces".to_owned(),
            b'|' | b'>' => format!(
                "a block scalar (`{}`) cannot stand inside brackets; put the text in quotes",
                byte as char
            ),
            _ => format!("a value cannot begin with `{}`; put it in quotes", byte as char),
        };
        Fault::new(self.at, self.at + 1, message)
    }

    fn end(&mut self) -> Step {
        self.dedent(-1);
        self.drop_candidate()?;
        self.key_allowed = false;
        self.ended = true;
        self.push(Word::End, self.at, self.at, Characters::default(), None);
        Ok(())
    }

    fn marker(&mut self, word: Word) -> Step {
        self.dedent(-1);
        self.drop_candidate()?;
        self.key_allowed = false;
        self.push(word, self.at, self.at + 3, Characters::default(), None);
        self.at += 3;
        Ok(())
    }

    fn directive(&mut self) -> Step {
        self.dedent(-1);
        self.drop_candidate()?;
        self.key_allowed = false;
        let start = self.at;
        let (word, characters) = self.directive_line()?;
        self.push(word, start, self.at, characters, None);
        Ok(())
    }

    fn open(&mut self, word: Word) -> Step {
        let candidate = self.save_candidate()?;
        // Not a candidate yet, but it names the bracket's own token; see `close`.
        self.candidates.push(Candidate { token: self.next_token(), ..Candidate::default() });
        self.flow += 1;
        if self.flow > DEPTH {
            return Err(Fault::new(self.at, self.at + 1, "brackets are nested more than 10000 deep"));
        }
        self.key_allowed = true;
        self.push(word, self.at, self.at + 1, Characters::default(), candidate);
        self.at += 1;
        Ok(())
    }

    fn close(&mut self, word: Word) -> Step {
        self.drop_candidate()?;
        if self.flow > 0 {
            self.flow -= 1;
            if let Some(candidate) = self.candidates.pop() {
                // Kubernetes forgets here that an empty pair of brackets may be a key.
                self.forget(candidate.token);
            }
        }
        self.key_allowed = false;
        self.push_indicator(word, false);
        Ok(())
    }

    fn item(&mut self, column: usize) -> Step {
        let mut opens = false;
        if self.flow == 0 {
            if !self.key_allowed {
                return Err(Fault::new(
                    self.at,
                    self.at + 1,
                    "a list item is not allowed here; put it on a line of its own, or the value in quotes",
                ));
            }
            opens = self.indent_to(column)?;
        }
        self.drop_candidate()?;
        self.key_allowed = true;
        self.push_indicator(Word::Item, opens);
        Ok(())
    }

    fn key(&mut self, column: usize) -> Step {
        let mut opens = false;
        if self.flow == 0 {
            if !self.key_allowed {
                return Err(Fault::new(
                    self.at,
                    self.at + 1,
                    "a key with `?` is not allowed here; put the value in quotes",
                ));
            }
            opens = self.indent_to(column)?;
        }
        self.drop_candidate()?;
        self.key_allowed = self.flow == 0;
        self.push_indicator(Word::Key, opens);
        Ok(())
    }

    fn value(&mut self, column: usize) -> Step {
        let level = self.candidates.len() - 1;
        if self.may_be_key(level)? {
            let candidate = self.candidates[level];
            let opens = self.indent_to(candidate.column)?;
            match self.queued(candidate.token) {
                Some(token) => {
                    token.key = true;
                    token.opens = opens;
                }
                // Its token was taken already: what follows will not make sense, as for Kubernetes.
                None => {
                    self.push(Word::Key, candidate.at, candidate.at, Characters::default(), None);
                    if opens {
                        self.push(Word::Mapping, candidate.at, candidate.at, Characters::default(), None);
                    }
                }
            }
            self.candidates[level].possible = false;
            self.forget(candidate.token);
            self.key_allowed = false;
            self.push_indicator(Word::Value, false);
            return Ok(());
        }
        let mut opens = false;
        if self.flow == 0 {
            if !self.key_allowed {
                let message = if self.text[self.line_start..self.at].contains(": ") {
                    "mapping values are not allowed here: put the value in quotes or on its own line"
                } else {
                    "a key is not allowed here, where the value above goes on: check the indentation of this line"
                };
                return Err(Fault::new(self.at, self.at + 1, message));
            }
            opens = self.indent_to(column)?;
        }
        self.key_allowed = self.flow == 0;
        self.push_indicator(Word::Value, opens);
        Ok(())
    }

    /// Adds a token.
    pub(super) fn push(
        &mut self,
        word: Word,
        start: usize,
        end: usize,
        characters: Characters,
        candidate: Level,
    ) {
        self.need(1);
        let (start, end) = (start as u32, end as u32);
        self.queue.push(Token { word, opens: false, key: false, candidate, start, end, characters });
    }

    fn push_indicator(&mut self, word: Word, opens: bool) {
        let start = self.at as u32;
        self.queue.push(Token {
            word,
            opens,
            key: false,
            candidate: None,
            start,
            end: start + 1,
            characters: Characters::default(),
        });
        self.at += 1;
    }

    /// Notes that so many characters from here on are looked at.
    pub(super) fn need(&mut self, ahead: usize) {
        if self.watched {
            // The CR of a CR LF is gone by then.
            let is_gone = |at: usize| self.byte(at) == b'\r' && self.byte(at + 1) == b'\n';
            let rest = self.text[self.at..].char_indices();
            let mut rest = rest.filter(|(step, _)| !is_gone(self.at + step));
            let reach = rest
                .nth(ahead - 1)
                .map_or(self.bytes.len() + 1, |(last, character)| self.at + last + character.len_utf8());
            self.reach = self.reach.max(reach);
        }
    }

    fn next_token(&self) -> usize {
        self.dropped + self.queue.len()
    }

    /// Notes that the next token may be a key, and returns the level at which it may.
    pub(super) fn save_candidate(&mut self) -> Result<Level, Fault> {
        if !self.key_allowed {
            return Ok(None);
        }
        let column = self.column();
        let required = self.flow == 0 && self.indent == column as isize;
        self.drop_candidate()?;
        let candidate = Candidate {
            possible: true,
            required,
            token: self.next_token(),
            at: self.at,
            line: self.line,
            column,
        };
        let level = self.candidates.len() - 1;
        self.candidates[level] = candidate;
        Ok(std::num::NonZeroU32::new(level as u32 + 1))
    }

    /// What might have been a key at this level is none.
    fn drop_candidate(&mut self) -> Step {
        let level = self.candidates.len() - 1;
        let candidate = self.candidates[level];
        if candidate.possible {
            if candidate.required {
                return Err(self.no_colon(candidate));
            }
            self.candidates[level].possible = false;
            self.forget(candidate.token);
        }
        Ok(())
    }

    fn forget(&mut self, token: usize) {
        if let Some(token) = self.queued(token) {
            token.candidate = None;
        }
    }

    /// A token by its number, if it was not taken yet.
    fn queued(&mut self, token: usize) -> Option<&mut Token> {
        let position = token.checked_sub(self.dropped).filter(|position| *position >= self.head)?;
        self.queue.get_mut(position)
    }

    /// Whether the candidate is on this line still and near enough.
    fn may_be_key(&mut self, level: usize) -> Result<bool, Fault> {
        let Some(candidate) = self.candidates.get(level).copied().filter(|candidate| candidate.possible)
        else {
            return Ok(false);
        };
        if candidate.line == self.line && !self.is_far_from(candidate.at) {
            return Ok(true);
        }
        if candidate.required {
            return Err(self.no_colon(candidate));
        }
        self.candidates[level].possible = false;
        Ok(false)
    }

    fn is_far_from(&self, start: usize) -> bool {
        let bytes = &self.bytes[start..self.at];
        bytes.len() > KEY_LENGTH
            && (self.ascii || bytes.len() > 4 * KEY_LENGTH || characters(bytes) > KEY_LENGTH)
    }

    fn no_colon(&self, candidate: Candidate) -> Fault {
        let end = self.line_end(candidate.at);
        let line = self.text[candidate.at..end].trim_end();
        let message = if line.len() > KEY_LENGTH {
            "a key must be followed by `:` within 1024 characters; quote the text, or write it as a block with `|`"
        } else {
            "this line is no `key: value`; add the `:`, or indent it if it continues the value above"
        };
        Fault::new(candidate.at, candidate.at + line.len(), message)
    }

    /// Begins a block collection if the column is deeper than the innermost one.
    fn indent_to(&mut self, column: usize) -> Result<bool, Fault> {
        if self.flow > 0 || self.indent >= column as isize {
            return Ok(false);
        }
        self.indents.push(self.indent);
        self.indent = column as isize;
        if self.indents.len() > DEPTH {
            return Err(Fault::new(self.at, self.at + 1, "collections are nested more than 10000 deep"));
        }
        Ok(true)
    }

    /// Ends the block collections that are deeper than the column.
    fn dedent(&mut self, column: isize) {
        while self.flow == 0 && self.indent > column {
            self.push(Word::Dedent, self.at, self.at, Characters::default(), None);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }
}
