//! What a process costs: instructions, time of the processor, memory.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::{ResourceUsage, Wait4};

/// A process that can be started again and again.
#[derive(Clone)]
pub struct Process {
    words: Vec<String>,
}

impl Process {
    /// A program without arguments.
    pub fn new(program: impl AsRef<Path>) -> Self {
        Self { words: vec![program.as_ref().display().to_string()] }
    }

    /// With further arguments.
    pub fn with<T: ToString>(mut self, arguments: &[T]) -> Self {
        self.words.extend(arguments.iter().map(ToString::to_string));
        self
    }

    /// Started by another program, which gets it as its last arguments.
    pub fn under(self, mut other: Self) -> Self {
        other.words.extend(self.words);
        other
    }

    /// Taken for well done however it ends: a scanner fails where it finds something.
    pub fn whatever_it_finds(self) -> Self {
        self.under(Self::new("sh").with(&["-c", "\"$@\" || true", "sh"]))
    }

    /// Runs it and returns what it printed, on standard output and on standard error.
    ///
    /// # Errors
    ///
    /// If it cannot be started or fails: what a failing process costs is worth nothing.
    pub fn run(&self) -> Result<(String, String), String> {
        let told = self.words.join(" ");
        let done = self.command().stdout(Stdio::piped()).output();
        let done = done.map_err(|error| format!("`{told}` cannot be started: {error}"))?;
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        if done.status.success() {
            Ok((out.into_owned(), err.into_owned()))
        } else {
            Err(format!("`{told}` failed, {}: {err}", done.status))
        }
    }

    /// Runs it, throws away what it prints, and returns what it used.
    fn used(&self) -> Result<ResourceUsage, String> {
        let child = self.command().stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        match child.and_then(|mut child| child.wait4()) {
            Ok(done) if done.status.success() => Ok(done.rusage),
            // Once more, to hear why.
            _ => self.run().and_then(|_| Err(format!("`{}` failed", self.words.join(" ")))),
        }
    }

    /// Time of the processor, in user space and in the kernel, of so many runs.
    fn cpu(&self, times: usize) -> Result<Duration, String> {
        (0..times).map(|_| self.used().map(|used| used.utime + used.stime)).sum()
    }

    /// The most memory that it has at once, in bytes.
    pub fn peak(&self) -> Result<u64, String> {
        self.used().map(|used| used.maxrss)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).stdin(Stdio::null());
        command
    }

    /// Time on the wall, the shortest of some runs.
    pub fn wall(&self, runs: usize) -> Result<Duration, String> {
        let once = |_| {
            let started = Instant::now();
            self.used().map(|_| started.elapsed())
        };
        let walls = (0..runs).map(once).collect::<Result<Vec<_>, _>>()?;
        Ok(walls.into_iter().min().unwrap_or_default())
    }

    /// Instructions of user space, counted by valgrind; none if that is not here.
    pub fn instructions(&self) -> Result<Option<u64>, String> {
        if !valgrind_is_here() {
            return Ok(None);
        }
        let valgrind =
            Self::new("valgrind").with(&["--tool=callgrind", "--callgrind-out-file=/dev/null", "--"]);
        let (_, told) = self.clone().under(valgrind).run()?;
        let collected = told.lines().find_map(|line| line.split_once("Collected : "));
        let number = collected.and_then(|(_, number)| number.trim().parse().ok());
        number.map(Some).ok_or_else(|| format!("valgrind did not say what it collected: {told}"))
    }
}

/// Whether instructions can be counted.
pub fn valgrind_is_here() -> bool {
    let asked =
        Command::new("valgrind").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// What two processes spend of the processor, side by side.
pub struct Pair {
    pub left: Duration,
    pub right: Duration,
}

/// The medians of so many runs that take turns, so that what drifts hits both. Each run starts its process a number of times.
pub fn turns(left: &Process, right: &Process, runs: usize, times: usize) -> Result<Pair, String> {
    let mut spent = (Vec::new(), Vec::new());
    for _ in 0..runs {
        spent.0.push(left.cpu(times)?);
        spent.1.push(right.cpu(times)?);
    }
    let median = |mut all: Vec<Duration>| {
        all.sort();
        all[all.len() / 2] / times as u32
    };
    Ok(Pair { left: median(spent.0), right: median(spent.1) })
}
