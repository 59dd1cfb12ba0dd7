//! `pod-security/sysctls`

use plimsoll_sdk::prelude::*;

/// What a pod may set for itself without harm to others, each with the version of Pod Security that allows it.
const SAFE: [(&str, Kubernetes); 14] = [
    ("kernel.shm_rmid_forced", Kubernetes::v1(0)),
    ("net.ipv4.ip_local_port_range", Kubernetes::v1(0)),
    ("net.ipv4.tcp_syncookies", Kubernetes::v1(0)),
    ("net.ipv4.ping_group_range", Kubernetes::v1(0)),
    ("net.ipv4.ip_unprivileged_port_start", Kubernetes::v1(0)),
    ("net.ipv4.ip_local_reserved_ports", Kubernetes::v1(27)),
    ("net.ipv4.tcp_keepalive_time", Kubernetes::v1(29)),
    ("net.ipv4.tcp_fin_timeout", Kubernetes::v1(29)),
    ("net.ipv4.tcp_keepalive_intvl", Kubernetes::v1(29)),
    ("net.ipv4.tcp_keepalive_probes", Kubernetes::v1(29)),
    ("net.ipv4.tcp_rmem", Kubernetes::v1(32)),
    ("net.ipv4.tcp_wmem", Kubernetes::v1(32)),
    ("net.ipv4.tcp_slow_start_after_idle", Kubernetes::v1(37)),
    ("net.ipv4.tcp_notsent_lowat", Kubernetes::v1(37)),
];

/// The rule.
pub const RULE: Rule = Rule {
    id: "sysctls",
    summary: "Pod sets a kernel parameter that is not safe",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
Some kernel parameters belong to a pod's own namespaces, others to the whole node, and some of the former still cost
their neighbours memory or weaken them. `kernel.msgmax` and `net.core.somaxconn` are settings of the node's
administrator: the kubelet refuses a pod that sets one which it was not told to allow, so the pod fails with
`SysctlForbidden`; and where it was told to, any pod can starve the rest.

Set what is on the safe list of your version, and leave the others to the node's configuration:

```yaml fails
kind: Pod
spec:
  securityContext:
    sysctls: [{ name: kernel.msgmax, value: "65536" }]
```
```yaml passes
kind: Pod
spec:
  securityContext:
    sysctls: [{ name: net.ipv4.ip_unprivileged_port_start, value: "0" }]
```

The list grows: `ip_local_reserved_ports` in 1.27, TCP keepalive and `tcp_fin_timeout` in 1.29, `tcp_rmem` and `tcp_wmem`
in 1.32, `tcp_slow_start_after_idle` and `tcp_notsent_lowat` in 1.37. Names are compared as they are written, with dots.

```yaml fails kubernetes=1.28
kind: Pod
spec:
  securityContext:
    sysctls: [{ name: net.ipv4.tcp_keepalive_time, value: "60" }]
```
```yaml passes kubernetes=1.29
kind: Pod
spec:
  securityContext:
    sysctls: [{ name: net.ipv4.tcp_keepalive_time, value: "60" }]
```
```yaml fails kubernetes=1.31
kind: Pod
spec:
  securityContext:
    sysctls: [{ name: net.ipv4.tcp_rmem, value: "4096 87380 6291456" }]
```
```yaml fails kubernetes=1.36
kind: Pod
spec:
  securityContext:
    sysctls: [{ name: net.ipv4.tcp_notsent_lowat, value: "131072" }]
```

Suppress it for nodes of their own, with `--allowed-unsafe-sysctls` on their kubelets and a taint that keeps everyone
else away. Scanners that check against the list of 1.0 alone call today's safe parameters unsafe."#,
    check: |object, report| {
        let kubernetes = report.kubernetes();
        for pod in object.pods() {
            for sysctl in pod.at(&["securityContext", "sysctls"]).items() {
                let name = sysctl.get("name");
                let since = SAFE.iter().find(|(safe, _)| name.is(safe)).map(|(_, since)| *since);
                match since {
                    Some(since) if kubernetes >= since => {}
                    Some(since) => {
                        let message = format!(
                            "sysctl \"{}\" is not safe before Kubernetes {since}, and this is for {kubernetes}: remove it",
                            name.str()
                        );
                        report.at(name, message);
                    }
                    None => {
                        let message = format!(
                            "sysctl \"{}\" is not one that a pod may safely set: remove it, or set it on the node",
                            name.str()
                        );
                        report.at(name, message);
                    }
                }
            }
        }
    },
    profiles: &["pss-baseline", "pss-restricted"],
    security_severity: 80,
    equivalents: &["PSA:sysctls", "KL:unsafe-sysctls", "TR:KSV-0026", "KY:restrict-sysctls", "MO:PSS111"],
    ..Rule::DEFAULT
};
