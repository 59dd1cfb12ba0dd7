//! `plimsoll scan --watch`: the same scan again whenever something that it reads has changed, with plugins built anew whose source lies here.
//!
//! Each round is a process of its own: it reads the configuration anew, and whatever becomes of it, the next one starts from nothing. What has
//! changed is told by looking: the files that a scan would read are few, folders on a network or in a container send no notices, and a look costs
//! at most one part in [`SHARE`] of the time.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::carried::Carried;
use crate::cli;
use crate::config::Config;
use crate::{plugin, read, terminal};

/// How long nothing is looked at, at least.
const PAUSE: Duration = Duration::from_millis(200);
/// One part in so many of the time goes into looking.
const SHARE: u32 = 20;

/// Files with what tells a change of them; none where a file is missing.
type Stamps = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// What is looked at.
#[derive(Default, PartialEq, Eq)]
struct Seen {
    /// Manifests, the configuration and what it names.
    scanned: Stamps,
    /// The source of plugins, by folder.
    sources: BTreeMap<PathBuf, Stamps>,
}

/// Scans again and again, until somebody ends it.
///
/// # Errors
///
/// If there is nothing to watch, or the scan cannot be started.
pub fn watch(args: &cli::Scan) -> Result<u8, String> {
    if args.look.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err("--watch looks at files, and standard input is none; leave out `-`".to_owned());
    }
    let executable =
        std::env::current_exe().map_err(|error| format!("this executable cannot be found: {error}"))?;
    let arguments = once(std::env::args_os().skip(1));
    let mut seen = Seen::default();
    loop {
        clear();
        // Looked at before it is used: what changes meanwhile is a reason for another round.
        let sources = sources(&plugins(args));
        for (folder, _) in sources.iter().filter(|(folder, stamps)| seen.sources.get(*folder) != Some(stamps))
        {
            // Why it could not be built stands on standard error; what was built before is still good for a scan.
            run(Command::new(&executable).args(["plugin", "build"]).arg(folder).stdout(std::io::stderr()))?;
        }
        seen = Seen { scanned: scanned(args, &plugins(args)), sources };
        run(Command::new(&executable).args(&arguments))?;
        terminal::note(&format!("watching {}; ctrl-c ends it", told(&seen)));
        wait(&seen, args);
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    command.status().map(drop).map_err(|error| format!("the scan cannot be started: {error}"))
}

/// The arguments of one round.
fn once(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut options = true;
    arguments
        .filter(|argument| {
            options &= argument != "--";
            !(options && argument == "--watch")
        })
        .collect()
}

/// Who writes several files should see one scan of all: it begins once nothing has changed between two looks.
fn wait(before: &Seen, args: &cli::Scan) {
    let mut last = None;
    let mut pause = PAUSE;
    loop {
        thread::sleep(pause);
        let begun = Instant::now();
        let plugins = plugins(args);
        let now = Seen { scanned: scanned(args, &plugins), sources: sources(&plugins) };
        pause = PAUSE.max(begun.elapsed() * SHARE);
        if now == *before {
            last = None;
        } else if last.as_ref() == Some(&now) {
            return;
        } else {
            last = Some(now);
        }
    }
}

/// What a scan reads. Where the configuration is broken, that is itself and the manifests.
fn scanned(args: &cli::Scan, plugins: &[PathBuf]) -> Stamps {
    let found = read::discover(&args.look.paths).map(|found| found.files).unwrap_or_default();
    let manifests = found.into_iter().map(|file| file.absolute);
    let named = plugins.iter().flat_map(|file| [signature(file), file.clone()]);
    let beside =
        configurations(args).into_iter().flat_map(|file| [file.with_file_name("plimsoll.lock"), file]);
    let mut stamps = stamps(manifests.chain(named).chain(beside).chain(args.baseline.clone()));
    // What a round writes is no reason for the next.
    let own: Vec<PathBuf> = args.output.iter().filter_map(|(_, file)| file.canonicalize().ok()).collect();
    stamps.retain(|file, _| file.canonicalize().map_or(true, |file| !own.contains(&file)));
    stamps
}

fn signature(plugin: &Path) -> PathBuf {
    let mut name = plugin.as_os_str().to_owned();
    name.push(".minisig");
    PathBuf::from(name)
}

/// Where a configuration stands or may come to stand.
fn configurations(args: &cli::Scan) -> Vec<PathBuf> {
    match &args.look.plugins.config {
        Some(file) => vec![file.clone()],
        None => {
            let here = std::env::current_dir().unwrap_or_default();
            here.ancestors().map(|folder| folder.join("plimsoll.yaml")).collect()
        }
    }
}

/// The files of plugins, those of the configuration among them.
fn plugins(args: &cli::Scan) -> Vec<PathBuf> {
    let carried = Carried::open().and_then(|carried| carried.configuration()).unwrap_or_default();
    let config = Config::load(args.look.plugins.config.as_deref(), carried);
    let of_config = config.map(|config| config.plugins).unwrap_or_default();
    of_config.into_iter().map(|plugin| plugin.file).chain(args.look.plugins.plugin.iter().cloned()).collect()
}

/// The source of the plugins that were built where it lies, `FOLDER/target/plimsoll/NAME.wasm`.
fn sources(plugins: &[PathBuf]) -> BTreeMap<PathBuf, Stamps> {
    let folder = |file: &PathBuf| {
        let out = file.parent().filter(|out| out.ends_with("target/plimsoll"))?;
        // Named in the working directory it has a name and no folder.
        let folder = std::path::absolute(out).ok()?.ancestors().nth(2)?.to_owned();
        plugin::is_source(&folder).then_some(folder)
    };
    plugins.iter().filter_map(folder).map(|folder| (folder.clone(), written(&folder))).collect()
}

/// What people write in a folder: not what is ignored, and not what a build leaves.
fn written(folder: &Path) -> Stamps {
    let left = ["target", "node_modules", ".venv"].map(|name| folder.join(name));
    let walk = ignore::WalkBuilder::new(folder)
        .filter_entry(move |entry| !left.iter().any(|left| entry.path() == left))
        .build();
    let files =
        walk.filter_map(Result::ok).filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    stamps(files.map(ignore::DirEntry::into_path))
}

fn stamps(files: impl Iterator<Item = PathBuf>) -> Stamps {
    let stamp = |file: &Path| {
        let metadata = file.metadata().ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    files.map(|file| (file.clone(), stamp(&file))).collect()
}

fn told(seen: &Seen) -> String {
    let files = seen.scanned.values().filter(|stamp| stamp.is_some()).count();
    let plugins = match seen.sources.len() {
        0 => String::new(),
        1 => " and the source of a plugin".to_owned(),
        number => format!(" and the source of {number} plugins"),
    };
    format!("{files} {}{plugins}", if files == 1 { "file" } else { "files" })
}

/// Begins a new page, where somebody reads along.
fn clear() {
    let mut out = std::io::stdout();
    if out.is_terminal() {
        // Where it cannot be cleared, it is read all the same.
        let _ = out.write_all(b"\x1b[2J\x1b[3J\x1b[H").and_then(|()| out.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_has_all_arguments_but_one() {
        let all = ["scan", "--watch", "--rule", "images", "--", "--watch"];
        let kept: Vec<OsString> = once(all.iter().map(OsString::from));
        assert_eq!(kept, ["scan", "--rule", "images", "--", "--watch"]);
    }
}
