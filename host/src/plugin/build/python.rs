//! Plugins in Python.

use super::{Made, Project};

/// Compiles the plugin.
pub(super) fn compile(_: &Project) -> Result<Made, String> {
    Err("plugins in Python cannot be built yet".to_owned())
}
