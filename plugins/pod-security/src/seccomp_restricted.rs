//! `pod-security/seccomp-restricted`

use plimsoll_sdk::prelude::*;

use crate::seccomp_baseline::{find_unconfined, is_confined};
use crate::setters::{Setter, is_exempt_windows};

/// The rule.
pub const RULE: Rule = Rule {
    id: "seccomp-restricted",
    summary: "Container has no seccomp profile that confines it",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
Nothing written means `Unconfined`, unless whoever runs the node has given the kubelet `--seccomp-default`. The container
may then make every system call of the kernel: `userfaultfd` and `keyctl`, tools of many a privilege escalation, and
whatever the next kernel brings. The default profile would stop them, costs nothing and breaks almost nothing; it only
has to be asked for.

Ask for it once, in the pod:

```yaml passes
kind: Pod
spec:
  securityContext: { seccompProfile: { type: RuntimeDefault } }
  containers: [{ name: api }]
```
```yaml fails
kind: Pod
spec: { containers: [{ name: api }] }
```

or in every container, each of them:

```yaml fails
kind: Pod
spec:
  initContainers: [{ name: migrate }]
  containers: [{ name: api, securityContext: { seccompProfile: { type: RuntimeDefault } } }]
```
```yaml passes
kind: Pod
spec:
  containers: [{ name: api, securityContext: { seccompProfile: { type: Localhost, localhostProfile: api.json } } }]
```

An explicit `Unconfined` is wrong at either place, even where no container inherits it. In the default profile
`pod-security/seccomp-baseline` alone says so.

```yaml fails
kind: Pod
spec:
  securityContext: { seccompProfile: { type: Unconfined } }
  containers: [{ name: api, securityContext: { seccompProfile: { type: RuntimeDefault } } }]
```

Suppress it for clusters whose kubelets all have `seccompDefault: true`. Pod Security asks from 1.19, when the fields
came, and from 1.25 no longer on Windows, which has no seccomp.

```yaml passes kubernetes=1.18
kind: Pod
spec: { containers: [{ name: api }] }
```
```yaml passes kubernetes=1.25
kind: Pod
spec: { os: { name: windows }, containers: [{ name: api }] }
```
```yaml fails kubernetes=1.24
kind: Pod
spec: { os: { name: windows }, containers: [{ name: api }] }
```"#,
    check: |object, report| {
        let kubernetes = report.kubernetes();
        if kubernetes < Kubernetes::v1(19) {
            return;
        }
        for pod in object.pods().filter(|pod| !is_exempt_windows(*pod, kubernetes)) {
            let inherited = pod.at(&["securityContext", "seccompProfile"]).is_set();
            for setter in Setter::all(pod) {
                let profile = setter.security_context().get("seccompProfile");
                if profile.is_set() {
                    if !is_confined(profile) {
                        find_unconfined(setter, profile, report);
                    }
                } else if let Setter::Container(container) = setter
                    && !inherited
                {
                    find_missing(container, profile.get("type"), report);
                }
            }
        }
    },
    profile: Profile::Strict,
    profiles: &["pss-restricted", "cis", "nsa"],
    security_severity: 30,
    cwe: &[693],
    equivalents: &[
        "PSA:seccompProfile_restricted",
        "KS:container-seccomp-profile",
        "TR:KSV-0030",
        "CK:CKV_K8S_31",
        "KU:C-0210",
        "KY:restrict-seccomp-strict",
        "MO:PSS205",
    ],
    ..Rule::DEFAULT
};

fn find_missing<'a>(container: Container<'a>, kind: Node<'a>, report: &mut Report<'a>) {
    let message = format!(
        "{} has no seccomp profile: write `seccompProfile: {{ type: RuntimeDefault }}` \
         in its `securityContext` or the pod's",
        container.title()
    );
    report.at(kind, message).fix(Edit::set(kind, "RuntimeDefault"));
}
