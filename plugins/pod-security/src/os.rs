//! The operating system of the nodes a pod is meant for, as far as its manifest tells.

use plimsoll_sdk::Pod;

/// Whether the pod can only run on Windows, where capabilities, user ids and read-only roots do not exist. Pod Security admission
/// believes `spec.os.name` alone; many manifests say it with a node selector, and such a pod never lands on Linux either.
pub(crate) fn is_windows(pod: Pod<'_>) -> bool {
    pod.is_windows()
        || ["kubernetes.io/os", "beta.kubernetes.io/os"]
            .iter()
            .any(|label| pod.at(&["nodeSelector", label]).is("windows"))
}
