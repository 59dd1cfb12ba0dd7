//! `pod-security/capability-sys-module`

use plimsoll_sdk::prelude::*;

use crate::{capability, os};

/// The rule.
pub const RULE: Rule = Rule {
    id: "capability-sys-module",
    summary: "Container adds SYS_MODULE, which loads code into the kernel of the node",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
There is one kernel on a node, and every container on it shares that kernel. `SYS_MODULE` lets a process put
its own code there: a module of twenty lines that starts a root shell on the node, or hides files and
connections from every tool that would look for them. No namespace, seccomp profile or read-only mount stands
above the kernel, so nothing in the cluster can contain it or even see it.

Load modules where nodes are made: in the image of the node, with `/etc/modules-load.d`, or with an operator
that is meant for it, such as the Kernel Module Management operator. Most network and storage agents merely
check that a module is there, for which a read-only mount of `/lib/modules` is enough.

```yaml
securityContext:
  capabilities:
    drop: [ALL]
    add: [NET_ADMIN]       # without SYS_MODULE
```

Suppress it for a driver installer that you build yourselves, GPU drivers being the usual case, and keep it in
a namespace of its own.

**Where scanners disagree.** Few look for it by itself; to most it is one of many in `capabilities-baseline`,
which reports it too. Trivy wants the exact word in capitals; we also report `ALL`, which contains it, and any
case, which runtimes ignore, and the prefix `CAP_`, which CRI-O takes. Kernel lockdown or signed modules on
your nodes make this far less bad; a manifest cannot tell.

```yaml fails
kind: Pod
spec:
  containers:
    - name: agent
      image: agent:1
      securityContext: { capabilities: { drop: [ALL], add: [SYS_MODULE, NET_BIND_SERVICE] } }
```
```yaml fails
kind: Pod
spec:
  initContainers:
    - name: setup
      image: setup:1
      securityContext: { capabilities: { add: [sys_module] } }
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
      securityContext: { capabilities: { add: [ALL], drop: [SYS_MODULE] } }
```"#,
    check: |object, report| {
        for pod in object.pods().filter(|pod| !os::is_windows(*pod)) {
            for container in pod.all_containers() {
                capability::refuse(container, "SYS_MODULE", "loads code into the kernel of the node", report);
            }
        }
    },
    security_severity: 95,
    cwe: &[250],
    equivalents: &["TR:KSV-0120"],
    ..Rule::DEFAULT
};
