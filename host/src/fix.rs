//! The journey of a fix: read → check → triage → edit → write.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use crate::carried::Carried;
use crate::cli;
use crate::config::Config;
use crate::finding::{Finding, Level};
use crate::look::{Inspector, known};
use crate::mend::{Change, Mended, mend};
use crate::read::{self, Found};
use crate::report::counted;
use crate::source::Columns;
#[cfg(unix)]
use crate::terminal::{shown, warn};
use crate::terminal::{visible, written};
use crate::{diff, outputs, triage};

/// Mends what can be mended. What was done is told on `out`, or on standard error where `out` gets a text or a diff. Returns the exit code.
///
/// # Errors
///
/// If the request was wrong: nothing was mended then.
pub fn fix(args: &cli::Fix, carried: &Carried, config: &Config, out: &mut dyn Write) -> Result<u8, String> {
    let baseline = known(args.baseline.as_deref(), config)?;
    let inspector = Inspector::new(&args.look, carried, config)?;
    let is_piped = args.look.paths.iter().any(|path| path.as_os_str() == "-");
    if is_piped && args.look.paths.len() > 1 {
        return Err("`-` prints what standard input becomes; mend files in a run of their own".to_owned());
    }
    let found = read::discover(&args.look.paths)?;
    let mut texts = BTreeMap::new();
    let piped = if is_piped { read::load(Path::new("-")).ok() } else { None };
    // It is the only file then.
    texts.extend(piped.clone().map(|text| (0, text)));
    let mut mended = mend(&inspector, &found, texts)?;
    if let Some(baseline) = baseline {
        mended.looked.compare(baseline, false);
    }
    let Mended { files, looked, .. } = &mended;

    let mut refused = Vec::new();
    if args.dry_run {
        for (file, Change { old, new, .. }) in files {
            let path = found.bytes(&found.files[*file as usize]);
            let [old, new] = [old, new].map(|text| String::from_utf8_lossy(text));
            written(out.write_all(diff::unified(&path, &old, &new).as_bytes()))?;
        }
    } else if let Some(piped) = &piped {
        let text = files.values().next().map_or(piped, |change| &change.new);
        written(out.write_all(text))?;
    } else {
        refused = write(files, &found, &trees(&args.look.paths));
    }

    let told = told(&found, &mended, &refused, args.dry_run);
    if args.dry_run || is_piped {
        // The exit code tells the rest even where standard error is closed.
        let _ = anstream::stderr().write_all(told.as_bytes());
    } else {
        written(out.write_all(told.as_bytes()))?;
    }
    crate::terminal::faults(&looked.faults, &looked.read.sources);
    for (file, why) in &refused {
        let path = visible(&found.files[*file as usize].path);
        let _ = writeln!(anstream::stderr(), "fault[unwritable]: {path}: {why}");
    }
    let fail_on = args.fail_on.or(config.fail_on).unwrap_or(cli::FailOn::Error);
    let verdict = triage::verdict(&looked.findings, &looked.faults, fail_on.level());
    Ok(match verdict.exit_code() {
        _ if !refused.is_empty() => triage::Verdict::Faults.exit_code(),
        0 if args.dry_run && !files.is_empty() => triage::Verdict::Findings.exit_code(),
        code => code,
    })
}

/// Writes the files that change. Returns those that could not be written, and why.
fn write(files: &BTreeMap<u32, Change>, found: &Found, trees: &[PathBuf]) -> Vec<(u32, String)> {
    let done = files.iter().map(|(file, change)| {
        replace(&found.files[*file as usize].absolute, change, trees).map_err(|why| (*file, why))
    });
    done.filter_map(Result::err).collect()
}

fn replace(file: &Path, change: &Change, trees: &[PathBuf]) -> Result<(), String> {
    if !trees.iter().any(|tree| file.starts_with(tree)) {
        return Err("a symbolic link leads to this file from elsewhere, so it was not written; mend it by its own path".into());
    }
    let cannot = |error: io::Error| format!("the file cannot be written: {error}");
    let now = std::fs::read(file).map_err(cannot)?;
    if now != change.old || file.canonicalize().map_err(cannot)? != file {
        return Err("the file was changed in the meantime, so it was not written; run this again".into());
    }
    warn_of_links(file);
    outputs::exchange(file, |out| out.write_all(&change.new)).map_err(cannot)
}

/// A file that is written at once is a new one: what else leads to the old one stays with it.
fn warn_of_links(file: &Path) {
    #[cfg(unix)]
    if file.metadata().is_ok_and(|metadata| std::os::unix::fs::MetadataExt::nlink(&metadata) > 1) {
        warn(&format!("{} has other names (hard links), which keep what it held", shown(file)));
    }
    #[cfg(not(unix))]
    let _ = file;
}

/// The trees that may be written to: for every path the repository that it is named in, else the working directory, else its folder.
fn trees(paths: &[PathBuf]) -> Vec<PathBuf> {
    let here = std::env::current_dir().unwrap_or_default();
    let trees = paths.iter().filter_map(|path| {
        // As it is named: links in it are not followed.
        let mut named = PathBuf::new();
        for part in here.join(path).components() {
            match part {
                Component::ParentDir => drop(named.pop()),
                Component::CurDir => {}
                part => named.push(part),
            }
        }
        let folders = || named.ancestors().skip(usize::from(!named.is_dir()));
        let repository = folders().find(|folder| folder.join(".git").exists());
        let tree = repository.or(Some(here.as_path()).filter(|here| named.starts_with(here)));
        tree.or(named.parent()).unwrap_or(&named).canonicalize().ok()
    });
    trees.collect()
}

/// What was done, what was left and why, and what remains.
fn told(found: &Found, mended: &Mended, refused: &[(u32, String)], dry_run: bool) -> String {
    let Mended { files, looked, left } = mended;
    let findings = &looked.findings;
    let verb = if dry_run { "would mend" } else { "mended" };
    let mut told = String::new();
    let (mut count, mut file_count, mut unwritten) = (0, 0, 0);
    for (file, Change { rules, .. }) in files {
        if refused.iter().any(|(refused, _)| refused == file) {
            unwritten += rules.len();
            continue;
        }
        (count, file_count) = (count + rules.len(), file_count + 1);
        let mut of_rules: BTreeMap<&str, usize> = BTreeMap::new();
        rules.iter().for_each(|rule| *of_rules.entry(rule).or_default() += 1);
        let of_rules: Vec<String> = of_rules
            .iter()
            .map(|(rule, count)| if *count == 1 { (*rule).to_owned() } else { format!("{rule} ({count})") })
            .collect();
        let path = visible(&found.files[*file as usize].path);
        let _ = writeln!(told, "{verb} {path}: {}", of_rules.join(", "));
    }
    for (number, why) in left {
        let Finding { place, plugin, rule, .. } = &findings[*number];
        let source = &looked.read.sources[place.source as usize];
        let region = source.region(place.span, Columns::CodePoints);
        let rule = &looked.infos[*plugin as usize].rules[*rule as usize].id;
        let (line, column) = (region.start_line, region.start_column);
        let path = visible(&source.path);
        let _ = writeln!(told, "left {path}:{line}:{column} {rule}: {why}");
    }
    let of_level =
        |level: Level| findings.iter().filter(|finding| finding.counts() && finding.level == level).count();
    let remain: Vec<String> = [Level::Error, Level::Warning, Level::Note]
        .into_iter()
        .filter(|level| of_level(*level) > 0)
        .map(|level| counted(of_level(level), level.name()))
        .collect();
    let remain = if remain.is_empty() { "no findings".to_owned() } else { remain.join(", ") };
    let known = findings.iter().filter(|finding| finding.known).count();
    let suppressed = findings.iter().filter(|finding| finding.suppressed.is_some()).count();
    let settled: Vec<String> = [(suppressed, "suppressed"), (known, "known")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let settled = if settled.is_empty() { String::new() } else { format!(" ({})", settled.join(", ")) };
    let _ = writeln!(
        told,
        "{verb} {} in {}, left {}; {remain}{settled} {}{}",
        counted(count, "finding"),
        counted(file_count, "file"),
        left.len(),
        if dry_run { "would remain" } else { "remain" },
        match unwritten {
            0 => String::new(),
            _ => format!(", and {} in what could not be written", counted(unwritten, "finding")),
        },
    );
    told
}
