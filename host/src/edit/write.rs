//! How a value is written: scalars in the quotes that are there, collections in lines or in brackets. Text without quotes is only what is
//! text for every reader of YAML.

use serde_json::{Map, Value};

/// How a scalar is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Only where it needs them.
    None,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
}

/// Where a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// In lines.
    Block,
    /// In brackets.
    Flow,
}

impl Quotes {
    /// The quotes of a scalar or key that stands in the text.
    pub(super) fn of(text: &[u8]) -> Self {
        match text.first() {
            Some(b'"') => Self::Double,
            Some(b'\'') => Self::Single,
            _ => Self::None,
        }
    }
}

/// A scalar, or an empty collection.
pub(super) fn scalar(value: &Value, quotes: Quotes, context: Context) -> String {
    match value {
        Value::String(text) => string(text, quotes, context),
        other => other.to_string(),
    }
}

/// A key, or text.
pub(super) fn string(text: &str, quotes: Quotes, context: Context) -> String {
    let printable = text.chars().all(is_printable);
    match quotes {
        Quotes::None if is_plain(text, context) => text.to_owned(),
        Quotes::Single if printable => format!("'{}'", text.replace('\'', "''")),
        _ => double_quoted(text),
    }
}

fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Also for JSON, which has no escapes of other lengths.
            letter if !is_printable(letter) => out.push_str(&format!("\\u{:04x}", letter as u32)),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// Whether a character may stand in quotes as it is, and everybody sees it.
fn is_printable(letter: char) -> bool {
    !letter.is_control() && !matches!(letter, '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Whether text is text without quotes, for YAML 1.1 and 1.2: it begins with a letter, `_` or `/`, or is a quantity such as `64Mi`.
fn is_plain(text: &str, context: Context) -> bool {
    let bytes = text.as_bytes();
    let inside = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || b"_-./+@=~$()".contains(&byte)
            || byte == b' ' && context == Context::Block
    };
    let colon = |at: usize| {
        bytes[at] == b':'
            && context == Context::Block
            && bytes.get(at + 1).is_some_and(|next| next.is_ascii_alphanumeric() || *next == b'/')
    };
    let begins = bytes.first().is_some_and(|first| first.is_ascii_alphabetic() || b"_/".contains(first));
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let special = words.iter().any(|word| text.eq_ignore_ascii_case(word));
    let fits = begins
        && !text.ends_with(' ')
        && !special
        && (0..bytes.len()).all(|at| inside(bytes[at]) || colon(at));
    fits || is_quantity(text)
}

fn is_quantity(text: &str) -> bool {
    let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    unit.len() < text.len() && ["m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti"].contains(&unit)
}

/// How the lines of a manifest are indented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Indent {
    /// Columns from a key to the keys below it.
    pub(super) mapping: usize,
    /// Columns from a key to the dashes below it; often none.
    pub(super) sequence: usize,
}

/// Whether a value takes lines of its own, where lines are what is written.
pub(super) fn takes_lines(value: &Value) -> bool {
    match value {
        Value::Object(entries) => !entries.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

/// The lines of a collection that is not empty, each with the columns before it.
pub(super) fn lines(value: &Value, column: usize, indent: Indent) -> Vec<(usize, String)> {
    match value {
        Value::Object(entries) if !entries.is_empty() => entries_in_lines(entries, column, indent),
        Value::Array(items) if !items.is_empty() => {
            items.iter().flat_map(|item| item_in_lines(item, column, indent)).collect()
        }
        _ => vec![(column, scalar(value, Quotes::None, Context::Block))],
    }
}

/// The lines of entries of a mapping.
pub(super) fn entries_in_lines(
    entries: &Map<String, Value>,
    column: usize,
    indent: Indent,
) -> Vec<(usize, String)> {
    let mut written = Vec::new();
    for (key, value) in entries {
        let key = string(key, Quotes::None, Context::Flow);
        if takes_lines(value) {
            let further = if value.is_array() { indent.sequence } else { indent.mapping };
            written.push((column, format!("{key}:")));
            written.extend(lines(value, column + further, indent));
        } else {
            written.push((column, format!("{key}: {}", scalar(value, Quotes::None, Context::Block))));
        }
    }
    written
}

/// The lines of an item of a sequence; the first has the dash.
pub(super) fn item_in_lines(item: &Value, column: usize, indent: Indent) -> Vec<(usize, String)> {
    let mut written = lines(item, column + 2, indent);
    if let Some((before, first)) = written.first_mut() {
        (*before, *first) = (column, format!("- {first}"));
    }
    written
}

/// Lines as text: each on a line of its own after what is there.
pub(super) fn below(lines: &[(usize, String)], line_break: &str) -> String {
    lines.iter().map(|(column, line)| format!("{line_break}{}{line}", " ".repeat(*column))).collect()
}

/// How values are written in brackets.
#[derive(Clone, Debug)]
pub(super) struct Brackets {
    /// The quotes of keys and of text.
    pub(super) quotes: Quotes,
    /// What a line begins with at this depth and what each further depth adds, with the line break; none if all stands on one line.
    pub(super) lines: Option<(String, String)>,
}

impl Brackets {
    /// One level further in.
    fn inside(&self) -> Self {
        let lines = self.lines.as_ref().map(|(before, step)| (format!("{before}{step}"), step.clone()));
        Self { quotes: self.quotes, lines }
    }

    /// A value in brackets.
    pub(super) fn value(&self, value: &Value) -> String {
        let inside = self.inside();
        match value {
            Value::Object(entries) if !entries.is_empty() => {
                let entries = entries.iter().map(|(key, value)| inside.entry(key, value));
                self.around('{', '}', entries.collect())
            }
            Value::Array(items) if !items.is_empty() => {
                self.around('[', ']', items.iter().map(|item| inside.value(item)).collect())
            }
            other => scalar(other, self.quotes, Context::Flow),
        }
    }

    /// An entry of a mapping in brackets.
    pub(super) fn entry(&self, key: &str, value: &Value) -> String {
        format!("{}: {}", string(key, self.quotes, Context::Flow), self.value(value))
    }

    fn around(&self, open: char, close: char, parts: Vec<String>) -> String {
        match &self.lines {
            None => format!("{open}{}{close}", parts.join(", ")),
            Some((before, step)) => {
                let parts = parts.join(&format!(",{before}{step}"));
                format!("{open}{before}{step}{parts}{before}{close}")
            }
        }
    }
}
