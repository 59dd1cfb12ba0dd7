//! `pod-security/proc-mount-restricted`

use plimsoll_sdk::prelude::*;

use crate::proc_mount::unmasked;
use crate::setters::has_user_namespace;

/// The rule.
pub const RULE: Rule = Rule {
    id: "proc-mount-restricted",
    summary: "Container unmasks /proc in a user namespace",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
`procMount: Unmasked` uncovers what runtimes hide of `/proc`. With `hostUsers: false` that is far less of a gift: root
in the container is nobody on the node and may not write `/proc/sys/kernel/core_pattern` or its like. What is left is
more of the kernel to attack: files in `/proc` that few containers ever touch, and mounting a fresh `/proc` or `/sys`
inside, which the covers forbid. Kernel bugs that need exactly that turn up every year.

So from 1.35 on Pod Security's baseline level allows the pair, and the restricted level does not. Unless the pod builds
or runs containers of its own, remove `procMount`:

```yaml fails kubernetes=1.35
kind: Pod
spec:
  hostUsers: false
  containers:
    - name: build
      securityContext: { procMount: Unmasked }
```
```yaml passes kubernetes=1.35
kind: Pod
spec:
  hostUsers: false
  containers:
    - name: build
      securityContext: { procMount: Default }
```

An unmasked `/proc` without a user namespace, and any before 1.35, is found by `pod-security/proc-mount`, so that one
mistake is told once:

```yaml passes kubernetes=1.35
kind: Pod
spec:
  hostUsers: true
  containers: [{ name: build, securityContext: { procMount: Unmasked } }]
```
```yaml passes kubernetes=1.34
kind: Pod
spec:
  hostUsers: false
  containers: [{ name: build, securityContext: { procMount: Unmasked } }]
```

Suppress it for rootless builders and nested container runtimes: a user namespace is the right way to run them, and in a
namespace held to the baseline level they are admitted. Few other scanners draw this line."#,
    check: |object, report| {
        if report.kubernetes() < Kubernetes::v1(35) {
            return;
        }
        // A pod without a user namespace is `proc-mount`'s: together the two say what Kubernetes says.
        for pod in object.pods().filter(|pod| has_user_namespace(*pod)) {
            for (container, proc_mount) in unmasked(pod) {
                let message = format!(
                    "{} unmasks `/proc`, which even a user namespace does not make safe: remove `procMount`",
                    container.title()
                );
                report.at(proc_mount, message).fix(Edit::remove(proc_mount));
            }
        }
    },
    profiles: &["pss-restricted"],
    security_severity: 80,
    cwe: &[653],
    equivalents: &["PSA:procMount_restricted"],
    ..Rule::DEFAULT
};
