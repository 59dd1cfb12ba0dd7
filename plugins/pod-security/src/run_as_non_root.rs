//! `pod-security/run-as-non-root`

use plimsoll_sdk::prelude::*;

use crate::setters::has_user_namespace;

/// The rule.
pub const RULE: Rule = Rule {
    id: "run-as-non-root",
    summary: "Container may run as root",
    level: Level::Warning,
    kinds: PODS,
    docs: r#"
Most images start as root unless someone saw to it. Root in a container is, without a user namespace, root's number on
the node: every kernel bug, every leaked file descriptor (runc's CVE-2019-5736 and CVE-2024-21626) and every mounted
host directory is then worth the whole machine.

`runAsNonRoot: true` makes the kubelet refuse to start a container whose user is 0. Write it once for the pod, and give
the image a `USER`, by number, or set `runAsUser`:

```yaml passes
kind: Pod
spec:
  securityContext: { runAsNonRoot: true, runAsUser: 10001 }
  containers: [{ name: api }]
```
```yaml fails
kind: Pod
spec: { containers: [{ name: api }] }
```

Or in every container, init containers too. A container's own word beats the pod's, and Pod Security takes no `false`
at either place:

```yaml fails
kind: Pod
spec:
  initContainers: [{ name: migrate }]
  containers: [{ name: api, securityContext: { runAsNonRoot: true } }]
```
```yaml fails
kind: Pod
spec:
  securityContext: { runAsNonRoot: false }
  containers: [{ name: api, securityContext: { runAsNonRoot: true } }]
```
```yaml passes
kind: Pod
spec:
  containers: [{ name: api, securityContext: { runAsNonRoot: true } }]
```

A `runAsUser` other than 0 does not count here, though some scanners let it: nothing would stop the next edit. Suppress
it for images that must start as root, and see whether `hostUsers: false` does: with a user namespace Pod Security no
longer asks, from 1.35.

```yaml passes kubernetes=1.35
kind: Pod
spec: { hostUsers: false, containers: [{ name: api }] }
```
```yaml fails kubernetes=1.34
kind: Pod
spec: { hostUsers: false, containers: [{ name: api }] }
```"#,
    check: |object, report| {
        let relaxed = report.kubernetes() >= Kubernetes::v1(35);
        for pod in object.pods().filter(|pod| !(relaxed && has_user_namespace(*pod))) {
            let of_pod = pod.at(&["securityContext", "runAsNonRoot"]);
            if of_pod.is_set() && !of_pod.is_true() {
                report
                    .at(of_pod, "the pod lets its containers run as root: write `runAsNonRoot: true`")
                    .fix(Edit::set(of_pod, true));
            }
            for container in pod.all_containers() {
                let own = container.at(&["securityContext", "runAsNonRoot"]);
                if if own.is_set() { !own.is_true() } else { !of_pod.is_set() } {
                    find(pod, container, report);
                }
            }
        }
    },
    profiles: &["pss-restricted", "cis", "nsa"],
    security_severity: 55,
    cwe: &[250],
    equivalents: &[
        "PSA:runAsNonRoot",
        "KL:run-as-non-root",
        "PO:runAsRootAllowed",
        "TR:KSV-0012",
        "CK:CKV_K8S_23",
        "KU:C-0013",
        "KY:require-run-as-nonroot",
        "MO:PSS203",
    ],
    ..Rule::DEFAULT
};

fn find<'a>(pod: Pod<'a>, container: Container<'a>, report: &mut Report<'a>) {
    let own = container.at(&["securityContext", "runAsNonRoot"]);
    let title = container.title();
    if user(pod, container).as_i64() == Some(0) {
        // Without another user the kubelet would refuse to start it.
        let message =
            format!("{title} runs as root: write `runAsNonRoot: true` and a `runAsUser` other than 0");
        report.at(own, message);
        return;
    }
    let message = if own.is_set() {
        format!("{title} is allowed to run as root: write `runAsNonRoot: true`")
    } else {
        format!("{title} may run as root: write `runAsNonRoot: true` in its `securityContext` or the pod's")
    };
    report.at(own, message).fix(Edit::set(own, true));
}

/// The `runAsUser` that counts for the container.
fn user<'a>(pod: Pod<'a>, container: Container<'a>) -> Node<'a> {
    let own = container.at(&["securityContext", "runAsUser"]);
    if own.is_set() { own } else { pod.at(&["securityContext", "runAsUser"]) }
}
