//! Objects, their pods and their containers.

use crate::node::{Batch, Node};
use crate::{ImageRef, Kind};

/// One Kubernetes object.
///
/// ```
/// use plimsoll_sdk::prelude::*;
///
/// fn check<'a>(object: Object<'a>, report: &mut Report<'a>) {
///     if object.kind() == "Service" && object.group().is_empty() && object.namespace() == "prod" {
///         report.at(object.at(&["spec", "type"]), format!("Service \"{}\" is in production", object.name()));
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    root: Node<'a>,
    file: &'a str,
}

/// The pod template of an object, or a `Pod` itself.
#[derive(Clone, Copy, Debug)]
pub struct Pod<'a> {
    spec: Node<'a>,
    metadata: Node<'a>,
}

/// What a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Runs to its end before the pod starts.
    Init,
    /// An init container with `restartPolicy: Always`: it runs beside the main ones.
    Sidecar,
    /// The work of the pod.
    Main,
    /// Added to a running pod to debug it.
    Ephemeral,
}

/// A container of a pod.
///
/// ```
/// use plimsoll_sdk::prelude::*;
///
/// fn check<'a>(object: Object<'a>, report: &mut Report<'a>) {
///     for container in object.pods().flat_map(|pod| pod.all_containers()) {
///         let stays = matches!(container.role(), Role::Main | Role::Sidecar);
///         if stays && container.image().is_some_and(|image| image.registry() != "ghcr.io") {
///             report.at(container.get("image"), format!("{} comes from elsewhere", container.title()));
///         }
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Container<'a> {
    node: Node<'a>,
    role: Role,
}

/// Objects that are applied together.
///
/// ```
/// use plimsoll_sdk::prelude::*;
///
/// fn check<'a>(set: &Set<'a>, report: &mut Report<'a>) {
///     for budget in set.of_kind("PodDisruptionBudget") {
///         let selector = budget.at(&["spec", "selector"]);
///         let mut pods = set.objects().flat_map(|object| object.pods());
///         if !pods.any(|pod| matches_selector(selector, pod.labels())) {
///             report.at(selector, "this matches no pod");
///         }
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Set<'a> {
    objects: Vec<Object<'a>>,
}

impl<'a> Object<'a> {
    pub(crate) fn new(batch: &'a Batch<'a>, position: u32) -> Self {
        Self { root: batch.node(position, 0), file: batch.chunks[position as usize].file() }
    }

    /// The object as a node.
    pub fn root(self) -> Node<'a> {
        self.root
    }

    /// The value under a key of the object.
    pub fn get(self, key: &'a str) -> Node<'a> {
        self.root.get(key)
    }

    /// The value at the end of several keys.
    pub fn at(self, keys: &[&'a str]) -> Node<'a> {
        self.root.at(keys)
    }

    /// The path of the source, relative to the root of the repository.
    pub fn file(self) -> &'a str {
        self.file
    }

    /// `apps/v1`; empty where it is missing.
    pub fn api_version(self) -> &'a str {
        self.get("apiVersion").str()
    }

    /// The API group: `apps`; empty for the core group.
    pub fn group(self) -> &'a str {
        self.api_version().rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// The version without the group: `v1`.
    pub fn version(self) -> &'a str {
        self.api_version().rsplit_once('/').map_or(self.api_version(), |(_, version)| version)
    }

    /// `Deployment`.
    pub fn kind(self) -> &'a str {
        self.get("kind").str()
    }

    /// The object's name; empty where it is missing.
    pub fn name(self) -> &'a str {
        self.at(&["metadata", "name"]).str()
    }

    /// The object's namespace; empty where it has none.
    pub fn namespace(self) -> &'a str {
        self.at(&["metadata", "namespace"]).str()
    }

    /// `metadata.labels`.
    pub fn labels(self) -> Node<'a> {
        self.at(&["metadata", "labels"])
    }

    /// `metadata.annotations`.
    pub fn annotations(self) -> Node<'a> {
        self.at(&["metadata", "annotations"])
    }

    /// The first pod of the object: what most kinds that carry one have.
    pub fn pod_spec(self) -> Option<Pod<'a>> {
        self.pods().next()
    }

    /// All pods of the object; some custom kinds carry several.
    pub fn pods(self) -> impl Iterator<Item = Pod<'a>> + use<'a> {
        let (batch, object) = self.root.owner();
        batch.chunks[object as usize].pods().map(move |pod| Pod {
            spec: batch.node(object, pod.spec),
            metadata: match pod.metadata {
                Some(node) => batch.node(object, node),
                None => batch.node(object, pod.spec).parent().get("metadata"),
            },
        })
    }
}

impl<'a> Pod<'a> {
    /// The pod's spec.
    pub fn spec(self) -> Node<'a> {
        self.spec
    }

    /// The value under a key of the spec.
    pub fn get(self, key: &'a str) -> Node<'a> {
        self.spec.get(key)
    }

    /// The value at the end of several keys of the spec.
    pub fn at(self, keys: &[&'a str]) -> Node<'a> {
        self.spec.at(keys)
    }

    /// The metadata of the pod.
    pub fn metadata(self) -> Node<'a> {
        self.metadata
    }

    /// The labels of the pod.
    pub fn labels(self) -> Node<'a> {
        self.metadata.get("labels")
    }

    /// The annotations of the pod.
    pub fn annotations(self) -> Node<'a> {
        self.metadata.get("annotations")
    }

    /// Every container: init containers and sidecars, then the main ones, then ephemeral ones.
    pub fn all_containers(self) -> impl Iterator<Item = Container<'a>> + use<'a> {
        let init = self.get("initContainers").items().map(|node| Container {
            node,
            role: if node.get("restartPolicy").is("Always") { Role::Sidecar } else { Role::Init },
        });
        let ephemeral =
            self.get("ephemeralContainers").items().map(|node| Container { node, role: Role::Ephemeral });
        init.chain(self.containers()).chain(ephemeral)
    }

    /// The main containers.
    pub fn containers(self) -> impl Iterator<Item = Container<'a>> + use<'a> {
        self.get("containers").items().map(|node| Container { node, role: Role::Main })
    }

    /// The containers that run as long as the pod does: sidecars and the main ones.
    pub fn long_running_containers(self) -> impl Iterator<Item = Container<'a>> + use<'a> {
        self.all_containers().filter(|container| matches!(container.role, Role::Sidecar | Role::Main))
    }

    /// The init containers that run to their end.
    pub fn init_containers(self) -> impl Iterator<Item = Container<'a>> + use<'a> {
        self.all_containers().filter(|container| container.role == Role::Init)
    }

    /// Whether `spec.os.name` says Windows.
    pub fn is_windows(self) -> bool {
        self.at(&["os", "name"]).is("windows")
    }
}

impl<'a> Container<'a> {
    /// The container as a node.
    pub fn node(self) -> Node<'a> {
        self.node
    }

    /// What it is for.
    pub fn role(self) -> Role {
        self.role
    }

    /// The value under a key of the container.
    pub fn get(self, key: &'a str) -> Node<'a> {
        self.node.get(key)
    }

    /// The value at the end of several keys of the container.
    pub fn at(self, keys: &[&'a str]) -> Node<'a> {
        self.node.at(keys)
    }

    /// The container's name; empty where it is missing.
    pub fn name(self) -> &'a str {
        self.get("name").str()
    }

    /// How a message calls the container: `container "api"`, `init container "migrate"`.
    pub fn title(self) -> String {
        let role = match self.role {
            Role::Init => "init container",
            Role::Sidecar => "sidecar",
            Role::Main => "container",
            Role::Ephemeral => "ephemeral container",
        };
        match self.name() {
            "" => format!("{role} without a name"),
            // Nearly every message begins with it.
            name => [role, " \"", name, "\""].concat(),
        }
    }

    /// The image, if one is written that can be read.
    pub fn image(self) -> Option<ImageRef<'a>> {
        ImageRef::parse(self.get("image").as_str()?)
    }

    /// The securityContext of the container.
    pub fn security_context(self) -> Node<'a> {
        self.get("securityContext")
    }

    /// What it asks for of a resource, such as `cpu`; [`Quantity::at`](crate::Quantity::at) reads it.
    pub fn request(self, resource: &'a str) -> Node<'a> {
        self.at(&["resources", "requests", resource])
    }

    /// What it gets of a resource at most, such as `memory`.
    ///
    /// ```
    /// # use plimsoll_sdk::prelude::*;
    /// fn is_large(container: Container<'_>) -> bool {
    ///     Quantity::at(container.limit("memory")) > Quantity::parse("4Gi")
    /// }
    /// ```
    pub fn limit(self, resource: &'a str) -> Node<'a> {
        self.at(&["resources", "limits", resource])
    }

    /// The ports that it names.
    pub fn ports(self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        self.get("ports").items()
    }

    /// The variables of its environment, each with a `name`.
    pub fn env(self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        self.get("env").items()
    }
}

impl<'a> Set<'a> {
    pub(crate) fn new(batch: &'a Batch<'a>, wanted: impl Fn(&Object<'a>) -> bool) -> Self {
        let objects = (0..batch.chunks.len() as u32)
            .map(|position| Object::new(batch, position))
            .filter(wanted)
            .collect();
        Self { objects }
    }

    /// Every object of the kinds that the rule asked for, in the order of the scan.
    pub fn objects(&self) -> impl Iterator<Item = Object<'a>> {
        self.objects.iter().copied()
    }

    /// The objects of one kind.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = Object<'a>> {
        self.objects.iter().copied().filter(move |object| object.kind() == kind)
    }
}

/// Whether a selector that is a map of labels, as a Service has one, matches these labels. An empty one matches nothing, as for Services.
pub fn matches_labels(selector: Node<'_>, labels: Node<'_>) -> bool {
    let has = |key: &str, value: Node<'_>| {
        labels
            .entries()
            .any(|(name, label)| name == key && value.as_str().is_some_and(|value| label.is(value)))
    };
    !selector.is_empty() && selector.entries().all(|(key, value)| has(key, value))
}

/// Whether a label selector (`matchLabels` and `matchExpressions`) matches these labels, as Kubernetes decides it. An empty selector
/// matches everything; one that is not there matches nothing.
pub fn matches_selector(selector: Node<'_>, labels: Node<'_>) -> bool {
    if selector.kind() != Kind::Mapping {
        return false;
    }
    let label =
        |key: &str| labels.entries().find(|(name, _)| *name == key).and_then(|(_, value)| value.as_str());
    let all_labels = selector
        .get("matchLabels")
        .entries()
        .all(|(key, value)| label(key) == value.as_str() && value.as_str().is_some());
    all_labels
        && selector.get("matchExpressions").items().all(|expression| {
            let value = label(expression.get("key").str());
            let listed =
                value.is_some_and(|value| expression.get("values").items().any(|item| item.is(value)));
            match expression.get("operator").str() {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}
