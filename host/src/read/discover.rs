//! Which files a scan reads, and how they are called.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use ignore::WalkBuilder;

use crate::finding::{Fault, FaultKind};

/// What a scan is about to read.
#[derive(Clone, Debug)]
pub struct Found {
    /// What paths are relative to: the root of the repository, or the folder that holds all that is scanned.
    pub root: PathBuf,
    /// The files, by path.
    pub files: Vec<File>,
    /// What could not be looked into.
    pub faults: Vec<Fault>,
}

/// A file to read.
#[derive(Clone, Debug)]
pub struct File {
    /// Where it is; `-` for standard input.
    pub absolute: PathBuf,
    /// What it is called, with `/`.
    pub path: String,
    /// Whether the user named it.
    pub named: bool,
    /// Whether it is a template of a Helm chart.
    pub in_chart: bool,
}

impl Found {
    /// The path of a file as the system has it: what it is called, but for names that are no UTF-8.
    pub fn bytes(&self, file: &File) -> Vec<u8> {
        match file.absolute.strip_prefix(&self.root) {
            Ok(_) => below(&self.root, &file.absolute),
            Err(_) => file.path.clone().into_bytes(),
        }
    }
}

/// How standard input is called.
const STDIN: &str = "<stdin>";

/// Finds the manifests below some paths: files that are named, and in folders every `.yaml`, `.yml` and `.json` that no ignore file excludes.
///
/// # Errors
///
/// If a path that was asked for does not exist.
pub fn discover(paths: &[PathBuf]) -> Result<Found, String> {
    let mut absolute = Vec::new();
    let mut stdin = false;
    for path in paths {
        if path.as_os_str() == "-" {
            stdin = true;
            continue;
        }
        absolute
            .push(path.canonicalize().map_err(|error| {
                format!("{}: {error}; name a file or folder that exists", path.display())
            })?);
    }
    let root = root(&absolute)?;
    let (folders, named): (Vec<PathBuf>, Vec<PathBuf>) = absolute.into_iter().partition(|path| path.is_dir());
    let mut walk = Walk {
        root: &root,
        files: BTreeMap::new(),
        faults: Vec::new(),
        folders,
        walked: BTreeSet::new(),
        charts: HashMap::new(),
    };
    walk.folders();
    for file in &named {
        walk.file(file, true);
    }
    let Walk { files, faults, .. } = walk;
    let mut files: Vec<File> = files.into_values().collect();
    apart(&root, &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    if stdin {
        files.push(File { absolute: "-".into(), path: STDIN.to_owned(), named: true, in_chart: false });
    }
    Ok(Found { root, files, faults })
}

struct Walk<'a> {
    root: &'a Path,
    /// By where they are, so that none is read twice.
    files: BTreeMap<OsString, File>,
    faults: Vec<Fault>,
    /// Folders still to be walked, and those that were: links between folders would lead round forever.
    folders: Vec<PathBuf>,
    walked: BTreeSet<PathBuf>,
    /// Whether a folder of the name `templates` belongs to a chart.
    charts: HashMap<PathBuf, bool>,
}

impl Walk<'_> {
    fn folders(&mut self) {
        while let Some(folder) = self.folders.pop() {
            // Not whether a folder above it was walked: that walk may have left it out.
            if self.walked.insert(folder.clone()) {
                self.folder(&folder);
            }
        }
    }

    fn folder(&mut self, folder: &Path) {
        let walk = WalkBuilder::new(folder)
            .hidden(false)
            .parents(true)
            .git_ignore(true)
            // What a scan reads must not depend on the machine: only ignore files that the repository holds count.
            .git_global(false)
            .git_exclude(false)
            .require_git(false)
            .add_custom_ignore_filename(".plimsollignore")
            .filter_entry(|entry| entry.file_name() != ".git")
            .sort_by_file_name(Ord::cmp)
            .build();
        for entry in walk {
            match entry {
                Ok(entry) => {
                    let path = entry.path();
                    let kind = entry.file_type();
                    if kind.is_some_and(|kind| kind.is_symlink()) {
                        self.link(path);
                    } else if kind.is_some_and(|kind| !kind.is_dir()) && is_manifest(path) {
                        self.file(path, false);
                    }
                }
                Err(error) => {
                    let at = path_of(&error).map(|path| self.name(path));
                    let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                    self.fault(at, format!("the folder cannot be looked into: {why}"));
                }
            }
        }
    }

    /// A symbolic link is read under the path that it leads to, and only inside the root: what lies outside is not part of the repository.
    fn link(&mut self, link: &Path) {
        let name = self.name(link);
        match link.canonicalize() {
            Err(error) if is_manifest(link) || link.extension().is_none() => {
                self.fault(
                    Some(name),
                    format!("the symbolic link leads nowhere: {error}; mend or remove it"),
                );
            }
            Err(_) => {}
            Ok(target) if target.is_file() && !is_manifest(link) => {}
            Ok(target) if !target.starts_with(self.root) => {
                let message = "the symbolic link leads out of the repository and was not followed; scan its target by its own path";
                self.fault(Some(name), message.to_owned());
            }
            Ok(target) if target.is_dir() => self.folders.push(target),
            Ok(target) => self.file(&target, false),
        }
    }

    fn file(&mut self, absolute: &Path, named: bool) {
        let (path, in_chart) = (self.name(absolute), self.in_chart(absolute));
        let new = File { absolute: absolute.to_owned(), path, named: false, in_chart };
        self.files.entry(absolute.as_os_str().to_owned()).or_insert(new).named |= named;
    }

    fn in_chart(&mut self, path: &Path) -> bool {
        // Nearly no path has such a folder.
        if memchr::memmem::find(path.as_os_str().as_encoded_bytes(), b"templates").is_none() {
            return false;
        }
        path.ancestors()
            .skip(1)
            .filter(|folder| folder.file_name().is_some_and(|name| name == "templates"))
            .any(|folder| {
                *self.charts.entry(folder.to_owned()).or_insert_with(|| {
                    folder.parent().is_some_and(|chart| {
                        chart.join("Chart.yaml").is_file() || chart.join("Chart.yml").is_file()
                    })
                })
            })
    }

    /// What a path is called. In one that is no UTF-8, the bytes that are none are told as `%FF`, and `%` as `%25`, so that two stay two.
    fn name(&self, path: &Path) -> String {
        String::from_utf8(below(self.root, path)).unwrap_or_else(|error| {
            let chunks = error.as_bytes().utf8_chunks().map(|chunk| {
                let bytes: String = chunk.invalid().iter().map(|byte| format!("%{byte:02X}")).collect();
                chunk.valid().replace('%', "%25") + &bytes
            });
            chunks.collect()
        })
    }

    fn fault(&mut self, file: Option<String>, message: String) {
        let file = file.map(|file| file.as_str().into());
        self.faults.push(Fault { file, at: None, plugin: None, kind: FaultKind::Unreadable, message });
    }
}

/// Gives every file a path of its own: a name that is no UTF-8 makes way for the one that is spelled as it is told.
fn apart(root: &Path, files: &mut [File]) {
    let (odd, plain): (Vec<&mut File>, Vec<&mut File>) = files.iter_mut().partition(|file| {
        file.absolute.to_str().is_none() && String::from_utf8(below(root, &file.absolute)).is_err()
    });
    if odd.is_empty() {
        return;
    }
    let known: HashSet<&str> = plain.iter().map(|file| file.path.as_str()).collect();
    for file in odd {
        // Two that are no UTF-8 stay two: only in one that made way all `%` are `%25`.
        while known.contains(file.path.as_str()) {
            file.path = file.path.replace('%', "%25");
        }
    }
}

/// The bytes of a path below a root, with `/`.
fn below(root: &Path, path: &Path) -> Vec<u8> {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let mut bytes = Vec::new();
    for part in relative.components() {
        if let Component::Normal(part) = part {
            if !bytes.is_empty() {
                bytes.push(b'/');
            }
            bytes.extend_from_slice(part.as_encoded_bytes());
        }
    }
    bytes
}

fn is_manifest(path: &Path) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| {
        ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Partial(errors) => errors.first().and_then(path_of),
        _ => None,
    }
}

/// The root of the repository that holds the paths; else the working directory if it holds them, else the folder that does.
fn root(paths: &[PathBuf]) -> Result<PathBuf, String> {
    let here = std::env::current_dir().and_then(|folder| folder.canonicalize());
    let here = here.map_err(|error| format!("the working directory cannot be found: {error}"))?;
    let mut first = paths.iter().min().cloned().unwrap_or_else(|| here.clone());
    if first.is_file() {
        first.pop();
    }
    let holds_all = |folder: &Path| paths.iter().all(|path| path.starts_with(folder));
    if let Some(folder) = first.ancestors().find(|folder| folder.join(".git").exists() && holds_all(folder)) {
        return Ok(folder.to_owned());
    }
    let common = [here.as_path()].into_iter().chain(first.ancestors()).find(|folder| holds_all(folder));
    Ok(common.unwrap_or(Path::new("/")).to_owned())
}
