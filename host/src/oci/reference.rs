//! How a plugin in a registry is named: `oci://ghcr.io/acme/policies:1.2.0`, or by the digest of its manifest.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

/// What leads to an artifact in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The host of the registry, with its port if it has one.
    pub host: String,
    /// The name of the repository.
    pub repository: String,
    /// The tag, which may come to mean another artifact.
    pub tag: Option<String>,
    /// The SHA-256 of the manifest; where there is one, the tag counts for nothing.
    pub sha256: Option<String>,
}

/// What a reference begins with, so that nobody takes it for a file.
const SCHEME: &str = "oci://";
const FORM: &str = "give it as oci://HOST/REPOSITORY:TAG, or with @sha256:DIGEST at its end";

impl Reference {
    /// Whether a text is meant for a reference: it begins as no path does.
    pub fn is_meant(text: &str) -> bool {
        text.contains("://")
    }

    /// Reads a reference; what it begins with may be left out where only references can be.
    ///
    /// # Errors
    ///
    /// If it is none; the message says which part is wrong.
    pub fn read(text: &str) -> Result<Self, String> {
        let wrong =
            |what: &str| format!("`{text}` is no reference to a plugin in a registry: {what}; {FORM}");
        let rest = text.strip_prefix(SCHEME).unwrap_or(text);
        if let Some((scheme, _)) = rest.split_once("://") {
            return Err(wrong(&format!("it begins with {scheme}://")));
        }
        let (rest, sha256) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (rest, None),
        };
        let (host, rest) = rest.split_once('/').ok_or_else(|| wrong("it has no repository"))?;
        let (repository, tag) = match rest.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (rest, None),
        };
        if !is_host(host) {
            return Err(wrong(
                "it does not begin with the host of a registry, such as ghcr.io, in lower case",
            ));
        }
        if repository.len() > 255 || !repository.split('/').all(is_part) {
            return Err(wrong("its repository is no path of names in lower case"));
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(wrong("its tag is none"));
        }
        let sha256 = match sha256.map(|digest| digest.strip_prefix("sha256:").filter(|hex| is_sha256(hex))) {
            Some(None) => return Err(wrong("its digest is no sha256: with 64 digits")),
            Some(found) => found,
            None => None,
        };
        let [host, repository] = [host, repository].map(str::to_owned);
        Ok(Self { host, repository, tag: tag.map(str::to_owned), sha256: sha256.map(str::to_owned) })
    }

    /// Whether it says which of the artifacts in the repository is meant.
    pub fn is_whole(&self) -> bool {
        self.tag.is_some() || self.sha256.is_some()
    }

    /// The same repository, and another artifact in it.
    pub fn by_sha256(&self, sha256: &str) -> Self {
        Self { sha256: Some(sha256.to_owned()), ..self.clone() }
    }

    /// Where its plugin is kept, below the folder for those that were pulled. No two references share a place: `_` is in no host, `@` in no
    /// repository, `+` in no tag.
    pub fn place(&self) -> PathBuf {
        let which = match (&self.sha256, &self.tag) {
            (Some(sha256), _) => format!("sha256+{sha256}"),
            (None, tag) => tag.clone().unwrap_or_default(),
        };
        let host = self.host.replace([':', '[', ']'], "_");
        let mut place = PathBuf::from(host);
        place.extend(self.repository.split('/'));
        place.as_mut_os_string().push(format!("@{which}.wasm"));
        place
    }
}

impl Display for Reference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.host, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.sha256 {
            Some(sha256) => write!(f, "@sha256:{sha256}"),
            None => Ok(()),
        }
    }
}

/// A name with a dot, `localhost`, or an address; a port may follow.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !text.ends_with(']') => (name, Some(port)),
        _ => (text, None),
    };
    if port.is_some_and(|port| port.parse::<u16>().is_err() || port.starts_with('+')) {
        return false;
    }
    if let Some(inside) = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        return inside.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        let letters =
            label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        !label.is_empty() && letters && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_meant = name.contains('.') || name == "localhost" || port.is_some();
    is_meant && name.len() <= 253 && name.split('.').all(is_label)
}

/// Letters and digits, with `.`, `_`, `__` or any number of `-` between them.
fn is_part(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let known = text.bytes().all(|byte| is_plain(byte) || b"._-".contains(&byte));
    let ends = text.bytes().next().is_some_and(is_plain) && text.bytes().last().is_some_and(is_plain);
    let between = text.split(|letter: char| letter.is_ascii_alphanumeric());
    known
        && ends
        && between
            .into_iter()
            .all(|part| part.bytes().all(|byte| byte == b'-') || [".", "_", "__"].contains(&part))
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&text.len())
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(byte) || b".-".contains(&byte))
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_tools_write_them() {
        let sha256 = "0123456789abcdef".repeat(4);
        for text in [
            "oci://ghcr.io/acme/policies:1.2.0",
            "oci://localhost/a",
            "oci://localhost:5000/a/b__c/d.e-f:v1",
            "oci://[::1]:5000/a:b",
            "oci://127.0.0.1:5000/a:B_c.d-e",
            &format!("oci://ghcr.io/acme/policies:1@sha256:{sha256}"),
            &format!("oci://ghcr.io/acme/policies@sha256:{sha256}"),
        ] {
            let read = Reference::read(text).expect(text);
            assert_eq!(read.to_string(), text);
            assert_eq!(Reference::read(&text[6..]), Ok(read));
        }
    }

    #[test]
    fn what_could_lead_elsewhere_is_no_reference() {
        for text in [
            "policies",
            "acme/policies:1",
            "ghcr.io/",
            "ghcr.io/../a:1",
            "ghcr.io/a/../b:1",
            "ghcr.io/a//b:1",
            "ghcr.io/.a:1",
            "ghcr.io/A:1",
            "GHCR.io/a:1",
            "ghcr.io/a:../b",
            "ghcr.io/a:",
            "ghcr.io/a:1/b",
            "ghcr.io/a@sha256:12",
            "ghcr.io/a@sha512:12",
            "u:p@ghcr.io/a:1",
            "ghcr.io:x/a:1",
            "ghcr.io:99999/a",
            "[1]/a:1",
            "ghcr.io/a?b:1",
            "ghcr.io/a\u{202e}:1",
            "https://ghcr.io/a:1",
            "-.io/a:1",
            "ghcr.io/a..b:1",
        ] {
            assert!(Reference::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_two_references_share_a_place() {
        let sha256 = "0".repeat(64);
        let texts = [
            "localhost:5000/a:1",
            "localhost/a:1",
            "localhost:5000/a/b:1",
            "localhost:5000/a:2",
            "localhost:5000/a.wasm:1",
            "localhost:5000/a.wasm/b:1",
            &format!("localhost:5000/a@sha256:{sha256}"),
            &format!("localhost:5000/a:sha256-{sha256}"),
        ];
        let mut places: Vec<PathBuf> =
            texts.iter().map(|text| Reference::read(text).expect(text).place()).collect();
        assert_eq!(places[0], PathBuf::from("localhost_5000/a@1.wasm"));
        places.sort();
        places.dedup();
        assert_eq!(places.len(), texts.len());
    }
}
