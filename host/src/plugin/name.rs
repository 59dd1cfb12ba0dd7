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
    let carried = Carried::open()?.plugins(Limits::default().component)?;
    if carried.iter().any(|plugin| plugin.info.name == name && counts(&plugin.info)) {
        return refuse("this executable carries one of that name, and the two could not be loaded together");
    }
    Ok(())
}
