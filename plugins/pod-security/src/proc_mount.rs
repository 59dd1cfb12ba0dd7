//! `pod-security/proc-mount`

use plimsoll_sdk::prelude::*;

use crate::setters::has_user_namespace;

/// The rule.
pub const RULE: Rule = Rule {
    id: "proc-mount",
    summary: "Container unmasks /proc",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
Container runtimes cover the dangerous corners of `/proc`: `kcore` and `keys` are hidden, `sys`, `irq` and
`sysrq-trigger` are read only. `procMount: Unmasked` lifts the covers. A process that is root then writes
`/proc/sys/kernel/core_pattern` and waits for any crash on the node to run its program as the node's root, or reads
kernel memory.

Leave it out, or write `Default`:

```yaml fails
kind: Pod
spec:
  containers:
    - name: build
      securityContext: { procMount: Unmasked }
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: build
      securityContext: { procMount: Default }
```

What it is good for, containers inside containers, needs a user namespace besides: root in there is nobody on the node.
From 1.35 Pod Security's baseline level therefore allows it together with `hostUsers: false`; before, it was refused in
every version. `pod-security/proc-mount-restricted` stays strict.

```yaml passes kubernetes=1.35
kind: Pod
spec:
  hostUsers: false
  containers: [{ name: build, securityContext: { procMount: Unmasked } }]
```
```yaml fails kubernetes=1.34
kind: Pod
spec:
  hostUsers: false
  containers: [{ name: build, securityContext: { procMount: Unmasked } }]
```
```yaml fails
kind: Pod
spec:
  hostUsers: true
  initContainers: [{ name: build, securityContext: { procMount: Unmasked } }]
  containers: [{ name: api }]
```

There is little reason to suppress it from 1.33 on, where user namespaces are on by default. Few other scanners
know the exception."#,
    check: |object, report| {
        let relaxed = report.kubernetes() >= Kubernetes::v1(35);
        for pod in object.pods().filter(|pod| !(relaxed && has_user_namespace(*pod))) {
            for (container, proc_mount) in unmasked(pod) {
                let also = if relaxed { ", or give the pod `hostUsers: false`" } else { "" };
                let message = format!("{} unmasks `/proc`: remove `procMount`{also}", container.title());
                report.at(proc_mount, message).fix(Edit::remove(proc_mount));
            }
        }
    },
    profiles: &["pss-baseline", "pss-restricted"],
    security_severity: 80,
    cwe: &[653],
    equivalents: &[
        "PSA:procMount",
        "KL:unsafe-proc-mount",
        "PO:procMount",
        "TR:KSV-0027",
        "KY:disallow-proc-mount",
        "MO:PSS109",
    ],
    ..Rule::DEFAULT
};

/// Containers with any `procMount` but the default one, and that field.
pub(crate) fn unmasked(pod: Pod<'_>) -> impl Iterator<Item = (Container<'_>, Node<'_>)> {
    pod.all_containers()
        .map(|container| (container, container.at(&["securityContext", "procMount"])))
        .filter(|(_, proc_mount)| proc_mount.is_set() && !proc_mount.is("Default"))
}
