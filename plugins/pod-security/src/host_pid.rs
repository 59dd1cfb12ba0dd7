//! `pod-security/host-pid`

use plimsoll_sdk::prelude::*;

/// The rule.
pub const RULE: Rule = Rule {
    id: "host-pid",
    summary: "Pod shares the host's process namespace",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
In the host's PID namespace a container sees every process of the node, with its command line and, where the user ids
match, its environment and open files: `cat /proc/*/environ` is often all it takes to collect the passwords of the other
pods. As root it may also signal or trace them, and `nsenter -t 1` with enough capabilities is a shell on the node.

Remove it. To see each other's processes, containers of one pod need only `shareProcessNamespace`.

```yaml fails
kind: Pod
spec: { hostPID: true }
```
```yaml passes
kind: Pod
spec: { shareProcessNamespace: true }
```

Templates are judged like pods, and `false` and `null` mean what they mean when nothing is written:

```yaml fails
kind: CronJob
spec: { jobTemplate: { spec: { template: { spec: { hostPID: true } } } } }
```
```yaml passes
kind: Pod
spec: { hostPID: null }
```

Suppress it for node agents that read the processes of the node for a living, such as eBPF profilers and process
exporters, and keep those in a namespace of their own. Pod Security has refused it in every version, as one control
together with `hostIPC` and `hostNetwork`; like most scanners Plimsoll tells the three apart."#,
    check: |object, report| {
        for pod in object.pods() {
            let host_pid = pod.get("hostPID");
            if host_pid.is_true() {
                report
                    .at(host_pid, "the pod sees every process of its node: remove `hostPID: true`")
                    .fix(Edit::remove(host_pid));
            }
        }
    },
    profiles: &["pss-baseline", "pss-restricted", "cis", "nsa"],
    security_severity: 80,
    cwe: &[653],
    equivalents: &[
        "PSA:hostNamespaces",
        "KL:host-pid",
        "PO:hostPIDSet",
        "TR:KSV-0010",
        "CK:CKV_K8S_17",
        "KU:C-0038",
        "KU:C-0275",
        "KY:disallow-host-namespaces",
    ],
    ..Rule::DEFAULT
};
