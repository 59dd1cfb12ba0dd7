//! `pod-security/capabilities-baseline`

use plimsoll_sdk::prelude::*;

use crate::setters::{is_exempt_windows, quoted};

/// What container runtimes give a container that asks for nothing, without `NET_RAW`.
const DEFAULT_SET: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// The rule.
pub const RULE: Rule = Rule {
    id: "capabilities-baseline",
    summary: "Container adds a capability outside the default set",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
Linux cuts root's power into some forty capabilities, and a runtime hands a container about a dozen. Many of the others
are root on the node by another name: `SYS_ADMIN` mounts the host's disk, `SYS_MODULE` loads a kernel module,
`SYS_PTRACE` with a shared PID namespace rewrites its neighbours' memory, `NET_RAW` forges ARP and DNS answers for the
pods next door.

Remove what is not needed; what is left may only come from the default set:

```yaml fails
kind: Pod
spec:
  containers:
    - name: api
      securityContext:
        capabilities: { add: [NET_BIND_SERVICE, SYS_ADMIN] }
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: api
      securityContext:
        capabilities: { add: [NET_BIND_SERVICE] }
```

Allowed are AUDIT_WRITE, CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD, NET_BIND_SERVICE, SETFCAP, SETGID, SETPCAP,
SETUID and SYS_CHROOT, in capitals and without `CAP_`. `ALL` is not, and a clean main container does not excuse an
init container:

```yaml fails
kind: Pod
spec:
  initContainers:
    - name: tune
      securityContext:
        capabilities: { add: ["ALL"] }
  containers: [{ name: api }]
```
```yaml fails
kind: Pod
spec:
  containers:
    - name: api
      securityContext:
        capabilities: { add: [CAP_CHOWN] }
```

Suppress it, container by container, for network plugins (`NET_ADMIN`), profilers and their like. `NET_RAW` belongs to
Docker's default set and yet Pod Security refuses it, in every version. On Windows, where the API server refuses the
whole field, this rule keeps quiet from 1.25. `pod-security/capabilities-restricted` asks for more: `ALL` dropped."#,
    check: |object, report| {
        let kubernetes = report.kubernetes();
        for pod in object.pods().filter(|pod| !is_exempt_windows(*pod, kubernetes)) {
            for container in pod.all_containers() {
                let added = container.at(&["securityContext", "capabilities", "add"]);
                let beyond: Vec<_> = added.items().filter(|item| !is_in_default_set(item.str())).collect();
                if let Some((first, others)) = beyond.split_first() {
                    let names = quoted(beyond.iter().map(|item| item.str()));
                    let message = format!(
                        "{} adds {names}, which {} beyond the default capabilities: remove {} from `add`",
                        container.title(),
                        if others.is_empty() { "goes" } else { "go" },
                        if others.is_empty() { "it" } else { "them" },
                    );
                    let finding = report.at(*first, message).fix(Edit::remove(*first));
                    for other in others {
                        finding.fix(Edit::remove(*other));
                    }
                }
            }
        }
    },
    profiles: &["pss-baseline", "pss-restricted", "cis", "nsa"],
    security_severity: 80,
    cwe: &[250],
    equivalents: &[
        "PSA:capabilities_baseline",
        "PO:dangerousCapabilities",
        "TR:KSV-0022",
        "CK:CKV_K8S_25",
        "KU:C-0046",
        "KY:disallow-capabilities",
        "MO:PSS104",
    ],
    ..Rule::DEFAULT
};

/// Whether `add` may name the capability at the baseline level.
pub(crate) fn is_in_default_set(capability: &str) -> bool {
    DEFAULT_SET.contains(&capability)
}
