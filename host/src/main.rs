//! The door: arguments in, exit code out. The only place that prints.

mod check;
mod cli;
mod config;
mod finding;
mod object;
mod objects;
mod progress;
mod read;
mod report;
mod scan;
mod source;
mod suggest;
mod triage;

use std::io::{self, Write};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};

use crate::cli::{Cli, Color, Command};

/// The request was wrong, and nothing was scanned.
const WRONG: u8 = 2;

fn main() -> ExitCode {
    let cli = cli::parse();
    let mut out = io::BufWriter::new(AutoStream::new(io::stdout(), color(cli.color)).lock());
    let code = run(&cli, &mut out).and_then(|code| written(out.flush()).map(|()| code));
    match code {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            let mut err = AutoStream::new(io::stderr(), color(cli.color));
            let red = anstyle::AnsiColor::Red.on_default().bold();
            // Nothing is left to be done if standard error is closed too.
            let _ = writeln!(err, "{red}error{red:#}: {message}");
            ExitCode::from(WRONG)
        }
    }
}

/// Whether standard output took what was written. That its reader went away is no error: it has seen enough.
fn written(result: io::Result<()>) -> Result<(), String> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("standard output cannot be written: {error}")),
        _ => Ok(()),
    }
}

fn color(when: Color) -> ColorChoice {
    match when {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}

fn run(cli: &Cli, out: &mut dyn Write) -> Result<u8, String> {
    let jobs = match &cli.command {
        Command::Scan(args) => args.jobs.map_or(0, usize::from),
        _ => 0,
    };
    // Plugins run on these threads, and their stack is carved out of the thread's.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).stack_size(check::THREAD_STACK).build_global();
    pool.map_err(|error| format!("threads cannot be started: {error}"))?;
    match &cli.command {
        Command::Scan(args) => scan::scan(args, out).map(triage::Verdict::exit_code),
        Command::Rules(args) => rules(args, out).map(|()| 0),
        Command::Objects(args) => objects::objects(args, out),
    }
}

fn rules(args: &cli::Rules, out: &mut dyn Write) -> Result<(), String> {
    let plugins = scan::inspect(&args.plugins)?;
    let all = || plugins.iter().flat_map(|plugin| plugin.rules.iter().map(move |rule| (plugin, rule)));
    let one = match &args.id {
        None => None,
        Some(id) => {
            let short = |(_, rule): &(_, &finding::RuleInfo)| rule.id == *id || rule.short_id() == id;
            let found = all().find(|(_, rule)| rule.id == *id).or_else(|| all().find(short));
            let cure = || scan::cure(id, all().map(|(_, rule)| rule.id.clone()).collect());
            Some(found.ok_or_else(|| format!("there is no rule `{id}`; {}", cure()))?)
        }
    };
    let shown = match (args.format, one) {
        (cli::RulesFormat::Json, one) => report::rules_json(&plugins, one.map(|(_, rule)| rule), out),
        (cli::RulesFormat::Markdown, Some((_, rule))) => write!(out, "{}", report::markdown(rule)),
        (cli::RulesFormat::Markdown, None) => return Err("--format markdown shows the page of one rule; name its ID".to_owned()),
        (cli::RulesFormat::Pretty, Some((plugin, rule))) => report::page(plugin, rule, out),
        (cli::RulesFormat::Pretty, None) => report::list(&plugins, out),
    };
    written(shown)
}
