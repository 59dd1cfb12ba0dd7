//! The door: arguments in, exit code out.

use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;

use anstream::{AutoStream, ColorChoice};

use plimsoll::carried::Carried;
use plimsoll::check::Limits;
use plimsoll::cli::{self, Cli, Color, Command};
use plimsoll::config::Config;
use plimsoll::terminal::{visible, written};
use plimsoll::{
    bundle, finding, fix, init, lock, manual, memory, merge, objects, oci, plugin, plugins, registry, report,
    scan, selection, settings, triage, trust, watch,
};

/// The request was wrong, and nothing was scanned.
const WRONG: u8 = 2;

fn main() -> ExitCode {
    let cli = cli::parse();
    // Formats for programs are written as they are; those for people pass through what strips their styles where nobody sees them.
    let mut out =
        Output { styled: styled(cli.color), bytes: io::BufWriter::with_capacity(OUTPUT, io::stdout()) };
    let code = run(&cli, &mut out).and_then(|code| written(out.bytes.flush()).map(|()| code));
    match code {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            let mut err = AutoStream::new(io::stderr(), color(cli.color));
            let red = anstyle::AnsiColor::Red.on_default().bold();
            // It may name files, which may be called anything.
            let message = message.split('\n').map(visible).collect::<Vec<_>>().join("\n");
            // Nothing is left to be done if standard error is closed too.
            let _ = writeln!(err, "{red}error{red:#}: {message}");
            ExitCode::from(WRONG)
        }
    }
}

/// Bytes of output that are written together.
const OUTPUT: usize = 64 << 10;

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
        Command::Scan(args) if args.watch => watch::watch(args),
        Command::Scan(args) => scan(args, out),
        Command::Fix(args) => fix(args, out),
        Command::Rules(args) => rules(args, out).map(|()| 0),
        Command::Plugin(args) => plugin(args, out),
        Command::Objects(args) => {
            threads(0, &Limits::default())?;
            objects::objects(args, &mut out.bytes)
        }
        Command::Config(args) => {
            threads(0, &Limits::default())?;
            let carried = Carried::open()?;
            let config = Config::load(args.look.plugins.config.as_deref(), carried.configuration()?)?;
            let told = settings::told(args, &carried, &config)?;
            written(write!(out.bytes, "{told}")).map(|()| 0)
        }
        Command::Init(args) => {
            threads(0, &Limits::default())?;
            let (told, code) = init::init(args, &Carried::open()?)?;
            written(write!(out.bytes, "{told}")).map(|()| code)
        }
        Command::Merge(args) => merge::merge(args, &mut out.bytes).map(|()| 0),
        Command::Bundle(args) => {
            threads(0, &Limits::default())?;
            let told = match (&args.output, &args.inspect) {
                (Some(output), _) => bundle::write(args, output)?,
                (None, file) => bundle::inspect(file.as_ref().and_then(Option::as_deref), &args.key)?,
            };
            written(write!(out.bytes, "{told}")).map(|()| 0)
        }
        Command::Completions { shell } => {
            written(out.bytes.write_all(&manual::completions(*shell))).map(|()| 0)
        }
        Command::Man { output: None } => written(out.bytes.write_all(&manual::page()?)).map(|()| 0),
        Command::Man { output: Some(folder) } => manual::pages(folder).map(|()| 0),
    }
}

/// What there is to say, and the exit code.
fn scan(args: &cli::Scan, out: &mut Output) -> Result<u8, String> {
    let carried = Carried::open()?;
    let config = Config::load(args.look.plugins.config.as_deref(), carried.configuration()?)?;
    let jobs = args.look.jobs.map_or(0, usize::from);
    let verdict = as_one_of_the_threads(jobs, &config.limits, || match args.format {
        cli::Format::Pretty => scan::scan(args, &carried, &config, &mut out.people()),
        _ => scan::scan(args, &carried, &config, &mut out.bytes),
    });
    verdict.map(triage::Verdict::exit_code)
}

fn fix(args: &cli::Fix, out: &mut Output) -> Result<u8, String> {
    let carried = Carried::open()?;
    let config = Config::load(args.look.plugins.config.as_deref(), carried.configuration()?)?;
    threads(args.look.jobs.map_or(0, usize::from), &config.limits)?;
    fix::fix(args, &carried, &config, &mut out.bytes)
}

fn plugin(verb: &cli::Plugin, out: &mut Output) -> Result<u8, String> {
    let done = match verb {
        cli::Plugin::New(args) => plugin::create(args),
        cli::Plugin::Build { folder } => plugin::build(folder).map(|built| format!("{}\n", built.display())),
        cli::Plugin::Test(args) => {
            return plugin::test(args, &|limits| threads(0, limits), &mut out.people());
        }
        cli::Plugin::Inspect(args) => {
            threads(0, &Limits::default())?;
            let inspected = match args.format {
                cli::InspectFormat::Pretty => plugin::inspect(args, &mut out.people()),
                cli::InspectFormat::Json => plugin::inspect(args, &mut out.bytes),
            };
            return inspected.map(|()| 0);
        }
        cli::Plugin::Bench(args) => {
            let carried = Carried::open()?;
            let config = Config::load(None, carried.configuration()?)?;
            threads(0, &config.limits)?;
            return plugin::bench(args, &carried, &config, &mut out.bytes).map(|()| 0);
        }
        cli::Plugin::Lock(args) => {
            threads(0, &Limits::default())?;
            let (told, code) = lock::lock(args)?;
            return written(write!(out.bytes, "{told}")).map(|()| code);
        }
        cli::Plugin::Keygen { file } => trust::keygen(file),
        cli::Plugin::Sign { file, key } => plugins::is_local(file).and_then(|()| trust::sign(file, key)),
        cli::Plugin::Save { files, output } => oci::save(files, output),
        cli::Plugin::Load { layout, output } => oci::load(layout, output),
        cli::Plugin::Verify { file, key } => plugins::is_local(file).and_then(|()| trust::verify(file, key)),
        cli::Plugin::Push(args) => registry::push(args),
        cli::Plugin::Pull(args) => registry::pull(args),
    };
    written(write!(out.bytes, "{}", done?)).map(|()| 0)
}

/// Starts the threads that read and check, as many as there are processors if none are wanted.
fn threads(wanted: usize, limits: &Limits) -> Result<(), String> {
    started(pool(wanted, limits).build_global())
}

fn pool(wanted: usize, limits: &Limits) -> rayon::ThreadPoolBuilder {
    rayon::ThreadPoolBuilder::new().num_threads(wanted).stack_size(limits.thread_stack())
}

fn started<T, E: std::fmt::Display>(started: Result<T, E>) -> Result<T, String> {
    started.map_err(|error| format!("threads cannot be started: {error}"))
}

/// Starts the threads, does some work as one of them, and returns what it came to. Who is none of them wakes one for every step and waits,
/// while that one looks for work in between.
fn as_one_of_the_threads<T: Send>(
    wanted: usize,
    limits: &Limits,
    work: impl FnOnce() -> Result<T, String> + Send,
) -> Result<T, String> {
    let work = || started(pool(wanted, limits).use_current_thread().build_global()).and_then(|()| work());
    if stack().is_some_and(|stack| stack >= limits.thread_stack()) {
        let all = || thread::available_parallelism().map_or(1, usize::from);
        memory::set_aside(if wanted == 0 { all() } else { wanted });
        return work();
    }
    let thread = thread::Builder::new().stack_size(limits.thread_stack());
    thread::scope(|scope| {
        let done = started(thread.spawn_scoped(scope, work))?.join();
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Bytes of stack that are left to this thread, the first of the process, where the system tells.
#[cfg(target_os = "linux")]
fn stack() -> Option<usize> {
    use rustix::process::{Resource, getrlimit};
    use std::os::unix::ffi::OsStrExt;
    // The system puts both there, with a pointer to each.
    let args = std::env::args_os().map(|arg| arg.len());
    let variables = std::env::vars_os().map(|(name, value)| name.len() + value.as_bytes().len());
    let taken = args.chain(variables).map(|len| len + 16).sum::<usize>();
    let most = getrlimit(Resource::Stack).current.unwrap_or(u64::MAX);
    usize::try_from(most).unwrap_or(usize::MAX).checked_sub(taken)
}

#[cfg(not(target_os = "linux"))]
fn stack() -> Option<usize> {
    None
}

fn rules(args: &cli::Rules, out: &mut Output) -> Result<(), String> {
    let mut plugins = plugins::inspect(&args.plugins)?;
    let is_one = |id: &str| {
        plugins.iter().flat_map(|plugin| &plugin.rules).any(|rule| rule.id == id || rule.short_id() == id)
    };
    // A pack or a pattern asks for a list.
    let several = args.id.as_deref().filter(|id| !is_one(id));
    if let Some(several) = several {
        let ids = plugins.iter().flat_map(|plugin| &plugin.rules).map(|rule| rule.id.as_str());
        let unknown = format!("there is no rule `{several}`; {}", selection::cure(several, ids));
        plugins.iter_mut().for_each(|plugin| plugin.rules.retain(|rule| rule.is_named(several)));
        plugins.retain(|plugin| !plugin.rules.is_empty());
        if plugins.is_empty() {
            return Err(unknown);
        }
    }
    let all = || plugins.iter().flat_map(|plugin| plugin.rules.iter().map(move |rule| (plugin, rule)));
    let one = args.id.as_deref().filter(|_| several.is_none()).and_then(|id| {
        let short = |(_, rule): &(_, &finding::RuleInfo)| rule.short_id() == id;
        all().find(|(_, rule)| rule.id == id).or_else(|| all().find(short))
    });
    let shown = match (args.format, one) {
        (cli::RulesFormat::Json, one) => {
            report::rules_json(&plugins, one.map(|(_, rule)| rule), &mut out.bytes)
        }
        (cli::RulesFormat::Markdown, Some((_, rule))) => write!(out.bytes, "{}", report::markdown_page(rule)),
        (cli::RulesFormat::Markdown, None) => {
            return Err("--format markdown shows the page of one rule; name its ID".to_owned());
        }
        (cli::RulesFormat::Pretty, Some((plugin, rule))) => report::page(plugin, rule, &mut out.people()),
        (cli::RulesFormat::Pretty, None) => report::list(&plugins, &args.plugins.plugin, &mut out.people()),
    };
    written(shown)
}
