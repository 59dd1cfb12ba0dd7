//! Running cargo for `wasm32-unknown-unknown`, with whichever compiler has that target.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

const TARGET: &str = "wasm32-unknown-unknown";

/// A compiler for the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// The usual one, with the target's standard library installed.
    Installed,
    /// Debian's `rustc-web`, which brings the sources of the standard library and builds them with the plugin.
    Debian {
        /// `/usr/bin/rustc`
        rustc: PathBuf,
        /// The linker, such as `wasm-ld-22`.
        linker: String,
    },
}

/// A build of one or more plugins of a workspace.
#[derive(Debug)]
pub struct Compile<'a> {
    /// Folder of the workspace or crate.
    pub workspace: &'a Path,
    /// Packages to build.
    pub packages: &'a [String],
    /// Where cargo puts what it builds; not that of another cargo that is running, which would wait for this one.
    pub target_dir: &'a Path,
    /// The profile, such as `release`.
    pub profile: &'a str,
}

impl Toolchain {
    /// Finds a compiler for the target.
    ///
    /// # Errors
    ///
    /// If there is none; the message names both ways to get one.
    pub fn find() -> Result<Self, Error> {
        // rustup's own compiler even where a cargo that runs us has chosen another.
        let listed = command("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
        if let Ok(output) = listed {
            let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
            if output.status.success() && holds_core(&folder) {
                return Ok(Self::Installed);
            }
        }
        let rustc = PathBuf::from("/usr/bin/rustc");
        let debian = rustc.exists() && is_new_enough(&rustc) && sysroot_has_sources(&rustc);
        let linker = (14..40).rev().map(|version| format!("wasm-ld-{version}")).find(|name| on_path(name));
        match (debian, linker) {
            (true, Some(linker)) => Ok(Self::Debian { rustc, linker }),
            _ => Err(Error(format!(
                "no compiler for the target {TARGET} was found\n\
                 \x20 with rustup:   rustup target add {TARGET}\n\
                 \x20 on Debian:     apt-get install rustc-web rust-web-src lld-22"
            ))),
        }
    }
}

impl Compile<'_> {
    /// Runs cargo and returns the core module of every package, in their order.
    ///
    /// # Errors
    ///
    /// If cargo cannot be started or fails; it has then said why on standard error.
    pub fn run(&self, toolchain: &Toolchain) -> Result<Vec<PathBuf>, Error> {
        let mut cargo = command("cargo");
        cargo.current_dir(self.workspace);
        if let Toolchain::Debian { rustc, linker } = toolchain {
            // Debian ships the standard library of this target as sources that only its own compiler builds.
            cargo.env("RUSTC", rustc).env("RUSTC_BOOTSTRAP", "1");
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        cargo
            .args(["build", "--lib", "--target", TARGET, "--profile", self.profile, "--target-dir"])
            .arg(self.target_dir);
        if matches!(toolchain, Toolchain::Debian { .. }) {
            cargo.arg("-Zbuild-std=std,panic_abort");
        }
        for package in self.packages {
            cargo.args(["--package", package]);
        }
        // Paths of this machine must not get into the component: the same source gives the same bytes.
        cargo.env("CARGO_ENCODED_RUSTFLAGS", self.remap().join("\x1f"));
        let status = cargo.status().map_err(|error| Error(format!("cargo cannot be started: {error}")))?;
        if !status.success() {
            return Err(Error("cargo could not build the plugins; its messages above say why".into()));
        }
        let folder = match self.profile {
            "dev" => "debug",
            profile => profile,
        };
        let folder = self.target_dir.join(TARGET).join(folder);
        Ok(self
            .packages
            .iter()
            .map(|package| folder.join(format!("{}.wasm", package.replace('-', "_"))))
            .collect())
    }

    fn remap(&self) -> Vec<String> {
        let mut flags = Vec::new();
        let mut remap = |from: Option<PathBuf>, to: &str| {
            if let Some(from) = from {
                flags.push(format!("--remap-path-prefix={}={to}", from.display()));
            }
        };
        let home = std::env::var_os("HOME").map(PathBuf::from);
        remap(
            std::env::var_os("CARGO_HOME").map(PathBuf::from).or(home.map(|home| home.join(".cargo"))),
            "/cargo",
        );
        remap(Some(self.workspace.to_owned()), "/plugin");
        flags
    }
}

/// A command that does not see what a cargo that runs us has set for itself and its build scripts.
fn command(program: &str) -> Command {
    const KEPT: [&str; 8] = [
        "CARGO_HOME",
        "CARGO_MAKEFLAGS",
        "CARGO_NET_",
        "CARGO_HTTP_",
        "CARGO_REGISTRIES_",
        "CARGO_REGISTRY_",
        "CARGO_SOURCE_",
        "CARGO_TERM_",
    ];
    const DROPPED: [&str; 6] = ["CARGO", "DEP_", "RUSTC", "RUSTFLAGS", "RUSTDOC", "CLIPPY_"];
    const EXACT: [&str; 12] = [
        "OUT_DIR",
        "TARGET",
        "HOST",
        "PROFILE",
        "OPT_LEVEL",
        "DEBUG",
        "NUM_JOBS",
        "RUSTDOCFLAGS",
        "LD_LIBRARY_PATH",
        "MAKEFLAGS",
        "MFLAGS",
        "RUST_RECURSION_COUNT",
    ];
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        let kept = KEPT.iter().any(|prefix| name.starts_with(prefix));
        if !kept && (EXACT.contains(&name) || DROPPED.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
    command
}

fn holds_core(folder: &Path) -> bool {
    let Ok(entries) = folder.read_dir() else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
}

/// Whether a compiler knows the edition and the libraries of this workspace.
fn is_new_enough(rustc: &Path) -> bool {
    let Ok(output) = command(&rustc.to_string_lossy()).arg("--version").output() else { return false };
    let version = String::from_utf8_lossy(&output.stdout);
    let minor = version.strip_prefix("rustc 1.").and_then(|rest| rest.split('.').next());
    minor.and_then(|minor| minor.parse::<u32>().ok()).is_some_and(|minor| minor >= 95)
}

fn sysroot_has_sources(rustc: &Path) -> bool {
    let Ok(output) = command(&rustc.to_string_lossy()).args(["--print", "sysroot"]).output() else {
        return false;
    };
    let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    sysroot.join("lib/rustlib/src/rust/library/std").exists()
}

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).exists()))
}
