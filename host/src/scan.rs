//! The journey of a scan: read → check → triage → report.

use std::io;
use std::mem::ManuallyDrop;
use std::path::Path;

use crate::carried::Carried;
use crate::cli::{self, FailOn, Format};
use crate::config::Config;
use crate::finding::Absent;
use crate::look::{Looked, baseline, known, look};
use crate::report::{self, Report};
use crate::shard::Shard;
use crate::triage::{Baseline, Verdict};
use crate::{outputs, read, terminal, triage};

/// Scans, and writes what was found to `out` and to the files that were asked for. What was looked at stays until the process ends, which it
/// does soon.
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
    // One that is about to be written takes the place of any.
    let baseline =
        if args.write_baseline.is_some() { None } else { known(args.baseline.as_deref(), config)? };
    let old = rewritten(args)?;
    let mut looked = ManuallyDrop::new(look(&args.look, args.shard, carried, config)?);
    outputs::spare(args, &looked.found, &looked.read, config.path())?;
    let absent = baseline.map(|baseline| looked.compare(baseline, args.shard.is_some()));
    if args.write_baseline.is_some() {
        looked.findings.iter_mut().for_each(|finding| finding.known = true);
    }
    let fail_on = args.fail_on.or(config.fail_on).unwrap_or(FailOn::Error);
    let verdict = triage::verdict(&looked.findings, &looked.faults, fail_on.level());

    let asked = |format| args.format == format || args.output.iter().any(|(asked, _)| *asked == format);
    let revision = if asked(Format::SarifFull) { read::revision(&looked.found) } else { None };
    let report = Report {
        named: &args.look.plugins.plugin,
        category: args.category.as_deref(),
        revision: revision.as_ref(),
        shard: args.shard.map(|Shard { number, count }| report::Shard {
            number,
            count,
            fail_on: fail_on.level(),
        }),
        sarif: report::Style { rules: args.sarif_rules.place(), identity: args.sarif_fingerprint.identity() },
        ..reported(&looked, absent.as_deref(), verdict)
    };
    if let Some(file) = &args.write_baseline {
        let kept = old.map(|old| looked.kept(old)).unwrap_or_default();
        if !kept.is_empty() {
            terminal::warn(&format!(
                "{} of the old baseline are kept, because their files or rules were not looked at",
                kept.len()
            ));
        }
        write_baseline(file, &kept, &looked)?;
    }
    let open = report.findings.iter().filter(|finding| finding.suppressed.is_none()).count();
    if asked(Format::Sarif) && open > report::MOST_RESULTS {
        terminal::warn(&cut(open));
    }
    let partial = !report.faults.is_empty() && !args.allow_partial_sarif;
    if let Some(shard) = args.shard.filter(|shard| shard.count > 1 && asked(Format::Sarif) && !partial) {
        terminal::warn(&part(shard));
    }
    for (format, file) in &args.output {
        if partial && *format == Format::Sarif {
            let old = if file.is_file() { "; what stands there is of an earlier scan" } else { "" };
            terminal::warn(&(withheld(&file.display().to_string(), report.faults.len()) + old));
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

/// Writes a baseline of all that was found and is not suppressed, and of what is kept of an older one.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write_baseline(file: &Path, kept: &[Absent], looked: &Looked) -> Result<(), String> {
    write_file(file, |out| report::baseline(&reported(looked, None, Verdict::Clean), kept, out))
}

/// The baseline that is about to be written anew, if there is one.
fn rewritten(args: &cli::Scan) -> Result<Option<Baseline>, String> {
    let Some(file) = args.write_baseline.as_deref().filter(|file| file.is_file()) else { return Ok(None) };
    let old = baseline(file);
    old.map(Some).map_err(|why| format!("{why}; --write-baseline writes over nothing but a baseline, so name another file or remove this one"))
}

fn reported<'a>(looked: &'a Looked, absent: Option<&'a [Absent]>, verdict: Verdict) -> Report<'a> {
    Report {
        sources: &looked.read.sources,
        objects: &looked.read.objects,
        object_count: looked.objects,
        reader: read::again,
        plugins: &looked.infos,
        named: &[],
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
        category: None,
        shard: None,
        revision: None,
        sarif: report::Style::default(),
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

/// That an upload is none yet: GitHub takes what is missing in it for mended.
fn part(Shard { number, count }: Shard) -> String {
    format!(
        "sarif holds only what shard {number}/{count} answers for; upload what `plimsoll merge` makes of all shards, because alone it would \
         close the alerts of the others"
    )
}

/// What an upload does not hold.
fn cut(findings: usize) -> String {
    format!(
        "sarif holds the worst {} of {findings} findings, which is what GitHub keeps of an upload; `sarif-full` holds all",
        report::MOST_RESULTS
    )
}
