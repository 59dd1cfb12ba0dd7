//! `pod-security/selinux`

use plimsoll_sdk::prelude::*;

use crate::setters::{Setter, listed};

/// Types that confine, each with the version that allows it.
const TYPES: [(&str, Kubernetes); 4] = [
    ("container_t", Kubernetes::v1(0)),
    ("container_init_t", Kubernetes::v1(0)),
    ("container_kvm_t", Kubernetes::v1(0)),
    ("container_engine_t", Kubernetes::v1(31)),
];

/// The rule.
pub const RULE: Rule = Rule {
    id: "selinux",
    summary: "SELinux label reaches beyond a container's",
    level: Level::Warning,
    kinds: PODS,
    docs: r#"
On nodes with SELinux every container process is labelled `container_t`, and the policy lets that touch container files
and little else: this alone has stopped several escapes that got past everything before it. `seLinuxOptions` can swap the
label for `spc_t`, the super privileged container, which the policy does not confine, or for a user or role of the
node's own services.

Remove `user` and `role`, and any `type` but those made for containers: `container_t`, `container_init_t` (systemd
inside), `container_kvm_t` (virtual machines) and, from 1.31, `container_engine_t` (containers inside). `level` is free;
it only keeps containers apart from each other.

```yaml fails
kind: Pod
spec:
  securityContext: { seLinuxOptions: { type: spc_t } }
  containers: [{ name: api }]
```
```yaml passes
kind: Pod
spec:
  securityContext: { seLinuxOptions: { type: container_t, level: "s0:c123,c456" } }
  containers: [{ name: api }]
```
```yaml fails
kind: Pod
spec:
  containers:
    - name: api
      securityContext: { seLinuxOptions: { user: system_u, role: system_r } }
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: api
      securityContext: { seLinuxOptions: { user: "", role: null, type: "" } }
```

Suppress it for node agents that really must be `spc_t`, or better write a policy module with a type for them and
suppress it for that. Some scanners still check the list without `container_engine_t`.

```yaml fails kubernetes=1.30
kind: Pod
spec:
  containers: [{ name: build, securityContext: { seLinuxOptions: { type: container_engine_t } } }]
```
```yaml passes kubernetes=1.31
kind: Pod
spec:
  containers: [{ name: build, securityContext: { seLinuxOptions: { type: container_engine_t } } }]
```"#,
    check: |object, report| {
        let kubernetes = report.kubernetes();
        for setter in object.pods().flat_map(Setter::all) {
            let options = setter.security_context().get("seLinuxOptions");
            let wrong: Vec<_> =
                options.entries().filter(|(key, value)| is_wrong(key, value.str(), kubernetes)).collect();
            if let Some(((_, first), others)) = wrong.split_first() {
                let fields =
                    wrong.iter().map(|(key, value)| format!("`{key}` to \"{}\"", value.str())).collect();
                let message = format!(
                    "{} sets SELinux {}: remove {}",
                    setter.title(),
                    listed(fields),
                    if others.is_empty() { "it" } else { "them" }
                );
                let finding = report.at(*first, message).fix(Edit::remove(*first));
                for (_, other) in others {
                    finding.fix(Edit::remove(*other));
                }
            }
        }
    },
    profiles: &["pss-baseline", "pss-restricted", "nsa"],
    security_severity: 55,
    cwe: &[693],
    equivalents: &["PSA:seLinuxOptions", "TR:KSV-0025", "KY:disallow-selinux", "MO:PSS108"],
    ..Rule::DEFAULT
};

fn is_wrong(key: &str, value: &str, kubernetes: Kubernetes) -> bool {
    match key {
        _ if value.is_empty() => false,
        "user" | "role" => true,
        "type" => !TYPES.iter().any(|(allowed, since)| value == *allowed && kubernetes >= *since),
        _ => false,
    }
}
