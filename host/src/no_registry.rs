//! `plimsoll plugin push` and `pull` in an executable that was built without a network.

use crate::cli;

const ABSENT: &str = "this plimsoll was built without the feature `registry`, and has no code for a network; push and pull where there is one, \
                      and carry plugins over with `plimsoll plugin save` and `load`, or the folder .plimsoll/plugins as it is";

/// Tells that there is no network.
///
/// # Errors
///
/// Always.
pub fn push(_: &cli::Push) -> Result<String, String> {
    Err(ABSENT.to_owned())
}

/// Tells that there is no network.
///
/// # Errors
///
/// Always.
pub fn pull(_: &cli::Pull) -> Result<String, String> {
    Err(ABSENT.to_owned())
}
