//! `pod-security/capability-sys-admin`

use plimsoll_sdk::prelude::*;

use crate::{capability, os};

/// The rule.
pub const RULE: Rule = Rule {
    id: "capability-sys-admin",
    summary: "Container adds SYS_ADMIN, which is nearly root on the node",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
`SYS_ADMIN` is the drawer into which the kernel's authors put whatever fitted nowhere else: mounting file
systems, joining namespaces, loading BPF programs, setting quotas. A process that holds it can mount a cgroup
hierarchy, register a program as its release agent, and the kernel then runs that program on the node, as
root, outside of every container. It is the shortest known way out of a pod that is not even `privileged`.

Ask for what is really needed. Kernels since 5.8 split off `BPF` and `PERFMON` for tracing and profiling
tools; FUSE needs a device plugin rather than the capability; an image builder can run rootless, or in a user
namespace with `hostUsers: false`, where `SYS_ADMIN` counts inside the pod alone.

```yaml
securityContext:
  capabilities:
    drop: [ALL]
    add: [BPF, PERFMON]    # instead of SYS_ADMIN
```

Suppress it for the few that mount file systems on the node's behalf, such as CSI node drivers, and say so in
the reason. Such pods belong in a namespace that nobody else may create pods in.

**Where scanners disagree.** This is part of what `capabilities-baseline` finds, with a severity of its own,
so both report. Trivy and Checkov look for the exact word `SYS_ADMIN`; we also report `ALL`, which contains
it, any case, which runtimes ignore, and the prefix `CAP_`, which CRI-O takes. What is dropped by name again
is not held and not reported.

```yaml fails
kind: Pod
spec:
  containers:
    - name: agent
      image: agent:1
      securityContext: { capabilities: { drop: [ALL], add: [SYS_ADMIN, NET_BIND_SERVICE] } }
```
```yaml fails
kind: Pod
spec:
  initContainers:
    - name: setup
      image: setup:1
      securityContext: { capabilities: { add: [sys_admin, CAP_SYS_ADMIN] } }
```
```yaml fails
kind: Pod
spec:
  containers:
    - name: agent
      image: agent:1
      securityContext: { capabilities: { add: [ALL] } }
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: agent
      image: agent:1
      securityContext: { capabilities: { drop: [ALL], add: [NET_BIND_SERVICE] } }
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: agent
      image: agent:1
      securityContext: { capabilities: { add: [ALL], drop: [SYS_ADMIN] } }
```"#,
    check: |object, report| {
        for pod in object.pods().filter(|pod| !os::is_windows(*pod)) {
            for container in pod.all_containers() {
                capability::refuse(container, "SYS_ADMIN", "is nearly root on the node", report);
            }
        }
    },
    security_severity: 95,
    cwe: &[250],
    equivalents: &["TR:KSV-0005", "CK:CKV_K8S_39", "MO:KBP100"],
    ..Rule::DEFAULT
};
