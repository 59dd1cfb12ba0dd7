//! The door: arguments in, exit code out.

use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;

use anstream::{AutoStream, ColorChoice};

use plimsoll::carried::Carried;
use plimsoll::check::Limits;
use plimsoll::cli::{self, Cli, Color, Command};
use plimsoll::config::Config;
use plimsoll::terminal::written;
use plimsoll::{bundle, finding, objects, plugin, plugins, report, scan, selection, triage};

/// The request was wrong, and nothing was scanned.
const WRONG: u8 = 2;

fn main() -> ExitCode {
    let cli = cli::parse();
    // Formats for programs are written as they are; those for people pass through what strips their styles where nobody sees them.
    let mut out = Output { styled: styled(cli.color), bytes: io::BufWriter::new(io::stdout()) };
    let code = run(&cli, &mut out).and_then(|code| written(out.bytes.flush()).map(|()| code));
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

/// Standard output, for programs and for people.
struct Output {
    bytes: io::BufWriter<io::Stdout>,
    styled: bool,
}

impl Output {
    /// Where text with styles is written.
    fn people(&mut self) -> Box<dyn Write + '_> {
        if self.styled { Box::new(&mut self.bytes) } else { Box::new(report::Plain::new(&mut self.bytes)) }
    }
}

fn styled(when: Color) -> bool {
    match when {
        Color::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        Color::Always => true,
        Color::Never => false,
    }
}

fn color(when: Color) -> ColorChoice {
    match when {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}

fn run(cli: &Cli, out: &mut Output) -> Result<u8, String> {
    match &cli.command {
        Command::Scan(args) => scan(args, out),
        Command::Rules(args) => rules(args, out).map(|()| 0),
        Command::Plugin(cli::Plugin::Build { folder }) => {
            let built = plugin::build(folder)?;
            written(writeln!(out.bytes, "{}", built.display())).map(|()| 0)
        }
        Command::Objects(args) => {
            with_threads(0, &Limits::default(), || objects::objects(args, &mut out.bytes))
        }
        Command::Bundle(args) => {
            let told = with_threads(0, &Limits::default(), || match (&args.output, &args.inspect) {
                (Some(output), _) => bundle::write(args, output),
                (None, file) => bundle::inspect(file.as_ref().and_then(Option::as_deref)),
            })?;
            written(write!(out.bytes, "{told}")).map(|()| 0)
        }
    }
}

fn scan(args: &cli::Scan, out: &mut Output) -> Result<u8, String> {
    let carried = Carried::open()?;
    let config = Config::load(args.plugins.config.as_deref(), carried.configuration()?)?;
    let verdict = with_threads(args.jobs.map_or(0, usize::from), &config.limits, || match args.format {
        cli::Format::Pretty => scan::scan(args, &carried, &config, &mut out.people()),
        _ => scan::scan(args, &carried, &config, &mut out.bytes),
    });
    verdict.map(triage::Verdict::exit_code)
}

/// Does some work on a thread whose stack plugins may run on, with others beside it that read and check: as many together as there are
/// processors if none are wanted. Were it not one of them, it would wake another for every step and wait.
fn with_threads<T: Send>(
    wanted: usize,
    limits: &Limits,
    work: impl FnOnce() -> Result<T, String> + Send,
) -> Result<T, String> {
    let refused = |error: &dyn std::fmt::Display| format!("threads cannot be started: {error}");
    let stack = limits.thread_stack();
    let run = || {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(wanted).stack_size(stack).use_current_thread();
        pool.build_global().map_err(|error| refused(&error))?;
        work()
    };
    thread::scope(|scope| {
        let started = thread::Builder::new().stack_size(stack).spawn_scoped(scope, run);
        let done = started.map_err(|error| refused(&error))?.join();
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn rules(args: &cli::Rules, out: &mut Output) -> Result<(), String> {
    let plugins = plugins::inspect(&args.plugins)?;
    let all = || plugins.iter().flat_map(|plugin| plugin.rules.iter().map(move |rule| (plugin, rule)));
    let one = match &args.id {
        None => None,
        Some(id) => {
            let short = |(_, rule): &(_, &finding::RuleInfo)| rule.id == *id || rule.short_id() == id;
            let found = all().find(|(_, rule)| rule.id == *id).or_else(|| all().find(short));
            let cure = || selection::cure(id, all().map(|(_, rule)| rule.id.clone()).collect());
            Some(found.ok_or_else(|| format!("there is no rule `{id}`; {}", cure()))?)
        }
    };
    let shown = match (args.format, one) {
        (cli::RulesFormat::Json, one) => {
            report::rules_json(&plugins, one.map(|(_, rule)| rule), &mut out.bytes)
        }
        (cli::RulesFormat::Markdown, Some((_, rule))) => write!(out.bytes, "{}", report::markdown(rule)),
        (cli::RulesFormat::Markdown, None) => {
            return Err("--format markdown shows the page of one rule; name its ID".to_owned());
        }
        (cli::RulesFormat::Pretty, Some((plugin, rule))) => report::page(plugin, rule, &mut out.people()),
        (cli::RulesFormat::Pretty, None) => report::list(&plugins, &mut out.people()),
    };
    written(shown)
}
