//! Names that are taken: a plugin of such a name could not be loaded.

use crate::carried::Carried;
use crate::check::Limits;
use crate::finding::PluginInfo;
use crate::triage::OWN;

/// Whether a name is left to others by plimsoll itself, and by what this executable carries, as far as that counts.
///
/// # Errors
///
/// If it is not, with the reason.
pub(super) fn is_free(name: &str, counts: impl Fn(&PluginInfo) -> bool) -> Result<(), String> {
    let refuse = |why: &str| Err(format!("a plugin cannot be called `{name}`: {why}"));
    if name == OWN {
        return refuse("the name belongs to plimsoll itself");
    }
    // On a thread of its own: those of a scan that may follow are not started yet, and nobody knows here what stack they need.
    let thread = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let thread = thread.map_err(|error| format!("a thread cannot be started: {error}"))?;
    let carried = Carried::open()?;
    let carried = thread.install(|| carried.plugins(Limits::default().component))?;
    if carried.iter().any(|plugin| plugin.info.name == name && counts(&plugin.info)) {
        return refuse("this executable carries one of that name, and the two could not be loaded together");
    }
    Ok(())
}
