//! `pod-security/run-as-low-gid`

use plimsoll_sdk::prelude::*;

use crate::low_id;

/// The rule.
pub const RULE: Rule = Rule {
    id: "run-as-low-gid",
    summary: "Container runs as a group id that a group of the node may have",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
Groups are numbers, as users are, and low ones are taken on every node: 4 reads the logs on Debian, 6 the
disks, 27 may use `sudo`, and whatever number `docker` got is as good as root. A container whose primary group
has such a number shares its rights on everything that leaks in from the node: a `hostPath`, an NFS export, a
device. And whoever sets `runAsUser` but forgets the group gets 0, unless the image knows that user.

```yaml
spec:
  securityContext:
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001        # so that volumes can be written
```

With `hostUsers: false` (on by default since Kubernetes 1.33) ids in the pod mean nothing on the node, and
this rule is silent.

Suppress it where several workloads share files by a group of their own, and on OpenShift, whose images expect
group 0.

**Where scanners disagree.** As with `run-as-low-uid`: Trivy wants more than 10000, we accept it; the pod's
value counts for containers that have none and is reported once; a missing value is reported. Supplemental
groups and `fsGroup` do not count here, for they have to fit the volume; `run-as-root-group` looks whether
they are 0. `{"minimum": 1000}` lowers the bar.

```yaml fails
kind: Pod
spec:
  securityContext: { runAsUser: 10001 }
  containers: [{ name: api, image: "api:1" }]
```
```yaml fails
kind: Pod
spec:
  securityContext: { runAsGroup: 3000 }
  containers: [{ name: api, image: "api:1" }]
```
```yaml fails
kind: Pod
spec:
  securityContext: { runAsGroup: 10001 }
  initContainers: [{ name: setup, image: "setup:1", securityContext: { runAsGroup: 0 } }]
  containers: [{ name: api, image: "api:1" }]
```
```yaml passes
kind: Pod
spec:
  securityContext: { runAsGroup: 10001, fsGroup: 2000 }
  containers: [{ name: api, image: "api:1" }]
```
```yaml passes parameters={"minimum":1000}
kind: Pod
spec:
  containers: [{ name: api, image: "api:1", securityContext: { runAsGroup: 3000 } }]
```
```yaml passes
kind: Pod
spec:
  hostUsers: false
  containers: [{ name: api, image: "api:1" }]
```"#,
    check: |object, report| low_id::check(object, report, "runAsGroup", "group"),
    profile: Profile::Strict,
    security_severity: 30,
    equivalents: &["KS:container-security-context-user-group-id", "TR:KSV-0021", "MO:KBP105"],
    parameters: Parameters::of::<low_id::Settings>(),
    ..Rule::DEFAULT
};
