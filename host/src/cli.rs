//! What the user may ask for. The only place that knows clap.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::finding::Level;
use crate::report::{Identity, RulesIn};
use crate::shard::{self, Shard};
use crate::source::is_deceptive;

/// Inspects Kubernetes manifests before they sail.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, about, long_about = LONG_ABOUT, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

const LONG_ABOUT: &str = "Inspects Kubernetes manifests before they sail.

Plimsoll reads the YAML and JSON of a repository exactly as Kubernetes does, lets sandboxed WebAssembly rules look at every object, and \
shows what they find on the exact line and column.

Exit code: 0 nothing at or above --fail-on; 1 findings at or above it; 2 the request was wrong and nothing was scanned; 3 something \
could not be looked at, whatever was found.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check manifests
    Scan(Box<Scan>),
    /// Mend manifests: make the changes that findings offer
    #[command(long_about = FIX)]
    Fix(Box<Fix>),
    /// List every rule, or show the page of one
    Rules(Rules),
    /// Show what the rules see: a line of JSON for every object
    Objects(Objects),
    /// Show what is in force, and where each value comes from; takes the options of scan
    Config(Box<Config>),
    /// Write a first plimsoll.yaml for a repository, and a baseline of what is found today
    Init(Init),
    /// Join SARIF files into one that GitHub code scanning takes: the shards of a scan, and what other tools wrote
    #[command(long_about = MERGE)]
    Merge(Merge),
    /// Write, build, test, inspect, lock, sign, carry, push and pull plugins
    #[command(subcommand)]
    Plugin(Plugin),
    /// Write a copy of this executable that carries further plugins and a configuration
    #[command(long_about = BUNDLE)]
    Bundle(Bundle),
    /// Print a script that completes the command line in a shell
    Completions {
        /// The shell
        #[arg(value_enum, value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write the pages of all commands
    Man {
        /// Write a page for every command to this folder
        #[arg(long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
}

const LOCK: &str = "Pin the plugins that plimsoll.yaml names, in plimsoll.lock beside it.

A line pins one plugin by the SHA-256 of its WebAssembly. Where a lock is, every command that loads the plugins of the configuration loads \
these and no others: one that differs, one that is missing in the lock and a line for one that is no longer named are errors. Plugins \
that --plugin names, and those that the executable carries, are outside of the lock.

Exit code: 0 the lock was written, or is current; 1 --check found that it is not; 2 a plugin could not be loaded or the lock not written.";

const PUSH: &str = "Bring a plugin and its signature to an OCI registry.

It becomes an artifact as wkg makes them: one layer that is the WebAssembly. The signature is an annotation of the manifest. Proxies are \
taken from HTTPS_PROXY, HTTP_PROXY and NO_PROXY.";

const PULL: &str = "Get a plugin from an OCI registry, or all that plimsoll.yaml names there.

Without REFERENCE, every plugin that plimsoll.yaml names as oci://… goes to .plimsoll/plugins beside it, where scans find it; they never \
ask a registry. What plimsoll.lock pins must be what comes, and is not asked for if it is there already. With REFERENCE, the plugin \
goes to a folder, with its signature beside it. Every digest is compared before anything is written, and no file is written in part.";

const FIX: &str = "Mend manifests: make the changes that findings offer.

Comments, order, quotes and indentation stay as they are. Every file is read again before it is written: it must hold the old objects with \
exactly these changes. What cannot be written so is left, and told of. A file is written whole or not at all, never through a symbolic \
link that leads out of the tree, and not if it changed in the meantime. `-` alone mends standard input and prints the result.

What is suppressed is left as it is; what a baseline knows is mended too.

Exit code: 0 nothing at or above --fail-on remains; 1 findings at or above it remain, or --dry-run would change something; 2 the request \
was wrong and nothing was mended; 3 something could not be looked at or written.";

const BUNDLE: &str = "Write a copy of this executable that carries further plugins and a configuration.

The copy needs no other file and no network. It carries the plugins with their compiled code, so that it starts in milliseconds. A \
plimsoll.yaml beside the manifests, or --config, takes the place of the configuration that it carries.";

const MERGE: &str = "Join SARIF files into one that GitHub code scanning takes.

All shards of a scan become the very file that the whole scan would have written, in whatever order they are named. Of other files, runs \
of one tool and category become one run, because GitHub refuses a file with two of them: rules and plugins are united, results that are \
the same to the byte are kept once. Runs that cannot be joined are an error that says why, and nothing is written then.";

const BUILD: &str = "Compile a plugin to a component that `scan --plugin` takes.

What the folder holds tells the language: Cargo.toml Rust, package.json JavaScript, pyproject.toml Python, go.mod Go, plugin.c C. In \
every language but Rust, plugin.json says what the plugin is. A file of WebAssembly is what another compiler made, with plugin.json beside it. \
The component is written to target/plimsoll in the folder, for Rust in cargo's target directory, and its path is printed. It imports nothing, and the same source and compiler give the same bytes; in JavaScript and Python, where a component is a \
snapshot of an interpreter, only as long as nothing changes.";

const TEST: &str = "Try the examples on the pages of the rules, scan cases, manifests with comments that say what is found in them, and compare.

An example is a block on a rule's page, its `docs`. In one that begins with ```yaml fails the rule has to find something, and where it brings a fix, \
the finding must be gone once that is made; in one that begins with ```yaml passes it has to find nothing. Further words there set the scene: \
`kubernetes=1.24`, `parameters={\"max\":3}`. An example may leave out what the rule does not look at, such as `apiVersion`.

A case is a YAML file in the folder `tests`. A comment `# expect: pack/rule` on a line, or above it, says that a finding of that rule begins \
on that line. `/spec/type` behind the rule also says where in the object it is, and `\"is public\"` a part of its message; a comma begins the next. What is \
found and not expected fails a case as well. Every case is scanned by itself, by this plugin alone, with the nearest plimsoll.yaml beside it or \
above it, up to the folder of the plugin.

Exit code: 0 all is as expected; 1 an example or a case is not; 2 the plugin cannot be built or loaded, a case cannot be read, or there is \
neither a case nor an example.";

const BENCH: &str = "Measure what an object costs the rules of a plugin, beside those that the executable carries.

Fuel counts instructions, and is the same on every machine; time is that of this machine, the least of five rounds, without reading and \
compiling. An object is counted once for the rules that look at objects, and once for those that look at sets. A call that uses more than its fuel \
is a fault: `limits.fuel` and `limits.fuelPerByte` say how much it gets.";

/// `plimsoll merge`
#[derive(Debug, Args)]
pub struct Merge {
    /// The SARIF files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Where to write the joined file [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `plimsoll bundle`
#[derive(Debug, Args)]
pub struct Bundle {
    /// Where to write the copy
    #[arg(long, value_name = "FILE", required_unless_present = "inspect")]
    pub output: Option<PathBuf>,
    /// Take in a plugin, beside those of the configuration; may be repeated
    #[arg(long, value_name = "FILE")]
    pub plugin: Vec<PathBuf>,
    /// Take in a configuration, and the plugins that it names
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Leave out the plugins that this executable carries
    #[arg(long)]
    pub no_embedded: bool,
    /// Show what a bundle carries, and whether it is whole [default: this executable]
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with_all = ["output", "plugin", "config", "no_embedded"])]
    pub inspect: Option<Option<PathBuf>>,
    /// Whose plugins it may carry: the file or the line of a public key; may be repeated [default: what its own configuration trusts]
    #[arg(long, value_name = "KEY", requires = "inspect", conflicts_with_all = ["output", "plugin", "config", "no_embedded"])]
    pub key: Vec<String>,
}

/// `plimsoll plugin`
#[derive(Debug, Subcommand)]
pub enum Plugin {
    /// Write a plugin with one rule and a case, in Rust or another language, which builds at once
    New(New),
    /// Compile a plugin to a component that `scan --plugin` takes
    #[command(long_about = BUILD)]
    Build {
        /// The folder of the plugin, or the file that another compiler made
        #[arg(default_value = ".", value_name = "FOLDER|FILE")]
        folder: PathBuf,
    },
    /// Try the examples on the pages of the rules, and scan cases, manifests with comments that say what is found in them
    #[command(long_about = TEST)]
    Test(Test),
    /// Show what a plugin says it is, and what can be told of it without running it
    Inspect(Inspect),
    /// Measure what an object costs the rules of a plugin, beside those that the executable carries
    #[command(long_about = BENCH)]
    Bench(Bench),
    /// Pin the plugins that plimsoll.yaml names, in plimsoll.lock beside it
    #[command(long_about = LOCK)]
    Lock(Lock),
    /// Make a pair of keys to sign plugins with
    Keygen {
        /// Where to write the secret key; the public one goes beside it, with `.pub`
        #[arg(value_name = "KEYFILE")]
        file: PathBuf,
    },
    /// Sign a plugin as minisign does, in FILE.minisig
    Sign {
        /// The plugin
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The secret key, without a password: from `plimsoll plugin keygen`, or `minisign -G -W`
        #[arg(long, value_name = "KEYFILE")]
        key: PathBuf,
    },
    /// Tell whether the owner of a key signed a plugin; exits with 2 if not
    Verify {
        /// The plugin; its signature is in FILE.minisig
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The public key: a file, or its line that begins with RW
        #[arg(long, value_name = "PUBKEY")]
        key: String,
    },
    /// Write plugins and their signatures to an OCI image layout, to be carried to where there is no network
    Save {
        /// The plugins
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The folder that becomes the layout; it must not be there yet
        #[arg(long, value_name = "FOLDER")]
        output: PathBuf,
    },
    /// Take the plugins out of an OCI image layout, once every digest in it was compared
    Load {
        /// The folder that is the layout
        #[arg(value_name = "LAYOUT")]
        layout: PathBuf,
        /// The folder that gets the plugins, each as NAME.wasm
        #[arg(long, value_name = "FOLDER", default_value = ".")]
        output: PathBuf,
    },
    /// Bring a plugin and its signature to an OCI registry
    #[command(long_about = PUSH)]
    Push(Push),
    /// Get a plugin from an OCI registry, or all that plimsoll.yaml names there
    #[command(long_about = PULL)]
    Pull(Pull),
}

/// `plimsoll plugin push`
#[derive(Debug, Args)]
pub struct Push {
    /// The plugin; a signature in FILE.minisig travels along
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where to: oci://HOST/REPOSITORY:TAG; without a tag its version
    #[arg(value_name = "REFERENCE")]
    pub reference: String,
    /// How the registry is spoken to
    #[command(flatten)]
    pub registry: Registry,
}

/// `plimsoll plugin pull`
#[derive(Debug, Args)]
pub struct Pull {
    /// Which: oci://HOST/REPOSITORY:TAG, or with @sha256:DIGEST [default: all that plimsoll.yaml names]
    #[arg(value_name = "REFERENCE")]
    pub reference: Option<String>,
    /// The folder that gets the plugin of REFERENCE, as NAME.wasm [default: .]
    #[arg(long, value_name = "FOLDER", requires = "reference")]
    pub output: Option<PathBuf>,
    /// A configuration file [default: plimsoll.yaml in this folder or above it]
    #[arg(long, value_name = "FILE", conflicts_with = "reference")]
    pub config: Option<PathBuf>,
    /// Take what the registries have now, whatever the lock says
    #[arg(long, conflicts_with = "reference")]
    pub update: bool,
    /// How the registry is spoken to
    #[command(flatten)]
    pub registry: Registry,
}

/// How a registry is spoken to.
#[derive(Debug, Args)]
pub struct Registry {
    /// Log in as this user [default: what Docker's configuration and its helpers know of the host]
    #[arg(help_heading = "Registry", long, value_name = "NAME", requires = "password_stdin")]
    pub username: Option<String>,
    /// Read the password from standard input
    #[arg(help_heading = "Registry", long, requires = "username")]
    pub password_stdin: bool,
    /// Speak without TLS, so that everybody on the way can read and change it; a registry on this machine needs no asking
    #[arg(help_heading = "Registry", long, conflicts_with = "ca_file")]
    pub plain_http: bool,
    /// Trust the certificate authorities in this PEM file, beside those of this machine (or of SSL_CERT_FILE), and use TLS in any case
    #[arg(help_heading = "Registry", long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// How many seconds one request may take
    #[arg(help_heading = "Registry", long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub timeout: u32,
}

/// `plimsoll plugin new`
#[derive(Debug, Args)]
pub struct New {
    /// What the plugin is called; every id of its rules begins with it
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What to write it in
    #[arg(long, value_enum, default_value_t = Language::Rust, value_name = "LANGUAGE")]
    pub language: Language,
    /// The folder that gets the plugin [default: the name]
    #[arg(long, value_name = "DIR")]
    pub path: Option<PathBuf>,
    /// Where the SDK for Rust is: the folder `sdk` of a checkout of plimsoll [default: that of the checkout in which this executable was built, else
    /// a copy]
    #[arg(long, value_name = "DIR")]
    pub sdk: Option<PathBuf>,
    /// Put a copy of the SDK for Rust into the crate, so that it builds on other machines too
    #[arg(long, conflicts_with = "sdk")]
    pub vendor: bool,
    /// Take the SDK for Rust from crates.io, as of this version of plimsoll
    #[arg(long, conflicts_with_all = ["sdk", "vendor"])]
    pub published: bool,
}

/// What a plugin is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// The fastest and smallest, with an SDK
    Rust,
    /// In an interpreter of about a megabyte
    Javascript,
    /// In an interpreter of some twenty megabytes
    Python,
    /// With the standard compiler
    Go,
    /// Without a library
    C,
}

/// `plimsoll plugin test`
#[derive(Debug, Args)]
pub struct Test {
    /// The folder of the plugin, which is built first, or the file of a component
    #[arg(default_value = ".", value_name = "FOLDER|FILE")]
    pub plugin: PathBuf,
    /// The folder of the cases [default: tests in the folder of the plugin, for a file in the working directory]
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
    /// Write into the cases that what is found is expected
    #[arg(long)]
    pub bless: bool,
}

/// `plimsoll plugin inspect`
#[derive(Debug, Args)]
pub struct Inspect {
    /// The file of a component, or the name of a plugin that a scan here would load
    #[arg(value_name = "FILE|NAME")]
    pub plugin: PathBuf,
    /// The public key that must have signed it: a file, or its line that begins with RW; those of plimsoll.yaml are tried in any case
    #[arg(long, value_name = "PUBKEY")]
    pub key: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = InspectFormat::Pretty, value_name = "FORMAT")]
    pub format: InspectFormat,
}

/// `plimsoll plugin bench`
#[derive(Debug, Args)]
pub struct Bench {
    /// The file of a component
    #[arg(value_name = "FILE")]
    pub plugin: PathBuf,
    /// Files and folders with manifests to measure with; `-` is standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Leave out the plugins that the executable carries
    #[arg(long)]
    pub no_embedded: bool,
}

/// How `plugin inspect` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InspectFormat {
    /// For people
    Pretty,
    /// For programs; stable
    Json,
}

/// `plimsoll plugin lock`
#[derive(Debug, Args)]
pub struct Lock {
    /// A configuration file [default: plimsoll.yaml in this folder or above it]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Write nothing, and exit with 1 if the lock is not current
    #[arg(long)]
    pub check: bool,
}

/// What is looked at, and by which rules.
#[derive(Debug, Default, Args)]
pub struct Look {
    /// Files and folders to check; `-` is standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The set of rules that is on [default: default]
    #[arg(help_heading = "Which rules", long, value_enum, value_name = "PROFILE")]
    pub profile: Option<Profile>,
    /// Check this rule alone, whatever the profile; may be repeated. A pack's name or a pattern with `*` stands for several
    #[arg(help_heading = "Which rules", long, value_name = "ID")]
    pub rule: Vec<String>,
    /// Leave this rule out; may be repeated, and name several as --rule does
    #[arg(help_heading = "Which rules", long, value_name = "ID")]
    pub skip_rule: Vec<String>,
    /// The version of Kubernetes that the manifests are meant for [default: the newest known, 1.37]
    #[arg(help_heading = "Which rules", long, value_name = "1.NN", value_parser = kubernetes)]
    pub kubernetes_version: Option<String>,
    /// Let no suppression hold, whether in a manifest or in the configuration
    #[arg(help_heading = "What counts", long)]
    pub no_suppressions: bool,
    /// The day by which it is judged whether a suppression still holds [default: today in UTC]
    #[arg(help_heading = "What counts", long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub today: Option<String>,
    /// How many threads to use [default: as many as there are processors]
    #[arg(help_heading = "How it runs", long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Compile plugins anew, and keep nothing of them; otherwise the code of each is kept in the user's cache, or in PLIMSOLL_CACHE_DIR
    #[arg(help_heading = "How it runs", long)]
    pub no_cache: bool,
    /// Which plugins to use
    #[command(flatten)]
    pub plugins: Plugins,
}

/// `plimsoll scan`
#[derive(Debug, Args)]
pub struct Scan {
    /// What is looked at
    #[command(flatten)]
    pub look: Look,
    /// What to print on standard output
    #[arg(help_heading = "Output", long, value_enum, default_value_t = Format::Pretty, value_name = "FORMAT")]
    pub format: Format,
    /// Write a further format to a file; may be repeated
    #[arg(help_heading = "Output", long, value_name = "FORMAT=FILE", value_parser = output)]
    pub output: Vec<(Format, PathBuf)>,
    /// Exit with 1 from this level on [default: error]
    #[arg(help_heading = "What counts", long, value_enum, value_name = "LEVEL")]
    pub fail_on: Option<FailOn>,
    /// Count only findings that are not in this file: SARIF or JSON of an earlier scan, or what --write-baseline wrote
    #[arg(help_heading = "What counts", long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write what is found to a file for --baseline, and count none of it
    #[arg(help_heading = "What counts", long, value_name = "FILE", conflicts_with = "baseline")]
    pub write_baseline: Option<PathBuf>,
    /// Tell uploads of several scans of one repository apart, in SARIF
    #[arg(help_heading = "SARIF", long, value_name = "NAME", value_parser = category)]
    pub category: Option<String>,
    /// Check one of N parts of the manifests, such as 2/4, on a machine of its own; `plimsoll merge` joins the parts
    #[arg(help_heading = "How it runs", long, value_name = "I/N", value_parser = shard, conflicts_with = "write_baseline")]
    pub shard: Option<Shard>,
    /// Scan again when a manifest, the configuration or a plugin changes; a plugin whose source lies above its file, FOLDER/target/plimsoll, is built anew
    #[arg(help_heading = "How it runs", long, conflicts_with_all = ["write_baseline", "shard"])]
    pub watch: bool,
    /// Where the rules stand in SARIF
    #[arg(help_heading = "SARIF", long, value_enum, default_value_t = SarifRules::Extensions, value_name = "WHERE")]
    pub sarif_rules: SarifRules,
    /// What GitHub is to know alerts by, in SARIF
    #[arg(help_heading = "SARIF", long, value_enum, default_value_t = SarifFingerprint::Line, value_name = "WHAT")]
    pub sarif_fingerprint: SarifFingerprint,
    /// Write sarif though something could not be looked at; once uploaded, it closes the alerts of what is missing
    #[arg(help_heading = "SARIF", long)]
    pub allow_partial_sarif: bool,
}

/// `plimsoll fix`
#[derive(Debug, Args)]
pub struct Fix {
    /// What is looked at
    #[command(flatten)]
    pub look: Look,
    /// Write nothing, and print the changes as a diff that `git apply` takes
    #[arg(long)]
    pub dry_run: bool,
    /// Exit with 1 if findings from this level on remain [default: error]
    #[arg(help_heading = "What counts", long, value_enum, value_name = "LEVEL")]
    pub fail_on: Option<FailOn>,
    /// Count only findings that are not in this file: SARIF or JSON of an earlier scan, or what --write-baseline wrote
    #[arg(help_heading = "What counts", long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

/// `plimsoll config`
#[derive(Debug, Args)]
pub struct Config {
    /// What would be looked at
    #[command(flatten)]
    pub look: Look,
    /// Exit with 1 from this level on [default: error]
    #[arg(help_heading = "What counts", long, value_enum, value_name = "LEVEL")]
    pub fail_on: Option<FailOn>,
    /// Count only findings that are not in this file
    #[arg(help_heading = "What counts", long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

/// `plimsoll init`
#[derive(Debug, Args)]
pub struct Init {
    /// The folder that gets the configuration, and what is below it the baseline
    #[arg(default_value = ".", value_name = "FOLDER")]
    pub folder: PathBuf,
    /// The set of rules that is on [default: default]
    #[arg(long, value_enum, value_name = "PROFILE")]
    pub profile: Option<Profile>,
    /// The version of Kubernetes that the manifests are meant for [default: the newest known, 1.37]
    #[arg(long, value_name = "1.NN", value_parser = kubernetes)]
    pub kubernetes_version: Option<String>,
    /// Write no baseline: what is found today counts
    #[arg(long)]
    pub no_baseline: bool,
}

/// Which plugins to use.
#[derive(Debug, Default, Args)]
pub struct Plugins {
    /// A configuration file [default: plimsoll.yaml in this folder or above it]
    #[arg(help_heading = "Plugins and configuration", long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Load a plugin, beside those of the configuration; may be repeated
    #[arg(help_heading = "Plugins and configuration", long, value_name = "FILE")]
    pub plugin: Vec<PathBuf>,
    /// Leave out the plugins that the executable carries
    #[arg(help_heading = "Plugins and configuration", long)]
    pub no_embedded: bool,
}

/// `plimsoll rules`
#[derive(Debug, Args)]
pub struct Rules {
    /// The rule whose page is wanted, or a pack to list
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = RulesFormat::Pretty, value_name = "FORMAT")]
    pub format: RulesFormat,
    /// Which plugins to use
    #[command(flatten)]
    pub plugins: Plugins,
}

/// `plimsoll objects`
#[derive(Debug, Args)]
pub struct Objects {
    /// Files and folders to read; `-` is standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Add where every field stands
    #[arg(long)]
    pub places: bool,
}

/// What a scan prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Pretty,
    /// For programs; stable
    Json,
    /// For GitHub code scanning: the worst 5,000 findings, and only if everything could be looked at
    Sarif,
    /// For other readers of SARIF: everything
    SarifFull,
    /// For whatever shows test reports, such as Jenkins and GitLab
    Junit,
    /// For the summary of a job
    Markdown,
    /// For people, in a browser: one file that needs no network
    Html,
    /// For GitHub Actions: annotations on lines
    Github,
    /// For GitLab: a Code Quality report
    Gitlab,
}

/// How rules are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RulesFormat {
    /// For people
    Pretty,
    /// For programs
    Json,
    /// For web pages; only with the ID of a rule
    Markdown,
}

/// The set of rules that is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// What nearly every team wants
    Default,
    /// Default, and what careful teams want besides
    Strict,
    /// Kubernetes' Pod Security Standard "baseline"
    PssBaseline,
    /// Kubernetes' Pod Security Standard "restricted"
    PssRestricted,
    /// The pod settings of the NSA and CISA's Kubernetes Hardening Guidance
    Nsa,
    /// The policies of the CIS Kubernetes Benchmark, section 5
    Cis,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Default, Self::Strict, Self::PssBaseline, Self::PssRestricted, Self::Nsa, Self::Cis];

    /// Its name on the command line and in the descriptions of rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Strict => "strict",
            Self::PssBaseline => "pss-baseline",
            Self::PssRestricted => "pss-restricted",
            Self::Nsa => "nsa",
            Self::Cis => "cis",
        }
    }
}

/// From which level on findings make a scan fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Any finding
    Note,
    /// Warnings and errors
    Warning,
    /// Errors
    Error,
    /// No finding
    Never,
}

impl FailOn {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Note, Self::Warning, Self::Error, Self::Never];

    /// Its name on the command line and in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Never => "never",
        }
    }

    /// The lowest level that fails; none if nothing does.
    pub fn level(self) -> Option<Level> {
        match self {
            Self::Note => Some(Level::Note),
            Self::Warning => Some(Level::Warning),
            Self::Error => Some(Level::Error),
            Self::Never => None,
        }
    }
}

/// Where rules stand in SARIF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SarifRules {
    /// Each in the extension that is its plugin
    Extensions,
    /// All in the driver: for readers that know no extensions, such as older ones of DefectDojo
    Driver,
}

impl SarifRules {
    /// As the report has it.
    pub fn place(self) -> RulesIn {
        match self {
            Self::Extensions => RulesIn::Extensions,
            Self::Driver => RulesIn::Driver,
        }
    }
}

/// What GitHub is to know alerts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SarifFingerprint {
    /// The text of the line and what follows it, as upload-sarif does by itself
    Line,
    /// Rule, object and field: alerts stay the same when images are bumped; changing to it opens every alert anew
    Object,
}

impl SarifFingerprint {
    /// As the report has it.
    pub fn identity(self) -> Identity {
        match self {
            Self::Line => Identity::Line,
            Self::Object => Identity::Object,
        }
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The command line as a whole, for those who write about it.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Reads the arguments of this process; prints help and errors of usage by itself.
pub fn parse() -> Cli {
    Cli::parse()
}

fn output(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) =
        text.split_once('=').ok_or("give it as FORMAT=FILE, such as sarif=plimsoll.sarif")?;
    let known = || {
        Format::value_variants()
            .iter()
            .filter_map(ValueEnum::to_possible_value)
            .map(|value| value.get_name().to_owned())
    };
    let format = Format::from_str(format, false)
        .map_err(|_| format!("`{format}` is no format; {}", crate::suggest::among(format, known())))?;
    if file.is_empty() || file == "-" {
        return Err("name a file after `=`; --format says what goes to standard output".to_owned());
    }
    Ok((format, file.into()))
}

fn day(text: &str) -> Result<String, String> {
    if crate::triage::is_day(text) {
        Ok(text.to_owned())
    } else {
        Err("give a day such as 2027-01-31".to_owned())
    }
}

fn shard(text: &str) -> Result<Shard, String> {
    let parts =
        text.split_once('/').and_then(|(number, count)| Some((number.parse().ok()?, count.parse().ok()?)));
    match parts {
        Some((number, count)) if (1..=count).contains(&number) && count <= shard::MOST => {
            Ok(Shard { number, count })
        }
        _ => Err(format!(
            "give it as I/N, such as 2/4: the number of the part and how many there are, {} at most",
            shard::MOST
        )),
    }
}

fn category(text: &str) -> Result<String, String> {
    let parts = || text.trim_end_matches('/').split('/');
    match parts().any(str::is_empty) || text.chars().any(is_deceptive) {
        true => Err("give it as a name, or names with `/` between them, such as deploy/prod".to_owned()),
        false => Ok(text.to_owned()),
    }
}

/// Reads a version of Kubernetes as people write them, as `1.NN`.
///
/// # Errors
///
/// If it is none, with the cure.
pub fn kubernetes(text: &str) -> Result<String, String> {
    let number =
        text.strip_prefix('v').unwrap_or(text).strip_prefix("1.").and_then(|rest| rest.split('.').next());
    match number.and_then(|number| number.parse::<u16>().ok()) {
        Some(minor) if minor < 1000 => Ok(format!("1.{minor}")),
        _ => Err("give it as 1.NN, such as 1.34".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn versions_of_kubernetes_are_read_as_people_write_them() {
        assert_eq!(kubernetes("v1.30.2").as_deref(), Ok("1.30"));
        assert!(kubernetes("30").is_err());
    }
}
