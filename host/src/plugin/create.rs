//! `plimsoll plugin new`: a plugin with one rule and a case, which builds at once.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::name::is_free;
use super::{template, vendor};
use crate::check::is_name;
use crate::cli::{self, Language};

/// Names of crates that cannot be: keywords, and what the compiler brings along.
const OF_RUST: [&str; 46] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "type",
    "use",
];

/// Writes the plugin; gives what there is to say.
///
/// # Errors
///
/// If the name cannot be that of a plugin, something is there already, or a file cannot be written.
pub fn create(args: &cli::New) -> Result<String, String> {
    let name = &args.name;
    judge(name, args.language)?;
    if (args.sdk.is_some() || args.vendor || args.published) && args.language != Language::Rust {
        return Err(
            "--sdk, --vendor and --published are for plugins in Rust; other languages bring what they need"
                .to_owned(),
        );
    }
    let folder = args.path.clone().unwrap_or_else(|| PathBuf::from(name));
    if fs::symlink_metadata(&folder).is_ok()
        && fs::read_dir(&folder).map_or(true, |mut there| there.next().is_some())
    {
        return Err(format!("{} is there already; name another folder with --path", folder.display()));
    }
    let sdk = Sdk::find(args)?;
    let dependency = sdk.dependency();
    let template = template::of(args.language);
    for (path, text) in template.files {
        let text =
            text.replace("NAME", name).replace("SDK\n", &dependency).replace("OBJECTS", template.objects);
        write(&folder.join(path), &text)?;
    }
    let mut told = String::new();
    let shown = folder.display();
    for (path, _) in template.files {
        let _ = writeln!(told, "wrote {shown}/{path}");
    }
    if matches!(sdk, Sdk::Vendored) && args.language == Language::Rust {
        let count = vendor::write(&folder)?;
        let _ = writeln!(told, "wrote {shown}/{}, a copy of the SDK in {count} files", vendor::FOLDER);
    }
    let _ = writeln!(told, "next: cd {shown}, {}", template.next);
    Ok(told)
}

/// Whether a plugin may be called so, and be loaded beside what this executable carries.
fn judge(name: &str, language: Language) -> Result<(), String> {
    let refuse = |why: &str| Err(format!("a plugin cannot be called `{name}`: {why}"));
    // The name of the plugin is that of its crate without this.
    if name.starts_with("plimsoll-") {
        return refuse("leave out `plimsoll-`, which a plugin's name does not have");
    }
    if !is_name(name) || name.starts_with(|first: char| first.is_ascii_digit()) {
        return refuse("use lower-case letters, digits and `-`, at most 64, and begin with a letter");
    }
    if language == Language::Rust && OF_RUST.contains(&name) {
        return refuse("Rust has another use for the word");
    }
    is_free(name, |_| true)
}

/// Where the SDK for Rust is.
enum Sdk {
    /// In a folder of this machine, by its absolute path.
    At(String),
    /// In the crate.
    Vendored,
    /// On crates.io.
    Published,
}

impl Sdk {
    /// Where it was named, or in the checkout that this executable lies in, or else a copy.
    fn find(args: &cli::New) -> Result<Self, String> {
        Ok(match &args.sdk {
            _ if args.vendor => Self::Vendored,
            _ if args.published => Self::Published,
            Some(path) => Self::At(checked(path)?),
            None => beside().map_or(Self::Vendored, Self::At),
        })
    }

    /// The lines that say so in the manifest.
    fn dependency(&self) -> String {
        match self {
            Self::At(path) => format!(
                "# On this machine; `plimsoll plugin new --vendor` makes a crate that builds on any.\nplimsoll-sdk = {{ path = {} }}\n",
                serde_json::Value::from(path.as_str())
            ),
            Self::Vendored => format!(
                "# A copy, until the SDK is published: `plimsoll plugin new --vendor` of a newer plimsoll writes a newer one.\nplimsoll-sdk = {{ path = \"{}/sdk\" }}\n",
                vendor::FOLDER
            ),
            Self::Published => concat!("plimsoll-sdk = \"", env!("CARGO_PKG_VERSION"), "\"\n").to_owned(),
        }
    }
}

fn checked(path: &Path) -> Result<String, String> {
    let refuse = |why: &str| {
        format!("--sdk {}: {why}; name the folder `sdk` of a checkout of plimsoll", path.display())
    };
    let absolute = path.canonicalize().map_err(|error| refuse(&error.to_string()))?;
    if !is_sdk(&absolute) {
        return Err(refuse("the SDK is not there"));
    }
    let text = absolute.to_str().ok_or_else(|| refuse("its path is not UTF-8"))?;
    Ok(text.to_owned())
}

/// The SDK of the checkout in whose target directory this executable lies.
fn beside() -> Option<String> {
    let executable = std::env::current_exe().ok()?.canonicalize().ok()?;
    let found = executable
        .ancestors()
        .skip(1)
        .take(5)
        .map(|folder| folder.join("sdk"))
        .find(|folder| is_sdk(folder))?;
    found.to_str().map(str::to_owned)
}

fn is_sdk(folder: &Path) -> bool {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    manifest.lines().any(|line| line == "name = \"plimsoll-sdk\"")
}

/// Writes a file that is not there yet, with its folders.
fn write(file: &Path, text: &str) -> Result<(), String> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let made = fs::create_dir_all(folder).and_then(|()| File::create_new(file)?.write_all(text.as_bytes()));
    made.map_err(|error| format!("{} cannot be written: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_a_description_may_have() {
        for name in ["acme", "acme-2", "a"] {
            assert_eq!(judge(name, Language::Rust), Ok(()), "{name}");
        }
        for name in [
            "",
            "Acme",
            "acme_x",
            "-acme",
            "acme-",
            "2acme",
            "fn",
            "test",
            "suppressions",
            "plimsoll-acme",
            "../acme",
            "acmé",
        ] {
            assert!(judge(name, Language::Rust).is_err(), "{name}");
        }
    }

    #[test]
    fn a_word_of_rust_may_be_a_name_elsewhere() {
        assert_eq!(judge("test", Language::Go), Ok(()));
    }

    #[test]
    fn the_words_of_rust_are_in_order() {
        assert!(OF_RUST.is_sorted());
    }
}
