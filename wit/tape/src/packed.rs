//! Findings, packed: how what a plugin says crosses back to the host as one list of bytes.
//!
//! `wit/1.0.0/PACKED.md` describes the layout. A plugin writes it ([`Writer`]), one record after the other and one text after the other; the
//! host reads it where it lies ([`read`]).

const MAGIC: [u8; 4] = *b"find";
const VERSION: u32 = 1;
const HEADER: usize = 16;
const RECORD: usize = 24;

mod kind {
    pub(super) const FINDING: u32 = 0;
    pub(super) const RELATED: u32 = 1;
    pub(super) const EDIT: u32 = 2;
    pub(super) const DESCRIPTION: u32 = 3;
}

/// What an edit does to the node that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Writes the value, which is JSON, with all that is missing on the way.
    Set,
    /// Removes the key with its value, or the item.
    Remove,
    /// Gives the key the name in the value.
    Rename,
    /// What a later plugin may say; a host leaves the fix alone.
    Unknown,
}

/// Findings being written. What is added belongs to the finding that was begun last.
///
/// ```
/// use plimsoll_tape::packed::{Action, Writer, read};
///
/// let mut writer = Writer::new();
/// writer.finding(0, (3, 7), |path| path.push_str("/hostPID"), "remove it");
/// writer.edit(Action::Remove, (3, 7), |path| path.push_str("/hostPID"), |_| {});
/// let bytes = writer.finish();
///
/// let finding = read(&bytes).unwrap().next().unwrap();
/// assert_eq!((finding.rule, finding.at.object, finding.at.node), (0, 3, 7));
/// assert_eq!((finding.at.path, finding.message), ("/hostPID", "remove it"));
/// assert_eq!(finding.fix().unwrap().edits().next().unwrap().action, Action::Remove);
/// ```
#[derive(Debug)]
pub struct Writer {
    /// The header, which is filled in at the end, and the records.
    bytes: Vec<u8>,
    text: String,
    findings: u32,
}

/// Where a finding, or a part of one, stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Position of the object among those that the call was given.
    pub object: u32,
    /// A node of that object.
    pub node: u32,
    /// RFC 6901 pointer below the node.
    pub path: &'a str,
}

/// The bytes are no packed findings, or none of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

/// Findings, read in place, in the order in which they were written.
#[derive(Clone, Debug)]
pub struct Findings<'a> {
    records: &'a [[u8; RECORD]],
    text: &'a str,
}

/// What a plugin says about a place.
#[derive(Clone, Debug)]
pub struct Finding<'a> {
    /// Position of the rule among those that `configure` named.
    pub rule: u32,
    /// Where.
    pub at: Place<'a>,
    /// What is wrong and what to do.
    pub message: &'a str,
    parts: Parts<'a>,
}

/// Edits that mend a finding together.
#[derive(Clone, Debug)]
pub struct Fix<'a> {
    /// What they do; none if the finding's message says it.
    pub description: Option<&'a str>,
    parts: Parts<'a>,
}

/// One change to a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit<'a> {
    /// Where.
    pub at: Place<'a>,
    /// What.
    pub action: Action,
    /// JSON for a value that is set, the name of a key that is renamed, else nothing.
    pub value: &'a str,
}

/// The records that belong to a finding, with their text.
#[derive(Clone, Debug)]
struct Parts<'a> {
    records: &'a [[u8; RECORD]],
    text: &'a str,
}

/// A record with its texts.
struct Part<'a> {
    kind: u32,
    /// The rule of a finding, the action of an edit.
    number: u32,
    at: Place<'a>,
    said: &'a str,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// A writer with no findings in it.
    pub fn new() -> Self {
        Self { bytes: vec![0; HEADER], text: String::new(), findings: 0 }
    }

    /// How many findings were begun.
    pub fn len(&self) -> usize {
        self.findings as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.findings == 0
    }

    /// Begins a finding of a rule, by its position among those that `configure` named, at a node of an object. `path` writes the pointer
    /// below the node.
    #[inline]
    pub fn finding(&mut self, rule: u32, at: (u32, u32), path: impl FnOnce(&mut String), message: &str) {
        self.findings += 1;
        self.push(kind::FINDING, rule, at, path, |text| text.push_str(message));
    }

    /// Adds a place that helps to understand the finding.
    pub fn related(&mut self, at: (u32, u32), path: impl FnOnce(&mut String), message: &str) {
        self.push(kind::RELATED, 0, at, path, |text| text.push_str(message));
    }

    /// Adds an edit to the fix of the finding. `value` writes the value.
    pub fn edit(
        &mut self,
        action: Action,
        at: (u32, u32),
        path: impl FnOnce(&mut String),
        value: impl FnOnce(&mut String),
    ) {
        self.push(kind::EDIT, action as u32, at, path, value);
    }

    /// Says what the edits of the finding do, at most once; without this, its message does.
    pub fn description(&mut self, text: &str) {
        self.push(kind::DESCRIPTION, 0, (0, 0), |_| {}, |said| said.push_str(text));
    }

    /// The bytes.
    pub fn finish(self) -> Vec<u8> {
        let Self { mut bytes, text, findings } = self;
        let records_end = bytes.len() as u32;
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..8].copy_from_slice(&VERSION.to_le_bytes());
        bytes[8..12].copy_from_slice(&findings.to_le_bytes());
        bytes[12..16].copy_from_slice(&records_end.to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
        bytes
    }

    #[inline]
    fn push(
        &mut self,
        kind: u32,
        number: u32,
        (object, node): (u32, u32),
        path: impl FnOnce(&mut String),
        said: impl FnOnce(&mut String),
    ) {
        let start = self.text.len();
        path(&mut self.text);
        let middle = self.text.len();
        said(&mut self.text);
        let lens = [(middle - start) as u32, (self.text.len() - middle) as u32];
        let mut record = [[0; 4]; RECORD / 4];
        for (slot, number) in record.iter_mut().zip([kind, number, object, node, lens[0], lens[1]]) {
            *slot = number.to_le_bytes();
        }
        self.bytes.extend_from_slice(record.as_flattened());
    }
}

/// Findings out of bytes. All that they hold is checked here, so that reading them cannot fail: a length that lied would have shown.
///
/// # Errors
///
/// If the bytes are not laid out as this version has it.
pub fn read(bytes: &[u8]) -> Result<Findings<'_>, Malformed> {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() else {
        return Err(Malformed("they are shorter than their header"));
    };
    if header[..4] != MAGIC {
        return Err(Malformed("they do not begin with the letters `find`"));
    }
    if word(header, 4) != VERSION {
        return Err(Malformed("their version is not 1"));
    }
    let records = (word(header, 12) as usize).checked_sub(HEADER);
    let Some((records, text)) = records.and_then(|len| rest.split_at_checked(len)) else {
        return Err(Malformed("their text begins outside of them"));
    };
    let (records, []) = records.as_chunks() else {
        return Err(Malformed("a record is cut short"));
    };
    let Ok(text) = std::str::from_utf8(text) else { return Err(Malformed("their text is not UTF-8")) };
    let findings = Findings { records, text };
    findings.check(word(header, 8))?;
    Ok(findings)
}

impl<'a> Findings<'a> {
    /// How much is said: findings, related places and edits.
    pub fn parts(&self) -> usize {
        self.records.iter().filter(|record| word(record, 0) != kind::DESCRIPTION).count()
    }

    fn check(&self, findings: u32) -> Result<(), Malformed> {
        let (mut begun, mut described, mut rest) = (0u32, false, self.text);
        for record in self.records {
            let part = Part::cut(record, &mut rest)
                .ok_or(Malformed("a text ends outside of the text, or inside of a letter"))?;
            let is_blank = match part.kind {
                kind::FINDING => {
                    begun += 1;
                    described = false;
                    true
                }
                kind::RELATED => part.number == 0,
                kind::EDIT => true,
                kind::DESCRIPTION if described => {
                    return Err(Malformed("a fix is described twice"));
                }
                kind::DESCRIPTION => {
                    described = true;
                    part.number == 0 && part.at == Place { object: 0, node: 0, path: "" }
                }
                _ => return Err(Malformed("a record is of no kind")),
            };
            if begun == 0 {
                return Err(Malformed("a record belongs to no finding"));
            }
            if !is_blank {
                return Err(Malformed("a number is not 0 where nothing stands"));
            }
        }
        if !rest.is_empty() {
            return Err(Malformed("there is text that belongs to no record"));
        }
        if begun != findings {
            return Err(Malformed("they are another number of findings than they say"));
        }
        Ok(())
    }
}

impl<'a> Iterator for Findings<'a> {
    type Item = Finding<'a>;

    fn next(&mut self) -> Option<Finding<'a>> {
        let (record, rest) = self.records.split_first()?;
        let Part { number, at, said, .. } = Part::cut(record, &mut self.text)?;
        let own = rest.iter().take_while(|record| word(record, 0) != kind::FINDING);
        let (mut count, mut len) = (0, 0);
        for record in own {
            count += 1;
            len += text_len(record)?;
        }
        let (text, after) = self.text.split_at_checked(len)?;
        let (records, rest) = rest.split_at(count);
        (self.records, self.text) = (rest, after);
        Some(Finding { rule: number, at, message: said, parts: Parts { records, text } })
    }
}

impl<'a> Finding<'a> {
    /// Other places, each with what is there.
    pub fn related(&self) -> impl Iterator<Item = (Place<'a>, &'a str)> + use<'a> {
        self.parts.clone().filter(|part| part.kind == kind::RELATED).map(|part| (part.at, part.said))
    }

    /// How to mend it.
    pub fn fix(&self) -> Option<Fix<'a>> {
        let mends = |record: &[u8; RECORD]| matches!(word(record, 0), kind::EDIT | kind::DESCRIPTION);
        if !self.parts.records.iter().any(mends) {
            return None;
        }
        let description = self.parts.clone().find(|part| part.kind == kind::DESCRIPTION);
        Some(Fix { description: description.map(|part| part.said), parts: self.parts.clone() })
    }
}

impl<'a> Fix<'a> {
    /// The edits.
    pub fn edits(&self) -> impl Iterator<Item = Edit<'a>> + use<'a> {
        let edits = self.parts.clone().filter(|part| part.kind == kind::EDIT);
        edits.map(|part| {
            let action = match part.number {
                0 => Action::Set,
                1 => Action::Remove,
                2 => Action::Rename,
                _ => Action::Unknown,
            };
            Edit { at: part.at, action, value: part.said }
        })
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let (record, rest) = self.records.split_first()?;
        self.records = rest;
        Part::cut(record, &mut self.text)
    }
}

impl<'a> Part<'a> {
    /// The record with its texts, which are taken off from the front of those that are left; none if they are not there.
    #[inline]
    fn cut(record: &[u8; RECORD], text: &mut &'a str) -> Option<Self> {
        let (path, rest) = text.split_at_checked(word(record, 16) as usize)?;
        let (said, rest) = rest.split_at_checked(word(record, 20) as usize)?;
        *text = rest;
        let at = Place { object: word(record, 8), node: word(record, 12), path };
        Some(Self { kind: word(record, 0), number: word(record, 4), at, said })
    }
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "its findings are malformed: {}", self.0)
    }
}

impl std::error::Error for Malformed {}

/// Bytes of the texts of a record.
fn text_len(record: &[u8; RECORD]) -> Option<usize> {
    (word(record, 16) as usize).checked_add(word(record, 20) as usize)
}

#[inline]
fn word<const N: usize>(bytes: &[u8; N], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
