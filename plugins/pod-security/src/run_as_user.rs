//! `pod-security/run-as-user`

use plimsoll_sdk::prelude::*;

use crate::setters::{Setter, has_user_namespace};

/// The rule.
pub const RULE: Rule = Rule {
    id: "run-as-user",
    summary: "Container is made to run as root",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
`runAsUser: 0` overrules the `USER` that the image's author chose and makes the process root. It may then rewrite the
program it runs, read every file in every volume whatever its mode, and turn any hole in the runtime or the kernel into
root on the node. With `runAsNonRoot: true` beside it the container does not even start: the kubelet reports
`CreateContainerConfigError`.

Name a user that owns nothing else, or leave the choice to the image; for files in volumes use `fsGroup` rather than root:

```yaml fails
kind: Pod
spec:
  securityContext: { runAsUser: 0 }
  containers: [{ name: api }]
```
```yaml passes
kind: Pod
spec:
  securityContext: { runAsUser: 10001, fsGroup: 10001 }
  containers: [{ name: api }]
```

Every place counts for itself, even a pod's 0 that no container inherits:

```yaml fails
kind: Pod
spec:
  securityContext: { runAsUser: 10001 }
  initContainers: [{ name: chown, securityContext: { runAsUser: 0 } }]
  containers: [{ name: api }]
```
```yaml fails
kind: Pod
spec:
  securityContext: { runAsUser: 0 }
  containers: [{ name: api, securityContext: { runAsUser: 10001 } }]
```

Suppress it for containers whose work is root's, such as fixing the owners of an old volume. Pod Security refuses it
from 1.23, and from 1.35 no longer in a user namespace, where 0 is nobody on the node:

```yaml passes kubernetes=1.35
kind: Pod
spec: { hostUsers: false, securityContext: { runAsUser: 0 } }
```
```yaml fails kubernetes=1.34
kind: Pod
spec: { hostUsers: false, securityContext: { runAsUser: 0 } }
```
```yaml passes kubernetes=1.22
kind: Pod
spec: { securityContext: { runAsUser: 0 } }
```"#,
    check: |object, report| {
        let kubernetes = report.kubernetes();
        if kubernetes < Kubernetes::v1(23) {
            return;
        }
        let relaxed = kubernetes >= Kubernetes::v1(35);
        let pods = object.pods().filter(|pod| !(relaxed && has_user_namespace(*pod)));
        for setter in pods.flat_map(Setter::all) {
            let user = setter.security_context().get("runAsUser");
            if user.as_i64() == Some(0) {
                let message = match setter {
                    Setter::Pod(_) => "the pod makes its containers run as root".to_owned(),
                    Setter::Container(container) => format!("{} is made to run as root", container.title()),
                };
                report.at(user, format!("{message}: write a `runAsUser` other than 0, or remove it"));
            }
        }
    },
    profiles: &["pss-restricted", "nsa"],
    security_severity: 80,
    cwe: &[250],
    equivalents: &["PSA:runAsUser", "TR:KSV-0105", "KY:require-run-as-non-root-user", "MO:PSS204"],
    ..Rule::DEFAULT
};
