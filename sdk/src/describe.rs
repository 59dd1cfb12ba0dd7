//! The plugin's description, put together at compile time so that the build can seal it and hosts can read it without running anything.
//! What parameters look like is all that cannot be told at compile time: the build asks the plugin for it, once.

use crate::proof::prove;
use crate::rule::{Check, Entry, Level, Profile};

/// Who the plugin is, from its crate.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// Name of the crate.
    pub package: &'static str,
    /// Version of the crate.
    pub version: &'static str,
    /// Description of the crate.
    pub summary: &'static str,
}

/// How many bytes the description has.
///
/// # Panics
///
/// If a host would not load the plugin, which ends the compilation.
pub const fn described_len(identity: &Identity, rules: &[Entry]) -> usize {
    prove(identity, rules);
    let mut nothing = [];
    let mut out = Text { into: &mut nothing, len: 0 };
    write(identity, rules, &mut out);
    out.len
}

/// The description, as JSON.
pub const fn describe<const LEN: usize>(identity: &Identity, rules: &[Entry]) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    let mut out = Text { into: &mut bytes, len: 0 };
    write(identity, rules, &mut out);
    bytes
}

/// The description with the schemas of the parameters of its rules, in the order of the list.
pub(crate) fn with_schemas(described: &str, mut schemas: impl Iterator<Item = Option<String>>) -> String {
    let mut out = String::with_capacity(described.len());
    let bytes = described.as_bytes();
    let mut written = 0;
    for at in 0..bytes.len() {
        // In a text of JSON the quotes would be escaped, so this stands nowhere else.
        if bytes[at] == PARAMETERS.as_bytes()[0] && bytes[at..].starts_with(PARAMETERS.as_bytes()) {
            let end = at + PARAMETERS.len();
            out.push_str(&described[written..end]);
            written = end;
            if let Some(schema) = schemas.next().flatten() {
                out.push_str(",\"parametersSchema\":");
                out.push_str(&schema);
            }
        }
    }
    out.push_str(&described[written..]);
    out
}

/// What stands in the description of a rule that has parameters.
const PARAMETERS: &str = ",\"parameters\":true";

/// Text that is written into what room there is, and counted whether there is room or not.
struct Text<'a> {
    into: &'a mut [u8],
    len: usize,
}

impl Text<'_> {
    const fn byte(&mut self, byte: u8) {
        if self.len < self.into.len() {
            self.into[self.len] = byte;
        }
        self.len += 1;
    }

    const fn raw(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            self.byte(bytes[at]);
            at += 1;
        }
    }

    const fn string(&mut self, text: &str) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        self.byte(b'"');
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                b'\n' => self.raw("\\n"),
                byte @ (b'"' | b'\\') => {
                    self.byte(b'\\');
                    self.byte(byte);
                }
                byte if byte < 0x20 => {
                    self.raw("\\u00");
                    self.byte(HEX[(byte >> 4) as usize]);
                    self.byte(HEX[(byte & 15) as usize]);
                }
                byte => self.byte(byte),
            }
            at += 1;
        }
        self.byte(b'"');
    }

    const fn numbers(&mut self, numbers: &[u16]) {
        self.byte(b'[');
        let mut at = 0;
        while at < numbers.len() {
            if at > 0 {
                self.byte(b',');
            }
            let mut unit = 10_000;
            while unit > 0 {
                if numbers[at] >= unit || unit == 1 {
                    self.byte(b'0' + (numbers[at] / unit % 10) as u8);
                }
                unit /= 10;
            }
            at += 1;
        }
        self.byte(b']');
    }

    const fn strings(&mut self, texts: &[&str]) {
        self.byte(b'[');
        let mut at = 0;
        while at < texts.len() {
            if at > 0 {
                self.byte(b',');
            }
            self.string(texts[at]);
            at += 1;
        }
        self.byte(b']');
    }
}

const fn write(identity: &Identity, rules: &[Entry], out: &mut Text<'_>) {
    out.raw("{\"name\":");
    out.string(plugin_name(identity.package));
    out.raw(",\"version\":");
    out.string(identity.version);
    out.raw(",\"summary\":");
    out.string(identity.summary);
    out.raw(",\"interface\":\"1.0.0\",\"objects\":\"tape\",\"rules\":[");
    let mut at = 0;
    while at < rules.len() {
        if at > 0 {
            out.byte(b',');
        }
        rule(&rules[at], out);
        at += 1;
    }
    out.raw("]}");
}

const fn rule(rule: &Entry, out: &mut Text<'_>) {
    out.raw("{\"id\":");
    out.string(rule.id);
    out.raw(",\"summary\":");
    out.string(rule.summary);
    out.raw(match rule.level {
        Level::Note => ",\"level\":\"note\"",
        Level::Warning => ",\"level\":\"warning\"",
        Level::Error => ",\"level\":\"error\"",
    });
    out.raw(match rule.profile {
        Profile::Default => ",\"profile\":\"default\"",
        Profile::Strict => ",\"profile\":\"strict\"",
        Profile::OptIn => ",\"profile\":\"opt-in\"",
    });
    out.raw(",\"profiles\":");
    out.strings(rule.profiles);
    out.raw(",\"kinds\":");
    out.strings(rule.kinds);
    out.raw(match rule.check {
        Check::Object(_) => ",\"looksAt\":\"object\"",
        Check::Set(_) => ",\"looksAt\":\"set\"",
    });
    if rule.security_severity > 0 {
        out.raw(",\"securitySeverity\":\"");
        if rule.security_severity >= 100 {
            out.byte(b'1');
        }
        out.byte(b'0' + rule.security_severity / 10 % 10);
        out.byte(b'.');
        out.byte(b'0' + rule.security_severity % 10);
        out.byte(b'"');
    }
    if !rule.cwe.is_empty() {
        out.raw(",\"cwe\":");
        out.numbers(rule.cwe);
    }
    if rule.parameters.any() {
        out.raw(PARAMETERS);
    }
    out.raw(",\"equivalents\":");
    out.strings(rule.equivalents);
    out.raw(",\"docs\":");
    out.string(rule.docs.trim_ascii());
    out.byte(b'}');
}

/// The name of a plugin is that of its crate without a leading `plimsoll-`.
pub(crate) const fn plugin_name(package: &'static str) -> &'static str {
    const PREFIX: &[u8] = b"plimsoll-";
    let bytes = package.as_bytes();
    if bytes.len() <= PREFIX.len() {
        return package;
    }
    let mut at = 0;
    while at < PREFIX.len() {
        if bytes[at] != PREFIX[at] {
            return package;
        }
        at += 1;
    }
    package.split_at(PREFIX.len()).1
}
