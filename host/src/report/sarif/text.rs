//! Text and paths, made fit for readers of SARIF.

use crate::finding::RuleInfo;
use crate::source::is_deceptive;

/// A path as a relative URI.
pub(super) fn encode(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// Text that may come from a manifest, on one line, so that it does not act on who reads it.
pub(super) fn safe(text: &str) -> String {
    escaped(text, |letter| if matches!(letter, '\n' | '\r' | '\t') { ' ' } else { letter })
}

/// As [`safe`], on the lines on which it stands.
pub(super) fn safe_lines(text: &str) -> String {
    escaped(text, |letter| letter)
}

fn escaped(text: &str, change: impl Fn(char) -> char) -> String {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().map(change) {
        match letter {
            '\n' | '\r' | '\t' => out.push(letter),
            letter if is_deceptive(letter) => out.extend(letter.escape_unicode()),
            letter => out.push(letter),
        }
    }
    out
}

/// Text of a message: nothing that comes from a manifest may look like a link.
pub(super) fn message(text: &str) -> String {
    let safe = safe(text);
    if safe.contains("](") { safe.replace("](", "] (") } else { safe }
}

pub(super) fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// At most so many UTF-16 units, cut between characters.
pub(super) fn capped(text: &str, most: usize) -> String {
    // No character has more units than bytes.
    if text.len() <= most || text.encode_utf16().count() <= most {
        return text.to_owned();
    }
    let mut left = most - 1;
    let fits = |letter: &char| {
        let fits = letter.len_utf16() <= left;
        left = left.saturating_sub(letter.len_utf16());
        fits
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// How dangerous findings of a rule are, from 0.1 to 10.
pub(super) fn severity(rule: &RuleInfo) -> Option<f64> {
    rule.security_severity.as_deref()?.parse().ok()
}

/// Whether a version is one of semantic versioning.
pub(super) fn is_semantic(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let number = |part: &str| {
        let leading_zero = part.len() > 1 && part.starts_with('0');
        !part.is_empty() && !leading_zero && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let identifiers =
        version[core.len()..].bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-+.".contains(&byte));
    core.split('.').count() == 3 && core.split('.').all(number) && identifiers
}

pub(super) fn pascal_case(id: &str) -> String {
    id.split('-')
        .flat_map(|word| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)))
        .collect()
}
