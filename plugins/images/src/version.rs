//! Versions as the tags of images carry them.

use serde::Deserialize;

/// `1.12.0` or `1.12.0-beta.1`; what a prerelease is called does not matter, only that it comes before the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Version {
    numbers: (u32, u32, u32),
    released: bool,
}

impl Version {
    /// The release `major.minor.patch`.
    pub(crate) const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { numbers: (major, minor, patch), released: true }
    }

    /// Before the first release candidate of `major.minor.patch`.
    pub(crate) const fn before(major: u32, minor: u32, patch: u32) -> Self {
        Self { numbers: (major, minor, patch), released: false }
    }

    /// Reads a tag: `v1.12.0`, `9.2.3-ubuntu`, `2.3.0-rc4`. None for what is no full version, such as `1.12`, which moves.
    pub(crate) fn parse(tag: &str) -> Option<Self> {
        let text = tag.strip_prefix('v').unwrap_or(tag);
        let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
        let (numbers, suffix) = text.split_at(end);
        let mut numbers = numbers.split('.').map(str::parse);
        let mut next = || numbers.next()?.ok();
        let numbers = (next()?, next()?, next()?);
        let suffix = suffix.trim_start_matches(['-', '_', '+']);
        let released = !["rc", "alpha", "beta", "pre"].iter().any(|mark| suffix.starts_with(mark));
        Some(Self { numbers, released })
    }
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is no version such as 1.2.3"))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (major, minor, patch) = self.numbers;
        write!(f, "{major}.{minor}.{patch}")
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn a_tag_is_a_version_only_when_it_is_whole() {
        assert_eq!(Version::parse("v1.12.0"), Some(Version::new(1, 12, 0)));
        assert_eq!(Version::parse("9.2.3-ubuntu"), Some(Version::new(9, 2, 3)));
        assert_eq!(Version::parse("2.3.0-rc4"), Some(Version::before(2, 3, 0)));
        assert_eq!(Version::parse("1.12"), None);
        assert_eq!(Version::parse("main"), None);
    }

    #[test]
    fn a_prerelease_comes_before_its_release() {
        assert!(Version::parse("1.12.0-beta.0") < Version::parse("1.12.0"));
        assert!(Version::parse("1.11.9") < Version::parse("1.12.0-beta.0"));
    }
}
