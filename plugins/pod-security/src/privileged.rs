//! `pod-security/privileged`

use plimsoll_sdk::prelude::*;

/// The rule.
pub const RULE: Rule = Rule {
    id: "privileged",
    summary: "Container runs privileged",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
A privileged container is contained in name only: it has every capability, every device of the node, no seccomp, no
AppArmor and a writable `/sys`. From a shell in it, `mount /dev/sda1 /mnt && chroot /mnt` is the whole escape, and the
node's kubelet credentials and the secrets of all its pods go with it.

Remove it and name what the software really needs: a capability or two, a device from a device plugin, a sysctl in the
pod's `securityContext`.

```yaml fails
kind: Pod
spec:
  containers:
    - name: vpn
      securityContext: { privileged: true }
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: vpn
      securityContext:
        privileged: false
        capabilities: { drop: ["ALL"], add: [NET_ADMIN] }
```

An init container that is privileged for a second is privileged all the same: who controls its image or its arguments
needs no longer.

```yaml fails
kind: Deployment
spec:
  template:
    spec:
      initContainers:
        - name: sysctl
          securityContext: { privileged: true }
      containers: [{ name: search }]
```
```yaml passes
kind: Pod
spec:
  containers: [{ name: api, securityContext: { privileged: null } }]
```

Suppress it for the few things that build the node: network and storage plugins, device drivers, in namespaces that
only administrators write to. Pod Security has refused it in every version, and all scanners agree."#,
    check: |object, report| {
        for container in object.pods().flat_map(Pod::all_containers) {
            let privileged = container.at(&["securityContext", "privileged"]);
            if privileged.is_true() {
                let message = format!(
                    "{} is privileged, which is root on the node: remove it and add only the capabilities it needs",
                    container.title()
                );
                report.at(privileged, message).fix(Edit::set(privileged, false));
            }
        }
    },
    profiles: &["pss-baseline", "pss-restricted", "cis", "nsa"],
    security_severity: 95,
    cwe: &[250],
    equivalents: &[
        "PSA:privileged",
        "KL:privileged-container",
        "KS:container-security-context-privileged",
        "PO:runAsPrivileged",
        "TR:KSV-0017",
        "CK:CKV_K8S_16",
        "KU:C-0057",
        "KY:disallow-privileged-containers",
        "MO:PSS103",
    ],
    ..Rule::DEFAULT
};
