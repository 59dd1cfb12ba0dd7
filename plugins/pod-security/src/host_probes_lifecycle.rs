//! `pod-security/host-probes-lifecycle`

use plimsoll_sdk::prelude::*;

use crate::setters::listed;

/// The rule.
pub const RULE: Rule = Rule {
    id: "host-probes-lifecycle",
    summary: "Probe or lifecycle hook sends the kubelet to another host",
    level: Level::Warning,
    kinds: PODS,
    docs: r#"
Probes and hooks are run by the kubelet, from the node's network. A `host` in one of them makes the kubelet knock
wherever the author of the pod likes: at `169.254.169.254`, at an admin port that listens on the node's `127.0.0.1`, at
a server behind the firewall. Whether the pod turns ready tells the answer: a port scanner with the node's privileges,
and a blind request forgery where the request itself does harm. A probe of another host also does not say whether this
container works.

Leave `host` out, and the kubelet asks the pod itself:

```yaml fails
kind: Pod
spec:
  containers:
    - name: api
      readinessProbe: { httpGet: { host: 127.0.0.1, port: 10248, path: /healthz } }
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: api
      readinessProbe: { httpGet: { port: 8080, path: /healthz } }
```

No host but the empty one is allowed, not even localhost. To send a virtual host's name, set the header instead:

```yaml passes
kind: Pod
spec:
  containers:
    - name: api
      livenessProbe: { httpGet: { host: "", port: 80, httpHeaders: [{ name: Host, value: shop.example }] } }
```

`tcpSocket` and the hooks `postStart` and `preStop` are judged too:

```yaml fails
kind: Pod
spec:
  containers:
    - name: api
      lifecycle: { preStop: { tcpSocket: { host: 10.0.0.1, port: 22 } } }
```

Suppress it where a pod with `hostNetwork` listens on `127.0.0.1` only, as control plane pods do. Pod Security has
checked this since 1.34; few other scanners do.

```yaml passes kubernetes=1.33
kind: Pod
spec:
  containers: [{ name: api, startupProbe: { tcpSocket: { host: 10.0.0.1, port: 22 } } }]
```"#,
    check: |object, report| {
        if report.kubernetes() < Kubernetes::v1(34) {
            return;
        }
        for pod in object.pods() {
            for container in pod.all_containers() {
                find(container, report);
            }
        }
    },
    profiles: &["pss-baseline", "pss-restricted"],
    security_severity: 55,
    equivalents: &["PSA:hostProbesAndHostLifecycle"],
    ..Rule::DEFAULT
};

/// Where a container may have a handler.
const HANDLERS: [&[&str]; 5] = [
    &["livenessProbe"],
    &["readinessProbe"],
    &["startupProbe"],
    &["lifecycle", "postStart"],
    &["lifecycle", "preStop"],
];

fn find<'a>(container: Container<'a>, report: &mut Report<'a>) {
    let mut names = Vec::new();
    let mut hosts = Vec::new();
    for steps in HANDLERS {
        let handler = container.at(steps);
        if !handler.is_set() {
            continue;
        }
        for action in ["httpGet", "tcpSocket"] {
            let host = handler.at(&[action, "host"]);
            if !host.str().is_empty() {
                names.push(format!("\"{}\" (`{}.{action}`)", host.str(), steps.join(".")));
                hosts.push(host);
            }
        }
    }
    if let Some((first, others)) = hosts.split_first() {
        let message = format!("{} sends the kubelet to {}: remove `host`", container.title(), listed(names));
        let finding = report.at(*first, message).fix(Edit::remove(*first));
        for other in others {
            finding.fix(Edit::remove(*other));
        }
    }
}
