//! The journey of a scan: read → check → triage → report.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use crate::carried::Carried;
use crate::cli::{self, FailOn, Format};
use crate::config::Config;
use crate::finding::Absent;
use crate::look::{Looked, look};
use crate::report::{self, Report};
use crate::triage::{Baseline, Checked, Verdict};
use crate::{outputs, terminal, triage};

/// Scans, and writes what was found to `out` and to the files that were asked for.
///
/// # Errors
///
/// If the request was wrong: nothing was scanned then.
pub fn scan(
    args: &cli::Scan,
    carried: &Carried,
    config: &Config,
    out: &mut dyn io::Write,
) -> Result<Verdict, String> {
    outputs::judge(args)?;
    let baseline = known(args, config)?;
    let mut looked = look(&args.look, carried, config)?;
    outputs::spare(args, &looked.found, &looked.read, config.path())?;
    let absent = baseline.map(|baseline| compare(baseline, &mut looked));
    if args.write_baseline.is_some() {
        looked.findings.iter_mut().for_each(|finding| finding.known = true);
    }
    let fail_on = args.fail_on.or(config.fail_on).unwrap_or(FailOn::Error);
    let verdict = triage::verdict(&looked.findings, &looked.faults, fail_on.level());

    let report = reported(&looked, absent.as_deref(), verdict, args.category.as_deref());
    if let Some(file) = &args.write_baseline {
        write_baseline(file, &looked)?;
    }
    let partial = !report.faults.is_empty() && !args.allow_partial_sarif;
    for (format, file) in &args.output {
        if partial && *format == Format::Sarif {
            terminal::warn(&withheld(&file.display().to_string(), report.faults.len()));
            continue;
        }
        write_file(file, |out| match format {
            Format::Pretty => write(*format, &report, &mut report::Plain::new(out)),
            _ => write(*format, &report, out),
        })?;
    }
    if partial && args.format == Format::Sarif {
        terminal::warn(&withheld("SARIF", report.faults.len()));
        return Ok(verdict);
    }
    terminal::written(write(args.format, &report, out))?;
    Ok(verdict)
}

/// Writes a baseline of all that was found and is not suppressed.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write_baseline(file: &Path, looked: &Looked) -> Result<(), String> {
    write_file(file, |out| report::baseline(&reported(looked, None, Verdict::Clean, None), out))
}

/// The baseline that findings are compared with. One that is about to be written takes the place of any.
fn known(args: &cli::Scan, config: &Config) -> Result<Option<Baseline>, String> {
    let file = args.baseline.as_deref().or(config.baseline.as_deref());
    let Some(file) = file.filter(|_| args.write_baseline.is_none()) else { return Ok(None) };
    let told = |why: &str| format!("the baseline {}: {why}", file.display());
    let bytes = std::fs::read(file).map_err(|error| {
        told(&format!(
            "it cannot be read: {error}; write it with `plimsoll scan --write-baseline {}`",
            file.display()
        ))
    })?;
    Baseline::read(&bytes).map(Some).map_err(|why| told(&why))
}

/// Marks what is known, and gives what is gone: what stood in a file that was read, or that is no longer there.
fn compare(baseline: Baseline, looked: &mut Looked) -> Vec<Absent> {
    let Looked { found, read, infos, enabled, findings, .. } = looked;
    let paths: HashSet<&str> = found.files.iter().map(|file| file.path.as_str()).collect();
    let was_looked_at = |file: &str| paths.contains(file) || !found.root.join(file).exists();
    let checked = Checked { sources: &read.sources, objects: &read.objects, plugins: infos, enabled };
    baseline.compare(findings, checked, was_looked_at)
}

fn reported<'a>(
    looked: &'a Looked,
    absent: Option<&'a [Absent]>,
    verdict: Verdict,
    category: Option<&'a str>,
) -> Report<'a> {
    Report {
        sources: &looked.read.sources,
        objects: &looked.read.objects,
        object_count: looked.objects,
        plugins: &looked.infos,
        enabled: &looked.enabled,
        levels: &looked.levels,
        findings: &looked.findings,
        suppressions: &looked.suppressions,
        absent,
        faults: &looked.faults,
        source_count: looked.read.count,
        bytes: looked.read.bytes,
        kubernetes: &looked.kubernetes,
        exit_code: verdict.exit_code(),
        category,
    }
}

fn write_file(file: &Path, write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<(), String> {
    outputs::replace(file, write).map_err(|error| format!("{} cannot be written: {error}", file.display()))
}

fn write(format: Format, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Pretty => report::pretty(report, out),
        Format::Json => report::json(report, out),
        Format::Sarif => report::sarif(report, report::Extent::Upload, out),
        Format::SarifFull => report::sarif(report, report::Extent::Full, out),
        Format::Junit => report::junit(report, out),
        Format::Markdown => report::summary(report, out),
        Format::Html => report::html(report, out),
        Format::Github => report::github(report, out),
        Format::Gitlab => report::gitlab(report, out),
    }
}

/// Why an upload is not written: GitHub takes what is missing in it for mended.
fn withheld(output: &str, faults: usize) -> String {
    let (are, them) =
        if faults == 1 { ("is 1 fault".to_owned(), "it") } else { (format!("are {faults} faults"), "them") };
    format!(
        "{output} was not written, because there {are}: once uploaded, it would close the alerts of what could not be looked at; mend \
         {them}, take `sarif-full` to read about {them}, or write it all the same with --allow-partial-sarif"
    )
}
