//! `pod-security/run-as-low-uid`

use plimsoll_sdk::prelude::*;

use crate::low_id;

/// The rule.
pub const RULE: Rule = Rule {
    id: "run-as-low-uid",
    summary: "Container runs as a user id that an account of the node may have",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
The kernel knows users by number alone, and without a user namespace the numbers in a container are those of
the node. User 1000 of the image is the first person who got a login there; 999 is often a service such as a
database. It makes no difference until something leaks: a `hostPath`, a shared NFS export, a bug in the
runtime. Then a process that breaks out owns the files and may signal the processes of whoever has the same
number. A high one belongs to nobody.

```yaml
spec:
  securityContext:
    runAsUser: 10001
    runAsNonRoot: true
```

Files in the image that belong to its own user must be readable by the new one; for volumes set `fsGroup`.
Better still, give the pod a user namespace with `hostUsers: false` (on by default since Kubernetes 1.33):
then no id in it means anything on the node and this rule is silent.

Suppress it on OpenShift, which gives every namespace a range of its own above a billion, and refuses what you
choose yourself; and for images that insist on their user.

**Where scanners disagree.** Trivy and kube-score say 10000, but Trivy wants more than that and we, like
kube-score, accept it. Trivy read the container's context alone for years and reported pods that set the id
once for all; we take the pod's value where a container has none, and report it once where it stands. An id
that is missing is reported, since the image then decides, and most decide for root. `{"minimum": 1000}` is a
common compromise.

```yaml fails
kind: Pod
spec:
  containers: [{ name: api, image: "api:1" }]
```
```yaml fails
kind: Pod
spec:
  securityContext: { runAsUser: 1000 }
  containers: [{ name: api, image: "api:1" }, { name: proxy, image: "proxy:1" }]
```
```yaml fails
kind: Pod
spec:
  securityContext: { runAsUser: 10001 }
  containers: [{ name: api, image: "api:1", securityContext: { runAsUser: 101 } }]
```
```yaml fails kubernetes=1.32
kind: Pod
spec:
  hostUsers: false
  containers: [{ name: api, image: "api:1" }]
```
```yaml passes
kind: Pod
spec:
  securityContext: { runAsUser: 1000 }
  containers: [{ name: api, image: "api:1", securityContext: { runAsUser: 10000 } }]
```
```yaml passes parameters={"minimum":1000}
kind: Pod
spec:
  securityContext: { runAsUser: 1000 }
  containers: [{ name: api, image: "api:1" }]
```
```yaml passes
kind: Pod
spec:
  hostUsers: false
  containers: [{ name: api, image: "api:1" }]
```
```yaml passes
kind: Pod
spec:
  os: { name: windows }
  containers: [{ name: iis, image: "iis:1" }]
```"#,
    check: |object, report| low_id::check(object, report, "runAsUser", "user"),
    profile: Profile::Strict,
    security_severity: 30,
    equivalents: &[
        "KS:container-security-context-user-group-id",
        "TR:KSV-0020",
        "CK:CKV_K8S_40",
        "MO:KBP104",
        "DT:CONTAINERS_INCORRECT_RUNASUSER_VALUE_LOWUID",
    ],
    parameters: Parameters::of::<low_id::Settings>(),
    ..Rule::DEFAULT
};
