//! Which revision of which repository is checked out, read from git's files without running git. What is odd is left out: it is told to
//! readers of a report, and nothing depends on it.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::Found;
use crate::source::{Revision, is_deceptive};

/// The revision that the files of a scan stand in; none without a repository that has an `origin` with a URL.
pub fn revision(found: &Found) -> Option<Revision> {
    let git = Git::of(&found.root).filter(|_| found.files.iter().any(|file| file.absolute.is_absolute()))?;
    let repository = url(&origin(&text(&git.common.join("config"), 1 << 20)?)?)?;
    let head = text(&git.own.join("HEAD"), 1 << 12)?;
    let head = head.trim_end();
    let Some(name) = head.strip_prefix("ref: ") else {
        return Some(Revision { repository, commit: commit(head), branch: None });
    };
    let branch = name.strip_prefix("refs/heads/").filter(|branch| is_name(name) && !branch.starts_with('.'));
    let commit = branch.and_then(|_| git.resolve(name));
    Some(Revision { repository, commit, branch: branch.map(str::to_owned) })
}

/// Where git keeps what it knows of a working tree: of this one, and of all of a repository.
struct Git {
    own: PathBuf,
    common: PathBuf,
}

impl Git {
    fn of(root: &Path) -> Option<Self> {
        let dot_git = root.join(".git");
        if dot_git.is_dir() {
            return Some(Self { own: dot_git.clone(), common: dot_git });
        }
        let file = text(&dot_git, 1 << 12)?;
        let own = root.join(file.trim_end().strip_prefix("gitdir: ")?).canonicalize().ok()?;
        if let Some(common) = text(&own.join("commondir"), 1 << 12) {
            // Who hands in a tree could name anybody's repository: git notes in a repository which working trees it has.
            let back = text(&own.join("gitdir"), 1 << 12)?;
            let common = own.join(common.trim_end()).canonicalize().ok()?;
            return (Path::new(back.trim_end()).canonicalize().ok()? == dot_git)
                .then_some(Self { own, common });
        }
        let modules = |above: &Path| own.starts_with(above.join(".git/modules"));
        root.ancestors().skip(1).any(modules).then(|| Self { common: own.clone(), own })
    }

    fn resolve(&self, name: &str) -> Option<String> {
        match text(&self.common.join(name), 1 << 12) {
            Some(text) => commit(text.trim_end()),
            None => {
                let packed = text(&self.common.join("packed-refs"), 64 << 20)?;
                let mut lines = packed.lines().filter_map(|line| line.split_once(' '));
                lines.find(|(_, known)| *known == name).and_then(|(id, _)| commit(id))
            }
        }
    }
}

/// The text of a plain file of at most so many bytes.
fn text(file: &Path, most: u64) -> Option<String> {
    let plain = fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= most);
    plain.then(|| fs::read_to_string(file).ok())?
}

/// SHA-1 or SHA-256, as git writes them.
fn commit(id: &str) -> Option<String> {
    let digits = id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    (digits && matches!(id.len(), 40 | 64)).then(|| id.to_owned())
}

/// Whether a reference leads to nowhere but its own file.
fn is_name(name: &str) -> bool {
    let parts = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    parts && !name.chars().any(|letter| is_deceptive(letter) || letter == '\\')
}

/// The first URL of the remote `origin` in a configuration of git.
fn origin(config: &str) -> Option<String> {
    let mut inside = false;
    for line in config.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.split(']').next().unwrap_or_default();
            let (kind, name) = section.split_once(' ').unwrap_or((section, ""));
            inside = kind.eq_ignore_ascii_case("remote") && name.trim() == "\"origin\"";
        } else if let Some((key, value)) = line.split_once('=').filter(|_| inside)
            && key.trim().eq_ignore_ascii_case("url")
        {
            let value = value.trim();
            return Some(
                value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value).to_owned(),
            );
        }
    }
    None
}

/// The URL at which people find a repository: without credentials, and with `https` in place of `ssh`.
fn url(remote: &str) -> Option<String> {
    let (scheme, rest) = match remote.split_once("://") {
        Some((scheme @ ("https" | "http" | "ssh"), rest)) => (scheme, rest.to_owned()),
        Some(_) => return None,
        // `git@host:path`, as ssh takes it.
        None => ("ssh", remote.split_once(':').map(|(host, path)| format!("{host}/{path}"))?),
    };
    let (authority, path) = rest.split_once('/')?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let path = path.split(['?', '#']).next()?.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let plain = |text: &str, others: &[u8]| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
    };
    let is_host = host.contains('.') && plain(host, b".-") && !host.starts_with(['.', '-']);
    // A host for ssh alone has other paths than its web pages.
    let is_known = scheme != "ssh" || !host.starts_with("ssh.");
    let is_path = path.split('/').all(|part| !matches!(part, "" | "." | "..") && plain(part, b"._~+-"));
    if !(is_host && is_known && is_path)
        || port.is_some_and(|port| !port.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return None;
    }
    let port = port.filter(|_| scheme != "ssh").map(|port| format!(":{port}")).unwrap_or_default();
    let scheme = if scheme == "http" { "http" } else { "https" };
    Some(format!("{scheme}://{}{port}/{path}", host.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_what_people_open_and_tells_no_secret() {
        let shop = Some("https://github.com/acme/shop".to_owned());
        for remote in [
            "https://github.com/acme/shop.git",
            "https://me:secret@GitHub.com/acme/shop.git/",
            "https://x-access-token:secret@github.com/acme/shop?token=secret#secret",
            "git@github.com:acme/shop.git",
            "github.com:/acme/shop",
            "ssh://git@github.com:22/acme/shop.git",
        ] {
            assert_eq!(url(remote), shop, "{remote}");
        }
        assert_eq!(
            url("http://git.acme.test:8080/a/b.git").as_deref(),
            Some("http://git.acme.test:8080/a/b")
        );
    }

    #[test]
    fn what_is_no_address_for_others_is_left_out() {
        for remote in [
            "",
            "/srv/git/shop.git",
            "../shop",
            "file:///home/me/shop",
            "C:\\shop",
            "C:/shop",
            "host:shop",
            "git@ssh.dev.azure.com:v3/a/b/c",
            "https://github.com",
            "https://github.com/",
            "https://github.com/a/../b",
            "https://github.com/a b",
            "https://[::1]/a/b",
            "https://github.com:x/a",
            "ext::sh -c x.y/z",
            "https://a.b/\u{202E}",
        ] {
            assert_eq!(url(remote), None, "{remote}");
        }
    }

    #[test]
    fn the_origin_is_found_among_others() {
        let config = "[core]\n\turl = a\n[remote \"upstream\"]\n\turl = b\n[Remote \"origin\"] # ours\n\tfetch = +refs\n\tURL = \"c\"\n\turl = d\n";
        assert_eq!(origin(config).as_deref(), Some("c"));
        assert_eq!(origin("[remote]\nurl = a\n[remote \"Origin\"]\nurl = b\n"), None);
    }
}
