//! Who may write a `securityContext`: the pod, for all of its containers, and each container, for itself.

use plimsoll_sdk::prelude::*;

/// One that has a `securityContext`.
#[derive(Clone, Copy)]
pub(crate) enum Setter<'a> {
    Pod(Pod<'a>),
    Container(Container<'a>),
}

impl<'a> Setter<'a> {
    /// The pod, then every container of it.
    pub(crate) fn all(pod: Pod<'a>) -> impl Iterator<Item = Setter<'a>> {
        std::iter::once(Setter::Pod(pod)).chain(pod.all_containers().map(Setter::Container))
    }

    pub(crate) fn security_context(self) -> Node<'a> {
        match self {
            Setter::Pod(pod) => pod.get("securityContext"),
            Setter::Container(container) => container.security_context(),
        }
    }

    /// How a message calls it: `the pod`, `container "api"`.
    pub(crate) fn title(self) -> String {
        match self {
            Setter::Pod(_) => "the pod".to_owned(),
            Setter::Container(container) => container.title(),
        }
    }
}

/// Whether the pod's users, root among them, are mapped to nobodies of the node. A pod that does not say is not.
pub(crate) fn has_user_namespace(pod: Pod<'_>) -> bool {
    pod.get("hostUsers").is_false()
}

/// Whether Pod Security's restricted level lets the pod off what only Linux has. Its baseline level does not; where a baseline rule is
/// replaced by a restricted one we follow the latter, so that we find nothing that the restricted level passes. No such pod is
/// ever admitted: the API server refuses those fields on Windows.
pub(crate) fn is_exempt_windows(pod: Pod<'_>, kubernetes: Kubernetes) -> bool {
    kubernetes >= Kubernetes::v1(25) && pod.is_windows()
}

/// Names for a message: `"A", "B" and "C"`.
pub(crate) fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    listed(names.into_iter().map(|name| format!("\"{name}\"")).collect())
}

/// Words for a message: `A, B and C`.
pub(crate) fn listed(words: Vec<String>) -> String {
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => words.concat(),
    }
}
