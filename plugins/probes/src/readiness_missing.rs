//! `probes/readiness-missing`

use std::collections::BTreeMap;

use plimsoll_sdk::prelude::*;

/// The rule.
pub const RULE: SetRule = SetRule {
    id: "readiness-missing",
    summary: "Container that a Service sends traffic to has no readiness probe",
    kinds: &["@pods", "Service"],
    docs: r#"
Without a readiness probe a container is ready the moment its process starts. During every rollout, for the seconds in which a server
reads its configuration and fills its caches, the Service sends it requests that nobody answers; and because the new pod counts as
ready, the old one is already on its way out. Users see a burst of 502s with each deployment, and a release that never comes up at all
replaces the one that worked.

Ask the server whether it can serve:

    readinessProbe:
      httpGet: { path: /readyz, port: http }
      periodSeconds: 5

Scanners disagree on whom to ask. kube-linter, Polaris, Checkov, Kubescape and Kyverno want the probe on every container, so workers
that no one talks to get probes that mean nothing. We ask where a Service of the same namespace selects the pod: of the
containers that declare one of its target ports, or, where none does, of the main containers, unless one of them has a probe
already. kube-score looks for the Service too (or a ServiceAccount, oddly), and takes a probe on any container for enough. Init containers cannot have one; Jobs
are asked only if they are selected. A Service with `publishNotReadyAddresses` or without a selector asks for nothing. The Service must be
in the same set: scan what is deployed together, together.

Suppress it for servers that are ready when they start.

```yaml fails
kind: Service
metadata: { name: shop }
spec: { selector: { app: shop }, ports: [{ port: 80, targetPort: http }] }
---
kind: Deployment
metadata: { name: shop }
spec:
  template:
    metadata: { labels: { app: shop, tier: web } }
    spec: { containers: [{ name: web, image: "shop:1", ports: [{ name: http, containerPort: 8080 }] }] }
```
```yaml fails
kind: Service
metadata: { name: shop }
spec: { selector: { app: shop }, ports: [{ port: 8080 }] }
---
kind: Pod
metadata: { name: shop, labels: { app: shop } }
spec: { containers: [{ name: web, image: "shop:1" }] }
```
```yaml passes
kind: Service
metadata: { name: shop, namespace: shop }
spec: { selector: { app: shop }, ports: [{ port: 80, targetPort: 8080 }] }
---
kind: Deployment
metadata: { name: shop, namespace: shop }
spec:
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers:
        - { name: web, image: "shop:1", ports: [{ containerPort: 8080 }], readinessProbe: { httpGet: { port: 8080 } } }
        - { name: metrics, image: "exporter:1", ports: [{ containerPort: 9113 }] }
---
kind: Deployment
metadata: { name: worker, namespace: shop }
spec: { template: { metadata: { labels: { app: worker } }, spec: { containers: [{ name: worker, image: "worker:1" }] } } }
---
kind: Pod
metadata: { name: elsewhere, namespace: test, labels: { app: shop } }
spec: { containers: [{ name: web, image: "shop:1" }] }
```
```yaml passes
kind: Service
metadata: { name: peers }
spec: { clusterIP: None, publishNotReadyAddresses: true, selector: { app: db }, ports: [{ port: 5432 }] }
---
kind: StatefulSet
metadata: { name: db }
spec: { template: { metadata: { labels: { app: db } }, spec: { containers: [{ name: db, image: "db:1" }] } } }
```"#,
    check: |set, report| {
        let services = Services::of(set);
        for object in set.objects() {
            for pod in object.pods() {
                let mut asked = Vec::new();
                for service in services.nearest_that_select(object, pod) {
                    for container in served_by(service, pod) {
                        if !asked.contains(&container.node()) {
                            asked.push(container.node());
                            ask(container, service, report);
                        }
                    }
                }
            }
        }
    },
    equivalents: &[
        "KL:no-readiness-probe",
        "KS:pod-probes",
        "PO:readinessProbeMissing",
        "CK:CKV_K8S_9",
        "KU:C-0018",
        "KY:require-pod-probes",
        "POP:104",
    ],
    ..SetRule::DEFAULT
};

fn ask<'a>(container: Container<'a>, service: Object<'a>, report: &mut Report<'a>) {
    let name = service.name();
    report
        .at(
            container.get("readinessProbe"),
            format!(
                "{} gets traffic from Service \"{name}\" before it can answer, because it has no `readinessProbe`; add one",
                container.title()
            ),
        )
        .related(service.at(&["spec", "selector"]), format!("Service \"{name}\" selects the pod"));
}

/// The Services that send traffic, each under the label of its selector that fewest others ask for, so that a pod meets only the few
/// that may select it; those that ask for the same labels together, so that a thousand copies of one are a single question.
struct Services<'a> {
    by_label: BTreeMap<Label<'a>, BTreeMap<Vec<Label<'a>>, Vec<Standing<'a>>>>,
}

/// Namespace, key and value.
type Label<'a> = (&'a str, &'a str, &'a str);

/// Where a Service stands: the parts of its path, and its position among the Services.
type Standing<'a, S = Object<'a>> = (Vec<&'a str>, usize, S);

impl<'a> Services<'a> {
    fn of(set: &Set<'a>) -> Self {
        let services: Vec<_> =
            set.of_kind("Service").filter(|service| sends_traffic_when_ready(*service)).collect();
        let mut wanted: BTreeMap<Label<'a>, usize> = BTreeMap::new();
        for label in services.iter().flat_map(|service| selector(*service)) {
            *wanted.entry(label).or_default() += 1;
        }
        let mut by_label: BTreeMap<_, BTreeMap<_, Vec<_>>> = BTreeMap::new();
        for (position, service) in services.into_iter().enumerate() {
            if let Some(rarest) = selector(service).min_by_key(|label| wanted.get(label)) {
                let alike =
                    by_label.entry(rarest).or_default().entry(selector(service).collect()).or_default();
                alike.push((parts(service), position, service));
            }
        }
        for alike in by_label.values_mut().flat_map(BTreeMap::values_mut) {
            alike.sort_by(|(a, at, _), (b, bt, _)| a.cmp(b).then(at.cmp(bt)));
        }
        Self { by_label }
    }

    /// The Services that select a pod and stand nearest to it: in its source, else in its folder, else as near as there are. Two examples
    /// in one repository often use the same labels, and each pod means the Service beside it.
    fn nearest_that_select(&self, object: Object<'a>, pod: Pod<'a>) -> Vec<Object<'a>> {
        let (namespace, labels, here) = (namespace(object), pod.labels(), parts(object));
        let selects =
            |selector: &[Label<'a>]| selector.iter().all(|(_, key, value)| labels.get(key).is(value));
        let mut nearest: Vec<(usize, &Standing<'a>)> = Vec::new();
        let mut most = 0;
        for (order, (key, value)) in labels.entries().enumerate() {
            let Some(value) = value.as_str() else { continue };
            let selectors = self.by_label.get(&(namespace, key, value)).into_iter().flatten();
            for (_, alike) in selectors.filter(|(selector, _)| selects(selector)) {
                let (shared, beside) = beside(alike, &here);
                if shared > most {
                    nearest.clear();
                    most = shared;
                }
                if shared == most {
                    nearest.extend(beside.iter().map(|standing| (order, standing)));
                }
            }
        }
        nearest.sort_by_key(|(order, (_, position, _))| (*order, *position));
        nearest.into_iter().map(|(_, (_, _, service))| *service).collect()
    }
}

/// Of Services in the order of their paths, those that share most parts with a path from its start, and how many they share. What shares
/// most stands beside the place where the path itself would stand.
fn beside<'s, 'a, S>(services: &'s [Standing<'a, S>], here: &[&'a str]) -> (usize, &'s [Standing<'a, S>]) {
    let at = services.partition_point(|(parts, ..)| parts.as_slice() < here);
    let shared = |(parts, ..): &Standing<'a, S>| {
        parts.iter().zip(here).take_while(|(theirs, ours)| theirs == ours).count()
    };
    let most = services[at.saturating_sub(1)..].iter().take(2).map(shared).max().unwrap_or_default();
    let stem = |(parts, ..): &Standing<'a, S>| parts[..most.min(parts.len())].cmp(&here[..most]);
    let from = services.partition_point(|service| stem(service).is_lt());
    let to = services.partition_point(|service| stem(service).is_le());
    (most, &services[from..to])
}

fn parts<'a>(object: Object<'a>) -> Vec<&'a str> {
    object.file().split('/').collect()
}

fn selector<'a>(service: Object<'a>) -> impl Iterator<Item = Label<'a>> {
    let entries = service.at(&["spec", "selector"]).entries();
    entries.map(move |(key, value)| (namespace(service), key, value.str()))
}

fn sends_traffic_when_ready(service: Object<'_>) -> bool {
    let spec = service.get("spec");
    service.group().is_empty()
        && service.pod_spec().is_none()
        && !spec.get("publishNotReadyAddresses").is_true()
        && !spec.get("type").is("ExternalName")
}

/// The namespace, where none is the default one.
fn namespace<'a>(object: Object<'a>) -> &'a str {
    Some(object.namespace()).filter(|namespace| *namespace != "default").unwrap_or_default()
}

/// The containers without a readiness probe that a Service sends traffic to.
fn served_by<'a>(service: Object<'a>, pod: Pod<'a>) -> Vec<Container<'a>> {
    let targets: Vec<Node<'a>> = service.at(&["spec", "ports"]).items().map(target).collect();
    let is_unready = |container: &Container<'a>| !container.get("readinessProbe").is_set();
    let declares = |container: &Container<'a>| targets.iter().any(|target| exposes(*container, *target));
    let declared: Vec<_> = pod.long_running_containers().filter(declares).collect();
    if !declared.is_empty() {
        return declared.into_iter().filter(is_unready).collect();
    }
    // A port that has a name must be declared, so a Service that names one that is not goes nowhere, which is not for this rule.
    let by_number = targets.is_empty() || targets.iter().any(|target| target.kind() == Kind::Integer);
    if by_number && pod.long_running_containers().all(|container| is_unready(&container)) {
        let undeclared: Vec<_> =
            pod.containers().filter(|container| container.get("ports").is_empty()).collect();
        return if undeclared.is_empty() { pod.containers().collect() } else { undeclared };
    }
    Vec::new()
}

fn target(port: Node<'_>) -> Node<'_> {
    let target = port.get("targetPort");
    if target.is_set() { target } else { port.get("port") }
}

fn exposes(container: Container<'_>, target: Node<'_>) -> bool {
    container.get("ports").items().any(|port| match target.as_str() {
        Some(name) => port.get("name").is(name),
        None => target.as_i64().is_some_and(|number| port.get("containerPort").as_i64() == Some(number)),
    })
}

#[cfg(test)]
mod tests {
    use plimsoll_sdk::examples::findings;

    use super::{Standing, beside};
    use crate::plimsoll_plugin::PLUGIN;

    fn found(pod: &str, ports: &str) -> Vec<String> {
        let yaml = format!(
            "kind: Service\nmetadata: {{ name: shop }}\nspec: {{ selector: {{ app: shop }}, ports: {ports} }}\n---\n\
             kind: Pod\nmetadata: {{ labels: {{ app: shop }} }}\nspec: {pod}"
        );
        let found = findings(&PLUGIN, "readiness-missing", "1.37", None, &yaml);
        found.iter().map(|finding| finding.message.split(" gets").next().unwrap().to_owned()).collect()
    }

    #[test]
    fn only_the_container_that_serves_is_asked() {
        let pod = "{ containers: [{ name: a, ports: [{ containerPort: 1 }] }, { name: b, ports: [{ containerPort: 2 }] }] }";
        assert_eq!(found(pod, "[{ port: 80, targetPort: 2 }]"), ["container \"b\""]);
        assert_eq!(found(pod, "[{ port: 80, targetPort: 1 }, { port: 81, targetPort: 2 }]").len(), 2);
    }

    #[test]
    fn the_nearest_share_most_of_the_path() {
        let files = ["a.yaml", "b/a.yaml", "b/a.yaml", "b/c/a.yaml", "b/c/d.yaml", "b/ca/a.yaml", "c/a.yaml"];
        let split = |file: &'static str| file.split('/').collect::<Vec<_>>();
        let mut services: Vec<_> = files.iter().enumerate().map(|(at, file)| (split(file), at, ())).collect();
        services.sort();
        for here in
            ["a.yaml", "b/a.yaml", "b/z.yaml", "b/c/b.yaml", "b/c/d/e.yaml", "b/cb/a.yaml", "0", "z/a.yaml"]
        {
            let here = split(here);
            let shared = |service: &Standing<'static, ()>| {
                service.0.iter().zip(&here).take_while(|(theirs, ours)| theirs == ours).count()
            };
            let most = services.iter().map(shared).max().unwrap();
            let all: Vec<_> = services.iter().filter(|service| shared(service) == most).cloned().collect();
            assert_eq!(beside(&services, &here), (most, all.as_slice()), "{here:?}");
        }
    }

    #[test]
    fn where_nobody_declares_the_port_one_probe_is_enough() {
        let pod = "{ containers: [{ name: a }, { name: b, readinessProbe: { tcpSocket: { port: 2 } } }] }";
        assert_eq!(found(pod, "[{ port: 2 }]"), [""; 0]);
        assert_eq!(found("{ containers: [{ name: a }] }", "[{ port: 80, targetPort: http }]"), [""; 0]);
    }

    #[test]
    fn a_sidecar_that_serves_is_asked_and_an_init_container_is_not() {
        let sidecar = "{ initContainers: [{ name: p, restartPolicy: Always, ports: [{ containerPort: 1 }] }], containers: [{ name: a }] }";
        assert_eq!(found(sidecar, "[{ port: 1 }]"), ["sidecar \"p\""]);
        let init =
            "{ initContainers: [{ name: p, ports: [{ containerPort: 1 }] }], containers: [{ name: a }] }";
        assert_eq!(found(init, "[{ port: 1 }]"), ["container \"a\""]);
    }
}
