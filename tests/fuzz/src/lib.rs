//! Fuzz targets: each takes any bytes at all, and panics where the scanner breaks a promise for them.
//!
//! | target | bytes | promise |
//! | --- | --- | --- |
//! | [`reader`](mod@reader) | a manifest | what is read has places inside its source, and both ways of reading it agree |
//! | [`tape`](mod@tape) | a manifest, or a tape | a plugin reads what the host wrote; a broken tape is refused, or its walk ends |
//! | [`packed`](mod@packed) | packed findings | what a plugin says is what the host reads; what is broken is refused |
//! | [`component`](mod@component) | a plugin | it is refused, or runs within its limits |
//! | [`config`](mod@config) | `plimsoll.yaml` | it is understood, or every mistake in it has a place |
//! | [`suppress`](mod@suppress) | a manifest with suppressions | each is a comment or an annotation, and what it covers stands in its source |
//! | [`fix`](mod@fix) | a manifest | a fix does what it says and nothing else, or is refused |
//!
//! The tests replay what `corpus/<target>/` holds, and the oddities of YAML. `make fuzz TARGET=reader SECONDS=3600` lets libFuzzer look for
//! more: it needs a C++ compiler, and no nightly one of Rust. What it grows stays in `target/fuzz/corpus`, and what it finds in
//! `target/fuzz/findings`: mend that, and put the bytes into `corpus/` under a name that says what they are. `make fuzz-keep
//! TARGET=reader` adds to `corpus/` what reaches code that nothing there reaches.
//!
//! Manifests that show what YAML can look like are made up by [`odd`](mod@odd), for tests as well as for libFuzzer.
//!
//! A new target is a module with a function `run`, one that changes its bytes knowingly, and a line in [`TARGETS`].

pub mod component;
pub mod config;
mod dice;
pub mod fix;
mod mutate;
pub mod odd;
pub mod packed;
pub mod reader;
pub mod suppress;
pub mod tape;

pub use dice::Dice;

/// Something to be fuzzed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The folder of its corpus.
    pub name: &'static str,
    /// Panics where a promise is broken.
    pub run: fn(&[u8]),
    /// Changes bytes so that they stay nearly what the target reads.
    pub mutate: fn(&[u8], &mut Dice) -> Vec<u8>,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "reader", run: reader::run, mutate: mutate::yaml },
    Target { name: "tape", run: tape::run, mutate: mutate::tape },
    Target { name: "packed", run: packed::run, mutate: mutate::packed },
    Target { name: "component", run: component::run, mutate: mutate::component },
    Target { name: "config", run: config::run, mutate: mutate::yaml },
    Target { name: "suppress", run: suppress::run, mutate: mutate::suppress },
    Target { name: "fix", run: fix::run, mutate: mutate::yaml },
];
