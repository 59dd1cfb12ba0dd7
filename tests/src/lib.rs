//! Drives the real binary: a scan of files written for one test, and plugins made of text.

mod guest;
mod pulled;
mod registry;
mod scan;
mod story;
mod watch;

pub use guest::{Guest, component, interface, sealed, sealed_pack};
pub use pulled::{ok, pull, run, signed_plugins};
pub use registry::{Answer, Ends, Guarded, Heard, Liar, Registry, certificates, is_installed};
pub use scan::{Ran, Scan, plimsoll, workspace};
pub use story::{Shell, Step, steps};
pub use watch::Watch;

/// A pod that has a name and nothing else worth a thought.
pub fn pod(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n    - name: main\n      image: acme/main:1\n"
    )
}

/// Says on standard error why a test looked at nothing.
///
/// # Panics
///
/// If `PLIMSOLL_EXPECT_TOOLS` is set: where everything was installed, nothing may be skipped.
pub fn skipped(reason: &str) {
    assert!(std::env::var_os("PLIMSOLL_EXPECT_TOOLS").is_none(), "nothing may be skipped here: {reason}");
    #[expect(clippy::print_stderr, reason = "who runs the tests should see what they did not look at")]
    {
        eprintln!("skipped: {reason}");
    }
}
