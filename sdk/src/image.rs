//! References to container images.

/// An image reference taken apart, as the distribution project reads them: `registry/repository:tag@digest`.
///
/// ```
/// use plimsoll_sdk::ImageRef;
///
/// let image = ImageRef::parse("ghcr.io/acme/api:1.2@sha256:0123").unwrap();
/// assert_eq!((image.registry, image.repository), (Some("ghcr.io"), "acme/api"));
/// assert_eq!((image.tag, image.digest), (Some("1.2"), Some("sha256:0123")));
///
/// let short = ImageRef::parse("nginx").unwrap();
/// assert_eq!((short.registry(), short.full_repository().as_str()), ("docker.io", "library/nginx"));
/// assert!(short.is_mutable());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageRef<'a> {
    /// The host and port, if one is written.
    pub registry: Option<&'a str>,
    /// The repository as it is written.
    pub repository: &'a str,
    /// The tag, if one is written.
    pub tag: Option<&'a str>,
    /// The digest, if one is written, with its algorithm.
    pub digest: Option<&'a str>,
}

impl<'a> ImageRef<'a> {
    /// Takes a reference apart; none where nothing is left of it.
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (text, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (name, tag) = match text.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (text, None),
        };
        let (registry, repository) = match name.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (Some(host), rest),
            _ => (None, name),
        };
        let known = |part: &&str| !part.is_empty();
        (!repository.is_empty()).then_some(Self {
            registry,
            repository,
            tag: tag.filter(known),
            digest: digest.filter(known),
        })
    }

    /// The registry, with the default where none is written.
    pub fn registry(&self) -> &'a str {
        self.registry.unwrap_or("docker.io")
    }

    /// The repository, with the `library/` that Docker Hub's own images have.
    pub fn full_repository(&self) -> String {
        let hub = matches!(self.registry(), "docker.io" | "index.docker.io");
        if hub && !self.repository.contains('/') {
            format!("library/{}", self.repository)
        } else {
            self.repository.to_owned()
        }
    }

    /// The last part of the repository: `api` of `acme/api`.
    pub fn name(&self) -> &'a str {
        self.repository.rsplit('/').next().unwrap_or(self.repository)
    }

    /// Whether another image may hide behind the same reference tomorrow: no tag or `latest`, and no digest.
    pub fn is_mutable(&self) -> bool {
        self.digest.is_none() && matches!(self.tag, None | Some("latest"))
    }
}
