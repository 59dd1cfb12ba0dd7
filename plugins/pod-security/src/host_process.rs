//! `pod-security/host-process`

use plimsoll_sdk::prelude::*;

use crate::setters::Setter;

/// The rule.
pub const RULE: Rule = Rule {
    id: "host-process",
    summary: "Windows container runs as a process of its host",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
A HostProcess container is Windows' word for privileged: no isolation at all, a plain process on the node, usually as
`NT AUTHORITY\SYSTEM`. It reads every file, installs drivers and services, and takes the kubelet's credentials. Who can
create one owns the node.

Remove it from the pod and from every container, with the `hostNetwork: true` that it needed:

```yaml fails
kind: Pod
spec:
  os: { name: windows }
  hostNetwork: true
  securityContext:
    windowsOptions: { hostProcess: true, runAsUserName: 'NT AUTHORITY\SYSTEM' }
  containers: [{ name: agent }]
```
```yaml passes
kind: Pod
spec:
  os: { name: windows }
  securityContext:
    windowsOptions: { runAsUserName: ContainerUser }
  containers: [{ name: agent }]
```

A container may ask for it alone, an init container too, and whether `os` says Windows does not matter:

```yaml fails
kind: Pod
spec:
  initContainers:
    - name: install
      securityContext: { windowsOptions: { hostProcess: true } }
  containers: [{ name: agent }]
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: agent
      securityContext: { windowsOptions: { hostProcess: false } }
```

Suppress it for what runs a Windows node: network plugins, storage drivers and log collectors, in a namespace that only
administrators write to. Pod Security judges it in every version, also in those that had no such containers yet (they
came with 1.22)."#,
    check: |object, report| {
        for setter in object.pods().flat_map(Setter::all) {
            let host_process = setter.security_context().at(&["windowsOptions", "hostProcess"]);
            if host_process.is_true() {
                let message = format!(
                    "{} runs as a process of its Windows node: remove `hostProcess: true`",
                    setter.title()
                );
                report.at(host_process, message).fix(Edit::remove(host_process));
            }
        }
    },
    profiles: &["pss-baseline", "pss-restricted", "cis"],
    security_severity: 80,
    cwe: &[250],
    equivalents: &[
        "PSA:windowsHostProcess",
        "PO:hostProcess",
        "TR:KSV-0103",
        "KY:disallow-host-process",
        "MO:PSS101",
    ],
    ..Rule::DEFAULT
};
