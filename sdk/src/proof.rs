//! What a host would refuse a plugin for, refused where it is compiled.

use crate::describe::{Identity, plugin_name};
use crate::rule::Entry;

/// Ends the compilation with what is wrong and what to do, if a host would not load a plugin of these rules.
///
/// # Panics
///
/// If there are no rules, two of them share an id, or something about one of them is not as [`Rule`](crate::Rule) says.
pub const fn prove(identity: &Identity, rules: &[Entry]) {
    if !is_name(plugin_name(identity.package)) {
        refuse(identity.package, "name the crate with lower-case letters, digits and `-`, at most 64");
    }
    if rules.is_empty() {
        refuse(identity.package, "a plugin has at least one rule");
    }
    let mut at = 0;
    while at < rules.len() {
        let rule = &rules[at];
        if !is_name(rule.id) {
            refuse(rule.id, "the id of a rule has lower-case letters, digits and `-`, at most 64");
        }
        if rule.summary.is_empty() {
            refuse(rule.id, "the rule needs a `summary`: what it finds, in a line");
        }
        if rule.security_severity > 100 {
            refuse(rule.id, "the rule's `security_severity` is more than 100, which stands for 10.0");
        }
        if rule.kinds.is_empty() {
            refuse(rule.id, "the rule looks at no kind; `ALL` looks at any object");
        }
        let mut kind = 0;
        while kind < rule.kinds.len() {
            if rule.kinds[kind].is_empty() {
                refuse(rule.id, "the rule has an empty text among its `kinds`");
            }
            kind += 1;
        }
        let mut before = 0;
        while before < at {
            if is_same(rules[before].id, rule.id) {
                refuse(rule.id, "two rules have this id");
            }
            before += 1;
        }
        at += 1;
    }
}

/// As the host has it: see `description.schema.json` beside the interface.
const fn is_name(name: &str) -> bool {
    let name = name.as_bytes();
    let mut at = 0;
    while at < name.len() {
        if !matches!(name[at], b'a'..=b'z' | b'0'..=b'9' | b'-') {
            return false;
        }
        at += 1;
    }
    !name.is_empty() && name.len() <= 64 && name[0] != b'-' && name[name.len() - 1] != b'-'
}

const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// A panic at compile time takes one text and no more, so they are joined here.
const fn refuse(what: &str, why: &str) -> ! {
    let mut text = [0; 512];
    let mut len = 0;
    let parts = ["`", what, "`: ", why];
    let mut part = 0;
    while part < parts.len() {
        let bytes = parts[part].as_bytes();
        let mut at = 0;
        while at < bytes.len() && len < text.len() {
            text[len] = bytes[at];
            len += 1;
            at += 1;
        }
        part += 1;
    }
    match std::str::from_utf8(text.split_at(len).0) {
        Ok(text) => panic!("{}", text),
        Err(_) => panic!("{}", why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rule;

    fn refusal(package: &'static str, rules: &[Rule]) -> Option<String> {
        let entries: Vec<Entry> = rules.iter().map(|rule| rule.entry()).collect();
        let identity = Identity { package, version: "1.0.0", summary: "" };
        let ended = std::panic::catch_unwind(|| prove(&identity, &entries)).err()?;
        ended.downcast_ref::<String>().cloned()
    }

    #[test]
    fn what_a_host_would_refuse_does_not_compile() {
        const GOOD: Rule = Rule { id: "good", summary: "Something", ..Rule::DEFAULT };
        assert_eq!(refusal("plimsoll-acme", &[GOOD]), None);
        for (package, rules, why) in [
            ("Acme", vec![GOOD], "`Acme`: name the crate"),
            ("acme", vec![], "`acme`: a plugin has at least one rule"),
            ("acme", vec![Rule { id: "acme/good", ..GOOD }], "`acme/good`: the id of a rule"),
            ("acme", vec![Rule { summary: "", ..GOOD }], "`good`: the rule needs a `summary`"),
            ("acme", vec![Rule { security_severity: 101, ..GOOD }], "`good`: the rule's `security_severity`"),
            ("acme", vec![Rule { kinds: &["Pod", ""], ..GOOD }], "`good`: the rule has an empty text"),
            ("acme", vec![Rule { kinds: &[], ..GOOD }], "`good`: the rule looks at no kind"),
            ("acme", vec![GOOD, GOOD], "`good`: two rules have this id"),
        ] {
            let refusal = refusal(package, &rules).expect(why);
            assert!(refusal.starts_with(why), "{refusal}");
        }
    }
}
