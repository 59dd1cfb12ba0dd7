//! The images that a pod names: those of its containers, and those it mounts as volumes.

use plimsoll_sdk::prelude::*;

/// An image that a pod names.
pub(crate) struct Reference<'a> {
    /// Where the reference is written.
    pub(crate) node: Node<'a>,
    /// What runs or mounts it, as a message calls it.
    pub(crate) title: String,
    /// What it does with the image: `runs` or `mounts`.
    pub(crate) verb: &'static str,
    /// The reference, without space around it.
    pub(crate) text: &'a str,
    pub(crate) image: ImageRef<'a>,
    /// Where the pull policy stands, or would stand.
    pub(crate) pull_policy: Node<'a>,
}

impl Reference<'_> {
    /// `container "api" runs "acme/api:1"`, the beginning of most messages.
    pub(crate) fn sentence(&self) -> String {
        format!("{} {} \"{}\"", self.title, self.verb, self.text)
    }

    /// Whether a template is still to fill in the tag or the digest: a placeholder in the last part, or one that is all of it.
    pub(crate) fn is_unfinished(&self) -> bool {
        has_placeholder(self.text.rsplit('/').next().unwrap_or(self.text))
    }

    /// `docker.io/library/nginx` for `nginx`: the name by which lists know the repository.
    pub(crate) fn full_name(&self) -> String {
        let registry = self.image.registry().to_ascii_lowercase();
        let registry = if registry == "index.docker.io" { "docker.io" } else { &registry };
        format!("{registry}/{}", self.image.full_repository())
    }
}

/// The images of a pod, in the order of its containers, then of its volumes.
pub(crate) fn references(pod: Pod<'_>) -> impl Iterator<Item = Reference<'_>> {
    let containers = pod.all_containers().map(|container| {
        (container.get("image"), container.title(), "runs", container.get("imagePullPolicy"))
    });
    let volumes = pod.get("volumes").items().map(|volume| {
        let source = volume.get("image");
        (
            source.get("reference"),
            format!("volume \"{}\"", volume.get("name").str()),
            "mounts",
            source.get("pullPolicy"),
        )
    });
    containers.chain(volumes).filter(move |(node, ..)| !is_filled_in_by_istio(pod, *node)).filter_map(
        |(node, title, verb, pull_policy)| {
            let text = node.as_str()?.trim();
            Some(Reference { node, title, verb, text, image: ImageRef::parse(text)?, pull_policy })
        },
    )
}

/// `auto` in a pod that Istio's webhook completes: the image is chosen in the cluster.
/// <https://istio.io/latest/docs/setup/additional-setup/gateway/#deploying-a-gateway>
fn is_filled_in_by_istio(pod: Pod<'_>, image: Node<'_>) -> bool {
    image.is("auto")
        && (pod.annotations().get("inject.istio.io/templates").is_set()
            || pod.labels().get("sidecar.istio.io/inject").is_set()
            || pod.labels().get("istio.io/rev").is_set())
}

/// Whether a template is still to fill something in: `$(TAG)`, `${TAG}`, `{{ tag }}`, `<tag>`, `%TAG%`.
pub(crate) fn has_placeholder(text: &str) -> bool {
    ["$(", "${", "{{", "}}", "<", "%"].iter().any(|mark| text.contains(mark))
}
