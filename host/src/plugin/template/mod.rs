//! What `plimsoll plugin new` writes, by path, and what the author reads first. `NAME` stands for the plugin's name, a line `SDK` for
//! where the SDK for Rust is, `OBJECTS` for how the plugin wants its objects.

use crate::cli::Language;

type File = (&'static str, &'static str);

/// What is the same in every language.
const CASE: File = ("tests/owner-missing.yaml", include_str!("owner-missing.yaml.in"));
const IGNORED: File = (".gitignore", "/target\n");
/// What is the same in every language but Rust.
const DESCRIPTION: File = ("plugin.json", include_str!("plugin.json.in"));

const RUST: &[File] = &[
    ("Cargo.toml", include_str!("rust/Cargo.toml.in")),
    ("src/lib.rs", include_str!("rust/lib.rs.in")),
    ("src/owner_missing.rs", include_str!("rust/owner_missing.rs.in")),
    CASE,
    ("README.md", include_str!("rust/README.md.in")),
    (".github/workflows/plugin.yml", include_str!("rust/workflow.yml.in")),
    IGNORED,
];

const JAVASCRIPT: &[File] = &[DESCRIPTION, CASE, IGNORED];

const PYTHON: &[File] = &[DESCRIPTION, CASE, IGNORED];

/// With the package that it imports, so that nothing has to be fetched.
const GO: &[File] = &[
    ("go.mod", include_str!("go/go.mod.in")),
    ("main.go", include_str!("go/main.go.in")),
    ("owner_missing.go", include_str!("go/owner_missing.go.in")),
    DESCRIPTION,
    ("plimsoll/plugin.go", include_str!("../../../../sdk/go/plugin.go")),
    ("plimsoll/node.go", include_str!("../../../../sdk/go/node.go")),
    ("plimsoll/report.go", include_str!("../../../../sdk/go/report.go")),
    ("plimsoll/tape.go", include_str!("../../../../sdk/go/tape.go")),
    ("plimsoll/abi_wasm.go", include_str!("../../../../sdk/go/abi_wasm.go")),
    CASE,
    ("README.md", include_str!("go/README.md.in")),
    (".github/workflows/plugin.yml", include_str!("go/workflow.yml.in")),
    IGNORED,
];

/// With the header that it includes.
const C: &[File] = &[
    ("plugin.c", include_str!("c/plugin.c.in")),
    ("plimsoll.h", include_str!("../../../../sdk/c/plimsoll.h")),
    DESCRIPTION,
    CASE,
    ("README.md", include_str!("c/README.md.in")),
    (".github/workflows/plugin.yml", include_str!("c/workflow.yml.in")),
    IGNORED,
];

/// A plugin to begin with.
pub(super) struct Template {
    /// The files, by path.
    pub(super) files: &'static [File],
    /// What `OBJECTS` stands for.
    pub(super) objects: &'static str,
    /// What to do first in the folder.
    pub(super) next: &'static str,
}

/// The template of a language.
pub(super) fn of(language: Language) -> Template {
    let (files, objects, next) = match language {
        Language::Rust => {
            (RUST, "tape", "read src/owner_missing.rs, and run `cargo test` and `plimsoll plugin test`")
        }
        Language::Javascript => (JAVASCRIPT, "json", "read plugin.js, and run `plimsoll plugin test`"),
        Language::Python => (PYTHON, "json", "read plugin.py, and run `plimsoll plugin test`"),
        Language::Go => (GO, "tape", "read owner_missing.go, and run `plimsoll plugin test`"),
        Language::C => (C, "tape", "read plugin.c, and run `plimsoll plugin test`"),
    };
    Template { files, objects, next }
}
