//! `pod-security/agent-sandbox-hardening`

use plimsoll_sdk::matches_selector;
use plimsoll_sdk::prelude::*;

/// What may be configured.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
struct Settings {
    /// The resources of which every container needs a limit.
    limits: Vec<String>,
    /// Whether an image needs a digest; else a tag other than `latest` will do.
    digest: bool,
    /// Whether a template needs egress rules of its own, though the controller's keep it from the cluster.
    own_egress: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { limits: vec!["cpu".to_owned(), "memory".to_owned()], digest: false, own_egress: false }
    }
}

const NETWORK_POLICY: &str = "NetworkPolicy";

/// The rule.
pub const RULE: SetRule = SetRule {
    id: "agent-sandbox-hardening",
    summary: "Agent sandbox without an egress policy, resource limits or a fixed image",
    level: Level::Warning,
    kinds: &[
        "agents.x-k8s.io/Sandbox",
        "agents.x-k8s.io/SandboxTemplate",
        "extensions.agents.x-k8s.io/SandboxTemplate",
        "networking.k8s.io/NetworkPolicy",
    ],
    docs: r#"
A sandbox of the agent-sandbox project runs what a model thinks of. Assume that one day it will be talked into
something, by a web page or a file it was given, and ask what it can do then. Three things decide: **where it
can send**, since an agent that reaches the metadata server or an internal database needs no exploit; **how
much it can take**, since a loop without limits starves every pod of the node; and **what it is**, since under
`latest` tomorrow's sandbox is another program than the one you tried.

```yaml
apiVersion: extensions.agents.x-k8s.io/v1beta1
kind: SandboxTemplate
metadata: { name: python }
spec:
  networkPolicy:
    egress:
      - to: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: egress-proxy } } }]
  podTemplate:
    spec:
      containers:
        - name: python
          image: registry.example.com/python-sandbox:1.4
          resources: { limits: { cpu: "1", memory: 1Gi } }
```

A plain `Sandbox` has no such field: give it a NetworkPolicy that selects its labels, in the same namespace
and in the same scan.

Suppress the egress part where a service mesh, Cilium policies or a firewall outside of the cluster hold what
is sent; they are not looked at.

**Where scanners disagree.** For egress Kubescape looks at templates only and wants rules in each. But where a
template has none, the controller writes a policy that lets it reach the public internet and nothing inside,
which is what most agents need; we accept that, and `{"ownEgress": true}` does not. Kubescape fails any rule
for `0.0.0.0/0`; we let it pass if `except` leaves out the metadata server's `169.254.…`. A rule for port 53
alone may lead anywhere. A missing CPU limit, which elsewhere we do not mind, counts here, for the code is
nobody's; limits of the whole pod (`spec.resources`) are as good as each container's. `{"digest": true}` asks
for digests.

```yaml fails
apiVersion: agents.x-k8s.io/v1alpha1
kind: Sandbox
metadata: { name: agent }
spec:
  podTemplate:
    metadata: { labels: { app: agent } }
    spec: { containers: [{ name: agent, image: "agent:1.2", resources: { limits: { cpu: 1, memory: 1Gi } } }] }
```
```yaml fails
apiVersion: extensions.agents.x-k8s.io/v1alpha1
kind: SandboxTemplate
metadata: { name: python }
spec:
  podTemplate:
    spec: { containers: [{ name: python, image: python, resources: { limits: { memory: 1Gi } } }] }
```
```yaml fails
apiVersion: extensions.agents.x-k8s.io/v1beta1
kind: SandboxTemplate
metadata: { name: python }
spec:
  networkPolicy: { egress: [{ ports: [{ port: 443 }] }] }
  podTemplate:
    spec: { containers: [{ name: python, image: "python:3.14", resources: { limits: { cpu: 1, memory: 1Gi } } }] }
```
```yaml fails
apiVersion: extensions.agents.x-k8s.io/v1beta1
kind: SandboxTemplate
metadata: { name: python }
spec:
  networkPolicyManagement: Unmanaged
  podTemplate:
    spec: { containers: [{ name: python, image: "python:3.14", resources: { limits: { cpu: 1, memory: 1Gi } } }] }
```
```yaml fails parameters={"digest":true}
apiVersion: extensions.agents.x-k8s.io/v1beta1
kind: SandboxTemplate
metadata: { name: python }
spec:
  podTemplate:
    spec: { containers: [{ name: python, image: "python:3.14", resources: { limits: { cpu: 1, memory: 1Gi } } }] }
```
```yaml passes
apiVersion: agents.x-k8s.io/v1alpha1
kind: Sandbox
metadata: { name: agent, namespace: agents }
spec:
  podTemplate:
    metadata: { labels: { app: agent } }
    spec: { containers: [{ name: agent, image: "agent:1.2", resources: { limits: { cpu: 1, memory: 1Gi } } }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: agent, namespace: agents }
spec:
  podSelector: { matchLabels: { app: agent } }
  policyTypes: [Egress]
  egress: [{ to: [{ ipBlock: { cidr: 0.0.0.0/0, except: [10.0.0.0/8, 169.254.0.0/16] } }] }, { ports: [{ port: 53, protocol: UDP }] }]
```
```yaml passes
apiVersion: extensions.agents.x-k8s.io/v1beta1
kind: SandboxTemplate
metadata: { name: python }
spec:
  podTemplate:
    spec:
      resources: { limits: { cpu: 2, memory: 2Gi } }
      containers: [{ name: python, image: "python:3.14" }]
```
```yaml passes
kind: Sandbox
apiVersion: example.com/v1
spec: { podTemplate: { spec: { containers: [{ name: other, image: other }] } } }
```"#,
    check: |set, report| {
        for object in set.objects().filter(|object| object.kind() != NETWORK_POLICY) {
            check_egress(set, object, report);
            for pod in object.pods() {
                for container in pod.all_containers().filter(|container| container.role() != Role::Ephemeral)
                {
                    check_container(pod, container, report);
                }
            }
        }
    },
    security_severity: 55,
    equivalents: &["KU:C-0301", "KU:C-0303", "KU:C-0304"],
    parameters: Parameters::of::<Settings>(),
    ..SetRule::DEFAULT
};

fn check_egress<'a>(set: &Set<'a>, object: Object<'a>, report: &mut Report<'a>) {
    let spec = object.get("spec");
    let management = spec.get("networkPolicyManagement");
    if object.kind() == "SandboxTemplate" && !management.is("Unmanaged") {
        let policy = spec.get("networkPolicy");
        if let Some(rule) = policy.get("egress").items().find(|rule| leads_anywhere(*rule)) {
            report.at(rule, format!("sandboxes of \"{}\" may send anywhere, to the metadata server too: name the destinations in `to`", object.name()));
        } else if !policy.is_set() && report.parameters::<Settings>().own_egress {
            report.at(policy, format!("sandboxes of \"{}\" may send to the whole internet: list their destinations in `networkPolicy.egress`", object.name()));
        }
        return;
    }
    let Some(pod) = object.pod_spec() else { return };
    let policies: Vec<_> = set
        .of_kind(NETWORK_POLICY)
        .filter(|policy| limits_egress(*policy) && selects(*policy, object, pod))
        .collect();
    let open = policies
        .iter()
        .flat_map(|policy| policy.at(&["spec", "egress"]).items())
        .find(|rule| leads_anywhere(*rule));
    let place = if management.is_set() { management } else { object.at(&["metadata", "name"]) };
    if let Some(rule) = open {
        let message = format!(
            "a NetworkPolicy lets {} \"{}\" send anywhere, to the metadata server too: name the destinations in `to`",
            object.kind(),
            object.name()
        );
        report.at(place, message).related(rule, "this rule leads anywhere");
    } else if policies.is_empty() {
        let message = format!(
            "nothing limits where {} \"{}\" may send: add a NetworkPolicy for its labels with `policyTypes: [Egress]`",
            object.kind(),
            object.name()
        );
        report.at(place, message);
    }
}

fn limits_egress(policy: Object<'_>) -> bool {
    let types = policy.at(&["spec", "policyTypes"]);
    types.items().any(|kind| kind.is("Egress")) || types.is_empty() && policy.at(&["spec", "egress"]).is_set()
}

/// Whether the policy holds for the pod of a sandbox. Namespaces that only one of them names are taken for the same, and labels of the
/// project for there, since its controller adds them.
fn selects(policy: Object<'_>, sandbox: Object<'_>, pod: Pod<'_>) -> bool {
    let (ours, theirs) = (sandbox.namespace(), policy.namespace());
    let selector = policy.at(&["spec", "podSelector"]);
    let asks_for_label_of_controller =
        selector.get("matchLabels").entries().any(|(key, _)| is_label_of_controller(key))
            || selector
                .get("matchExpressions")
                .items()
                .any(|expression| is_label_of_controller(expression.get("key").str()));
    let selects_all = !selector.is_set();
    (ours == theirs || ours.is_empty() || theirs.is_empty())
        && (selects_all || asks_for_label_of_controller || matches_selector(selector, pod.labels()))
}

fn is_label_of_controller(key: &str) -> bool {
    key.starts_with("agents.x-k8s.io/") || key.starts_with("extensions.agents.x-k8s.io/")
}

/// Whether an egress rule leads to every address, DNS apart.
fn leads_anywhere(rule: Node<'_>) -> bool {
    let ports = rule.get("ports");
    if !ports.is_empty()
        && ports.items().all(|port| port.get("port").text() == "53" && !port.get("endPort").is_set())
    {
        return false;
    }
    let to = rule.get("to");
    to.is_empty() || to.items().any(|peer| is_everything(peer.get("ipBlock")))
}

/// Whether a block holds every address of its family, that of the metadata server included.
fn is_everything(block: Node<'_>) -> bool {
    let mut except = block.get("except").items().map(Node::str);
    match block.get("cidr").str() {
        "0.0.0.0/0" => !except.any(|cidr| cidr.starts_with("169.254.")),
        "::/0" => except.next().is_none(),
        _ => false,
    }
}

fn check_container<'a>(pod: Pod<'a>, container: Container<'a>, report: &mut Report<'a>) {
    let settings = report.parameters::<Settings>();
    let limits = container.at(&["resources", "limits"]);
    let is_limited = |resource: &str| {
        let has = |limits: Node<'_>| limits.entries().any(|(key, limit)| key == resource && limit.is_set());
        has(limits) || has(pod.at(&["resources", "limits"]))
    };
    let missing: Vec<_> = settings
        .limits
        .iter()
        .filter(|resource| !is_limited(resource))
        .map(|resource| format!("`{resource}`"))
        .collect();
    let image =
        container.image().filter(|image| image.is_mutable() || settings.digest && image.digest.is_none());
    let unlimited = (!missing.is_empty())
        .then(|| format!("has no limit for {}: set it in `resources.limits`", missing.join(" and ")));
    let unfixed = image.map(|_| {
        let wanted = if settings.digest { "a digest" } else { "a version or a digest" };
        format!(
            "runs the image \"{}\", behind which another may stand tomorrow: name {wanted}",
            container.get("image").str()
        )
    });
    match (unlimited, unfixed) {
        (Some(unlimited), Some(unfixed)) => {
            let finding = report.at(limits, format!("{} {unlimited}. It {unfixed}", container.title()));
            finding.related(container.get("image"), "the image that is not fixed");
        }
        (Some(unlimited), None) => {
            report.at(limits, format!("{} {unlimited}", container.title()));
        }
        (None, Some(unfixed)) => {
            report.at(container.get("image"), format!("{} {unfixed}", container.title()));
        }
        (None, None) => {}
    }
}
