//! The journey of a scan: read → check → triage → report.

use std::io;

use crate::carried::Carried;
use crate::cli::{self, Format};
use crate::config::Config;
use crate::inspect::{Inspected, Inspector, NEWEST};
use crate::progress::Progress;
use crate::report::{self, Report};
use crate::triage::Verdict;
use crate::{outputs, read, triage};

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
    let inspector = Inspector::new(&args.choice, &args.plugins, args.no_cache, carried, config)?;

    outputs::judge(&args.output)?;

    let found = read::discover(&args.paths)?;
    let progress = Progress::new(found.files.len());
    let read = read::read(&found, &|| progress.tick());
    outputs::spare(&args.output, &found, &read, config.path())?;
    let Inspected { findings, faults } = inspector.inspect(&read)?;
    let verdict = triage::verdict(&findings, &faults, args.fail_on.level());
    drop(progress);
    for doubt in doubts(&read, inspector.kubernetes()) {
        crate::terminal::warn(&doubt);
    }

    let report = Report {
        sources: &read.sources,
        objects: &read.objects,
        plugins: inspector.plugins(),
        enabled: &inspector.enabled(),
        findings: &findings,
        faults: &faults,
        source_count: read.count,
        bytes: read.bytes,
        kubernetes: inspector.kubernetes(),
        exit_code: verdict.exit_code(),
        category: args.category.as_deref(),
    };
    let partial = !faults.is_empty() && !args.allow_partial_sarif;
    for (format, file) in &args.output {
        if partial && *format == Format::Sarif {
            crate::terminal::warn(&withheld(&file.display().to_string(), faults.len()));
            continue;
        }
        outputs::replace(file, |out| match format {
            Format::Pretty => write(*format, &report, &mut report::Plain::new(out)),
            _ => write(*format, &report, out),
        })
        .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    }
    if partial && args.format == Format::Sarif {
        crate::terminal::warn(&withheld("SARIF", faults.len()));
        return Ok(verdict);
    }
    crate::terminal::written(write(args.format, &report, out))?;
    Ok(verdict)
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

/// What a user should know who may take the result for more than it is.
fn doubts(read: &read::Read, kubernetes: &str) -> Vec<String> {
    let mut doubts = Vec::new();
    if read.objects.is_empty() && read.faults.is_empty() {
        doubts.push(format!(
            "no Kubernetes objects were found in {} files, so nothing was checked",
            read.count
        ));
    }
    let minor = |version: &str| version.strip_prefix("1.").and_then(|minor| minor.parse::<u16>().ok());
    if minor(kubernetes) > minor(NEWEST) {
        doubts.push(format!(
            "Kubernetes {kubernetes} is newer than what is known here; it is taken for what {NEWEST} is"
        ));
    }
    doubts
}
