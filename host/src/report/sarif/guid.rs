//! Names that never change: UUIDs of version 5. GitHub's action refuses newer versions.

use sha1::{Digest, Sha1};

use crate::source::hex;

/// The tool itself: version 5 of its home in the namespace of URLs.
pub(super) const TOOL: &str = "1dd4c09e-6075-541d-8183-f99e674ba75e";

/// The UUID of something of ours, which is the same in every file: `name` says what kind of thing it is, and which.
pub(super) fn of(name: &str) -> String {
    named(&bytes(TOOL), name)
}

/// Version 5 of RFC 9562: the SHA-1 of a namespace and a name.
fn named(namespace: &[u8], name: &str) -> String {
    let digest = Sha1::new().chain_update(namespace).chain_update(name).finalize();
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&digest[..16]);
    uuid[6] = uuid[6] & 0x0F | 0x50;
    uuid[8] = uuid[8] & 0x3F | 0x80;
    let [a, b, c, d, e] = [&uuid[..4], &uuid[4..6], &uuid[6..8], &uuid[8..10], &uuid[10..]].map(hex);
    format!("{a}-{b}-{c}-{d}-{e}")
}

fn bytes(uuid: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        uuid.bytes().filter_map(|byte| char::from(byte).to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_are_those_of_the_standard() {
        // RFC 9562, appendix A.4.
        let dns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
        assert_eq!(named(&bytes(dns), "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
        let url = "6ba7b811-9dad-11d1-80b4-00c04fd430c8";
        assert_eq!(named(&bytes(url), super::super::HOME), TOOL);
    }
}
