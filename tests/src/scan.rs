//! One run of the binary over files of its own.

use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use serde_json::Value;

use crate::Guest;

/// Longer than any scan of these tests takes on a slow machine, also one that compiles an interpreter while it does much else; what takes longer
/// hangs.
const PATIENCE: Duration = Duration::from_secs(300);

/// A folder of manifests and a command line. The folder is a repository of its own and goes when this is dropped.
#[derive(Debug)]
pub struct Scan {
    folder: PathBuf,
    verb: &'static str,
    args: Vec<OsString>,
    stdin: Vec<u8>,
    env: Vec<(&'static str, OsString)>,
}

/// How a run ended and what it said.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Scan {
    /// `plimsoll scan` with the embedded packs, in an empty repository.
    #[expect(clippy::new_without_default, reason = "it makes a folder, which no default should")]
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("plimsoll-tests-{}-{number}", std::process::id()));
        for part in ["tree/.git", "plugins"] {
            fs::create_dir_all(folder.join(part)).expect("the temporary folder can be written");
        }
        Self { folder, verb: "scan", args: Vec::new(), stdin: Vec::new(), env: Vec::new() }
    }

    /// `plimsoll scan --format json` with one plugin, which says of every object that it is there. Takes milliseconds, where the packs
    /// take seconds the first time: a debug build compiles them.
    pub fn bare() -> Self {
        Self::new().args(["--no-embedded", "--format", "json"]).guest(&Guest::good())
    }

    /// Another command than `scan`.
    pub fn verb(mut self, verb: &'static str) -> Self {
        self.verb = verb;
        self
    }

    /// Writes a file into the repository.
    pub fn file(self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        let file = self.tree().join(path);
        fs::create_dir_all(file.parent().expect("it is below the tree"))
            .expect("the temporary folder can be written");
        fs::write(file, contents).expect("the temporary folder can be written");
        self
    }

    /// Writes a plugin beside the repository and loads it.
    pub fn plugin(self, file: &str, bytes: impl AsRef<[u8]>) -> Self {
        fs::write(self.folder.join("plugins").join(file), bytes)
            .expect("the temporary folder can be written");
        let path = format!("../plugins/{file}");
        self.args(["--plugin", &path])
    }

    /// Loads a plugin made of text; its file is called like the plugin.
    pub fn guest(self, guest: &Guest) -> Self {
        self.plugin(&format!("{}.wasm", guest.name()), guest.bytes())
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets standard input, which is empty otherwise.
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }

    /// Sets a variable of the environment.
    pub fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    /// The repository.
    pub fn tree(&self) -> PathBuf {
        self.folder.join("tree")
    }

    /// The command as it would be run.
    pub fn command(&self) -> Command {
        let mut command = Command::new(plimsoll());
        command.arg(self.verb).args(&self.args);
        self.in_place(&mut command);
        command
    }

    /// Lets a command run in the repository, with nothing of the user's that changes what the binary says.
    pub fn in_place(&self, command: &mut Command) {
        command.current_dir(self.tree()).env("PLIMSOLL_CACHE_DIR", cache());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "FORCE_COLOR"] {
            if !self.env.iter().any(|(set, _)| *set == name) {
                command.env_remove(name);
            }
        }
    }

    /// Runs the binary.
    ///
    /// # Panics
    ///
    /// If it crashes, hangs, or ends with an exit code that the contract does not know.
    pub fn run(&self) -> Ran {
        self.run_command(self.command())
    }

    /// Runs the binary with further arguments.
    ///
    /// # Panics
    ///
    /// As [`Scan::run`].
    pub fn run_with<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        let mut command = self.command();
        command.args(args);
        self.run_command(command)
    }

    /// Runs a command that wraps the binary.
    ///
    /// # Panics
    ///
    /// As [`Scan::run`].
    pub fn run_command(&self, mut command: Command) -> Ran {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = loop {
            match command.spawn() {
                // A process that another test is starting still holds what this one wrote, for a moment.
                Err(error)
                    if error.kind() == ErrorKind::ExecutableFileBusy && started.elapsed() < PATIENCE =>
                {
                    thread::sleep(Duration::from_millis(2));
                }
                started => break started.expect("the command can be started"),
            }
        };
        let mut stdin = child.stdin.take().expect("it was piped");
        let input = self.stdin.clone();
        // Who does not read its input may close it.
        let feeder = thread::spawn(move || drop(stdin.write_all(&input)));
        let stdout = read_all(child.stdout.take().expect("it was piped"));
        let stderr = read_all(child.stderr.take().expect("it was piped"));
        let status = wait(&mut child, &command);
        feeder.join().expect("writing does not panic");
        let [stdout, stderr] = [stdout, stderr].map(|text| text.join().expect("reading does not panic"));
        match status.code() {
            Some(code @ 0..=3) => Ran { code, stdout, stderr },
            _ => panic!("{command:?} crashed: {status}\n{stderr}"),
        }
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        // What cannot be removed is left to the system.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Ran {
    /// Standard output as JSON.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!("exit code {}, and no JSON: {error}\n{}{}", self.code, self.stdout, self.stderr)
        })
    }

    /// The findings, each as `rule file:line:column-line:column pointer`.
    ///
    /// # Panics
    ///
    /// As [`Ran::json`].
    pub fn findings(&self) -> Vec<String> {
        let json = self.json();
        let findings = json["findings"].as_array().expect("findings are a list");
        findings
            .iter()
            .map(|one| format!("{} {} {}", text(one, "rule"), place(one), text(one, "pointer")))
            .collect()
    }

    /// The faults, each as `kind file:line:column-line:column plugin: message`, with what there is of it.
    ///
    /// # Panics
    ///
    /// As [`Ran::json`].
    pub fn faults(&self) -> Vec<String> {
        let json = self.json();
        let faults = json["faults"].as_array().expect("faults are a list");
        let told = faults.iter().map(|fault| {
            let mut parts = vec![text(fault, "kind").to_owned()];
            parts.extend(Some(place(fault)).filter(|place| !place.is_empty()));
            parts.extend(fault["plugin"].as_str().map(str::to_owned));
            format!("{}: {}", parts.join(" "), text(fault, "message"))
        });
        told.collect()
    }

    /// Asserts that the request was refused: exit code 2, nothing on standard output, and this on standard error.
    ///
    /// # Panics
    ///
    /// If it was not.
    #[track_caller]
    pub fn is_refused(&self, message: &str) {
        assert_eq!(self.stderr.trim_end(), format!("error: {message}"));
        assert_eq!((self.code, self.stdout.as_str()), (2, ""));
    }
}

/// The binary that was built beside these tests.
///
/// # Panics
///
/// If there is none.
pub fn plimsoll() -> PathBuf {
    let test = env::current_exe().expect("a test knows where it is");
    let name = format!("plimsoll{}", env::consts::EXE_SUFFIX);
    let found = test.ancestors().skip(1).take(3).map(|folder| folder.join(&name)).find(|file| file.is_file());
    found.expect("the binary is missing: run `cargo build -p plimsoll` first")
}

/// Where the binary keeps the code of plugins that these tests use over and over: in cargo's target directory, not at the user's.
fn cache() -> PathBuf {
    let target =
        plimsoll().parent().and_then(Path::parent).expect("it lies in a folder of a profile").to_owned();
    target.join("tmp").join("plimsoll-cache")
}

fn read_all(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("a pipe can be read");
        String::from_utf8(bytes).expect("what the binary says is UTF-8")
    })
}

fn wait(child: &mut Child, command: &Command) -> std::process::ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return status;
        }
        if started.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("{command:?} hangs");
        }
        thread::sleep(Duration::from_millis(2));
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn place(value: &Value) -> String {
    let file = text(value, "file");
    let Some(region) = value["region"].as_object() else { return file.to_owned() };
    let [line, column, end_line, end_column] =
        ["startLine", "startColumn", "endLine", "endColumn"].map(|key| &region[key]);
    format!("{file}:{line}:{column}-{end_line}:{end_column}")
}

/// The root of the workspace.
///
/// # Panics
///
/// Never: the tests stand in it.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the workspace")
}
